//! Telnyx: JSON signed with Ed25519, with a timestamp that must be close to our clock. (Telnyx's
//! "Receiving webhooks", "Receive messages".) Telnyx waits two seconds for a response and tries
//! three times. A body must never be parsed before its signature is verified.

use std::path::Path;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;

use super::call::Origins;
use super::json::Json;
use super::provider::{Media, Provider, Received, Webhook, WebhookRefused, is_number};
use super::secret::{Bad, PATH_SECRET, Place, Secret, read_secret};

/// Seconds that a webhook's timestamp may differ from our clock.
const TOLERANCE: u64 = 300;

/// `[sms.telnyx]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
    /// The account's public key as Telnyx shows it: base64 of 32 bytes.
    public_key: String,
    /// The hosts of media: photos, and words that a phone sends in a separate part. If none is set,
    /// both are left out, and the tip records this.
    #[serde(default)]
    media_hosts: Vec<String>,
    #[serde(default = "api")]
    api: String,
}

fn api() -> String {
    "https://api.telnyx.com".to_owned()
}

pub(super) struct Telnyx {
    path_secret: Secret,
    key: UnparsedPublicKey<Vec<u8>>,
    media: Option<Origins>,
}

impl Settings {
    pub(super) fn calls_out(&self) -> bool {
        !self.media_hosts.is_empty()
    }

    pub(super) fn open(&self, folder: &Path) -> Result<Box<dyn Provider>, Bad> {
        let key = STANDARD
            .decode(self.public_key.trim())
            .ok()
            .filter(|key| key.len() == 32);
        let key = key.ok_or_else(|| {
            Bad::new(
                "public_key",
                "not an Ed25519 public key in base64: copy it from Telnyx's portal",
            )
        })?;
        let media = if self.calls_out() {
            let bad = || {
                Bad::new(
                    "media_hosts",
                    "a host name in the list, or `api`, is invalid: write host names only, such as media.example.org",
                )
            };
            Some(Origins::new(&self.api, &self.media_hosts, None).ok_or_else(bad)?)
        } else {
            None
        };
        let path_secret = read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?;
        Ok(Box::new(Telnyx {
            path_secret,
            key: UnparsedPublicKey::new(&ED25519, key),
            media,
        }))
    }
}

impl Provider for Telnyx {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused> {
        if !self.signed(webhook) {
            return Err(WebhookRefused::Stranger);
        }
        read(webhook.body)
    }

    fn answer(&self, _say: &str) -> Response {
        StatusCode::OK.into_response()
    }

    fn media(&self) -> Option<&Origins> {
        self.media.as_ref()
    }

    // Telnyx retries within minutes ("Receiving webhooks", retries), so `repeats_for` stays at one
    // day.

    fn keeps(&self) -> &'static str {
        "Telnyx keeps a record of each message with its number, and a single record cannot be erased there. Switch on message redaction for the \
         profile: then its records show no words and no whole number. But choose the level that leaves inbound webhooks unchanged: with the other \
         one texts arrive without their words."
    }
}

/// The text of an event. A field that is null, missing, repeated or of another type affects no
/// other field.
fn read(body: &[u8]) -> Result<Vec<Received>, WebhookRefused> {
    let event = Json::read(body).ok_or(WebhookRefused::Unreadable)?;
    let data = object(&event, "data").ok_or(WebhookRefused::Unreadable)?;
    let kind = data.text("event_type");
    let payload = object(data, "payload");
    let direction = payload
        .map(|payload| payload.text("direction"))
        .unwrap_or_default();
    if matches!(kind.as_str(), "message.sent" | "message.finalized")
        || direction.starts_with("outbound")
    {
        return Ok(Vec::new());
    }
    let payload = payload.ok_or(WebhookRefused::Unreadable)?;
    let (words, media) = (payload.words("text"), media(payload));
    if words.is_none() && media.is_empty() {
        // An event of another kind, if the account has enabled it, has no words.
        return if kind.is_empty() || kind.as_str() == "message.received" {
            Err(WebhookRefused::Unreadable)
        } else {
            Ok(Vec::new())
        };
    }
    // If redaction is on, `from` is not a number, so texts in a row get no common thread.
    let from = payload.get("from").map(|from| {
        if let Json::Text(number) = from {
            number.clone()
        } else {
            from.text("phone_number")
        }
    });
    let sender = from.filter(|number| is_number(number));
    Ok(vec![Received {
        id: payload.text("id"),
        sender,
        words: words.unwrap_or_default(),
        media,
    }])
}

/// The first object of this name.
fn object<'a>(of: &'a Json, name: &'a str) -> Option<&'a Json> {
    of.all(name).find(|value| matches!(value, Json::Object(_)))
}

/// All media of a text, in any format, each URL once. Media without a URL is counted too.
fn media(payload: &Json) -> Vec<Media> {
    let mut all: Vec<Media> = Vec::new();
    for value in payload.all("media") {
        let list = match value {
            Json::Null => &[],
            Json::List(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for one in list {
            let url = if let Json::Text(url) = one {
                url.clone()
            } else {
                one.text("url")
            };
            if url.is_empty() || all.iter().all(|known| known.url != url) {
                all.push(Media {
                    url,
                    kind: one.text("content_type").to_ascii_lowercase(),
                });
            }
        }
    }
    all
}

impl Telnyx {
    /// Verifies Ed25519 over the timestamp, a bar and the body, and that the timestamp is within
    /// [`TOLERANCE`] of our clock.
    fn signed(&self, webhook: &Webhook<'_>) -> bool {
        let time = webhook.proof("telnyx-timestamp");
        let Ok(signature) = STANDARD.decode(webhook.proof("telnyx-signature-ed25519")) else {
            return false;
        };
        let near = time
            .parse::<i64>()
            .is_ok_and(|at| at.abs_diff(webhook.now) <= TOLERANCE);
        let signed = [time.as_bytes(), b"|", webhook.body].concat();
        self.key.verify(&signed, &signature).is_ok() && near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    const NOW: i64 = 1_795_262_400;
    const BODY: &str = r#"{"data":{"event_type":"message.received","payload":{"id":"m1","from":{"phone_number":"+447700900123","carrier":"C"},"text":"a \ud83d\ude00","media":[{"url":"https://m.example/1","content_type":"image/JPEG"}]}}}"#;

    fn pair() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
    }

    fn read(
        time: &str,
        body: &[u8],
        signature: &[u8],
        now: i64,
    ) -> Result<Vec<Received>, WebhookRefused> {
        let key = UnparsedPublicKey::new(&ED25519, pair().public_key().as_ref().to_vec());
        let telnyx = Telnyx {
            path_secret: Secret::new("x"),
            key,
            media: None,
        };
        let proofs = [
            ("telnyx-timestamp", time.to_owned()),
            ("telnyx-signature-ed25519", STANDARD.encode(signature)),
        ];
        telnyx.read(&Webhook {
            target: "/",
            proofs: &proofs,
            kind: "application/json",
            body,
            now,
        })
    }

    fn sign(time: &str, body: &str) -> Vec<u8> {
        pair()
            .sign(format!("{time}|{body}").as_bytes())
            .as_ref()
            .to_vec()
    }

    #[test]
    fn a_signed_webhook_is_read_and_one_with_any_bit_altered_is_refused() {
        let time = NOW.to_string();
        let signature = sign(&time, BODY);
        let texts = read(&time, BODY.as_bytes(), &signature, NOW).unwrap();
        assert_eq!(
            (
                texts[0].id.as_str(),
                texts[0].words.as_str(),
                texts[0].media[0].kind.as_str()
            ),
            ("m1", "a 😀", "image/jpeg")
        );
        let flip = |bytes: &[u8], bit: usize| {
            let mut altered = bytes.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            altered
        };
        for bit in 0..BODY.len() * 8 {
            assert_eq!(
                read(&time, &flip(BODY.as_bytes(), bit), &signature, NOW).err(),
                Some(WebhookRefused::Stranger),
                "body, bit {bit}"
            );
        }
        for bit in 0..signature.len() * 8 {
            assert_eq!(
                read(&time, BODY.as_bytes(), &flip(&signature, bit), NOW).err(),
                Some(WebhookRefused::Stranger),
                "signature, bit {bit}"
            );
        }
        for bit in 0..time.len() * 8 {
            let other = String::from_utf8_lossy(&flip(time.as_bytes(), bit)).into_owned();
            assert_eq!(
                read(&other, BODY.as_bytes(), &signature, NOW).err(),
                Some(WebhookRefused::Stranger),
                "time, bit {bit}"
            );
        }
    }

    #[test]
    fn a_webhook_of_another_hour_is_refused() {
        let time = NOW.to_string();
        let signature = sign(&time, BODY);
        for (now, taken) in [
            (NOW + 300, true),
            (NOW - 300, true),
            (NOW + 301, false),
            (NOW - 301, false),
            (i64::MIN, false),
        ] {
            assert_eq!(
                read(&time, BODY.as_bytes(), &signature, now).is_ok(),
                taken,
                "{now}"
            );
        }
    }

    /// RFC 8032, section 7.1, test 3: the signature scheme is the published one.
    #[test]
    fn the_signature_is_that_of_rfc_8032() {
        let hex = |text: &str| hex::decode(text).unwrap();
        let key = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
        let signature = hex(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        );
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(&hex("af82"), &signature).unwrap();
        key.verify(&hex("af83"), &signature).unwrap_err();
    }

    #[test]
    fn other_events_have_no_texts_and_a_masked_sender_is_left_out() {
        let time = NOW.to_string();
        let sent = r#"{"data":{"event_type":"message.sent","payload":{}}}"#;
        assert!(
            read(&time, sent.as_bytes(), &sign(&time, sent), NOW)
                .unwrap()
                .is_empty()
        );
        let masked = BODY.replace("+447700900123", "+44770*******");
        assert!(
            read(&time, masked.as_bytes(), &sign(&time, &masked), NOW).unwrap()[0]
                .sender
                .is_none()
        );
        for odd in [
            "[]",
            "{}",
            r#"{"data":{"event_type":"message.received"}}"#,
            r#"{"data":{"payload":{"text":null,"media":null}}}"#,
        ] {
            assert_eq!(
                read(&time, odd.as_bytes(), &sign(&time, odd), NOW).err(),
                Some(WebhookRefused::Unreadable),
                "{odd}"
            );
        }
        let other = r#"{"data":{"event_type":"message.read","payload":{"id":"m1"}}}"#;
        assert!(
            read(&time, other.as_bytes(), &sign(&time, other), NOW)
                .unwrap()
                .is_empty()
        );
    }
}
