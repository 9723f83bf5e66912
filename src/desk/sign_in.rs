//! Signing in: the passphrase opens the member's identity, the one-time code proves the phone or the
//! printed list. An attempt costs the same whether the name exists or not. Guesses are slowed for each account,
//! never locked out for good: somebody else's guesses must not keep an officer out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::acting::{self, Refused};
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::keys::{self, CodeSecret, Identity, Passphrase, PrintedCode};
use crate::people;
use crate::register::{Account, Register};
use loke_core::clock::Clock;

/// Derivations at one time: each needs 128 MiB, or 256 MiB for a file of another program.
const AT_ONCE: usize = 2;
/// Most attempts that wait for their turn.
const MOST_WAITING: usize = 20;
/// Wrong attempts before an account is slowed.
const FREE: u32 = 3;
/// Steps of 30 seconds that the last code may be ahead of the clock before the sign-in names the clock:
/// ten minutes.
const AHEAD: i64 = 20;
/// The longest pause between two attempts for one account, in seconds.
const LONGEST_PAUSE: i64 = 60;
/// Names that are remembered at most. The oldest makes room.
const MOST_NAMES: usize = 1_000;

/// Attempts to sign in: when an account may try again, and how many try at once.
pub(crate) struct Attempts {
    clock: Clock,
    turns: Semaphore,
    waiting: Semaphore,
    failures: Mutex<BTreeMap<String, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: i64,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSignedIn {
    /// Name, passphrase or code is wrong: which one is not told.
    #[error("The name, the passphrase or the code is wrong. Try again")]
    Wrong,
    /// The clock is behind the last code of the account.
    #[error(
        "The clock of this desk is behind the time of your last sign-in, so no code of your phone works. Tell the person who runs the desk to set the clock. If the clock is right now, ask an administrator for a printed list of codes"
    )]
    ClockIsBack,
    /// The account is slowed.
    #[error("Too many wrong attempts. Try again in {0} seconds")]
    Slowed(i64),
    /// Too many people sign in at once.
    #[error("Too many people are signing in. Try again in a minute")]
    Busy,
    /// The new passphrase is too easy to guess, or was typed differently twice.
    #[error("{0}")]
    Passphrase(String),
    /// The desk failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// A key file failed.
    #[error(transparent)]
    Keys(keys::Error),
    /// A book did not open.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The source of a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeFrom {
    Phone,
    PrintedList,
}

/// Somebody whose passphrase was right.
pub(crate) struct Known {
    pub(crate) account: Account,
    pub(crate) member: Vec<Identity>,
}

impl Attempts {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            turns: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(MOST_WAITING),
            failures: Mutex::default(),
        }
    }

    /// Checks a name and a passphrase.
    ///
    /// # Errors
    /// [`NotSignedIn`]. A wrong attempt is in the audit log.
    pub(crate) async fn passphrase(
        &self,
        register: &Register,
        name: &str,
        passphrase: Passphrase,
    ) -> Result<Known, NotSignedIn> {
        self.check_pause(name)?;
        let account = register.account(name).await.ok();
        let account = account.filter(|account| account.disabled_on.is_none());
        match self.unlock(register, account.as_ref(), passphrase).await {
            Ok(member) => match account {
                Some(account) => Ok(Known { account, member }),
                None => Err(NotSignedIn::Wrong),
            },
            Err(NotSignedIn::Wrong) => {
                self.failed(register, name, "wrong passphrase").await?;
                Err(NotSignedIn::Wrong)
            }
            Err(other) => Err(other),
        }
    }

    /// Checks a one-time code of the phone or of the printed list, and uses it up.
    ///
    /// # Errors
    /// [`NotSignedIn::Wrong`] if the code is wrong or was used. The attempt is in the audit log.
    pub(crate) async fn code(
        &self,
        register: &Register,
        account: &Account,
        secret: Option<&CodeSecret>,
        typed: &str,
    ) -> Result<CodeFrom, NotSignedIn> {
        let name = account.name.as_str();
        let step = secret.and_then(|secret| secret.step_of(typed, self.clock.now()));
        // What is used up is stored before any session exists.
        let (fresh, from) = match (step, PrintedCode::typed(typed)) {
            (Some(step), _) => (register.use_code(name, step).await?, CodeFrom::Phone),
            (None, Some(code)) => (
                register.use_printed_code(name, code).await?,
                CodeFrom::PrintedList,
            ),
            (None, None) => (false, CodeFrom::Phone),
        };
        if fresh {
            self.forget(name);
            return Ok(from);
        }
        // Only a right code learns this.
        if let Some(step) = step
            && register.code_step(name).await? > step + AHEAD
        {
            people::note_refused_sign_in(register, name, "the clock is behind the last code")
                .await?;
            return Err(NotSignedIn::ClockIsBack);
        }
        self.failed(register, &account.name, "wrong code").await?;
        Err(NotSignedIn::Wrong)
    }

    async fn unlock(
        &self,
        register: &Register,
        account: Option<&Account>,
        passphrase: Passphrase,
    ) -> Result<Vec<Identity>, NotSignedIn> {
        let _waiting = self.waiting.try_acquire().map_err(|_| NotSignedIn::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| NotSignedIn::Busy)?;
        let folder = register.folder().to_owned();
        let name = account.map(|account| account.name.clone());
        let today = register.clock().today();
        let unlocking = tokio::task::spawn_blocking(move || match name {
            Some(name) => acting::unlock(&folder, &name, &passphrase),
            // The same work for a name that does not exist.
            None => Identity::generate()
                .sealed_with(&passphrase, today)
                .and_then(|_| Err(keys::Error::Wrong(folder))),
        });
        match unlocking.await {
            Ok(Ok(member)) => Ok(member),
            Ok(Err(keys::Error::Wrong(_))) => Err(NotSignedIn::Wrong),
            Ok(Err(other)) => Err(NotSignedIn::Keys(other)),
            Err(_) => Err(NotSignedIn::Busy),
        }
    }

    /// Whether an attempt of this account is allowed now.
    ///
    /// # Errors
    /// [`NotSignedIn::Slowed`].
    pub(crate) fn check_pause(&self, name: &str) -> Result<(), NotSignedIn> {
        let left = match self.failures().get(name) {
            Some(failures) => {
                let since = self.clock.now().saturating_sub(failures.last).max(0);
                pause_after(failures.count).saturating_sub(since)
            }
            None => 0,
        };
        if left > 0 {
            Err(NotSignedIn::Slowed(left))
        } else {
            Ok(())
        }
    }

    async fn failed(&self, register: &Register, name: &str, why: &str) -> Result<(), Error> {
        {
            let now = self.clock.now();
            let mut failures = self.failures();
            if failures.len() >= MOST_NAMES
                && let Some(oldest) = failures
                    .iter()
                    .min_by_key(|(_, failures)| failures.last)
                    .map(|(name, _)| name.clone())
            {
                failures.remove(&oldest);
            }
            let entry = failures.entry(name.to_owned()).or_insert(Failures {
                count: 0,
                last: now,
            });
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
        people::note_refused_sign_in(register, name, why).await
    }

    /// Forgets the wrong attempts of an account that signed in.
    pub(crate) fn forget(&self, name: &str) {
        self.failures().remove(name);
    }

    fn failures(&self) -> MutexGuard<'_, BTreeMap<String, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds to wait after this many wrong attempts: none after three, then two, four, eight … up to
/// a minute.
fn pause_after(count: u32) -> i64 {
    match count.checked_sub(FREE) {
        None => 0,
        Some(more) => (1 << more.saturating_add(1).min(6)).min(LONGEST_PAUSE),
    }
}

/// Checks a passphrase that somebody chose, typed twice.
///
/// # Errors
/// [`NotSignedIn::Passphrase`] with a sentence.
pub(crate) fn check_new(account: &Account, new: &str, again: &str) -> Result<(), NotSignedIn> {
    let wrong = |sentence: String| Err(NotSignedIn::Passphrase(sentence));
    if new != again {
        return wrong("The two passphrases differ. Type the same one twice".into());
    }
    match Passphrase::new(new).check_strength(&[&account.name, &account.organisation]) {
        Ok(()) => Ok(()),
        Err(_) => wrong(
            "That passphrase is too easy to guess. Take the six words, or a longer one of your own"
                .into(),
        ),
    }
}

/// Records that a session ended.
///
/// # Errors
/// If the register fails.
pub(crate) async fn note_end(register: &Register, account: &str, why: &str) -> Result<(), Error> {
    let actor = match register.account(account).await {
        Ok(account) => account.actor(),
        Err(_) => Actor::desk(),
    };
    register.record(&actor, Action::SignOut, account, why).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_slowed_up_to_a_minute_and_never_for_good() {
        let pauses: Vec<_> = [0, 1, 2, 3, 4, 5, 8, 9, u32::MAX]
            .into_iter()
            .map(pause_after)
            .collect();
        assert_eq!(pauses, [0, 0, 0, 2, 4, 8, 60, 60, 60]);
    }
}
