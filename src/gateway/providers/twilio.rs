//! Twilio: a signed form, photos that Twilio stores, and messages that are erased there once they
//! are stored here. (Twilio's "Webhooks security", "Message resource", "Media resource"; the
//! signature as its own validator computes it.)

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::Url;
use zeroize::Zeroizing;

use super::call::{Calls, Failed, Origins};
use super::json::Json;
use super::provider::{
    Asked, Held, Holding, Media, Provider, Received, TextPage, Webhook, WebhookRefused, is_number,
    sender,
};
use super::secret::{Bad, PATH_SECRET, Place, Secret, read_secret};
use loke_core::digest::sha256;

/// Where Twilio's API redirects requests for a photo.
const MEDIA_HOSTS: [&str; 2] = ["mms.twiliocdn.com", "media.twiliocdn.com"];
/// Messages on one page of the list, and the page's limit in bytes.
const PAGE: (u32, usize) = (100, 4 << 20);
/// Maximum number of media in one message.
const MOST_MEDIA: usize = 20;

/// `[sms.twilio]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
    /// The account's id: `AC` and 32 hex digits.
    account: String,
    auth_token: Place,
    /// Our number, as Twilio writes it: `+441603…`. Messages that Twilio stores for it are erased.
    number: String,
    #[serde(default = "api")]
    api: String,
    /// How often the messages that Twilio still stores are polled, besides after each text.
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

    pub(super) fn open(
        &self,
        folder: &Path,
        public_url: Option<&str>,
    ) -> Result<Box<dyn Provider>, Bad> {
        let token = read_secret(&self.auth_token, folder, 16, "auth_token")?;
        if self.account.is_empty() || !self.account.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Bad::new(
                "account",
                "not an account id: copy the one that begins with AC from Twilio's console",
            ));
        }
        let public_url = public_url
            .ok_or_else(|| Bad::new("public_url", "Twilio signs the address that it calls: set public_url in [sms], such as https://sms.example.org"))?;
        let basic = Zeroizing::new(format!("{}:{}", self.account, token.expose()));
        let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(basic.as_bytes())));
        let origins = Origins::new(&self.api, &MEDIA_HOSTS.map(str::to_owned), Some(&basic));
        Ok(Box::new(Twilio {
            path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?,
            key: hmac::Key::new(
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                token.expose().as_bytes(),
            ),
            public_url: public_url.trim_end_matches('/').to_owned(),
            account: self.account.clone(),
            number: self.number.clone(),
            origins: origins.ok_or_else(|| Bad::new("api", "not an HTTPS URL"))?,
            every: self.sweep_seconds.max(1),
        }))
    }
}

impl Provider for Twilio {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused> {
        let url = format!("{}{}", self.public_url, webhook.target);
        if !is_signed(
            &self.key,
            &url,
            webhook.kind,
            webhook.body,
            webhook.proof("x-twilio-signature"),
        ) {
            return Err(WebhookRefused::Stranger);
        }
        read(webhook.kind, webhook.body)
    }

    /// TwiML: an empty response sends nothing. A message goes to the phone without its number being
    /// stored here.
    fn answer(&self, say: &str) -> Response {
        let say = say
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let message = if say.is_empty() {
            String::new()
        } else {
            format!("<Message>{say}</Message>")
        };
        (
            [(CONTENT_TYPE, "text/xml")],
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{message}</Response>"),
        )
            .into_response()
    }

    fn can_say(&self) -> bool {
        true
    }

    fn media(&self) -> Option<&Origins> {
        Some(&self.origins)
    }

    /// Twilio waits 15 seconds and does not retry. Once the text is stored, the photo is erased
    /// there: a photo that was not fetched by then is lost.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn holding(&self) -> Option<&dyn Holding> {
        Some(self)
    }

    /// Twilio calls once, and keeps a message until it is erased: as long as erasing may take to
    /// succeed. ("Message resource".)
    fn repeats_for(&self) -> i32 {
        8
    }

    fn keeps(&self) -> &'static str {
        "Twilio keeps each message and its photos until they are erased: the gateway erases them as soon as it has stored them, and polls every ten \
         minutes. Twilio's own logs and its phone companies keep the number for longer, and that cannot be erased. Switch on \"Enforce \
         HTTP Auth on Media URLs\" in its console, and leave \"Message Redaction\" off: Twilio sends a text once, and one that the gateway could not \
         take is fetched from there, where redaction would have removed its words."
    }
}

/// The text of a request. A field that is null, missing, repeated or of another type affects no
/// other field.
fn read(kind: &str, body: &[u8]) -> Result<Vec<Received>, WebhookRefused> {
    let fields = read_fields(kind, body).ok_or(WebhookRefused::Unreadable)?;
    let id = [fields.text("MessageSid"), fields.text("SmsSid")]
        .into_iter()
        .find(|id| !id.is_empty())
        .unwrap_or_default();
    let (words, media) = (fields.words("Body"), media(&fields));
    if words.is_none() && media.is_empty() {
        // A status report on an outgoing message.
        return if fields.get("MessageStatus").is_some() {
            Ok(Vec::new())
        } else {
            Err(WebhookRefused::Unreadable)
        };
    }
    Ok(vec![Received {
        id,
        sender: sender(fields.text("From")),
        words: words.unwrap_or_default(),
        media,
    }])
}

/// The media of a text. Media that is only counted, or has a media type but no URL, is included
/// too.
fn media(fields: &Json) -> Vec<Media> {
    let of = |number: usize| {
        (
            fields.text(&format!("MediaUrl{number}")),
            fields.text(&format!("MediaContentType{number}")),
        )
    };
    let is_there = |number: &usize| {
        let (url, kind) = of(*number);
        !url.is_empty() || !kind.is_empty()
    };
    let told = fields.text("NumMedia").parse().unwrap_or(0).min(MOST_MEDIA);
    let count = (0..MOST_MEDIA)
        .rfind(is_there)
        .map_or(0, |last| last + 1)
        .max(told);
    (0..count)
        .map(of)
        .map(|(url, kind)| Media {
            url,
            kind: kind.to_ascii_lowercase(),
        })
        .collect()
}

/// The fields of a form, or a JSON document.
fn read_fields(kind: &str, body: &[u8]) -> Option<Json> {
    if !is_form(kind) {
        return Json::read(body);
    }
    let fields = form_urlencoded::parse(body).map(|(name, value)| {
        (
            name.into_owned(),
            Json::Text(Zeroizing::new(value.into_owned())),
        )
    });
    Some(Json::Object(fields.collect()))
}

fn is_form(kind: &str) -> bool {
    kind.starts_with("application/x-www-form-urlencoded")
}

/// The fields of a form, each with its values. `None` for a body of another type.
fn fields_of(kind: &str, body: &[u8]) -> Option<BTreeMap<String, BTreeSet<String>>> {
    if !is_form(kind) {
        return None;
    }
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields
            .entry(name.into_owned())
            .or_default()
            .insert(value.into_owned());
    }
    Some(fields)
}

/// Verifies Twilio's signature: base64 of HMAC-SHA1 over the URL and every field, sorted, repeated
/// values once each. Twilio signs the URL with or without its port. For a body that is not a form,
/// its SHA-256 is in the query.
fn is_signed(key: &hmac::Key, url: &str, kind: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    let Ok(parsed) = Url::parse(url) else {
        return false;
    };
    let named = parsed
        .query_pairs()
        .find(|(name, _)| name == "bodySHA256")
        .map(|(_, hash)| hash.into_owned());
    let (fields, whole) = match (fields_of(kind, body), named) {
        (None, Some(named)) => (
            String::new(),
            hex::encode(sha256(body)) == named.to_ascii_lowercase(),
        ),
        // A body that is neither a form nor named by its hash is not signed: anybody could have
        // changed it.
        (None, None) => (String::new(), body.is_empty()),
        (Some(all), _) => (
            all.iter()
                .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}")))
                .collect(),
            true,
        ),
    };
    let fields = Zeroizing::new(fields);
    let signs = |url: &str| {
        hmac::verify(
            key,
            [url.as_bytes(), fields.as_bytes()].concat().as_slice(),
            &signature,
        )
        .is_ok()
    };
    let (without, with) = both_ports(url, &parsed);
    // Always checks both, for constant time.
    (signs(&without) | signs(&with)) & whole
}

/// The URL without a port, and with one. The rest must stay unchanged, because it is signed as
/// written.
fn both_ports(url: &str, parsed: &Url) -> (String, String) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), url.to_owned());
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let port = authority
        .strip_prefix(host)
        .and_then(|p| p.strip_prefix(':'))
        .and_then(|p| p.parse().ok())
        .or(parsed.port_or_known_default());
    (
        format!("{scheme}://{host}{path}"),
        format!("{scheme}://{host}:{}{path}", port.unwrap_or(443)),
    )
}

impl Twilio {
    fn path_of(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}/{rest}", self.account)
    }

    /// The first page of messages to our number (`To`) or from it (`From`).
    fn first(&self, side: &str) -> String {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair(side, &self.number)
            .finish();
        self.path_of(&format!("Messages.json?PageSize={}&{query}", PAGE.0))
    }
}

/// Whether this path is of the list of outgoing messages. Twilio orders the next page's query in
/// its own way.
fn is_outgoing(path: &str) -> bool {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "From")
}

impl Holding for Twilio {
    fn page<'a>(&'a self, calls: &'a Calls, from: Option<&'a str>) -> Asked<'a, TextPage> {
        Box::pin(async move {
            let from = from.map_or_else(|| self.first("To"), str::to_owned);
            let answer = calls
                .get(&self.origins, self.origins.at(&from)?, PAGE.1)
                .await?;
            let TextPage { held, next, is_odd } = read_list(&answer).ok_or(Failed::Unreadable)?;
            // Incoming messages first, then outgoing ones.
            Ok(TextPage {
                held,
                next: next.or_else(|| (!is_outgoing(&from)).then(|| self.first("From"))),
                is_odd,
            })
        })
    }

    fn media_of<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, Vec<Media>> {
        Box::pin(async move {
            let url = self
                .origins
                .at(&self.path_of(&format!("Messages/{id}/Media.json")))?;
            let list = Json::read(&calls.get(&self.origins, url, PAGE.1).await?)
                .ok_or(Failed::Unreadable)?;
            let Some(Json::List(entries)) = list.get("media_list") else {
                return Err(Failed::Unreadable);
            };
            // An entry without a readable URL is included too.
            let media = entries.iter().map(|entry| {
                let url = Some(entry.text("uri"))
                    .filter(|uri| !uri.is_empty())
                    .and_then(|uri| self.origins.at(uri.trim_end_matches(".json")).ok());
                let url = Zeroizing::new(url.map(String::from).unwrap_or_default());
                Media {
                    url,
                    kind: entry.text("content_type").to_ascii_lowercase(),
                }
            });
            Ok(media.collect())
        })
    }

    fn erases(&self) -> bool {
        true
    }

    fn erase<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            calls
                .delete(
                    &self.origins,
                    self.origins
                        .at(&self.path_of(&format!("Messages/{id}.json")))?,
                )
                .await
        })
    }

    fn every(&self) -> u64 {
        self.every
    }
}

/// Parses one page of messages as the API lists them, without their media. `None` if it has another
/// format. A message that is neither clearly incoming nor clearly outgoing is skipped.
pub fn read_list(json: &[u8]) -> Option<TextPage> {
    let list = Json::read(json)?;
    let Json::List(messages) = list.get("messages")? else {
        return None;
    };
    let held: Vec<Held> = messages.iter().filter_map(held_of).collect();
    let is_odd = held.len() < messages.len();
    Some(TextPage {
        held,
        next: Some(list.text("next_page_uri").to_string()).filter(|next| !next.is_empty()),
        is_odd,
    })
}

/// A stored message. `None` if the id is not an id, because it becomes part of a URL, or if the
/// direction is missing.
fn held_of(message: &Json) -> Option<Held> {
    let id = message.text("sid");
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let direction = message.text("direction");
    let is_inbound = direction.as_str() == "inbound";
    if !is_inbound && !direction.starts_with("outbound") {
        return None;
    }
    let at = OffsetDateTime::parse(&message.text("date_created"), &Rfc2822)
        .map_or(0, OffsetDateTime::unix_timestamp);
    let text = is_inbound.then(|| Received {
        id: id.clone(),
        // If Twilio masks numbers, the rest is not a number.
        sender: sender(message.text("from")).filter(|from| is_number(from)),
        words: message.words("body").unwrap_or_default(),
        media: Vec::new(),
    });
    // A missing count may mean that there are media.
    Some(Held {
        id,
        at,
        text,
        photos: message.text("num_media").as_str() != "0",
    })
}

#[cfg(test)]
mod tests;
