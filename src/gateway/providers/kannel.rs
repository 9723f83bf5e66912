//! A local modem with Kannel: its `get-url` sends the text and an id, but no number, because
//! `deploy/kannel.conf` does not include it. The secret in the path authenticates it; the modem box
//! is on the same machine or behind the firewall.
//!
//! Kannel passes on the bytes of a text unchanged, with their encoding: UTF-8, UCS-2 (in fact
//! UTF-16), or none. Binary messages must never be stored: the notification of a picture message
//! contains its sender.

use std::path::Path;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::json::joined;
use super::provider::{Provider, Received, Webhook, WebhookRefused};
use super::secret::{Bad, PATH_SECRET, Place, Secret, read_secret};

/// `[sms.kannel]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
}

pub(super) struct Kannel {
    path_secret: Secret,
}

impl Settings {
    pub(super) fn open(&self, folder: &Path) -> Result<Box<dyn Provider>, Bad> {
        Ok(Box::new(Kannel {
            path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?,
        }))
    }
}

impl Provider for Kannel {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn takes_get(&self) -> bool {
        true
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused> {
        Ok(vec![
            read(webhook.query().as_bytes()).ok_or(WebhookRefused::Unreadable)?,
        ])
    }

    /// Kannel sends this answer to the phone if its service may send messages (`max-messages`).
    fn answer(&self, say: &str) -> Response {
        (
            StatusCode::OK,
            [(CONTENT_TYPE, "text/plain; charset=utf-8")],
            say.to_owned(),
        )
            .into_response()
    }

    fn can_say(&self) -> bool {
        true
    }

    fn keeps(&self) -> &'static str {
        "The modem's box keeps nothing, if set up as in deploy/kannel.conf. The SIM's phone company keeps who sent a text and when, as for every \
         text, and that cannot be erased. With that file no answer leaves the box: if `answers` is on, set max-messages = 1 in its last service \
         and remove allowed-smsc-id."
    }
}

/// Placeholder for a binary message. `deploy/gammu-on-receive` uses the same text.
const NOT_A_TEXT: &str = "[Not a text: a picture message or data. It was left out.]";

/// The text in a query from Kannel. `None` if it has no text or no encoding: without an encoding
/// the bytes may be anything. Kannel then keeps the text, and a person must correct the URL in its
/// settings.
fn read(query: &[u8]) -> Option<Received> {
    let coding = octets(query, b"coding").find(|coding| !coding.is_empty())?;
    let words: Vec<Zeroizing<String>> = octets(query, b"text")
        .map(|octets| words(&coding, &octets))
        .collect::<Option<_>>()?;
    let id = octets(query, b"id")
        .find(|id| !id.is_empty())
        .unwrap_or_default();
    let id = Zeroizing::new(String::from_utf8_lossy(&id).into_owned());
    Some(Received {
        id,
        words: joined(words.iter().map(|words| words.as_str()))?,
        ..Received::default()
    })
}

/// Decodes bytes by Kannel's number for their encoding (-1 if the phone network named none).
fn words(coding: &[u8], octets: &[u8]) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(match coding {
        b"1" => NOT_A_TEXT.to_owned(),
        b"2" => {
            let units = octets.chunks(2).map(|pair| {
                pair.iter()
                    .fold(0, |unit, octet| unit << 8 | u16::from(*octet))
            });
            char::decode_utf16(units)
                .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        b"0" | b"-1" => String::from_utf8_lossy(octets).into_owned(),
        _ => return None,
    }))
}

/// The bytes of each field of this name. `form_urlencoded` would decode them as UTF-8.
fn octets<'a>(query: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> + 'a {
    let values = query
        .split(|octet| *octet == b'&')
        .filter_map(move |field| field.strip_prefix(name)?.strip_prefix(b"="));
    values.map(|value| {
        let spaced: Zeroizing<Vec<u8>> = value
            .iter()
            .map(|octet| if *octet == b'+' { b' ' } else { *octet })
            .collect::<Vec<_>>()
            .into();
        Zeroizing::new(percent_encoding::percent_decode(&spaced).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &str) -> String {
        let text = read(query.as_bytes()).unwrap();
        assert!(text.sender.is_none() && text.media.is_empty());
        text.words.to_string()
    }

    /// Queries that a real Kannel sent with `deploy/kannel.conf`.
    #[test]
    fn every_alphabet_is_read_as_kannel_sends_it() {
        let gsm = "id=4715297a-5d2a-4fec-8a2f-5b53433ae908&coding=0&text=%E2%82%ACuro++two++blanks+%7B%7D%5B%5D~%5C%7C%5E+%C3%A9%C3%A8%C3%A0";
        assert_eq!(words(gsm), "€uro  two  blanks {}[]~\\|^ éèà");
        assert_eq!(
            *read(gsm.as_bytes()).unwrap().id,
            "4715297a-5d2a-4fec-8a2f-5b53433ae908"
        );
        let ucs = "id=b1&coding=2&text=%06E%061%06-%06(%06'%00+O%60Y%7D%00+%D8%3D%DE%00";
        assert_eq!(words(ucs), "مرحبا 你好 😀");
        assert_eq!(
            words("id=b1&coding=2&text=%00+%00+%00l%00%0D%00%0A%00%00"),
            "  l\r\n\0"
        );
        assert_eq!(words("id=b1&coding=0&text="), "");
    }

    #[test]
    fn what_is_no_character_is_shown_and_loses_nothing_else() {
        assert_eq!(
            words("id=b1&coding=2&text=%00l%00o%D8%3D%00+%00x"),
            "lo\u{fffd} x"
        );
        assert_eq!(words("id=b1&coding=2&text=%00l%00o%D8%3D"), "lo\u{fffd}");
        assert_eq!(words("id=b1&coding=0&text=a%FFb%zz%4"), "a\u{fffd}b%zz%4");
        assert_eq!(
            words("coding=&coding=0&text=&text=a&text=b&text=a"),
            "a\nb",
            "what is there twice"
        );
    }

    #[test]
    fn a_query_without_text_or_alphabet_is_left_to_kannel() {
        for query in [
            "",
            "id=b1",
            "id=b1&coding=0",
            "id=b1&text=a",
            "id=b1&text=a&coding=",
            "id=b1&text=a&coding=7",
            "id=b1&coding=0&Text=a",
        ] {
            assert!(read(query.as_bytes()).is_none(), "{query}");
        }
        assert_eq!(words("text=a&coding=-1"), "a", "the control");
    }

    #[test]
    fn p1_octets_that_are_no_text_are_not_kept() {
        let notice = "id=b1&coding=1&text=%01%06%22application%2Fvnd.wap.mms-message%00%89%19%80%2B447700900987%2FTYPE%3DPLMN%00";
        assert_eq!(words(notice), NOT_A_TEXT);
        assert!(
            words(&notice.replace("coding=1", "coding=0")).contains("447700900987"),
            "the control"
        );
    }
}
