//! The settings that all processes of one gateway must share. The queue carries those of each
//! running process (`store::processes`), and `serve` and `check` compare.

use std::fmt;

use crate::listener::Listener;
use crate::reading_days::ReadingDays;
use crate::settings::GatewaySettings;
use crate::store::{self, Store};
use loke_core::digest::sha256;
use loke_core::seal::MacKey;
use loke_core::tip::Lane;

/// The shared settings of a process: name and value.
pub struct Shared(Vec<(&'static str, String)>);

/// A shared setting in which two processes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    listener: &'static str,
    setting: &'static str,
    here: String,
    there: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            listener,
            setting,
            here,
            there,
        } = self;
        write!(
            f,
            "the process with [{listener}] serves with {setting} = {there}, and this file has {here}. \
             Write the same in both files, and restart both"
        )
    }
}

impl Shared {
    /// The shared settings of a configuration.
    #[must_use]
    pub fn of(config: &GatewaySettings, mac_key: &MacKey, days: &ReadingDays) -> Self {
        let keys: Vec<String> = config
            .holders
            .iter()
            .map(|holder| {
                let lanes = if holder.lanes.len() == Lane::ALL.len() {
                    "all lanes".to_owned()
                } else {
                    let lanes: Vec<&str> = holder.lanes.iter().map(|lane| lane.word()).collect();
                    lanes.join(" ")
                };
                format!("{} {} ({lanes})", holder.name, holder.key)
            })
            .collect();
        let mut shared = vec![
            ("retention_days", config.retention_days.to_string()),
            ("timezone", config.zone.name().to_owned()),
            ("recipients", keys.join(", ")),
            // Enough to tell two keys apart. A digest of 256 random bits gives nothing away.
            (
                "mac.key",
                format!(
                    "a key that begins its digest with {}",
                    digest(b"loke mac.key", mac_key.expose())
                ),
            ),
        ];
        // The pickup names no reading day.
        if config.web.is_some() || config.onion.is_some() || config.sms.is_some() {
            shared.push(("rules/closures.toml", days.summary()));
        }
        Self(shared)
    }

    /// As in the queue.
    fn text(&self) -> String {
        self.0
            .iter()
            .map(|(name, value)| format!("{name} = {}\n", value.replace('\n', " ")))
            .collect()
    }

    /// Compares with the settings of another process. A setting that only one of them has belongs
    /// to another version.
    fn compare(&self, listener: &'static str, other: &str) -> Vec<Difference> {
        let there = |name: &str| {
            other
                .lines()
                .filter_map(|line| line.split_once(" = "))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        self.0
            .iter()
            .filter_map(|(name, value)| {
                let here = value.replace('\n', " ");
                there(name)
                    .filter(|there| *there != here)
                    .map(|there| Difference {
                        listener,
                        setting: name,
                        here,
                        there,
                    })
            })
            .collect()
    }

    /// Compares with each process that serves this queue, except for the listeners of this
    /// configuration.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn differences(
        &self,
        store: &Store,
        own: &[Listener],
    ) -> Result<Vec<Difference>, store::Error> {
        let mut found: Vec<Difference> = Vec::new();
        for process in store.processes().await? {
            let all = [
                Listener::Web,
                Listener::Onion,
                Listener::Sms,
                Listener::Pickup,
            ];
            let Some(listener) = all
                .into_iter()
                .find(|listener| code(*listener) == process.listener)
                .filter(|listener| !own.contains(listener))
            else {
                continue;
            };
            for difference in self.compare(listener.name(), &process.settings) {
                // One process may serve several listeners.
                let is_told = |known: &Difference| {
                    (known.setting, &known.there) == (difference.setting, &difference.there)
                };
                if !found.iter().any(is_told) {
                    found.push(difference);
                }
            }
        }
        Ok(found)
    }

    /// Records that this process serves these listeners with these settings.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn announce(&self, store: &Store, own: &[Listener]) -> Result<(), store::Error> {
        store.announce(&codes(own), &self.text()).await
    }
}

/// The listeners of a configuration.
#[must_use]
pub fn listeners(config: &GatewaySettings) -> Vec<Listener> {
    [
        (Listener::Web, config.web.is_some()),
        (Listener::Onion, config.onion.is_some()),
        (Listener::Sms, config.sms.is_some()),
        (Listener::Pickup, config.pickup.is_some()),
    ]
    .into_iter()
    .filter_map(|(listener, is_there)| is_there.then_some(listener))
    .collect()
}

/// The codes of listeners in the queue.
pub(super) fn codes(listeners: &[Listener]) -> Vec<i64> {
    listeners.iter().map(|listener| code(*listener)).collect()
}

/// A listener's code in the queue: from 2, as every code there.
fn code(listener: Listener) -> i64 {
    match listener {
        Listener::Web => 2,
        Listener::Onion => 3,
        Listener::Sms => 4,
        Listener::Pickup => 5,
    }
}

fn digest(label: &[u8], key: &[u8]) -> String {
    let mut text = hex::encode(sha256(&[label, key].concat()));
    text.truncate(8);
    text
}
