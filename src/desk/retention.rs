//! Retention as people see it: placing and lifting holds, purging by hand, and the sentences about
//! both. The rules of deletion are in [`crate::periods`] and in the books. They must never be
//! repeated here.

use crate::acting::Acting;
use crate::book::{Asked, Book, Due, HoldKind, NotPurged, Searched};
use crate::database::Error;
use crate::register::{AccountRole, BookSearch};
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;
/// Days after which `check` lists a book that was not searched: tips over their period stay in it.
const UNOPENED: i32 = 14;

/// Why a hold was not placed or lifted.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    /// There is no reason, or it is too long.
    #[error("write the reason in 1 to {LONGEST_REASON} characters, without words of the tip")]
    Reason,
    /// The account is not a supervisor.
    #[error("only a supervisor lifts this. Ask one of them")]
    Role,
    /// The tip has one already.
    #[error("the tip has this already. See the reason on its page, or with `loke-desk show`")]
    There,
    /// The tip has none.
    #[error("the tip has none")]
    None,
    /// The register or the book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Places a hold on a tip.
///
/// # Errors
/// [`NotHeld`]. Then nothing changed.
pub async fn place(
    acting: &Acting,
    id: TipId,
    kind: HoldKind,
    reason: &str,
) -> Result<(), NotHeld> {
    let book = acting.book_of(id).await?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(NotHeld::Reason);
    }
    if !book.place_hold(id, kind, reason).await? {
        return Err(NotHeld::There);
    }
    Ok(())
}

/// Lifts a hold. Only a supervisor may, because the tip may then be purged or sent.
///
/// # Errors
/// [`NotHeld`]. Then nothing changed.
pub async fn lift(acting: &Acting, id: TipId, kind: HoldKind) -> Result<(), NotHeld> {
    let book = acting.book_of(id).await?;
    if !acting.account().is(AccountRole::Supervisor) {
        return Err(NotHeld::Role);
    }
    if !book.lift_hold(id, kind).await? {
        return Err(NotHeld::None);
    }
    Ok(())
}

/// The tips of the account's open books that a purge would delete now, each with its book.
///
/// # Errors
/// [`NotPurged`].
pub async fn due(acting: &Acting) -> Result<Vec<(&str, Due)>, NotPurged> {
    let mut all = Vec::new();
    for book in acting.books() {
        let due = book.due().await?;
        all.extend(due.into_iter().map(|due| (book.name(), due)));
    }
    Ok(all)
}

/// Purges the account's open books. Calls `each` with the number of tips of each batch.
///
/// # Errors
/// [`NotPurged`]. What was purged before stays purged.
pub async fn purge(
    acting: &Acting,
    mut each: impl FnMut(usize),
) -> Result<Vec<(&str, Searched)>, NotPurged> {
    let mut all = Vec::new();
    for book in acting.books() {
        all.push((book.name(), book.purge(Asked::ByHand, &mut each).await?));
    }
    Ok(all)
}

/// Purges a few tips of a book that was just opened. Returns sentences for the person who opened
/// it.
///
/// # Errors
/// If the book or the register fails.
pub async fn on_opening(book: &Book) -> Result<Vec<String>, Error> {
    match book.purge_some().await {
        Err(NotPurged::Database(problem)) => Err(problem),
        Err(problem) => Ok(vec![sentence(&problem)]),
        Ok(_) => Ok(Vec::new()),
    }
}

/// The message of a problem, with a capital letter and a full stop.
#[must_use]
pub fn sentence(problem: &NotPurged) -> String {
    let mut sentence = problem.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// The problems of a book's last search, as sentences for `check`. Empty if all is well.
#[must_use]
pub fn problem_of(search: &BookSearch, today: Day) -> Vec<String> {
    let mut found = Vec::new();
    let BookSearch {
        book,
        on,
        undecided,
    } = search;
    if *undecided > 0 {
        let tips = if *undecided == 1 {
            "1 tip of the book".to_owned()
        } else {
            format!("{undecided} tips of the book")
        };
        found.push(format!(
            "{tips} {book} waited longer than rules/retention.toml allows, and nobody decided. An open tip is never deleted: decide about each."
        ));
    }
    if on.plus(UNOPENED) < today {
        found.push(format!(
            "The book {book} was last searched on {on}. Tips over their period stay in it until a member signs in."
        ));
    }
    found
}
