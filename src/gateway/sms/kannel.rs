//! A modem of one's own behind Kannel: its `get-url` brings the text and an id, and no number, since `deploy/kannel.conf` asks for none.
//! What proves it is the secret in its path: the modem box stands on the same machine or behind the firewall.

use std::path::Path;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::provider::{Provider, Received, Refused, Webhook};
use super::secret::{Place, Secret};
use super::settings::{Bad, PATH_SECRET, read_secret};

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
        Ok(Box::new(Kannel { path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")? }))
    }
}

impl Provider for Kannel {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, Refused> {
        let mut text = Received::default();
        for (name, value) in form_urlencoded::parse(webhook.query().as_bytes()) {
            match &*name {
                "id" => text.id = Zeroizing::new(value.into_owned()),
                "text" => text.words = Zeroizing::new(value.into_owned()),
                _ => {}
            }
        }
        Ok(vec![text])
    }

    /// Kannel sends the words of an answer to the phone, where its service may send any (`max-messages`).
    fn answer(&self, say: &str) -> Response {
        (StatusCode::OK, [(CONTENT_TYPE, "text/plain; charset=utf-8")], say.to_owned()).into_response()
    }

    fn can_say(&self) -> bool {
        true
    }

    fn keeps(&self) -> &'static str {
        "The modem's box keeps nothing, set up as in deploy/kannel.conf. The SIM's phone company keeps who texted it and when, as for every \
         text, and that cannot be erased."
    }
}
