//! A modem of one's own behind Gammu's SMSD: its hook (`deploy/gammu-on-receive`) posts the text and a random id, and no number. What
//! proves it is the secret in its path.

use std::path::Path;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::provider::{Provider, Received, Refused, Webhook};
use super::secret::{Place, Secret};
use super::settings::{Bad, PATH_SECRET, read_secret};

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
        Ok(Box::new(Gammu { path_secret: read_secret(&self.path_secret, folder, PATH_SECRET, "path_secret")? }))
    }
}

impl Provider for Gammu {
    fn path_secret(&self) -> &Secret {
        &self.path_secret
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, Refused> {
        let mut text = Received::default();
        for (name, value) in form_urlencoded::parse(webhook.body) {
            match &*name {
                "id" => text.id = Zeroizing::new(value.into_owned()),
                "text" => text.words = Zeroizing::new(value.into_owned()),
                _ => {}
            }
        }
        Ok(vec![text])
    }

    fn answer(&self, _say: &str) -> Response {
        StatusCode::OK.into_response()
    }

    fn keeps(&self) -> &'static str {
        "The modem's box keeps a text in memory until the gateway took it, set up as in deploy/. The SIM's phone company keeps who texted it and \
         when, as for every text, and that cannot be erased."
    }
}
