//! What an officer looks at: each look is in the audit log before anything is shown.

use super::audit::Action;
use super::casebook::{self, Casebook};
use super::keys::Identity;
use super::open;
use crate::tip::TipId;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The casebook.
    #[error(transparent)]
    Casebook(#[from] casebook::Error),
    /// The tip's age file did not open.
    #[error("the tip's sealed file does not open: {0}")]
    Open(#[from] open::Error),
    /// The tip has no such photo.
    #[error("this tip has {0} photos. Give a number from 1 to that")]
    NoPhoto(usize),
}

/// Photo `n` (from 1) of a tip, as a JPEG.
///
/// # Errors
/// Where there is none, or the look could not be written to the audit log.
pub async fn photo(casebook: &Casebook, identities: &[Identity], id: TipId, n: usize) -> Result<open::Jpeg, Error> {
    let mut photos = open::tip(identities, &casebook.sealed(id).await?)?.photos;
    if n == 0 || n > photos.len() {
        return Err(Error::NoPhoto(photos.len()));
    }
    casebook.record(Action::Photo, &id.to_string(), &open::photo_name(n)).await?;
    Ok(photos.swap_remove(n - 1))
}
