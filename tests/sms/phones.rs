//! Phones: texts as each provider delivers them, signed with the test's own secrets, and the
//! `[sms]` table that accepts them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use toml::{Table, Value};

use crate::house::browser::{Page, request};
use crate::house::{House, NOON};

pub(crate) const PROVIDERS: [&str; 5] = ["notify", "twilio", "telnyx", "kannel", "gammu"];
/// The public URL that providers call.
pub(crate) const PUBLIC: &str = "https://sms.house.invalid";
/// Our account at Twilio, and our number there.
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const NUMBER: &str = "+441603000000";
const PATH_SECRET: &str = "path-0123456789abcdef";
const BEARER: &str = "a bearer token of the test's own";
pub(crate) const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Not the key of a real service.
const API_KEY: &str =
    "test-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap()
}

/// A text on a phone.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) words: String,
    /// URLs of the attached media.
    pub(crate) media: Vec<String>,
    /// The content types that the provider names for them; a photo if missing.
    pub(crate) kinds: Vec<String>,
}

impl Text {
    /// A text with a new id.
    pub(crate) fn new(from: &str, words: &str) -> Self {
        let id = format!("SM{}", hex::encode(loke::random::bytes::<16>().unwrap()));
        Self {
            id,
            from: from.to_owned(),
            words: words.to_owned(),
            media: Vec::new(),
            kinds: Vec::new(),
        }
    }
}

impl Text {
    fn kind(&self, at: usize) -> &str {
        self.kinds.get(at).map_or("image/jpeg", String::as_str)
    }
}

/// A request as a provider sends it.
#[derive(Clone)]
pub(crate) struct Webhook {
    /// `POST /path`.
    pub(crate) head: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Webhook {
    pub(crate) async fn send(&self, target: SocketAddr) -> std::io::Result<Page> {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        request(target, &self.head, &headers, &self.body).await
    }
}

/// The path of a provider.
pub(crate) fn path(provider: &str) -> String {
    format!("/sms/{provider}/{PATH_SECRET}")
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The request by which this provider delivers a text at this time (seconds since 1970).
pub(crate) fn webhook(provider: &str, text: &Text, now: i64) -> Webhook {
    match provider {
        "notify" => {
            let body = serde_json::json!({
                "id": text.id, "source_number": text.from, "destination_number": "07900900456", "message": text.words,
                "date_received": "2026-11-21T12:00:00.000000Z",
            });
            notify(&body.to_string())
        }
        "twilio" => {
            let mut fields = vec![
                ("MessageSid", text.id.as_str()),
                ("AccountSid", ACCOUNT),
                ("From", &text.from),
                ("To", NUMBER),
            ];
            let numbers: Vec<(String, String, &str)> = text
                .media
                .iter()
                .enumerate()
                .map(|(n, url)| {
                    (
                        format!("MediaUrl{n}"),
                        format!("MediaContentType{n}"),
                        url.as_str(),
                    )
                })
                .collect();
            let count = numbers.len().to_string();
            fields.extend([
                ("Body", text.words.as_str()),
                ("NumMedia", &count),
                ("FromCity", "NORWICH"),
            ]);
            for (at, (url_name, kind_name, url)) in numbers.iter().enumerate() {
                fields.extend([
                    (url_name.as_str(), *url),
                    (kind_name.as_str(), text.kind(at)),
                ]);
            }
            twilio(&fields)
        }
        "telnyx" => {
            let told = text.media.iter().enumerate();
            let media: Vec<_> = told
                .map(|(at, url)| serde_json::json!({ "url": url, "content_type": text.kind(at) }))
                .collect();
            let body = serde_json::json!({ "data": { "event_type": "message.received", "payload": {
                "id": text.id, "from": { "phone_number": text.from, "carrier": "Some Mobile", "line_type": "Wireless" },
                "to": [{ "phone_number": NUMBER }], "text": text.words, "media": media,
            } } })
            .to_string();
            telnyx(&body, now)
        }
        "kannel" => kannel(&[("id", &text.id), ("coding", "0"), ("text", &text.words)]),
        "gammu" => gammu(&[("id", &text.id), ("text", &text.words)]),
        other => panic!("no provider {other}"),
    }
}

fn post(provider: &str, headers: &[(&str, &str)], body: &str) -> Webhook {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Webhook {
        head: format!("POST {}", path(provider)),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

/// A callback of Notify.
pub(crate) fn notify(body: &str) -> Webhook {
    post(
        "notify",
        &[
            ("Authorization", &format!("Bearer {BEARER}")),
            ("Content-Type", "application/json"),
        ],
        body,
    )
}

/// A signed form of Twilio.
pub(crate) fn twilio(fields: &[(&str, &str)]) -> Webhook {
    let signature = twilio_signature(&format!("{PUBLIC}{}", path("twilio")), fields);
    post(
        "twilio",
        &[
            ("X-Twilio-Signature", &signature),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ],
        &form(fields),
    )
}

/// A JSON body of Twilio, whose hash is in the signed URL.
pub(crate) fn twilio_json(body: &str) -> Webhook {
    let hash = hex::encode(ring::digest::digest(&ring::digest::SHA256, body.as_bytes()));
    let target = format!("{}?bodySHA256={hash}", path("twilio"));
    let signature = twilio_signature(&format!("{PUBLIC}{target}"), &[]);
    let webhook = post(
        "twilio",
        &[
            ("X-Twilio-Signature", &signature),
            ("Content-Type", "application/json"),
        ],
        body,
    );
    Webhook {
        head: format!("POST {target}"),
        ..webhook
    }
}

/// An event of Telnyx, signed at this time.
pub(crate) fn telnyx(body: &str, now: i64) -> Webhook {
    let signature = STANDARD.encode(pair().sign(format!("{now}|{body}").as_bytes()));
    post(
        "telnyx",
        &[
            ("telnyx-signature-ed25519", &signature),
            ("telnyx-timestamp", &now.to_string()),
            ("Content-Type", "application/json"),
        ],
        body,
    )
}

/// A request of Kannel.
pub(crate) fn kannel(fields: &[(&str, &str)]) -> Webhook {
    Webhook {
        head: format!("GET {}?{}", path("kannel"), form(fields)),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

/// A form of the Gammu hook.
pub(crate) fn gammu(fields: &[(&str, &str)]) -> Webhook {
    post(
        "gammu",
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &form(fields),
    )
}

/// Twilio's signature over this URL and these fields.
pub(crate) fn twilio_signature(url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let signed: String = std::iter::once(url.to_owned())
        .chain(sorted.iter().map(|(n, v)| format!("{n}{v}")))
        .collect();
    STANDARD.encode(hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, AUTH_TOKEN.as_bytes()),
        signed.as_bytes(),
    ))
}

/// Writes the secrets into a folder, and returns the `[sms]` table of these providers. `rest` is
/// the address of their REST APIs; without it the gateway makes no outgoing call.
pub(crate) fn table(
    secrets: &Path,
    listen: SocketAddr,
    providers: &[&str],
    rest: Option<SocketAddr>,
) -> Table {
    std::fs::create_dir_all(secrets).unwrap();
    let file = |name: &str, secret: &str| -> Value {
        let path: PathBuf = secrets.join(name);
        std::fs::write(&path, format!("{secret}\n")).unwrap();
        format!("file:{}", path.display()).into()
    };
    let mut sms = Table::new();
    sms.insert("listen".into(), listen.to_string().into());
    sms.insert("public_url".into(), PUBLIC.into());
    for provider in providers {
        let mut own = Table::new();
        own.insert("path_secret".into(), file("path", PATH_SECRET));
        match *provider {
            "notify" => {
                own.insert("bearer_token".into(), file("bearer", BEARER));
                if let Some(rest) = rest {
                    own.insert("api_key".into(), file("api_key", API_KEY));
                    own.insert("api".into(), format!("http://{rest}").into());
                    own.insert("poll_seconds".into(), 1.into());
                }
            }
            "twilio" => {
                own.insert("account".into(), ACCOUNT.into());
                own.insert("number".into(), NUMBER.into());
                own.insert("auth_token".into(), file("auth_token", AUTH_TOKEN));
                own.insert(
                    "api".into(),
                    format!("http://{}", rest.unwrap_or(([127, 0, 0, 1], 9).into())).into(),
                );
                own.insert("sweep_seconds".into(), 1.into());
            }
            "telnyx" => {
                own.insert(
                    "public_key".into(),
                    STANDARD.encode(pair().public_key()).into(),
                );
                if let Some(rest) = rest {
                    own.insert("api".into(), format!("http://{rest}").into());
                    own.insert(
                        "media_hosts".into(),
                        vec![Value::from("media.house.invalid")].into(),
                    );
                }
            }
            _ => {}
        }
        sms.insert((*provider).into(), own.into());
    }
    sms
}

/// A house with an SMS listener and no pages, and the folder of its secrets.
pub(crate) struct Phones {
    pub(crate) house: House,
    _secrets: tempfile::TempDir,
}

impl Phones {
    /// All providers on the embedded database; `edit` changes the configuration.
    pub(crate) async fn open(rest: Option<SocketAddr>, edit: impl FnOnce(&mut Table)) -> Self {
        Self::on("sqlite:queue.db", rest, edit).await
    }

    /// The same on this database.
    pub(crate) async fn on(
        database: &str,
        rest: Option<SocketAddr>,
        edit: impl FnOnce(&mut Table),
    ) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        let sms = table(secrets.path(), ([127, 0, 0, 1], 0).into(), &PROVIDERS, rest);
        let house = House::on(database, |config| {
            config.remove("web");
            config.insert("sms".into(), sms.into());
            edit(config);
        })
        .await;
        Self {
            house,
            _secrets: secrets,
        }
    }

    /// A phone sends a text.
    pub(crate) async fn text(&self, provider: &str, text: &Text) -> Page {
        webhook(provider, text, NOON)
            .send(self.house.web)
            .await
            .unwrap()
    }
}
