//! Enrolled desks: one small file each, `desks/NAME.toml`, with the certificate's fingerprint and
//! the lanes. Every request reads the files, so that `enrol` and `revoke` take effect at once. No
//! key of a desk is ever stored here.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use loke_core::pickup::as_hex;
use loke_core::private_file;
use loke_core::tip::Lane;

/// Longest name of a desk, in bytes.
const NAME_MAX: usize = 64;

/// The folder of enrolled desks.
#[derive(Debug, Clone)]
pub struct Desks(PathBuf);

/// One enrolled desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledDesk {
    /// Its name at the gateway.
    pub name: String,
    /// The lanes that it may collect.
    pub lanes: Vec<Lane>,
}

/// `desks/NAME.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// SHA-256 of the desk's certificate (DER), hex.
    #[serde(with = "as_hex")]
    fingerprint: [u8; 32],
    lanes: Vec<Lane>,
}

impl Desks {
    /// The desks of the gateway with its configuration in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.join("desks"))
    }

    /// Finds the desk with this certificate in the current files.
    #[must_use]
    pub fn find(&self, fingerprint: &[u8; 32]) -> Option<EnrolledDesk> {
        let files = self.files().ok()?;
        files
            .into_iter()
            .find_map(|(name, file)| match read(&file) {
                Some(found) if found.fingerprint == *fingerprint => Some(EnrolledDesk {
                    name,
                    lanes: found.lanes,
                }),
                _ => None,
            })
    }

    /// Every enrolled desk by name; `None` if its file cannot be read.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn all(&self) -> io::Result<Vec<(String, Option<EnrolledDesk>)>> {
        let named = |(name, file): (String, PathBuf)| {
            let desk = read(&file).map(|found| EnrolledDesk {
                name: name.clone(),
                lanes: found.lanes,
            });
            (name, desk)
        };
        Ok(self.files()?.into_iter().map(named).collect())
    }

    /// Whether a desk of this name is enrolled.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }

    /// Enrols a desk: this certificate may now collect these lanes.
    ///
    /// # Errors
    /// If the name exists already ([`io::ErrorKind::AlreadyExists`]) or the file cannot be written.
    pub fn add(&self, name: &str, fingerprint: [u8; 32], lanes: &[Lane]) -> io::Result<()> {
        let text = toml::to_string(&File {
            fingerprint,
            lanes: lanes.to_vec(),
        })
        .map_err(io::Error::other)?;
        private_file::make_folder(&self.0)?;
        Ok(private_file::write_new(&self.file(name), text.as_bytes())?)
    }

    /// Revokes a desk: its certificate is refused from now on.
    ///
    /// # Errors
    /// If there is no such name ([`io::ErrorKind::NotFound`]) or the file cannot be deleted.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.file(name))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.toml"))
    }

    /// Names and files, sorted by name. A gateway that never enrolled a desk has no folder.
    fn files(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let entries = match std::fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut files = Vec::new();
        for entry in entries {
            let file = entry?.path();
            if let Some(name) = file.file_stem().and_then(|n| n.to_str())
                && file.extension().is_some_and(|e| e == "toml")
                && is_name(name)
            {
                files.push((name.to_owned(), file));
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Returns `None` for a half-written or broken file, which enrols nobody; `check` reports it.
fn read(file: &Path) -> Option<File> {
    toml::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// Whether a desk may have this name: ASCII letters, digits and dashes, no dash at the start. The
/// name becomes a file name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_MAX
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_folder() {
        assert!(is_name("desk-1"));
        for bad in ["", "-x", "a/b", "..", "a.b", "é", "a b", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn what_the_files_say_now_holds() {
        let folder = tempfile::tempdir().unwrap();
        let desks = Desks::of(folder.path());
        assert_eq!(desks.find(&[7; 32]), None);
        desks.add("one", [7; 32], &[Lane::Drugs]).unwrap();
        assert_eq!(
            desks.find(&[7; 32]),
            Some(EnrolledDesk {
                name: "one".into(),
                lanes: vec![Lane::Drugs]
            })
        );
        assert_eq!(desks.find(&[8; 32]), None);
        assert_eq!(
            desks.add("one", [9; 32], &[]).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        std::fs::write(folder.path().join("desks/broken.toml"), "fingerprint = 3").unwrap();
        assert_eq!(desks.find(&[7; 32]).unwrap().name, "one");
        desks.remove("one").unwrap();
        assert_eq!(desks.find(&[7; 32]), None);
    }
}
