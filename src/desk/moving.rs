//! Moves a tip to another book. It is sealed anew to that book's key. Each step can be repeated, so
//! the tip is in one book, and never lost, if the program is killed between two of them:
//!
//! ```text
//! 1. the old book notes where the tip goes
//! 2. the new book stores it; the register points to the new book
//! 3. the old book deletes its row, then its sealed file
//! ```

use crate::acting::Acting;
use crate::book::Arrival;
use crate::database::Error;
use crate::open;
use loke_core::seal::{self, BadRecipient, Recipient, encrypt_to};
use loke_core::tip::TipId;

/// Why a tip was not moved.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// It is in that book already.
    #[error("the tip is in the book {0} already")]
    There(String),
    /// There is no book for tips about staff.
    #[error(
        "there is no book for tips about staff. A supervisor makes one: `loke-desk book add NAME`, then `loke-desk book about-staff NAME`"
    )]
    NoStaffBook,
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The tip's age file did not open.
    #[error("the tip's sealed file does not open: {0}")]
    Open(#[from] open::Error),
    /// age failed.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// The public key of a book cannot be read.
    #[error(transparent)]
    Recipient(#[from] BadRecipient),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
}

/// Moves a tip to the book `to`. The account must have both books open.
///
/// # Errors
/// If the tip stays where it is, or a step must be repeated.
pub async fn move_tip(acting: &Acting, id: TipId, to: &str) -> Result<(), NotMoved> {
    let (from, to) = (acting.book_of(id).await?, acting.book(to).await?);
    if from.name() == to.name() {
        return Err(NotMoved::There(to.name().to_owned()));
    }
    if from.is_practice() != to.is_practice() {
        let practice = if from.is_practice() { from } else { to };
        return Err(Error::Practice(practice.name().to_owned()).into());
    }
    from.note_move(id, to.name()).await?;
    let plain = open::plain(from.identities(), &from.sealed(id).await?)?;
    let recipient = to.recipient()?;
    let sealed = encrypt_to(std::slice::from_ref(&recipient), &plain)?;
    let opened = open::tip(to.identities(), &sealed)?;
    if !to.holds(id).await? {
        let arrival = Arrival {
            id,
            sealed: &sealed,
            opened: &opened,
        };
        to.keep_moved(arrival, from).await?;
    }
    Ok(from.finish_moves().await?)
}

/// Gives a tip, and everything that is shown with it, to the book for tips about staff. The account
/// need not be a member of it. Its reports go along, so that they can be withdrawn there. Notes stay
/// behind and are deleted: staff wrote them.
///
/// No second person is asked: whoever the tip is about may be that person.
///
/// # Errors
/// [`NotMoved::NoStaffBook`].
pub async fn about_staff(acting: &Acting, id: TipId) -> Result<(), NotMoved> {
    let (from, register) = (acting.book_of(id).await?, acting.register());
    let to = register.about_staff().await?;
    let to = to.ok_or(NotMoved::NoStaffBook)?;
    if from.name() == to {
        return Err(NotMoved::There(to));
    }
    let recipient: Recipient = register.book(&to).await?.recipient.parse()?;
    for tip in from.together(id).await? {
        let plain = open::plain(from.identities(), &from.sealed(tip).await?)?;
        let sealed = encrypt_to(std::slice::from_ref(&recipient), &plain)?;
        from.give_away(tip, (&to, &recipient), &sealed).await?;
    }
    Ok(from.finish_moves().await?)
}
