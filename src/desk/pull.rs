//! Collects tips: claims them from each gateway, verifies each row's MAC, opens them, stores them,
//! and only then acknowledges them. A tip that is not durably in a book, or does not open, must
//! never be acknowledged. Only tips of the lanes of open books are claimed. If a pull is killed at any point, the next one continues with the
//! same lease.

mod gateway;
mod import;
mod rows;
mod storing;

pub use import::import;

use std::collections::BTreeSet;
use std::io;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;

use self::gateway::Gateway;
pub(crate) use self::rows::Rows;
use self::storing::Storing;
use super::acting::Acting;
use super::audit::{Action, Actor};
use super::book::{Book, SealedBytes};
use super::database;
use super::open::{self, Opened};
use super::register::Register;
use loke_core::pickup::{Ack, Collected, Enrolment, LeaseToken};
use loke_core::private_file;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{MacKey, Sealed};
use loke_core::tip::{Lane, TipId};

/// Why a gateway could not be collected from, or a file not imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The desk has no gateway.
    #[error(
        "this desk is not connected to a gateway. Run `loke-gateway enrol NAME` there and `loke-desk connect --enrolment FILE` here"
    )]
    NoGateway,
    /// The enrolment has an invalid value.
    #[error(
        "the enrolment of {0} is damaged. Make a new one with `loke-gateway enrol` and connect again"
    )]
    Enrolment(String),
    /// The gateway cannot be reached.
    #[error(
        "the gateway at {0} cannot be reached ({1}). Check that it runs and that this machine can reach it. Nothing is lost"
    )]
    Unreachable(String, io::ErrorKind),
    /// The server has another certificate.
    #[error(
        "ALARM: the server at {0} does not have the enrolled certificate. Nothing was sent to it. \
         If the gateway was set up again, enrol this desk again. Otherwise someone may be intercepting the connection"
    )]
    Stranger(String),
    /// The connection broke, or the gateway closed it without a response.
    #[error(
        "the gateway at {0} closed the connection without an answer. If it happens again, this desk may have been revoked there: enrol it again"
    )]
    Silent(String),
    /// The gateway refused, with this message.
    #[error("the gateway at {0} refused: {1}")]
    Refused(String, String),
    /// The response is not one of the pickup protocol.
    #[error(
        "the server at {0} does not answer like a pickup of this version. Check the address, and that both sides have the same version"
    )]
    Odd(String),
    /// The file to import contains something other than sealed tips.
    #[error(
        "{0} is not what `loke-gateway export` writes: a tar of sealed tips, each ID.age. The tips before that point were imported"
    )]
    NotAnExport(std::path::PathBuf),
    /// The background task failed.
    #[error(
        "opening was interrupted: this is a fault of the program. Nothing was acknowledged. Try again"
    )]
    Interrupted,
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// A file failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The result of a pull or an import.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tips that are now in a book and were not before.
    pub collected: usize,
    /// Tips that this desk may collect and that are still in the gateways' queues.
    pub left: u64,
    /// Tips that did not open, and why. They stay in the queue.
    pub unopened: Vec<(TipId, open::Error)>,
    /// Tips whose MAC does not match. They stay in the queue.
    pub alarms: Vec<TipId>,
    /// The failures of gateways.
    pub problems: Vec<Error>,
    /// The gateways whose queue was at least half full.
    pub filling: Vec<String>,
}

/// Warnings about queues that are filling up, one sentence each.
#[must_use]
pub fn fills(addresses: &[String]) -> Vec<String> {
    let says = |address| {
        format!(
            "The queue at {address} is filling up: it was more than half full. Somebody may be flooding it: run `loke-gateway check` there."
        )
    };
    addresses.iter().map(says).collect()
}

impl Tally {
    /// Whether a person must look at something.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        !(self.unopened.is_empty() && self.alarms.is_empty() && self.problems.is_empty())
    }

    /// Everything that a person must look at, one line each.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let alarms = self.alarms.iter().map(|id| {
            format!(
                "ALARM: tip {id} is not as the gateway wrote it. It was not collected and stays in the queue. \
                 Someone may have changed the gateway's database: tell its operator now"
            )
        });
        let unopened = self
            .unopened
            .iter()
            .map(|(id, why)| format!("tip {id} stays where it is: {why}"));
        alarms
            .chain(unopened)
            .chain(self.problems.iter().map(ToString::to_string))
            .collect()
    }
}

/// Checks that an enrolment contains everything that a pull needs.
///
/// # Errors
/// [`Error::Enrolment`] if it does not.
pub fn check_enrolment(enrolment: &Enrolment) -> Result<(), Error> {
    Gateway::new(enrolment).map(drop)
}

/// The destination of collected tips.
#[derive(Debug, Clone)]
pub struct Collector {
    register: Register,
    /// The open books, each with the lanes that it collects.
    books: Vec<(Book, Vec<Lane>)>,
    actor: Actor,
}

impl Collector {
    /// Collects into the open books of an account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn of(acting: &Acting) -> Result<Self, database::Error> {
        Self::new(acting.register(), acting.books().to_vec(), acting.actor()).await
    }

    /// Collects into these books.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn new(
        register: &Register,
        books: Vec<Book>,
        actor: Actor,
    ) -> Result<Self, database::Error> {
        let known = register.books().await?;
        let lanes = |book: &Book| {
            let line = known.iter().find(|line| line.name == book.name());
            line.map(|line| line.lanes.clone()).unwrap_or_default()
        };
        let books = books
            .into_iter()
            .map(|book| {
                let lanes = lanes(&book);
                (book, lanes)
            })
            .collect();
        Ok(Self {
            register: register.clone(),
            books,
            actor,
        })
    }

    /// The lanes of the open books; `None` if they are all lanes.
    fn lanes(&self) -> Option<Vec<Lane>> {
        let open = |lane: &Lane| self.books.iter().any(|(_, lanes)| lanes.contains(lane));
        let lanes: Vec<Lane> = Lane::ALL.iter().copied().filter(open).collect();
        (lanes.len() < Lane::ALL.len()).then_some(lanes)
    }
}

/// Whether every gateway can be reached and has its enrolled certificate. Nothing is asked of it.
///
/// # Errors
/// The first failure.
pub async fn reach(register: &Register) -> Result<(), Error> {
    let enrolments = register.enrolments().await?;
    if enrolments.is_empty() {
        return Err(Error::NoGateway);
    }
    for (enrolment, _) in &enrolments {
        Gateway::new(enrolment)?.reach().await?;
    }
    Ok(())
}

/// Asks every gateway how many tips wait, and stores the answers. It needs no key of a book. An
/// answer that is not there leaves the earlier one, so that an outage ends no alert.
///
/// # Errors
/// The first failure, after every gateway was asked.
pub async fn count(register: &Register) -> Result<(), Error> {
    let mut first = None;
    for (enrolment, _) in &register.enrolments().await? {
        let counted = match Gateway::new(enrolment) {
            Ok(gateway) => gateway.count().await,
            Err(problem) => Err(problem),
        };
        match counted {
            Ok(counted) => register.note_counted(&enrolment.pickup, &counted).await?,
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Collects all waiting tips from every gateway. The failure of one gateway does not stop the
/// others.
///
/// # Errors
/// If the desk has no gateway or a database fails. All other failures are in the [`Tally`].
pub async fn once(into: &Collector, bar: &ProgressBar) -> Result<Tally, Error> {
    let enrolments = into.register.enrolments().await?;
    if enrolments.is_empty() {
        return Err(Error::NoGateway);
    }
    let mut tally = Tally::default();
    if into.lanes().is_some_and(|lanes| lanes.is_empty()) {
        return Ok(tally);
    }
    for (enrolment, lease) in &enrolments {
        match collect(into, enrolment, *lease, bar, &mut tally).await {
            Ok(()) => {}
            Err(Error::Database(e)) => return Err(e.into()),
            Err(problem) => tally.problems.push(problem),
        }
    }
    if tally.problems.is_empty() {
        let lanes = into.lanes().unwrap_or_else(|| Lane::ALL.to_vec());
        into.register.note_collected(&lanes).await?;
    }
    bar.finish_and_clear();
    Ok(tally)
}

/// Collects all waiting tips from one gateway.
async fn collect(
    into: &Collector,
    enrolment: &Enrolment,
    lease: Option<LeaseToken>,
    bar: &ProgressBar,
    tally: &mut Tally,
) -> Result<(), Error> {
    let gateway = Gateway::new(enrolment)?;
    // The tips that this pull left in the queue. The gateway may return them again after their
    // lease ends; they must not keep the loop running.
    let mut passed = BTreeSet::new();
    let lanes = into.lanes();
    let mut next = lease;
    loop {
        let token = match next.take() {
            Some(earlier) => earlier,
            None => {
                let token = LeaseToken(random::bytes()?);
                into.register.note_lease(&gateway.address, token).await?;
                token
            }
        };
        let claimed = gateway.claim(token, lanes.as_deref()).await?;
        if claimed.filling && !tally.filling.contains(&gateway.address) {
            tally.filling.push(gateway.address.clone());
        }
        let fresh: Vec<Collected> = claimed
            .tips
            .into_iter()
            .filter(|tip| !passed.contains(&tip.id))
            .collect();
        bar.set_length(bar.position() + fresh.len() as u64 + claimed.waiting);
        if fresh.is_empty() {
            tally.left += passed.len() as u64 + claimed.waiting;
            return Ok(());
        }
        let ids: Vec<TipId> = fresh.iter().map(|tip| tip.id).collect();
        let sound = check(into, &gateway, fresh, tally).await?;
        let keeping = keep(
            into,
            Action::Pull,
            &gateway.address,
            std::slice::from_ref(&gateway.mac_key),
            sound,
            tally,
        );
        let kept = renewing(&gateway, token, claimed.lease_seconds, keeping).await?;
        bar.inc(ids.len() as u64);
        let acked = if kept.is_empty() {
            BTreeSet::new()
        } else {
            acknowledge(&gateway, token, kept).await?
        };
        passed.extend(ids.into_iter().filter(|id| !acked.contains(id)));
    }
}

/// Verifies each row's MAC. A row that does not match is left out, and written to the audit log
/// once.
async fn check(
    into: &Collector,
    gateway: &Gateway,
    fresh: Vec<Collected>,
    tally: &mut Tally,
) -> Result<Vec<(TipId, Vec<u8>)>, Error> {
    let mut sound = Vec::with_capacity(fresh.len());
    for row in fresh.into_iter().map(Sealed::from) {
        if gateway.mac_key.holds(&row) {
            sound.push((row.id, row.bytes));
        } else {
            alarm(into, &gateway.address, row.id, tally).await?;
        }
    }
    Ok(sound)
}

async fn alarm(into: &Collector, source: &str, id: TipId, tally: &mut Tally) -> Result<(), Error> {
    tally.alarms.push(id);
    let detail = format!("not as the gateway wrote it, from {source}");
    Ok(into
        .register
        .record_once(&into.actor, Action::Alarm, &id.to_string(), &detail)
        .await?)
}

/// Most threads that open tips.
const OPENING: usize = 4;

/// A sealed tip, and what is in it, with the place of its book.
type OpenedTip = (TipId, Result<(usize, Opened), open::Error>, SealedBytes);

/// Opens tips, and computes what is stored beside them. It takes longer than storing them, so it
/// runs on threads of its own.
fn open_all(books: &[(Book, Vec<Lane>)], sealed: Vec<(TipId, Vec<u8>)>) -> Vec<OpenedTip> {
    let open = |(id, bytes): (TipId, Vec<u8>)| {
        let opened = open_into(id, books, &bytes);
        if let Ok((place, tip)) = &opened
            && let Some((book, _)) = books.get(*place)
        {
            tip.prepared(&book.register().threats());
            tip.digest(&bytes);
        }
        (id, opened, Arc::new(bytes))
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(OPENING).min(sealed.len());
    // Each thread takes the next tip: none waits long for another one to end.
    let waiting = Mutex::new(sealed.into_iter().enumerate());
    let next = || {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.next()
    };
    let open_some = || {
        let opened = std::iter::from_fn(next).map(|(at, tip)| (at, open(tip)));
        opened.collect::<Vec<_>>()
    };
    let mut opened: Vec<(usize, OpenedTip)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(open_some)).collect();
        let opened = threads.into_iter().flat_map(|thread| match thread.join() {
            Ok(opened) => opened,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        opened.collect()
    });
    opened.sort_unstable_by_key(|(at, _)| *at);
    opened.into_iter().map(|(_, tip)| tip).collect()
}

/// Opens each tip and stores it. Returns the ids of those that are in a book.
async fn keep(
    into: &Collector,
    action: Action,
    source: &str,
    mac_keys: &[MacKey],
    sealed: Vec<(TipId, Vec<u8>)>,
    tally: &mut Tally,
) -> Result<Vec<TipId>, Error> {
    let books = into.books.clone();
    let opening = tokio::task::spawn_blocking(move || open_all(&books, sealed));
    let opened = opening.await.map_err(|_| Error::Interrupted)?;
    let mut storing = Storing::new(into, action, source, mac_keys);
    storing.add(&opened, tally).await?;
    storing.commit(tally).await
}

/// Opens the tip with this `id`, and checks that the id inside is the same. Returns the place of
/// its book too: the one that collects its lane if that one's identity fits, otherwise the first
/// whose identity fits.
fn open_into(
    id: TipId,
    books: &[(Book, Vec<Lane>)],
    sealed: &[u8],
) -> Result<(usize, Opened), open::Error> {
    let mut first: Option<(usize, Opened)> = None;
    for (place, (book, lanes)) in books.iter().enumerate() {
        match open::tip(book.identities(), sealed) {
            Ok(opened) if opened.tip.id != id => {
                return Err(open::Error::NotATip("its id does not match its name"));
            }
            Ok(opened) if lanes.contains(&opened.tip.lane) => return Ok((place, opened)),
            Ok(opened) => {
                first.get_or_insert((place, opened));
            }
            Err(open::Error::OtherKey) => {}
            Err(other) => return Err(other),
        }
    }
    first.ok_or(open::Error::OtherKey)
}

/// Runs `work`, and renews the lease each time half of it has passed.
async fn renewing<T>(
    gateway: &Gateway,
    token: LeaseToken,
    seconds: u32,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let half = Duration::from_secs(u64::from(seconds / 2).max(1));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(half) => { gateway.renew(token).await?; }
        }
    }
}

/// Acknowledges stored tips, and returns the ids that are no longer in the queue. If a lease ended,
/// its tips stay: the next pull gets them again, finds them in the book and acknowledges them.
async fn acknowledge(
    gateway: &Gateway,
    token: LeaseToken,
    ids: Vec<TipId>,
) -> Result<BTreeSet<TipId>, Error> {
    Ok(gateway
        .ack(&Ack { token, ids })
        .await?
        .gone
        .into_iter()
        .collect())
}
