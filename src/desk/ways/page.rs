//! Puts posts into the inbox of the partner page: reports, and accounts. A post is a clear line, then
//! an age file that the page cannot open. The folder is the only connection from the desk to the page.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;

use super::{folder, needs_officer};
use crate::answers::Reference;
use crate::keys::{CodeSalt, ON_A_LIST};
use crate::partners::Partner;
use crate::register::Failure;
use crate::settings::DeskSettings;
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// The first word of the clear line, with its version.
const BEGINS: &str = "loke-page-1";
/// Longest clear line, in bytes.
const LINE: usize = 256;
/// Bytes of the salt of a list of codes.
const SALT: usize = 16;
/// The mode of a post: the group of the folder is the page's.
const MODE: u32 = 0o640;

/// A post of the desk to the partner page.
pub enum PagePost {
    /// A report for the people of a partner, sealed to each of them.
    Report {
        /// The partner.
        partner: String,
        /// The report.
        reference: Reference,
        /// The day on which it was sent.
        day: Day,
        /// The age file.
        sealed: Vec<u8>,
    },
    /// A new account, or a new first passphrase for one.
    Account {
        /// The account.
        name: String,
        /// The person's partner.
        partner: String,
        /// The public key of the first identity. Nothing is ever sealed to it.
        key: Recipient,
        /// The first identity, encrypted with the first passphrase.
        identity: Vec<u8>,
    },
    /// A new list of one-time codes for an account without a phone, in place of an earlier one.
    Codes {
        /// The account.
        name: String,
        /// The salt of the list.
        salt: CodeSalt,
        /// The digest of each code, which the page stores.
        digests: Vec<[u8; 64]>,
    },
    /// An account that may not sign in any more.
    Disable {
        /// The account.
        name: String,
    },
}

/// The file is not a post of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a post for the partner page")]
pub struct NotAPost;

impl PagePost {
    /// The name of its file, without the end `.age`. A later post about the same thing replaces an
    /// earlier one that nobody took.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Report { reference, .. } => reference.to_string(),
            Self::Account { name, .. } | Self::Disable { name } => format!("account.{name}"),
            Self::Codes { name, .. } => format!("codes.{name}"),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let codes;
        let (line, sealed) = match self {
            Self::Report {
                partner,
                reference,
                day,
                sealed,
            } => (
                format!("report {partner} {reference} {day}"),
                sealed.as_slice(),
            ),
            Self::Account {
                name,
                partner,
                key,
                identity,
            } => (
                format!("account {name} {partner} {key}"),
                identity.as_slice(),
            ),
            Self::Codes {
                name,
                salt,
                digests,
            } => {
                codes = [salt.expose(), digests.as_flattened()].concat();
                (format!("codes {name}"), codes.as_slice())
            }
            Self::Disable { name } => (format!("disable {name}"), &[][..]),
        };
        let mut file = format!("{BEGINS} {line}\n").into_bytes();
        file.extend(sealed);
        file
    }

    /// Reads a post.
    ///
    /// # Errors
    /// [`NotAPost`].
    pub fn parse(file: &[u8]) -> Result<Self, NotAPost> {
        let end = file.iter().take(LINE).position(|byte| *byte == b'\n');
        let (line, rest) = end
            .and_then(|end| file.split_at_checked(end))
            .ok_or(NotAPost)?;
        let rest = || rest.get(1..).unwrap_or_default().to_vec();
        let line = std::str::from_utf8(line).map_err(|_| NotAPost)?;
        let parts: Vec<&str> = line.split(' ').collect();
        Ok(match parts.as_slice() {
            [BEGINS, "report", partner, reference, day] => Self::Report {
                partner: name(partner)?,
                reference: word(reference)?,
                day: word(day)?,
                sealed: rest(),
            },
            [BEGINS, "account", account, partner, key] => Self::Account {
                name: name(account)?,
                partner: name(partner)?,
                key: word(key)?,
                identity: rest(),
            },
            [BEGINS, "codes", account] => {
                let rest = rest();
                let (salt, digests) = rest.split_at_checked(SALT).ok_or(NotAPost)?;
                let (digests, more) = digests.as_chunks::<64>();
                if !more.is_empty() || digests.len() > ON_A_LIST {
                    return Err(NotAPost);
                }
                Self::Codes {
                    name: name(account)?,
                    salt: CodeSalt::new(salt.to_vec()),
                    digests: digests.to_vec(),
                }
            }
            [BEGINS, "disable", account] => Self::Disable {
                name: name(account)?,
            },
            _ => return Err(NotAPost),
        })
    }

    /// Writes it into the inbox, in one step.
    ///
    /// # Errors
    /// [`Failure`] as [`folder::put`].
    pub fn put(&self, inbox: &Path) -> Result<(), Failure> {
        let name = self.name();
        folder::put(inbox, &name, &self.to_bytes())?;
        // The desk's own umask may hide it from the page. A page that took it already needs no mode.
        let mode = std::fs::Permissions::from_mode(MODE);
        match std::fs::set_permissions(inbox.join(format!("{name}.age")), mode) {
            Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => Err(Failure {
                code: "folder".into(),
                what: format!(
                    "the partner page cannot read what is in {}",
                    inbox.display()
                ),
                needs_officer: true,
            }),
            _ => Ok(()),
        }
    }
}

/// A word that is also a part of a file's name.
fn name(text: &str) -> Result<String, NotAPost> {
    let is = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    match !text.is_empty() && text.len() <= 64 && !text.starts_with('.') && text.chars().all(is) {
        true => Ok(text.to_owned()),
        false => Err(NotAPost),
    }
}

fn word<T: FromStr>(text: &str) -> Result<T, NotAPost> {
    text.parse().map_err(|_| NotAPost)
}

/// The inbox of the partner page.
///
/// # Errors
/// [`Failure`] if `desk.toml` names none.
pub fn inbox(desk: &DeskSettings) -> Result<&Path, Failure> {
    desk.page_inbox.as_deref().ok_or_else(|| {
        needs_officer(
            "config",
            "desk.toml has no [partner_page]: add it with inbox, the folder of the partner page",
        )
    })
}

/// Puts one sealed report into the inbox. `now` is in seconds since 1970-01-01 UTC.
///
/// # Errors
/// [`Failure`] if it did not arrive.
pub(super) fn send(
    desk: &DeskSettings,
    partner: &Partner,
    reference: &str,
    sealed: &[u8],
    now: i64,
) -> Result<(), Failure> {
    let reference = reference
        .parse()
        .map_err(|_| needs_officer("reference", "the report's reference is not valid"))?;
    let post = PagePost::Report {
        partner: partner.name.clone(),
        reference,
        day: desk.zone.day(now),
        sealed: sealed.to_vec(),
    };
    post.put(inbox(desk)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_read_as_it_was_written_and_no_name_leads_out_of_the_folder() {
        let report = PagePost::Report {
            partner: "cleansing".into(),
            reference: "0123456789abcdef".parse().unwrap(),
            day: Day(20_800),
            sealed: b"age\nfile".to_vec(),
        };
        let Ok(PagePost::Report {
            partner, sealed, ..
        }) = PagePost::parse(&report.to_bytes())
        else {
            panic!("not a report");
        };
        assert_eq!(
            (partner.as_str(), sealed.as_slice()),
            ("cleansing", &b"age\nfile"[..])
        );
        for odd in [
            "loke-page-1 disable ../../etc\n",
            "loke-page-1 disable ..\n",
            "loke-page-1 disable \n",
            "loke-page-1 report a/b 0123456789abcdef 2026-01-01\n",
            "loke-page-2 disable pat\n",
            "loke-page-1 codes pat\nshort",
            "loke-page-1 codes pat\nsixteen bytes ..more",
            "loke-page-1 disable pat",
        ] {
            assert!(PagePost::parse(odd.as_bytes()).is_err(), "{odd}");
        }
        assert!(
            PagePost::parse(b"loke-page-1 disable pat\n").is_ok(),
            "the control"
        );
        let codes = PagePost::Codes {
            name: "pat".into(),
            salt: CodeSalt::new(vec![7; SALT]),
            digests: vec![[1; 64], [2; 64]],
        };
        let Ok(PagePost::Codes { salt, digests, .. }) = PagePost::parse(&codes.to_bytes()) else {
            panic!("not codes");
        };
        assert_eq!(
            (salt.expose(), digests),
            (&[7; SALT][..], vec![[1; 64], [2; 64]])
        );
    }
}
