//! Twilio: a signed form, photos that lie at Twilio, and messages that are erased there once they are stored here. (Twilio's "Webhooks
//! security", "Message resource", "Media resource"; the signature as its own validator computes it.)

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{digest, hmac};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::Url;
use zeroize::Zeroizing;

use super::call::{Calls, Failed, Origins};
use super::lossy::Lossy;
use super::provider::{Asked, Held, Holding, Media, Page, Provider, Received, Refused, Webhook, is_number};
use super::secret::{Place, Secret};
use super::settings::{Bad, PATH_SECRET, read_secret};

/// Where Twilio's API sends on who asks for a photo.
const MEDIA_HOSTS: [&str; 2] = ["mms.twiliocdn.com", "media.twiliocdn.com"];
/// Messages on one page of the list, and the most bytes of it.
const PAGE: (u32, usize) = (100, 4 << 20);
/// `[sms.twilio]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
    /// The account's id: `AC` and 32 hex digits.
    account: String,
    auth_token: Place,
    /// Our number, as Twilio writes it: `+441603…`. What is held for it is erased.
    number: String,
    #[serde(default = "api")]
    api: String,
    /// How often what Twilio still holds is looked through, besides at once after each text.
    #[serde(default = "sweep_seconds")]
    sweep_seconds: u64,
}

fn api() -> String {
    "https://api.twilio.com".to_owned()
}

fn sweep_seconds() -> u64 {
    600
}

pub(super) struct Twilio {
    path_secret: Secret,
    key: hmac::Key,
    public_url: String,
    account: String,
    number: String,
    origins: Origins,
    every: u64,
}

impl Settings {
    /// It fetches photos and erases messages.
    pub(super) fn calls_out(&self) -> bool {
        true
    }

    pub(super) fn open(&self, folder: &Path, public_url: Option<&str>) -> Result<Box<dyn Provider>, Bad> {
        let token = read_secret(&self.auth_token, folder, 16, "auth_token")?;
        if self.account.is_empty() || !self.account.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Bad::new("account", "this is no account id: copy the one that begins with AC from Twilio's console"));
        }
        let public_url = public_url
            .ok_or_else(|| Bad::new("public_url", "Twilio signs the address that it calls: set public_url in [sms], as https://sms.example.org"))?;
        let basic = Zeroizing::new(format!("{}:{}", self.account, token.expose()));
        let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(basic.as_bytes())));
        let origins = Origins::new(&self.api, &MEDIA_HOSTS.map(str::to_owned), Some(&basic));
        Ok(Box::new(Twilio {
            path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?,
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose().as_bytes()),
            public_url: public_url.trim_end_matches('/').to_owned(),
            account: self.account.clone(),
            number: self.number.clone(),
            origins: origins.ok_or_else(|| Bad::new("api", "this is no HTTPS address"))?,
            every: self.sweep_seconds.max(1),
        }))
    }
}

impl Provider for Twilio {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, Refused> {
        let url = format!("{}{}", self.public_url, webhook.target);
        if !is_signed(&self.key, &url, webhook.kind, webhook.body, webhook.proof("x-twilio-signature")) {
            return Err(Refused::Stranger);
        }
        let mut fields = read_fields(webhook.kind, webhook.body).ok_or(Refused::Unreadable)?;
        let mut take = |name: &str| fields.remove(name);
        let id = take("MessageSid").or_else(|| take("SmsSid")).ok_or(Refused::Unreadable)?;
        let count = take("NumMedia").and_then(|n| n.parse::<usize>().ok()).unwrap_or(0).min(10);
        let media = (0..count).filter_map(|n| {
            let kind = take(&format!("MediaContentType{n}")).map_or_else(String::new, |kind| kind.to_ascii_lowercase());
            Some(Media { url: take(&format!("MediaUrl{n}"))?, kind })
        });
        let media = media.collect();
        Ok(vec![Received { id, sender: take("From"), words: take("Body").unwrap_or_default(), media }])
    }

    /// TwiML: an empty answer sends nothing; a message goes to the phone without our keeping its number.
    fn answer(&self, say: &str) -> Response {
        let say = say.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let message = if say.is_empty() { String::new() } else { format!("<Message>{say}</Message>") };
        ([(CONTENT_TYPE, "text/xml")], format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{message}</Response>")).into_response()
    }

    fn can_say(&self) -> bool {
        true
    }

    fn media(&self) -> Option<&Origins> {
        Some(&self.origins)
    }

    /// It waits 15 seconds, does not try again, and once the text is stored the photo is erased there: what is not here by then is gone.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn holding(&self) -> Option<&dyn Holding> {
        Some(self)
    }

    fn keeps(&self) -> &'static str {
        "Twilio keeps each message and its photos until they are erased: the gateway erases them at once after it stored them, and sweeps every ten \
         minutes. Twilio's own logs and its phone companies keep the number for longer, and that cannot be erased. Switch on \"Enforce \
         HTTP Auth on Media URLs\" in its console, and leave \"Message Redaction\" off: Twilio sends a text once, and one that the gateway could not \
         take is fetched from there, where redaction would have removed its words."
    }
}

/// The fields of a form, or of a JSON object. Of repeated ones the first counts.
fn read_fields(kind: &str, body: &[u8]) -> Option<BTreeMap<String, Zeroizing<String>>> {
    match fields_of(kind, body) {
        Some(fields) => Some(fields.into_iter().filter_map(|(name, mut values)| Some((name, Zeroizing::new(values.pop_first()?)))).collect()),
        None => {
            let fields: BTreeMap<String, Lossy> = serde_json::from_slice(body).ok()?;
            Some(fields.into_iter().map(|(name, text)| (name, text.0)).collect())
        }
    }
}

/// The fields of a form, each with its values. A body of another kind has none.
fn fields_of(kind: &str, body: &[u8]) -> Option<BTreeMap<String, BTreeSet<String>>> {
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name.into_owned()).or_default().insert(value.into_owned());
    }
    Some(fields)
}

/// Whether Twilio signed this request: base64 of HMAC-SHA1 over the address and every field, sorted, repeated values once each. Twilio
/// signs the address with or without its port; a body that is no form is named in the query by its SHA-256 instead.
fn is_signed(key: &hmac::Key, url: &str, kind: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let Ok(parsed) = Url::parse(url) else { return false };
    let named = parsed.query_pairs().find(|(name, _)| name == "bodySHA256").map(|(_, hash)| hash.into_owned());
    let (fields, whole) = match (fields_of(kind, body), named) {
        (None, Some(named)) => (String::new(), hex::encode(digest::digest(&digest::SHA256, body)) == named.to_ascii_lowercase()),
        // What neither is a form nor is named is in no signature: anybody could have changed it.
        (None, None) => (String::new(), body.is_empty()),
        (Some(all), _) => (all.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}"))).collect(), true),
    };
    let fields = Zeroizing::new(fields);
    let signs = |url: &str| hmac::verify(key, [url.as_bytes(), fields.as_bytes()].concat().as_slice(), &signature).is_ok();
    let (without, with) = both_ports(url, &parsed);
    // Both are always tried, so that the time tells nothing.
    (signs(&without) | signs(&with)) & whole
}

/// The address without a port, and with one. Nothing else of it may change: it is signed as it was written.
fn both_ports(url: &str, parsed: &Url) -> (String, String) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), url.to_owned()) };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let port = authority.strip_prefix(host).and_then(|p| p.strip_prefix(':')).and_then(|p| p.parse().ok()).or(parsed.port_or_known_default());
    (format!("{scheme}://{host}{path}"), format!("{scheme}://{host}:{}{path}", port.unwrap_or(443)))
}

#[derive(Deserialize)]
struct List {
    messages: Vec<Message>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    sid: String,
    direction: String,
    from: Option<Lossy>,
    body: Option<Lossy>,
    date_created: Option<String>,
    num_media: Option<String>,
}

#[derive(Deserialize)]
struct MediaList {
    media_list: Vec<MediaEntry>,
}

#[derive(Deserialize)]
struct MediaEntry {
    uri: String,
    content_type: Option<String>,
}

impl Twilio {
    fn path_of(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}/{rest}", self.account)
    }

    /// The first page of what came to our number (`To`) or went out from it (`From`).
    fn first(&self, side: &str) -> String {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair(side, &self.number).finish();
        self.path_of(&format!("Messages.json?PageSize={}&{query}", PAGE.0))
    }
}

/// Whether this path is of the list of what went out. Twilio writes the next page's query in an order of its own.
fn is_outgoing(path: &str) -> bool {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "From")
}

impl Holding for Twilio {
    fn page<'a>(&'a self, calls: &'a Calls, from: Option<&'a str>) -> Asked<'a, Page> {
        Box::pin(async move {
            let from = from.map_or_else(|| self.first("To"), str::to_owned);
            let answer = calls.get(&self.origins, self.origins.at(&from)?, PAGE.1).await?;
            let Page { held, next } = read_list(&answer).ok_or(Failed::Unreadable)?;
            // What came in is looked through first, then what went out.
            Ok(Page { held, next: next.or_else(|| (!is_outgoing(&from)).then(|| self.first("From"))) })
        })
    }

    fn media_of<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, Vec<Media>> {
        Box::pin(async move {
            let url = self.origins.at(&self.path_of(&format!("Messages/{id}/Media.json")))?;
            let list: MediaList = serde_json::from_slice(&calls.get(&self.origins, url, PAGE.1).await?).map_err(|_| Failed::Unreadable)?;
            let media = list.media_list.into_iter().map(|entry| {
                let url = self.origins.at(entry.uri.trim_end_matches(".json"))?;
                Ok(Media { url: Zeroizing::new(url.into()), kind: entry.content_type.unwrap_or_default().to_ascii_lowercase() })
            });
            media.collect()
        })
    }

    fn erases(&self) -> bool {
        true
    }

    fn erase<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { calls.delete(&self.origins, self.origins.at(&self.path_of(&format!("Messages/{id}.json")))?).await })
    }

    fn every(&self) -> u64 {
        self.every
    }
}

/// One page of messages as the API lists them, without what lies beside them. None where it has another shape.
pub fn read_list(json: &[u8]) -> Option<Page> {
    let list: List = serde_json::from_slice(json).ok()?;
    Some(Page { held: list.messages.into_iter().map(held_of).collect::<Option<_>>()?, next: list.next_page_uri })
}

/// What is held. None where the id is not one: it becomes part of an address.
fn held_of(message: Message) -> Option<Held> {
    if message.sid.is_empty() || !message.sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let at = message.date_created.and_then(|at| OffsetDateTime::parse(&at, &Rfc2822).ok()).map_or(0, OffsetDateTime::unix_timestamp);
    let id = Zeroizing::new(message.sid);
    let text = (message.direction == "inbound").then(|| Received {
        id: id.clone(),
        // Where Twilio masks numbers, what is left is no number.
        sender: message.from.map(|from| from.0).filter(|from| is_number(from)),
        words: message.body.unwrap_or_default().0,
        media: Vec::new(),
    });
    Some(Held { id, at, text, photos: message.num_media.is_some_and(|n| n != "0") })
}

#[cfg(test)]
mod tests;
