//! GOV.UK Notify: a callback with a bearer token, and polling of the texts that a service received.
//! Use either or both: polling needs no listener and recovers from an outage of up to seven days.
//! (Notify's documentation, "Callbacks" and "Get received text messages".)
//!
//! Notify drops a callback for good after any 4xx except 429, and tries five times, five minutes
//! apart, after 5xx.

use std::path::Path;

use super::call::{Calls, Failed, Origins};
use super::json::Json;
use super::provider::{
    Asked, Held, Holding, Provider, Received, TextPage, Webhook, WebhookRefused, sender,
};
use super::secret::{Bad, PATH_SECRET, Place, Secret, read_secret};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loke_core::clock::Clock;
use ring::hmac;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Limit in bytes of a page of received texts: 250 texts of maximum length.
const PAGE: usize = 8 << 20;

/// `[sms.notify]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
    /// The token that was entered in Notify for the callback. Without it callbacks are rejected.
    bearer_token: Option<Place>,
    /// An API key of the service, `NAME-SERVICE-SECRET`. With it received texts are polled.
    api_key: Option<Place>,
    #[serde(default = "api")]
    api: String,
    #[serde(default = "poll_seconds")]
    poll_seconds: u64,
}

fn api() -> String {
    "https://api.notifications.service.gov.uk".to_owned()
}

fn poll_seconds() -> u64 {
    60
}

pub(super) struct Notify {
    path_secret: Secret,
    bearer_token: Option<Secret>,
    polling: Option<Polling>,
}

struct Polling {
    api: String,
    service: String,
    key: hmac::Key,
    every: u64,
}

impl Settings {
    pub(super) fn calls_out(&self) -> bool {
        self.api_key.is_some()
    }

    pub(super) fn open(&self, folder: &Path) -> Result<Box<dyn Provider>, Bad> {
        let bearer_token = self
            .bearer_token
            .as_ref()
            .map(|place| read_secret(place, folder, 10, "bearer_token"))
            .transpose()?;
        let api_key = self
            .api_key
            .as_ref()
            .map(|place| read_secret(place, folder, 75, "api_key"))
            .transpose()?;
        if bearer_token.is_none() && api_key.is_none() {
            return Err(Bad::new(
                "bearer_token",
                "neither bearer_token nor api_key is set, so no text can arrive: set one of them, or both",
            ));
        }
        let polling = match api_key {
            Some(key) => Some(Polling::new(&key, &self.api, self.poll_seconds)?),
            None => None,
        };
        Ok(Box::new(Notify {
            path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?,
            bearer_token,
            polling,
        }))
    }
}

impl Provider for Notify {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused> {
        let shown = webhook
            .proof("authorization")
            .strip_prefix("Bearer ")
            .unwrap_or_default();
        if !self
            .bearer_token
            .as_ref()
            .is_some_and(|token| token.is(shown))
        {
            return Err(WebhookRefused::Stranger);
        }
        let callback = Json::read(webhook.body).ok_or(WebhookRefused::Unreadable)?;
        let words = callback
            .words("message")
            .ok_or(WebhookRefused::Unreadable)?;
        Ok(vec![Received {
            id: callback.text("id"),
            sender: sender(callback.text("source_number")),
            words,
            media: Vec::new(),
        }])
    }

    fn answer(&self, _say: &str) -> Response {
        StatusCode::OK.into_response()
    }

    fn holding(&self) -> Option<&dyn Holding> {
        self.polling.as_ref().map(|polling| polling as &dyn Holding)
    }

    /// A callback comes five times, five minutes apart. A polled text stays at Notify for seven
    /// days; one more is for clocks that differ. ("Get received text messages": "up to seven
    /// days".)
    fn repeats_for(&self) -> i32 {
        if self.polling.is_some() { 8 } else { 1 }
    }

    fn keeps(&self) -> &'static str {
        "GOV.UK Notify keeps the number and the words for 7 days, unless the service's settings say 3 to 90: set 3. Meanwhile everyone on the service's \
         team sees them. By its published list its phone companies keep them for 30 days, and one of their suppliers for up to a year. One text \
         cannot be erased there before its time."
    }
}

impl Polling {
    /// `key` is the whole API key: a name that may contain dashes, the service's UUID, the secret's
    /// UUID.
    fn new(key: &Secret, api: &str, every: u64) -> Result<Self, Bad> {
        const UUID: usize = 36;
        let bad = || {
            Bad::new(
                "api_key",
                "the API key is not of the form NAME-SERVICE-SECRET: copy the whole key from Notify",
            )
        };
        let text = key.expose();
        let secret = text
            .len()
            .checked_sub(UUID)
            .and_then(|at| text.get(at..))
            .ok_or_else(bad)?;
        let service = text
            .len()
            .checked_sub(2 * UUID + 1)
            .and_then(|at| text.get(at..at + UUID))
            .ok_or_else(bad)?;
        let is_uuid = |text: &str| {
            text.chars().enumerate().all(|(at, c)| {
                if matches!(at, 8 | 13 | 18 | 23) {
                    c == '-'
                } else {
                    c.is_ascii_hexdigit()
                }
            })
        };
        if !is_uuid(secret) || !is_uuid(service) {
            return Err(bad());
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(Self {
            api: api.to_owned(),
            service: service.to_owned(),
            key,
            every: every.max(1),
        })
    }

    /// A JSON Web Token (RFC 7519) signed with HS256, as Notify requires: `iss` is the service,
    /// `iat` is now. It is valid for 30 seconds.
    fn token(&self, now: i64) -> String {
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let service = &self.service;
        let signed = format!(
            "{}.{}",
            part(r#"{"typ":"JWT","alg":"HS256"}"#.to_owned()),
            part(format!(r#"{{"iss":"{service}","iat":{now}}}"#))
        );
        let tag = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

impl Holding for Polling {
    fn page<'a>(&'a self, calls: &'a Calls, from: Option<&'a str>) -> Asked<'a, TextPage> {
        Box::pin(async move {
            let origins = Origins::new(
                &self.api,
                &[],
                Some(&format!("Bearer {}", self.token(Clock::System.now()))),
            )
            .ok_or(Failed::Elsewhere)?;
            let mut url = origins.at("/v2/received-text-messages")?;
            if let Some(from) = from {
                url.query_pairs_mut().append_pair("older_than", from);
            }
            let answer = calls.get(&origins, url, PAGE).await?;
            read_page(&answer).ok_or(Failed::Unreadable)
        })
    }

    fn erases(&self) -> bool {
        false
    }

    fn erase<'a>(&'a self, _calls: &'a Calls, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn every(&self) -> u64 {
        self.every
    }
}

/// Parses one page of received texts, newest first. `None` if it has another format. A field of a
/// text that is missing or of another type affects no other field.
pub fn read_page(json: &[u8]) -> Option<TextPage> {
    let page = Json::read(json)?;
    let Json::List(texts) = page.get("received_text_messages")? else {
        return None;
    };
    let held: Vec<Held> = texts.iter().map(held_of).collect();
    // The last id selects the next page. Without it the remaining texts cannot be fetched.
    let next = held
        .last()
        .map(|held| held.id.to_string())
        .filter(|id| !id.is_empty());
    let is_odd = next.is_none() && !held.is_empty();
    Some(TextPage { held, next, is_odd })
}

fn held_of(text: &Json) -> Held {
    let id = text.text("id");
    let at = OffsetDateTime::parse(&text.text("created_at"), &Rfc3339)
        .map_or(i64::MAX, OffsetDateTime::unix_timestamp);
    let words = text.words("content").unwrap_or_default();
    let text = Received {
        id: id.clone(),
        sender: sender(text.text("user_number")),
        words,
        media: Vec::new(),
    };
    Held {
        id,
        at,
        text: Some(text),
        photos: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
    const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

    fn notify() -> Notify {
        Notify {
            path_secret: Secret::new("path"),
            bearer_token: Some(Secret::new("a bearer token")),
            polling: None,
        }
    }

    fn call(authorization: &str, body: &[u8]) -> Result<Vec<Received>, WebhookRefused> {
        let proofs = [("authorization", authorization.to_owned())];
        notify().read(&Webhook {
            target: "/sms/notify/path",
            proofs: &proofs,
            kind: "application/json",
            body,
            now: 0,
        })
    }

    #[test]
    fn a_callback_is_taken_with_the_very_token_and_no_other() {
        let body = br#"{"id":"f3f6","source_number":"447700900123","destination_number":"07900900456","message":"hello \ud83d","date_received":"2026-11-21T12:00:00.000000Z"}"#;
        let texts = call("Bearer a bearer token", body).unwrap();
        assert_eq!(
            (texts[0].id.as_str(), texts[0].words.as_str()),
            ("f3f6", "hello \u{fffd}")
        );
        for bit in 0.."Bearer a bearer token".len() * 8 {
            let mut altered = b"Bearer a bearer token".to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                call(&String::from_utf8_lossy(&altered), body).err(),
                Some(WebhookRefused::Stranger),
                "bit {bit}"
            );
        }
        assert_eq!(call("", body).err(), Some(WebhookRefused::Stranger));
        assert_eq!(
            call("Bearer a bearer token", b"{}").err(),
            Some(WebhookRefused::Unreadable)
        );
    }

    #[test]
    fn the_token_for_polling_is_an_hs256_jwt_of_the_service() {
        let key = Secret::new(&format!("a-key-with-dashes-{SERVICE}-{SECRET}"));
        let polling =
            Polling::new(&key, "https://api.example", 60).unwrap_or_else(|e| panic!("{e}"));
        let token = polling.token(1_568_818_578);
        let parts: Vec<&str> = token.split('.').collect();
        let plain = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(plain(parts[0]), r#"{"typ":"JWT","alg":"HS256"}"#);
        assert_eq!(
            plain(parts[1]),
            format!(r#"{{"iss":"{SERVICE}","iat":1568818578}}"#)
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signed = format!("{}.{}", parts[0], parts[1]);
        hmac::verify(
            &key,
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(parts[2]).unwrap(),
        )
        .unwrap();
        assert!(
            Polling::new(
                &Secret::new(&format!("{SERVICE}-{SECRET}x")),
                "https://api.example",
                60
            )
            .is_err()
        );
    }
}
