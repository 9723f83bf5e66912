//! Imports sealed tips from a tar that `loke-gateway export` wrote, for a desk without a network.
//! The tar does not contain the rows' MACs, and the audit row says so.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{Collector, Error, Gateway, Tally, keep};
use crate::audit::Action;
use loke_core::pickup::{MOST, MOST_BYTES};
use loke_core::private_file;
use loke_core::seal::SizeClass;
use loke_core::tip::TipId;

/// Stores every tip of an export. A tip that is already in a book stays unchanged. The tally
/// lists the tips that do not open.
///
/// # Errors
/// [`Error::NotAnExport`] at the first entry that is not a sealed tip. The tips before it are
/// stored.
pub async fn import(into: &Collector, file: &Path) -> Result<Tally, Error> {
    let opened = File::open(file).map_err(|e| private_file::Error::Read(file.to_owned(), e))?;
    let mut archive = tar::Archive::new(BufReader::new(opened));
    let wrong = || Error::NotAnExport(file.to_owned());
    let source = format!(
        "{} (an export carries no MAC: nothing ties it to the gateway)",
        file.file_name().unwrap_or_default().display()
    );
    let mut entries = archive.entries().map_err(|_| wrong())?.raw(true);
    let mut tally = Tally::default();
    let mut mac_keys = Vec::new();
    for (enrolment, _) in into.register.enrolments().await? {
        mac_keys.push(Gateway::new(&enrolment)?.mac_key);
    }
    loop {
        let (batch, end) = next_batch(&mut entries);
        keep(into, Action::Import, &source, &mac_keys, batch, &mut tally).await?;
        match end {
            End::More => {}
            End::Whole => return Ok(tally),
            End::Odd => return Err(wrong()),
        }
    }
}

/// The state after a batch.
enum End {
    /// There may be another batch.
    More,
    /// The end of the file.
    Whole,
    /// An entry that is not a sealed tip.
    Odd,
}

/// Reads as many tips as one claim would return.
fn next_batch<R: Read>(entries: &mut tar::Entries<'_, R>) -> (Vec<(TipId, Vec<u8>)>, End) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < usize::from(MOST) && bytes < MOST_BYTES {
        let Some(entry) = entries.next() else {
            return (batch, End::Whole);
        };
        let Some((id, sealed)) = entry.ok().and_then(read) else {
            return (batch, End::Odd);
        };
        bytes += sealed.len();
        batch.push((id, sealed));
    }
    (batch, End::More)
}

/// Reads one entry, `ID.age`; `None` if it is anything else.
fn read<R: Read>(mut entry: tar::Entry<'_, R>) -> Option<(TipId, Vec<u8>)> {
    let id = std::str::from_utf8(&entry.path_bytes())
        .ok()?
        .strip_suffix(".age")?
        .parse()
        .ok()?;
    let size = entry.header().entry_size().ok()?;
    if entry.header().entry_type() != tar::EntryType::Regular
        || size > SizeClass::Eight.sealed() as u64
    {
        return None;
    }
    let mut sealed = Vec::with_capacity(size as usize + 1);
    entry.read_to_end(&mut sealed).ok()?;
    (sealed.len() as u64 == size).then_some((id, sealed))
}
