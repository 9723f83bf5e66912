//! Routes a tip: a partner gets its own copy, with only the answers that it may have, sealed to its
//! key. The copy waits in the outbox until it arrives. The route and its result are in the audit
//! log.

mod copy;

use super::acting::Acting;
use super::database;
use super::register::{Delivery, NewDelivery};
use super::{open, outbox};
use crate::settings::{DeskSettings, Way};
use loke_core::random::NoRandomness;
use loke_core::seal;
use loke_core::tip::TipId;

/// The result of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routed {
    /// The copy arrived.
    Arrived(Delivery),
    /// The copy is in the outbox and will be retried automatically; the delivery contains the
    /// reason.
    Waiting(Delivery),
    /// The partner has an earlier copy, or will get it. No second copy was made.
    Already(Delivery),
}

/// Why a tip was not routed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `desk.toml` does not name the partner.
    #[error("there is no partner named \"{name}\" in desk.toml. {}", known_partners(.known))]
    UnknownPartner {
        /// The requested name.
        name: String,
        /// The partners in `desk.toml`.
        known: Vec<String>,
    },
    /// The register or the book failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The tip's age file did not open.
    #[error("the tip's file does not open: {0}")]
    Open(#[from] open::Error),
    /// The copy could not be sealed.
    #[error("the partner's copy could not be made: {0}")]
    Seal(#[from] seal::Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

fn known_partners(known: &[String]) -> String {
    match known {
        [] => "It names none yet: add a [[partners]] entry with name, key and folder or mail"
            .to_owned(),
        names => format!("It names: {}", names.join(", ")),
    }
}

/// Sends a copy of a tip to the partner named `to`, at once if possible. If the partner has a copy,
/// or one is waiting for it, sends a second one only if `again` is true.
///
/// # Errors
/// If nothing was queued. A queued copy that does not arrive is not an error: see
/// [`Routed::Waiting`].
pub async fn route(
    acting: &Acting,
    desk: &DeskSettings,
    tip: TipId,
    to: &str,
    again: bool,
) -> Result<Routed, Error> {
    // First, so that a try on a tip of another book is in the audit log whatever else is wrong.
    let (book, register) = (acting.book_of(tip).await?, acting.register());
    let unknown = || Error::UnknownPartner {
        name: to.to_owned(),
        known: desk.partners.iter().map(|p| p.name.clone()).collect(),
    };
    let partner = desk
        .partners
        .iter()
        .find(|p| p.name == to)
        .ok_or_else(unknown)?;
    if let Some(earlier) = register.delivery_to(tip, to).await?
        && !again
    {
        return Ok(Routed::Already(earlier));
    }
    book.refuse_restricted(tip).await?;
    let opened = open::tip(book.identities(), &book.sealed(tip).await?)?;
    let reference = copy::new_reference()?;
    // An illegal picture goes nowhere: the police fetch the sealed original.
    let with_photos = !book.is_illegal(tip).await?;
    let sealed = copy::make(&opened, partner, &reference, with_photos)?;
    let way = match partner.way {
        Way::Folder(_) => "folder",
        Way::Mail(_) => "mail",
    };
    let new = NewDelivery {
        tip,
        partner: to.to_owned(),
        reference: reference.clone(),
        way: way.to_owned(),
        ordered_by: acting.account().name.clone(),
    };
    book.queue_copy(new, &sealed).await?;
    outbox::send_due(register, desk, register.clock().now()).await?;
    book.note_arrivals().await?;
    let ours = register
        .deliveries_of(tip)
        .await?
        .into_iter()
        .find(|d| d.reference == reference);
    let ours = ours.ok_or(database::Error::Row)?;
    Ok(if ours.done.is_some() {
        Routed::Arrived(ours)
    } else {
        Routed::Waiting(ours)
    })
}
