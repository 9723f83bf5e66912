//! The demonstration's five SMS providers: what each would send to the gateway, and the part of
//! their REST side that the gateway uses. They listen on loopback, store texts in memory only, and
//! call only the demonstration's own gateway.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::extract::{self, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use base64::{Engine, engine::general_purpose::STANDARD};
use loke::clock::Clock;
use loke::gateway::mac_key;
use loke::private_file;
use loke::random;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use toml::{Table, Value};

/// Name in the path, name on the page, whether it supports photos.
pub(crate) const NAMES: [(&str, &str, bool); 5] = [
    ("notify", "GOV.UK Notify", false),
    ("twilio", "Twilio", true),
    ("telnyx", "Telnyx", true),
    ("kannel", "Kannel, a modem of one's own", false),
    ("gammu", "Gammu, a modem of one's own", false),
];
/// The partnership's number, and its account at Twilio. Ofcom reserves these numbers for plays
/// and films: nobody has them.
const OURS: &str = "+447700900999";
const ACCOUNT: &str = "AC00000000000000000000000000000000";
/// Maximum number of stored texts.
const MOST: usize = 50;

/// A text on its way.
pub(crate) struct Text {
    pub(crate) provider: &'static str,
    /// As in `+447700900123`.
    pub(crate) number: String,
    pub(crate) words: String,
    /// A photo with its media type.
    pub(crate) photo: Option<(String, Vec<u8>)>,
}

struct Held {
    id: String,
    at: i64,
    text: Text,
}

/// All five of them.
pub(crate) struct Providers {
    /// The gateway's address.
    gateway: SocketAddr,
    /// The address of their REST side.
    rest: SocketAddr,
    path_secret: String,
    notify_token: String,
    twilio_token: String,
    telnyx: Ed25519KeyPair,
    held: Mutex<Vec<Held>>,
}

impl Providers {
    /// Makes the SMS gateway's folder: a configuration that shares the queue, and new secrets.
    pub(crate) fn set_up(
        dir: &Path,
        gateway: SocketAddr,
        rest: SocketAddr,
    ) -> anyhow::Result<Arc<Self>> {
        let folder = dir.join("gateway-sms");
        private_file::make_folder(&folder)?;
        let secret = || random::bytes::<24>().map(hex::encode);
        let [path_secret, notify_token, twilio_token] = [secret()?, secret()?, secret()?];
        let uuids = [uuid()?, uuid()?].join("-");
        let telnyx = Ed25519KeyPair::from_seed_unchecked(&random::bytes::<32>()?)
            .ok()
            .context("no key pair")?;
        let mac_key = std::fs::read_to_string(dir.join("gateway").join(mac_key::MAC_KEY))?;
        let files = [
            (mac_key::MAC_KEY, mac_key.as_str()),
            ("path-secret", &path_secret),
            ("notify-token", &notify_token),
            ("notify-key", &format!("demo-{uuids}")),
            ("twilio-token", &twilio_token),
        ];
        let config = configuration(dir, gateway, rest, &STANDARD.encode(telnyx.public_key()))?;
        for (name, text) in files.into_iter().chain([("gateway.toml", config.as_str())]) {
            let file = folder.join(name);
            if file.exists() {
                std::fs::remove_file(&file)?;
            }
            private_file::write_new(&file, text.as_bytes())
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(Arc::new(Self {
            gateway,
            rest,
            path_secret,
            notify_token,
            twilio_token,
            telnyx,
            held: Mutex::default(),
        }))
    }

    /// Receives a text from a phone and stores it. Returns the provider's webhook.
    pub(crate) fn receive(&self, text: Text) -> anyhow::Result<String> {
        let held = Held {
            id: uuid()?,
            at: Clock::System.now(),
            text,
        };
        let webhook = self.webhook(&held)?;
        // A modem's box stores nothing with the configuration in `deploy/`.
        if !matches!(held.text.provider, "kannel" | "gammu") {
            let mut all = self.all();
            all.push(held);
            let over = all.len().saturating_sub(MOST);
            all.drain(..over);
        }
        Ok(webhook)
    }

    /// How many texts this provider stores.
    pub(crate) fn holds(&self, provider: &str) -> usize {
        self.all()
            .iter()
            .filter(|held| held.text.provider == provider)
            .count()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn webhook(&self, held: &Held) -> anyhow::Result<String> {
        let Held {
            id,
            at,
            text:
                Text {
                    provider,
                    number,
                    words,
                    photo,
                },
        } = held;
        let path = format!("/sms/{provider}/{}", self.path_secret);
        let day = OffsetDateTime::from_unix_timestamp(*at)?.format(&Rfc3339)?;
        let form = |pairs: &[(&str, &str)]| {
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
        };
        let (json_kind, form_kind) = (
            ("Content-Type", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        );
        let kind = photo.as_ref().map_or("", |(kind, _)| kind);
        Ok(match *provider {
            "notify" => {
                let (from, to) = (number.trim_start_matches('+'), OURS.trim_start_matches('+'));
                let body = json!({ "id": id, "source_number": from, "destination_number": to, "message": words, "date_received": day });
                self.post(
                    &path,
                    &[
                        json_kind,
                        ("Authorization", &format!("Bearer {}", self.notify_token)),
                    ],
                    &body.to_string(),
                )
            }
            "twilio" => {
                let (sid, url) = (sid(id), format!("http://{}{}", self.rest, media_path(id)));
                let mut pairs = vec![
                    ("MessageSid", sid.as_str()),
                    ("AccountSid", ACCOUNT),
                    ("From", number),
                    ("To", OURS),
                    ("Body", words),
                ];
                match photo {
                    Some(_) => pairs.extend([
                        ("NumMedia", "1"),
                        ("MediaUrl0", &url),
                        ("MediaContentType0", kind),
                    ]),
                    None => pairs.push(("NumMedia", "0")),
                }
                let signed = format!("http://{}{path}", self.gateway);
                let signed = BTreeMap::from_iter(pairs.iter().copied())
                    .iter()
                    .fold(signed, |all, (name, value)| all + name + value);
                let key = hmac::Key::new(
                    hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                    self.twilio_token.as_bytes(),
                );
                let signature = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
                self.post(
                    &path,
                    &[form_kind, ("X-Twilio-Signature", &signature)],
                    &form(&pairs),
                )
            }
            "telnyx" => {
                let url = format!("http://{}/telnyx/{id}", self.rest);
                let media: Vec<_> = photo.iter().map(|(kind, bytes)| json!({ "url": url, "content_type": kind, "size": bytes.len() })).collect();
                let payload = json!({
                    "id": id, "record_type": "message", "direction": "inbound", "type": if media.is_empty() { "SMS" } else { "MMS" },
                    "from": { "phone_number": number, "carrier": "Demo", "line_type": "Wireless" }, "to": [{ "phone_number": OURS }],
                    "text": words, "media": media, "received_at": day,
                });
                let body = json!({ "data": { "record_type": "event", "event_type": "message.received", "payload": payload } }).to_string();
                let signature =
                    STANDARD.encode(self.telnyx.sign(format!("{at}|{body}").as_bytes()));
                let proofs = [
                    json_kind,
                    ("telnyx-timestamp", &at.to_string()),
                    ("telnyx-signature-ed25519", &signature),
                ];
                self.post(&path, &proofs, &body)
            }
            "kannel" => format!(
                "GET {path}?{} HTTP/1.1\r\nHost: {}\r\n\r\n",
                form(&[("id", id), ("coding", "0"), ("text", words)]),
                self.gateway
            ),
            _ => self.post(&path, &[form_kind], &form(&[("id", id), ("text", words)])),
        })
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.gateway,
            body.len()
        )
    }
}

/// The gateway's own configuration with `[sms]` instead of the other listeners: a process that
/// serves the pages makes no outgoing calls.
fn configuration(
    dir: &Path,
    gateway: SocketAddr,
    rest: SocketAddr,
    telnyx_key: &str,
) -> anyhow::Result<String> {
    let mut table: Table = std::fs::read_to_string(dir.join("gateway/gateway.toml"))?.parse()?;
    table.retain(|name, _| !matches!(name, "web" | "onion" | "pickup"));
    let database = table
        .get("database")
        .and_then(Value::as_str)
        .context("the gateway's configuration has no database")?;
    if let Some(file) = database.strip_prefix("sqlite:") {
        let file = dir.join("gateway").join(file);
        table.insert(
            "database".into(),
            format!("sqlite:{}", file.display()).into(),
        );
    }
    let sms = format!(
        r#"
        listen = "{gateway}"
        public_url = "http://{gateway}"
        [notify]
        path_secret = "file:path-secret"
        bearer_token = "file:notify-token"
        api_key = "file:notify-key"
        api = "http://{rest}"
        [twilio]
        path_secret = "file:path-secret"
        account = "{ACCOUNT}"
        auth_token = "file:twilio-token"
        number = "{OURS}"
        api = "http://{rest}"
        [telnyx]
        path_secret = "file:path-secret"
        public_key = "{telnyx_key}"
        media_hosts = ["media.demo.invalid"]
        api = "http://{rest}"
        [kannel]
        path_secret = "file:path-secret"
        [gammu]
        path_secret = "file:path-secret"
        "#
    );
    table.insert("sms".into(), sms.parse::<Table>()?.into());
    Ok(table.to_string())
}

/// The REST side: the texts that Notify and Twilio still store, the photos of Twilio and Telnyx,
/// and erasing at Twilio.
pub(crate) fn rest(providers: Arc<Providers>) -> axum::Router {
    axum::Router::new()
        .route("/v2/received-text-messages", get(notify_texts))
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            get(twilio_texts),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{name}",
            delete(twilio_erase),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json",
            get(twilio_media),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{id}",
            get(|providers, path: extract::Path<[String; 3]>| photo(providers, path.0[2].clone())),
        )
        .route(
            "/telnyx/{id}",
            get(|providers, path: extract::Path<String>| photo(providers, path.0)),
        )
        .with_state(providers)
}

/// Notify's list: newest first, after the given id.
async fn notify_texts(
    State(providers): State<Arc<Providers>>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let all = providers.all();
    let texts: Vec<_> = all
        .iter()
        .rev()
        .filter(|held| held.text.provider == "notify")
        .collect();
    let from = asked.get("older_than").map_or(0, |id| {
        texts
            .iter()
            .position(|held| held.id == *id)
            .map_or(texts.len(), |at| at + 1)
    });
    let texts = texts.iter().skip(from).map(|Held { id, at, text }| {
        let at = OffsetDateTime::from_unix_timestamp(*at).ok().and_then(|at| at.format(&Rfc3339).ok());
        json!({ "id": id, "user_number": text.number, "notify_number": OURS, "created_at": at, "service_id": "demo", "content": text.words })
    });
    json_of(&json!({ "received_text_messages": texts.collect::<Vec<_>>(), "links": {} }))
}

/// Twilio's list of incoming messages. There are no outgoing ones.
async fn twilio_texts(
    State(providers): State<Arc<Providers>>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let all = providers.all();
    let texts = all.iter().filter(|held| held.text.provider == "twilio" && asked.contains_key("To")).map(|Held { id, at, text }| {
        let at = OffsetDateTime::from_unix_timestamp(*at).ok().and_then(|at| at.format(&Rfc2822).ok());
        let photos = usize::from(text.photo.is_some()).to_string();
        json!({ "sid": sid(id), "direction": "inbound", "from": text.number, "to": OURS, "body": text.words, "date_created": at, "num_media": photos })
    });
    json_of(&json!({ "messages": texts.collect::<Vec<_>>(), "next_page_uri": null }))
}

async fn twilio_media(
    State(providers): State<Arc<Providers>>,
    extract::Path([_, name]): extract::Path<[String; 2]>,
) -> Response {
    let all = providers.all();
    let held = all.iter().filter(|held| sid(&held.id) == name);
    let photos = held.filter_map(|held| {
        let (kind, _) = held.text.photo.as_ref()?;
        Some(json!({ "uri": format!("{}.json", media_path(&held.id)), "content_type": kind }))
    });
    json_of(&json!({ "media_list": photos.collect::<Vec<_>>() }))
}

async fn twilio_erase(
    State(providers): State<Arc<Providers>>,
    extract::Path([_, name]): extract::Path<[String; 2]>,
) -> StatusCode {
    providers
        .all()
        .retain(|held| name.strip_suffix(".json") != Some(&sid(&held.id)));
    StatusCode::NO_CONTENT
}

async fn photo(State(providers): State<Arc<Providers>>, id: String) -> Response {
    let all = providers.all();
    let photo = all
        .iter()
        .find(|held| held.id == id)
        .and_then(|held| held.text.photo.clone());
    photo.map_or(StatusCode::NOT_FOUND.into_response(), |(kind, bytes)| {
        ([(header::CONTENT_TYPE, kind)], bytes).into_response()
    })
}

fn json_of(value: &serde_json::Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// A message's id in Twilio's form.
fn sid(id: &str) -> String {
    format!("MM{}", id.replace('-', ""))
}

fn media_path(id: &str) -> String {
    format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages/{}/Media/{id}",
        sid(id)
    )
}

fn uuid() -> anyhow::Result<String> {
    let hex = hex::encode(random::bytes::<16>()?);
    Ok([0..8, 8..12, 12..16, 16..20, 20..32]
        .map(|at| &hex[at])
        .join("-"))
}
