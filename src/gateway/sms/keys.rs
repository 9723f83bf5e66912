//! The keys that recognise repeated texts, so that a text that a provider repeats is stored once.
//! Each provider has a new key each day, in a file of its own. A key is destroyed as soon as the
//! provider repeats no text of its day any more (`Provider::repeats_for`). After that, an attacker
//! with the folder and the queue cannot confirm a guessed number, id or text.
//!
//! A text without a provider's id is recognised by its sender and words alone, which an attacker
//! can guess. Its key is in memory only, so a repeat after a restart is a new tip. No key is in a
//! backup. A key file is overwritten before it is deleted. A disk that relocates blocks (SSD,
//! copy-on-write) may keep the old ones, and no program can prevent that: encrypt the disk.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::known::Known;
use crate::providers::provider::{Opened, Received};
use loke_core::clock::Day;
use loke_core::config::ConfigError;
use loke_core::private_file;
use loke_core::random::{self, NoRandomness};

/// The folder of the keys, in the gateway's folder.
pub const FOLDER: &str = "sms.keys";
/// The single key file of earlier versions. It never expired.
pub const OLD: &str = "sms.key";
/// The process that takes texts from this folder locks this file.
const LOCK: &str = "lock";
/// Maximum of `Provider::repeats_for` over all providers.
const MOST_DAYS: i32 = 8;

/// The keys of every provider.
pub(super) struct Keys {
    folder: PathBuf,
    _alone: File,
    providers: Mutex<Vec<OfProvider>>,
    /// Texts in progress: the day of the key that the first attempt was given, and the number of
    /// attempts.
    turns: Mutex<HashMap<[u8; 16], (Day, usize)>>,
    of_turns: Known,
}

struct OfProvider {
    name: &'static str,
    days: i32,
    /// For texts with an id. Also in files.
    with_id: Vec<OfDay>,
    /// For texts without an id. In memory only.
    without_id: Vec<OfDay>,
}

#[derive(Clone)]
struct OfDay {
    day: Day,
    known: Arc<Known>,
    /// `Some` until the key is in its file.
    unwritten: Option<Zeroizing<[u8; 32]>>,
}

/// A text in progress. A repeat of the same text meanwhile gets the key of the same day, even after
/// midnight.
pub(super) struct Turn<'a> {
    keys: &'a Keys,
    name: [u8; 16],
    /// The keys that may recognise the text. The first one is for storing it.
    pub(super) live: Vec<Arc<Known>>,
}

impl Keys {
    /// Opens the keys of these providers in the gateway's folder, destroys expired keys, and makes
    /// today's.
    ///
    /// # Errors
    /// If another process takes texts from this folder, or the folder cannot be used.
    pub(super) fn open(
        gateway: &Path,
        providers: &[Opened],
        today: Day,
    ) -> Result<Self, ConfigError> {
        let folder = gateway.join(FOLDER);
        let unusable = |kind: io::ErrorKind| ConfigError {
            file: folder.clone(),
            line: None,
            what: format!("the keys of text messages cannot be stored here ({kind})"),
            mend: "Let the gateway's user write there".into(),
        };
        private_file::make_folder(&folder).map_err(|e| unusable(e.kind()))?;
        let alone = private_file::lock(&folder.join(LOCK)).map_err(|e| match e.kind() {
            io::ErrorKind::WouldBlock => ConfigError {
                file: folder.clone(),
                line: None,
                what: "another process takes text messages from this folder".into(),
                mend: "Stop it, or give this one a folder of its own".into(),
            },
            kind => unusable(kind),
        })?;
        // The old key becomes today's key, and expires like one.
        let old = private_file::read_key(&gateway.join(OLD)).ok();
        let read = |opened: &Opened| OfProvider::read(&folder, opened, today, old.as_ref());
        let providers = providers.iter().map(read).collect();
        let of_turns = random::bytes::<32>()
            .map(Zeroizing::new)
            .map_err(|_| unusable(io::ErrorKind::Other))?;
        let turns = Mutex::default();
        let keys = Self {
            folder: folder.clone(),
            _alone: alone,
            providers: Mutex::new(providers),
            turns,
            of_turns: Known::new(&of_turns),
        };
        keys.change(today).map_err(|e| unusable(e.kind()))?;
        private_file::destroy(&gateway.join(OLD)).map_err(|e| unusable(e.kind()))?;
        Ok(keys)
    }

    /// Starts work on a text.
    ///
    /// # Errors
    /// If the operating system returns no random bytes for a new day's key.
    pub(super) fn turn(
        &self,
        provider: &'static str,
        text: &Received,
        today: Day,
    ) -> Result<Turn<'_>, NoRandomness> {
        let name = self.of_turns.turn(provider, text);
        let mut live = self.live(provider, !text.id.is_empty(), today)?;
        let mut turns = lock(&self.turns);
        let turn = turns.entry(name).or_insert((today, 0));
        turn.1 += 1;
        let day = turn.0;
        // The first attempt decides: the key of its day comes first.
        live.sort_by_key(|of_day| (of_day.day != day, std::cmp::Reverse(of_day.day)));
        Ok(Turn {
            keys: self,
            name,
            live: live.into_iter().map(|of_day| of_day.known).collect(),
        })
    }

    /// The valid keys, including today's.
    fn live(
        &self,
        provider: &'static str,
        has_id: bool,
        today: Day,
    ) -> Result<Vec<OfDay>, NoRandomness> {
        let mut providers = lock(&self.providers);
        let Some(own) = providers.iter_mut().find(|own| own.name == provider) else {
            return Ok(Vec::new());
        };
        own.make(today)?;
        let days = own.days;
        let kept = if has_id {
            &own.with_id
        } else {
            &own.without_id
        };
        Ok(kept
            .iter()
            .filter(|of_day| is_alive(of_day.day, days, today))
            .cloned()
            .collect())
    }

    /// Drops and destroys expired keys, and makes and writes today's. Called each minute, which
    /// retries failures.
    ///
    /// # Errors
    /// If a key could not be made, written or destroyed.
    pub(super) fn change(&self, today: Day) -> io::Result<()> {
        let mut providers = lock(&self.providers);
        let mut wanted = Vec::new();
        for own in providers.iter_mut() {
            let days = own.days;
            own.with_id
                .retain(|of_day| is_alive(of_day.day, days, today));
            own.without_id
                .retain(|of_day| is_alive(of_day.day, days, today));
            own.make(today)
                .map_err(|_| io::Error::from(io::ErrorKind::Other))?;
            wanted.extend(
                own.with_id
                    .iter()
                    .map(|of_day| file_name(own.name, of_day.day)),
            );
        }
        // Destroys expired keys first, so that a full disk cannot prevent it.
        let mut outcome = Ok(());
        for name in names(&self.folder)? {
            let is_over = |(of, day): (&str, Day)| {
                providers.iter().any(|known| known.name == of) || !is_alive(day, MOST_DAYS, today)
            };
            if !wanted.contains(&name)
                && (name.ends_with(private_file::UNFINISHED) || day_of(&name).is_some_and(is_over))
            {
                outcome = private_file::destroy(&self.folder.join(&name))
                    .map_err(io::Error::from)
                    .and(outcome);
            }
        }
        for own in providers.iter_mut() {
            for of_day in &mut own.with_id {
                if let Some(key) = &of_day.unwritten {
                    match private_file::replace_durably(
                        &self.folder.join(file_name(own.name, of_day.day)),
                        private_file::key_text(key).as_bytes(),
                    ) {
                        Ok(()) => of_day.unwritten = None,
                        Err(e) => outcome = Err(e.into()),
                    }
                }
            }
        }
        outcome
    }
}

impl OfProvider {
    /// Reads the key files of a provider.
    fn read(folder: &Path, opened: &Opened, today: Day, old: Option<&Zeroizing<[u8; 32]>>) -> Self {
        let mut own = Self {
            name: opened.name,
            days: opened.provider.repeats_for(),
            with_id: Vec::new(),
            without_id: Vec::new(),
        };
        let days = names(folder)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|name| {
                day_of(&name)
                    .filter(|(of, _)| *of == own.name)
                    .map(|(_, day)| day)
            });
        for day in days.filter(|day| is_alive(*day, own.days, today)) {
            // An unreadable key is destroyed and replaced.
            if let Ok(key) = private_file::read_key(&folder.join(file_name(own.name, day))) {
                own.with_id.push(OfDay {
                    day,
                    known: Arc::new(Known::new(&key)),
                    unwritten: None,
                });
            }
        }
        if let Some(key) = old.filter(|_| !own.with_id.iter().any(|of_day| of_day.day == today)) {
            own.with_id.push(OfDay {
                day: today,
                known: Arc::new(Known::new(key)),
                unwritten: Some(key.clone()),
            });
        }
        own
    }

    /// Makes the keys of a day that has none.
    fn make(&mut self, today: Day) -> Result<(), NoRandomness> {
        for (keys, is_written) in [(&mut self.with_id, true), (&mut self.without_id, false)] {
            if !keys.iter().any(|of_day| of_day.day == today) {
                let key = Zeroizing::new(random::bytes::<32>()?);
                keys.push(OfDay {
                    day: today,
                    known: Arc::new(Known::new(&key)),
                    unwritten: is_written.then_some(key),
                });
            }
        }
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = lock(&self.keys.turns);
        if let Some(turn) = turns.get_mut(&self.name) {
            turn.1 -= 1;
            if turn.1 == 0 {
                turns.remove(&self.name);
            }
        }
    }
}

/// Keys in this folder that should have been destroyed, but no gateway has run since. For `check`.
#[must_use]
pub fn overdue(gateway: &Path, providers: &[Opened], today: Day) -> Vec<PathBuf> {
    let folder = gateway.join(FOLDER);
    let days = |of: &str| {
        providers
            .iter()
            .find(|opened| opened.name == of)
            .map_or(MOST_DAYS, |opened| opened.provider.repeats_for())
    };
    let ended =
        |name: &String| day_of(name).is_some_and(|(of, day)| !is_alive(day, days(of), today));
    names(&folder)
        .unwrap_or_default()
        .into_iter()
        .filter(ended)
        .map(|name| folder.join(name))
        .collect()
}

/// Whether a key of this day is still valid: for `days` days after it. A key of a future day comes
/// from a wrong clock.
fn is_alive(day: Day, days: i32, today: Day) -> bool {
    today <= day.plus(days) && day <= today.plus(1)
}

fn file_name(provider: &str, day: Day) -> String {
    format!("{provider}-{day}")
}

/// The provider and the day in a file name.
fn day_of(name: &str) -> Option<(&str, Day)> {
    let (provider, day) = name.split_once('-')?;
    Some((provider, day.parse().ok()?))
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
