//! Secrets shared with a provider: read from a file or a systemd credential, compared in constant
//! time, zeroized. A secret is never in `gateway.toml` itself, in a log or in an error.

use std::path::{Path, PathBuf};

use loke_core::digest::sha256;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Minimum number of characters of the secret in a provider's path.
pub(super) const PATH_SECRET: usize = 16;

/// Where a secret is: `file:PATH`, relative to the gateway's folder, or `credential:NAME`
/// (systemd.exec(5), LoadCredential=).
#[derive(Clone, Deserialize)]
pub struct Place(String);

/// A secret.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Why a secret cannot be used. It never contains the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The place has neither form.
    #[error(
        "write \"file:PATH\" or \"credential:NAME\"; do not put the secret itself into the configuration"
    )]
    NoPlace,
    /// It cannot be read.
    #[error(
        "the secret in {path} cannot be read ({kind}). Put it there, for the gateway's user alone (mode 0600)"
    )]
    Unreadable {
        /// Where it should be.
        path: String,
        /// The cause.
        kind: std::io::ErrorKind,
    },
    /// It is too short.
    #[error(
        "the secret in {path} has fewer than {least} characters. Make a longer one: openssl rand -hex 24"
    )]
    TooShort {
        /// Where it is.
        path: String,
        /// The minimum of characters.
        least: usize,
    },
}

impl Place {
    /// Reads the secret, without its trailing line end.
    ///
    /// # Errors
    /// [`SecretError`] if it does not exist or has fewer than `least` characters.
    #[expect(
        clippy::disallowed_methods,
        reason = "where systemd puts credentials is told in the environment and nowhere else"
    )]
    pub(super) fn read(&self, folder: &Path, least: usize) -> Result<Secret, SecretError> {
        let path = match self.0.split_once(':') {
            Some(("file", path)) => folder.join(path),
            Some(("credential", name)) => {
                PathBuf::from(std::env::var("CREDENTIALS_DIRECTORY").unwrap_or_default()).join(name)
            }
            _ => return Err(SecretError::NoPlace),
        };
        let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(|e| {
            SecretError::Unreadable {
                path: path.display().to_string(),
                kind: e.kind(),
            }
        })?);
        let secret = Secret(Zeroizing::new(text.trim().to_owned()));
        if secret.0.chars().count() < least {
            Err(SecretError::TooShort {
                path: path.display().to_string(),
                least,
            })
        } else {
            Ok(secret)
        }
    }
}

impl Secret {
    /// A secret that is not from a [`Place`].
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `shown` is the secret. Compares in constant time.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        sha256(self.0.as_bytes())
            .ct_eq(&sha256(shown.as_bytes()))
            .into()
    }
}

/// An invalid setting in `[sms]`. It never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {what}")]
pub struct Bad {
    key: String,
    what: String,
}

impl Bad {
    pub(super) fn new(key: &str, what: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            what: what.into(),
        }
    }

    pub(super) fn of(self, provider: &str) -> Self {
        Self {
            key: format!("[sms.{provider}] {}", self.key),
            ..self
        }
    }
}

/// Reads the secret of a configuration key.
pub(super) fn read_secret(
    place: &Place,
    folder: &Path,
    least: usize,
    key: &str,
) -> Result<Secret, Bad> {
    place
        .read(folder, least)
        .map_err(|why: SecretError| Bad::new(key, why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_a_file_and_never_from_the_configuration_itself() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
        let read = |place: &str, least| Place(place.to_owned()).read(folder.path(), least);
        let secret = read("file:token", 16).unwrap_or_else(|e| panic!("{e}"));
        assert!(secret.is("0123456789abcdef") && !secret.is("0123456789abcdeF") && !secret.is(""));
        assert!(matches!(
            read("file:token", 17),
            Err(SecretError::TooShort { least: 17, .. })
        ));
        assert!(matches!(
            read("file:none", 1),
            Err(SecretError::Unreadable { .. })
        ));
        let error = read("0123456789abcdef", 1)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(
            error.contains("file:PATH") && !error.contains("0123"),
            "{error}"
        );
    }
}
