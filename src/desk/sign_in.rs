//! Signing in: the passphrase opens the member's identity, the one-time code proves the phone or the
//! printed list. An attempt costs the same whether the name exists or not. Guesses are slowed for each
//! account and for each network address, never locked out for good. A browser that signed in before is
//! slowed by its own guesses alone: a stranger's must not keep an officer out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::acting::{self, CannotAct};
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::keys::{self, CodeSecret, Identity, Passphrase, PrintedCode};
use crate::people;
use crate::register::{Account, Register};
use loke_core::clock::Clock;

/// Derivations at one time: each needs 128 MiB, or 256 MiB for a file of another program.
const AT_ONCE: usize = 2;
/// Most attempts of strangers that wait for their turn, one of each network address.
const MOST_WAITING: usize = 20;
/// Wrong attempts before an account, or a browser that signed in before, is slowed.
const FREE: u32 = 3;
/// Wrong attempts before a network address is slowed: a whole office may share it.
const FREE_OF_ADDRESS: u32 = 20;
/// Seconds without a wrong attempt after which the count begins anew.
const RESTS: i64 = 3_600;
/// Steps of 30 seconds that the last code may be ahead of the clock before the sign-in names the clock:
/// ten minutes.
const AHEAD: i64 = 20;
/// The longest pause between two attempts for one account, in seconds.
const LONGEST_PAUSE: i64 = 60;
/// Sources of guesses that are remembered at most. The oldest makes room.
const MOST_SOURCES: usize = 4_000;

/// Attempts to sign in: when somebody may try again, and how many try at once.
pub(crate) struct Attempts {
    clock: Clock,
    turns: Semaphore,
    waiting: Mutex<BTreeSet<Counted>>,
    failures: Mutex<BTreeMap<Counted, Failures>>,
}

/// The place that an attempt comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// A network address.
    Address(IpAddr),
    /// A browser that signed in to the account before, or is signed in: the hash of its cookie.
    Browser([u8; 32]),
    /// A proxy, with everybody behind it.
    Proxy,
}

/// Something whose wrong attempts are counted, or that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Account(String),
    Address(IpAddr),
    Browser([u8; 32], String),
}

/// A place in the queue. It is free again when this is dropped.
struct Place<'a>(&'a Attempts, Counted);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
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
    Refused(#[from] CannotAct),
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
            waiting: Mutex::default(),
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
        source: Source,
    ) -> Result<Known, NotSignedIn> {
        self.check_pause(name, source)?;
        let account = register.account(name).await.ok();
        let account = account.filter(|account| account.disabled_on.is_none());
        let unlocked = self.unlock(register, account.as_ref(), passphrase, (name, source));
        match unlocked.await {
            Ok(member) => match account {
                Some(account) => Ok(Known { account, member }),
                None => Err(NotSignedIn::Wrong),
            },
            Err(NotSignedIn::Wrong) => {
                self.failed(register, name, "wrong passphrase", source)
                    .await?;
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
        (secret, typed): (Option<&CodeSecret>, &str),
        source: Source,
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
            self.forget(name, source);
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
        self.failed(register, &account.name, "wrong code", source)
            .await?;
        Err(NotSignedIn::Wrong)
    }

    async fn unlock(
        &self,
        register: &Register,
        account: Option<&Account>,
        passphrase: Passphrase,
        (typed, source): (&str, Source),
    ) -> Result<Vec<Identity>, NotSignedIn> {
        let _turn = self.turn(typed, source).await?;
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

    /// Waits for one of the turns.
    async fn turn(&self, name: &str, source: Source) -> Result<SemaphorePermit<'_>, NotSignedIn> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn);
        }
        let _place = self.place(name, source)?;
        self.turns.acquire().await.map_err(|_| NotSignedIn::Busy)
    }

    /// A place in the queue: one for each network address, and for each browser that signed in before.
    /// Strangers leave room for those browsers.
    fn place(&self, name: &str, source: Source) -> Result<Place<'_>, NotSignedIn> {
        // Of an account and an address the address waits.
        let Some(one) = counted(name, source).into_iter().flatten().next_back() else {
            return Err(NotSignedIn::Busy);
        };
        let mut waiting = self.waiting();
        let is_stranger = |one: &Counted| !matches!(one, Counted::Browser(..));
        let strangers = waiting.iter().filter(|one| is_stranger(one)).count();
        let is_full = is_stranger(&one) && strangers >= MOST_WAITING;
        if is_full || !waiting.insert(one.clone()) {
            return Err(NotSignedIn::Busy);
        }
        Ok(Place(self, one))
    }

    /// Whether an attempt of this account is allowed now.
    ///
    /// # Errors
    /// [`NotSignedIn::Slowed`].
    pub(crate) fn check_pause(&self, name: &str, source: Source) -> Result<(), NotSignedIn> {
        let (now, failures) = (self.clock.now(), self.failures());
        let left = counted(name, source).into_iter().flatten().map(|one| {
            let Some(failures) = failures.get(&one) else {
                return 0;
            };
            let since = now.saturating_sub(failures.last).max(0);
            pause_after(failures.count, free(&one)).saturating_sub(since)
        });
        match left.max() {
            Some(left) if left > 0 => Err(NotSignedIn::Slowed(left)),
            _ => Ok(()),
        }
    }

    async fn failed(
        &self,
        register: &Register,
        name: &str,
        why: &str,
        source: Source,
    ) -> Result<(), Error> {
        self.count(name, source);
        people::note_refused_sign_in(register, name, why).await
    }

    fn count(&self, name: &str, source: Source) {
        let now = self.clock.now();
        let mut failures = self.failures();
        for one in counted(name, source).into_iter().flatten() {
            if failures.len() >= MOST_SOURCES
                && let Some(oldest) = failures
                    .iter()
                    .min_by_key(|(_, failures)| failures.last)
                    .map(|(one, _)| one.clone())
            {
                failures.remove(&oldest);
            }
            let entry = failures.entry(one).or_insert(Failures {
                count: 0,
                last: now,
            });
            if now.saturating_sub(entry.last) > RESTS {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
    }

    /// Forgets the wrong attempts for an account that signed in. Those of a network address stay: a
    /// stranger may have an account too.
    pub(crate) fn forget(&self, name: &str, source: Source) {
        let mut failures = self.failures();
        for one in counted(name, source).into_iter().flatten() {
            if !matches!(one, Counted::Address(_)) {
                failures.remove(&one);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeSet<Counted>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failures(&self) -> MutexGuard<'_, BTreeMap<Counted, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The things whose wrong attempts slow this one.
fn counted(name: &str, source: Source) -> [Option<Counted>; 2] {
    let account = Counted::Account(name.to_owned());
    match source {
        Source::Browser(cookie) => [Some(Counted::Browser(cookie, name.to_owned())), None],
        Source::Address(address) => [Some(account), Some(Counted::Address(network(address)))],
        Source::Proxy => [Some(account), None],
    }
}

/// An IPv6 address without its last 64 bits: one household has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

fn free(one: &Counted) -> u32 {
    match one {
        Counted::Address(_) => FREE_OF_ADDRESS,
        _ => FREE,
    }
}

/// Seconds to wait after this many wrong attempts: none after the free ones, then two, four, eight …
/// up to a minute.
fn pause_after(count: u32, free: u32) -> i64 {
    match count.checked_sub(free) {
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

    fn address(last: u8) -> Source {
        Source::Address(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn guesses_are_slowed_up_to_a_minute_and_never_for_good() {
        let pauses: Vec<_> = [0, 1, 2, 3, 4, 5, 8, 9, u32::MAX]
            .into_iter()
            .map(|count| pause_after(count, FREE))
            .collect();
        assert_eq!(pauses, [0, 0, 0, 2, 4, 8, 60, 60, 60]);
    }

    #[test]
    fn p14_guesses_slow_an_account_and_an_address_and_no_browser_that_signed_in_before() {
        let clock = Clock::by_hand(1_800_000_000);
        let attempts = Attempts::new(clock.clone());
        for n in 0..FREE_OF_ADDRESS {
            attempts.count(&format!("name {n}"), address(1));
        }
        assert!(attempts.check_pause("ann", address(1)).is_err());
        attempts.check_pause("ann", address(2)).unwrap();
        for _ in 0..FREE {
            attempts.count("ann", address(3));
        }
        assert!(attempts.check_pause("ann", address(2)).is_err());
        assert!(attempts.check_pause("ann", Source::Proxy).is_err());
        let known = Source::Browser([7; 32]);
        attempts.check_pause("ann", known).unwrap();
        for _ in 0..FREE {
            attempts.count("ann", known);
        }
        assert!(attempts.check_pause("ann", known).is_err(), "by its own");
        attempts.forget("ann", address(1));
        assert!(attempts.check_pause("bob", address(1)).is_err());
        clock.advance(LONGEST_PAUSE);
        attempts.check_pause("ann", address(1)).unwrap();
        let net = |text: &str| network(text.parse().unwrap());
        assert_eq!(net("2001:db8::1"), net("2001:db8::2:0:0:1"));
        assert_ne!(net("2001:db8::1"), net("2001:db8:0:1::1"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
    }

    #[tokio::test]
    async fn p14_two_derivations_run_twenty_wait_and_one_waits_for_each_address() {
        let attempts = Attempts::new(Clock::by_hand(0));
        let first = attempts.turn("ann", address(1)).await.unwrap();
        let _second = attempts.turn("ann", address(1)).await.unwrap();
        assert!(attempts.turns.try_acquire().is_err(), "two at a time");
        let mut places = Vec::new();
        for n in 0..20 {
            places.push(attempts.place("ann", address(n)).ok().unwrap());
            assert!(attempts.place("bob", address(n)).is_err(), "one each");
        }
        assert!(attempts.place("ann", address(99)).is_err(), "twenty wait");
        let known = attempts.place("ann", Source::Browser([7; 32]));
        assert!(known.is_ok(), "strangers do not fill its place");
        places.pop();
        assert!(attempts.place("ann", address(99)).is_ok());
        drop(first);
        assert!(attempts.turn("ann", address(99)).await.is_ok());
    }
}
