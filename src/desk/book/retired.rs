//! The old identities of a book. One goes when nothing needs it: no sealed file of the book, and no tip in a
//! queue, since no gateway has sealed to its key for longer than any gateway keeps a tip.

use std::fs::File;
use std::io::BufReader;

use super::rekey::NotChanged;
use super::{Book, key_file, sealed_files, write_key_file};
use crate::database::Error;
use crate::keys::Identity;
use loke_core::seal::Recipient;

/// Days for which an old identity stays after its last use: no gateway keeps a tip for longer.
const DAYS: i32 = 400;

impl Book {
    /// Takes the old identities that nothing needs off every key file. True if one went: the caller must
    /// open the book anew. Each step can be repeated.
    ///
    /// # Errors
    /// If a file or a database fails. Then the next opening does it.
    pub async fn drop_retired(&self) -> Result<bool, NotChanged> {
        let (register, today) = (&self.register, self.register.clock().today());
        let mut gone = Vec::new();
        for recipient in register
            .retired_before(&self.name, today.plus(-DAYS))
            .await?
        {
            let is_needed = match self.old_identity(&recipient) {
                Some(old) => self.is_needed(old).await?,
                None => false,
            };
            if is_needed {
                // It is asked again after as many days.
                register.note_key_used(&recipient).await?;
            } else {
                gone.push(recipient);
            }
        }
        if gone.is_empty() {
            return Ok(false);
        }
        let mut secrets = (*self.secrets).clone();
        secrets.identities.retain(|identity| {
            let key = identity.recipient();
            key.is_ok_and(|key| !gone.contains(&key.to_string()))
        });
        let pinned: Vec<(String, String)> =
            sqlx::query_as("select account, recipient from members order by account")
                .fetch_all(&self.pool)
                .await
                .map_err(Error::from)?;
        for (account, recipient) in pinned {
            if key_file(register.folder(), &self.name, &account).exists() {
                let member: Recipient = recipient.parse().map_err(|_| Error::Row)?;
                let to = std::slice::from_ref(&member);
                write_key_file(register.folder(), &self.name, &account, &secrets, to, today)?;
            }
        }
        register
            .forget_retired(&self.actor, &self.name, &gone)
            .await?;
        Ok(true)
    }

    /// The identity of this key, unless it is the newest one.
    fn old_identity(&self, recipient: &str) -> Option<Identity> {
        let is_it = |identity: &&Identity| {
            let key = identity.recipient();
            key.is_ok_and(|key| key.to_string() == recipient)
        };
        let mut old = self.secrets.identities.iter().skip(1);
        old.find(is_it).cloned()
    }

    /// Whether a sealed file of the book opens with this identity.
    async fn is_needed(&self, old: Identity) -> Result<bool, Error> {
        let folder = self.folder.clone();
        let search = move || -> Result<bool, Error> {
            for (id, _) in sealed_files::all(&folder)? {
                // A file that is deleted meanwhile needs nothing.
                let Ok(file) = File::open(sealed_files::file_of(&folder, id)) else {
                    continue;
                };
                let header = age::Decryptor::new_buffered(BufReader::new(file));
                if header.is_ok_and(|h| h.decrypt(std::iter::once(old.as_age())).is_ok()) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let searched = tokio::task::spawn_blocking(search).await;
        searched.map_err(|_| Error::Row)?
    }
}
