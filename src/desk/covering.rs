//! Covers parts of a tip's photo, and opens the photo as it leaves: covered if an officer covered
//! parts of it. The photo in the sealed tip stays as it is.

use std::collections::BTreeSet;

use crate::book::{Book, Cover};
use crate::database;
use crate::open;
use crate::viewing::{self, Error};
use loke_core::tip::TipId;
use loke_photo::cover::{Grid, NotCovered, Square, cover};

/// Why nothing was covered, or why a photo must not leave.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The photo cannot be opened.
    #[error(transparent)]
    View(#[from] Error),
    /// The photo cannot be covered.
    #[error(transparent)]
    Photo(#[from] NotCovered),
    /// A report with the photo was ordered.
    #[error("a report with this photo was ordered, so its covers stay as they are")]
    Ordered,
}

impl From<database::Error> for NotDone {
    fn from(error: database::Error) -> Self {
        Self::View(error.into())
    }
}

/// The grid over photo `n` (from 1) of a tip.
///
/// # Errors
/// If there is no such photo, or it is an illegal picture.
pub async fn grid(book: &Book, id: TipId, n: usize) -> Result<Grid, NotDone> {
    Ok(Grid::of(&viewing::original(book, id, n).await?)?)
}

/// Stores these squares as the covers of photo `n` of a tip, in place of earlier ones.
///
/// # Errors
/// [`NotDone`]. The earlier covers stay then.
pub async fn store(
    book: &Book,
    id: TipId,
    n: usize,
    squares: BTreeSet<Square>,
) -> Result<(), NotDone> {
    let grid = grid(book, id, n).await?;
    if !squares.iter().all(|square| grid.has(*square)) {
        return Err(NotCovered::NoSuchSquare.into());
    }
    match book.keep_cover(id, n, &squares).await? {
        true => Ok(()),
        false => Err(NotDone::Ordered),
    }
}

/// Photo `n` (from 1) of a tip as it leaves: covered, or as it is stored if nothing of it is
/// covered. Who asks for it writes the audit row.
///
/// # Errors
/// If there is no such photo, or it is an illegal picture, or its covers cannot be painted. Then it
/// must not leave.
pub async fn covered_photo(book: &Book, id: TipId, n: usize) -> Result<open::Jpeg, NotDone> {
    let jpeg = viewing::original(book, id, n).await?;
    painted(jpeg, book.cover_of(id, n).await?.as_ref()).await
}

/// A photo as it leaves, with these covers painted on it: `jpeg` is the photo as it is stored, and the
/// caller checked that it may leave.
///
/// # Errors
/// If the covers cannot be painted. Then the photo must not leave.
pub async fn painted(jpeg: open::Jpeg, covers: Option<&Cover>) -> Result<open::Jpeg, NotDone> {
    let squares = match covers {
        Some(stored) => stored.squares()?,
        None => BTreeSet::new(),
    };
    if squares.is_empty() {
        return Ok(jpeg);
    }
    // Painting takes a tenth of a second.
    let painted = tokio::task::spawn_blocking(move || cover(&jpeg, &squares)).await;
    Ok(painted.unwrap_or(Err(NotCovered::NotCleaned))?)
}
