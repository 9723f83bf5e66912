//! The people who are signed in to the partner page, and their keys. A key is in memory from the sign-in to the
//! sign-out, a quarter of an hour without a request, or eight hours. Then it is zeroized.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use super::settings::PageAccounts;
use super::store::{NotStarted, Store, StoreError};
use crate::audit::Actor;
use crate::database::Error;
use crate::keys::Identity;
use crate::open_books::SessionId;
use crate::register::Account;
use crate::session::{Sessions, Signed, cookies};
use crate::sign_in::{Attempts, note_end};
use loke_core::clock::{Clock, Day};
use loke_photo::Cleaner;

/// Photos that are cleaned at one time. Each needs up to 100 MiB.
const CLEANED_AT_ONCE: usize = 1;

/// The page's accounts.
pub(super) struct Accounts {
    pub(super) store: Store,
    pub(super) sessions: Sessions,
    pub(super) attempts: Attempts,
    pub(super) cleaner: Cleaner,
    pub(super) settings: PageAccounts,
    keys: Mutex<HashMap<SessionId, Arc<Vec<Identity>>>>,
    /// One look at a time.
    looking: tokio::sync::Mutex<Option<Day>>,
}

/// A person who is signed in.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) signed: Signed,
    /// The person's partner.
    pub(super) partner: String,
    /// The fingerprint of the person's key.
    pub(super) fingerprint: String,
    pub(super) member: Arc<Vec<Identity>>,
}

impl Accounts {
    pub(super) async fn open(settings: PageAccounts, clock: Clock) -> Result<Self, NotStarted> {
        Ok(Self {
            store: Store::open(&settings, clock.clone()).await?,
            sessions: Sessions::new(clock.clone(), settings.origin.is_some()),
            attempts: Attempts::new(clock),
            cleaner: Cleaner::new(CLEANED_AT_ONCE),
            settings,
            keys: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
        })
    }

    /// Begins a session with these keys. Returns the `Set-Cookie` value.
    pub(super) async fn begin(
        &self,
        account: &Account,
        member: Vec<Identity>,
        (way, code_at): (&str, Option<i64>),
    ) -> Result<String, Error> {
        let register = self.store.register();
        register.note_sign_in(&account.actor(), way).await?;
        let id = self.sessions.next_id();
        let key = account.recipient.to_string();
        let cookie = self
            .sessions
            .begin(id, &account.name, key, Vec::new(), code_at)?;
        self.keys().insert(id, Arc::new(member));
        Ok(cookie)
    }

    /// Ends a session, and zeroizes its keys.
    pub(super) async fn end(&self, id: SessionId, account: &str, why: &str) -> Result<(), Error> {
        self.sessions.end(id);
        self.keys().remove(&id);
        note_end(self.store.register(), account, why).await
    }

    /// The person of a request's cookie.
    pub(super) async fn reader(&self, headers: &HeaderMap) -> Result<Option<Reader>, Error> {
        let Some(signed) = self.sessions.of(cookies(headers)) else {
            return Ok(None);
        };
        let account = self.store.register().account(&signed.account).await?;
        let member = self.keys().get(&signed.id).cloned();
        let Some(member) = member.filter(|_| !is_over(&account, &signed.key)) else {
            let why = "disabled, or a new key";
            self.end(signed.id, &signed.account, why).await?;
            return Ok(None);
        };
        Ok(Some(Reader {
            signed,
            partner: account.organisation,
            fingerprint: account.recipient.fingerprint(),
            member,
        }))
    }

    /// Takes what the desk left, ends the sessions that are over, and deletes old reports once a day.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let mut looked = self.looking.lock().await;
        self.store.take_posts().await?;
        for (id, account) in self.sessions.take_ended() {
            self.end(id, &account, "the time was over").await?;
        }
        let register = self.store.register();
        for (id, name, key) in self.sessions.all() {
            if is_over(&register.account(&name).await?, &key) {
                self.end(id, &name, "disabled, or a new key").await?;
            }
        }
        let today = register.clock().today();
        if *looked != Some(today) {
            let deleted = self.store.purge(today)?;
            if deleted > 0 {
                let detail = format!("{deleted} old reports");
                let action = crate::audit::Action::Purge;
                register
                    .record(&Actor::desk(), action, "reports", &detail)
                    .await?;
            }
            *looked = Some(today);
        }
        Ok(())
    }

    /// Ends every session.
    pub(super) async fn end_all(&self, why: &str) {
        for (id, account, _) in self.sessions.all() {
            if let Err(problem) = self.end(id, &account, why).await {
                tracing::error!(%problem, "the end of a session was not recorded");
            }
        }
        self.sessions.forget_browsers();
        self.keys().clear();
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Vec<Identity>>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a session of this account is over.
fn is_over(account: &Account, key: &str) -> bool {
    account.disabled_on.is_some() || account.recipient.to_string() != key
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let reader = parts.extensions.get::<Self>().cloned();
        reader.ok_or_else(|| Redirect::to("/sign-in").into_response())
    }
}
