//! A local modem with Gammu's SMSD: its hook (`deploy/gammu-on-receive`) posts the text and a
//! random id, but no number. The secret in the path authenticates it.

use std::path::Path;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::json::joined;
use super::provider::{Provider, Received, Webhook, WebhookRefused};
use super::secret::{Bad, PATH_SECRET, Place, Secret, read_secret};

/// `[sms.gammu]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    path_secret: Place,
}

pub(super) struct Gammu {
    path_secret: Secret,
}

impl Settings {
    pub(super) fn open(&self, folder: &Path) -> Result<Box<dyn Provider>, Bad> {
        Ok(Box::new(Gammu {
            path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")?,
        }))
    }
}

impl Provider for Gammu {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused> {
        Ok(vec![read(webhook.body).ok_or(WebhookRefused::Unreadable)?])
    }

    fn answer(&self, _say: &str) -> Response {
        StatusCode::OK.into_response()
    }

    fn keeps(&self) -> &'static str {
        "The modem's box keeps a text in memory until the gateway has stored it, if set up as in deploy/. The SIM's phone company keeps who sent it and \
         when, as for every text, and that cannot be erased."
    }
}

/// The text in a form from the hook. curl omits the field if a text is empty. A form with other
/// fields instead is not from the hook, and they may contain the text.
fn read(form: &[u8]) -> Option<Received> {
    let fields: Vec<_> = form_urlencoded::parse(form)
        .map(|(name, value)| (name, Zeroizing::new(value.into_owned())))
        .collect();
    let all = |name: &'static str| {
        fields
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    };
    let id = all("id").find(|id| !id.is_empty()).unwrap_or_default();
    let words = joined(all("text")).or_else(|| {
        (!fields.is_empty() && fields.iter().all(|(name, _)| name == "id")).then(Zeroizing::default)
    })?;
    Some(Received {
        id: Zeroizing::new(id.to_owned()),
        words,
        ..Received::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form as curl sent it with `deploy/gammu-on-receive`.
    #[test]
    fn a_form_of_the_hook_is_read_as_curl_sends_it() {
        let text = read(b"id=3f2c&text=++a%2Bb+%26+50%25%0A%D9%85%F0%9F%98%80+").unwrap();
        assert_eq!(
            (&**text.id, &**text.words),
            ("3f2c", "  a+b & 50%\n\u{645}\u{1f600} ")
        );
        assert!(text.sender.is_none() && text.media.is_empty());
        let empty = read(b"id=3f2c&").unwrap();
        assert_eq!((&**empty.id, &**empty.words), ("3f2c", ""));
    }

    #[test]
    fn a_form_that_is_not_the_hooks_is_not_taken_for_an_empty_text() {
        for form in [
            "",
            "words=they+deal",
            "id=3f2c&Text=they+deal",
            "{\"text\":\"they deal\"}",
        ] {
            assert!(read(form.as_bytes()).is_none(), "{form}");
        }
        let text = read(b"text=&text=they+deal&text=they+deal&text=here&id=&id=3f2c").unwrap();
        assert_eq!((&**text.id, &**text.words), ("3f2c", "they deal\nhere"));
    }
}
