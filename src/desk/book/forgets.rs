//! A wish to forget concerns every report of the receipt, also one in another book, and one that
//! arrives later from the queue or from another book. So a book keeps a keyed digest of each forgotten
//! box, and hands the wish on to all other books through the register, sealed to each.

use ring::hmac;
use sqlx::{Sqlite, Transaction};

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use crate::open;
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::seal::{Recipient, encrypt_to};
use loke_core::tip::Tip;
use zeroize::Zeroizing;

/// Days for which a digest stays: no gateway keeps a tip for longer.
const DAYS: i32 = 400;
/// Before the box, so that the digest is of no other value.
const LABEL: &[u8] = b"loke forgotten box 1 ";

impl Book {
    /// Notes that a box is forgotten, for reports of it that arrive later. Old notes go.
    pub(super) async fn note_forgotten(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reply_box: &str,
        asked_on: Day,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into forgotten_boxes (digest, forgotten_on) values ($1, $2)
             on conflict (digest) do update set forgotten_on = max(forgotten_on, excluded.forgotten_on)",
        )
        .bind(self.digest_of(reply_box))
        .bind(asked_on)
        .execute(&mut **write)
        .await?;
        sqlx::query("delete from forgotten_boxes where forgotten_on < $1")
            .bind(self.register.clock().today().plus(-DAYS))
            .execute(&mut **write)
            .await?;
        Ok(())
    }

    /// Forgets the box of a tip that arrived after the wish and is not younger. Returns whether it is
    /// forgotten.
    pub(super) async fn forget_late(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<bool, Error> {
        let Some(reply_box) = &tip.reply_box else {
            return Ok(false);
        };
        let asked_on: Option<Day> =
            sqlx::query_scalar("select forgotten_on from forgotten_boxes where digest = $1")
                .bind(self.digest_of(reply_box))
                .fetch_optional(&mut **write)
                .await?;
        let Some(asked_on) = asked_on else {
            return Ok(false);
        };
        if tip.received > asked_on.to_string() {
            return Ok(false);
        }
        self.forget_box(write, reply_box, asked_on).await?;
        let id = tip.id.to_string();
        self.append(write, Action::Reply, &id, "forget, asked earlier")
            .await?;
        Ok(true)
    }

    /// Hands the wish on to every other book. Each gets one, so that the register does not tell which
    /// of them has a report of this receipt.
    pub(super) async fn hand_forget_on(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reply_box: &str,
        asked_on: Day,
    ) -> Result<(), Error> {
        if self.practice {
            return Ok(());
        }
        let wish = Zeroizing::new(format!("{reply_box} {asked_on}"));
        let others = self.register.books().await?.into_iter();
        for other in others.filter(|other| !other.practice && other.name != self.name) {
            let recipient: Recipient = other.recipient.parse().map_err(|_| Error::Row)?;
            let sealed = encrypt_to(std::slice::from_ref(&recipient), wish.as_bytes());
            let sealed = sealed.map_err(|_| Error::Row)?;
            let effect = Effect::Forget { to: other.name };
            self.effect(write, &effect, Some(&sealed)).await?;
        }
        Ok(())
    }

    /// Carries out the wishes that other books handed on.
    ///
    /// # Errors
    /// If a database or a file fails. Then the next call does it.
    pub(crate) async fn take_forgets(&self) -> Result<(), Error> {
        let wishes = self.register.forgets(&self.name).await?;
        if wishes.is_empty() {
            return Ok(());
        }
        let desk = self.by_desk();
        for (id, sealed) in wishes {
            let wish = open::plain(self.identities(), &sealed).ok();
            let wish = wish.as_deref().and_then(|wish| read(wish));
            let Some((reply_box, asked_on)) = wish else {
                // It stays in the register, so that nothing is lost.
                tracing::error!("a wish to forget that was given to a book does not open");
                continue;
            };
            let mut write = self.write().await?;
            self.note_forgotten(&mut write, reply_box, asked_on).await?;
            self.forget_box(&mut write, reply_box, asked_on).await?;
            desk.append(&mut write, Action::Reply, &self.name, "forget")
                .await?;
            self.commit(write).await?;
            self.register.end_forget(id).await?;
        }
        self.reseal_forgotten().await
    }

    fn digest_of(&self, reply_box: &str) -> Vec<u8> {
        self.digest_under(LABEL, reply_box)
    }

    /// A keyed digest of a receipt's box, for one use.
    pub(super) fn digest_under(&self, label: &[u8], reply_box: &str) -> Vec<u8> {
        let sealed = hmac::sign(&self.salt, &[label, reply_box.as_bytes()].concat());
        sealed.as_ref().to_vec()
    }
}

/// The box and the day of a wish.
fn read(wish: &[u8]) -> Option<(&str, Day)> {
    let (reply_box, asked_on) = std::str::from_utf8(wish).ok()?.split_once(' ')?;
    Some((reply_box, asked_on.parse().ok()?))
}
