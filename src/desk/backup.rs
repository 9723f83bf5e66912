//! A backup of the whole desk, sealed to the custodians: neither this machine nor a thief of the
//! backup can open it. It needs no key of any book. A book that nobody has open is copied as a file
//! under its lock, and one that somebody has open under a reader's lock of SQLite; the register, which is
//! always open, by `VACUUM INTO`.

mod snapshot;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use self::snapshot::Held;
use crate::book;
use crate::database;
use crate::register::{self, Register};
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::seal::{self, Recipient, encrypting};

/// Fewest custodians: one may lose the key.
const FEWEST: usize = 2;
/// The lock of a running backup, in the desk's folder.
const LOCK: &str = "backup.lock";
/// The register's copy while a backup is written.
const COPY: &str = "register.copy";
/// Largest file of custodians, in bytes.
const CUSTODIANS_BYTES: u64 = 16 << 10;

/// Why no backup was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too few custodians.
    #[error("{0} names {1} custodians. Two are needed, so that one can lose the key")]
    Few(PathBuf, usize),
    /// The register knows too few custodians.
    #[error(
        "this desk has {0} custodians to whom a second member agreed. Two are needed, so that one can lose the key: run `loke-desk custodian add NAME age1…`, or give a file with --custodians"
    )]
    FewKnown(usize),
    /// A line that is no public key.
    #[error("{0}, line {1} is not a public key (age1…). Write one on each line")]
    NotAKey(PathBuf, usize),
    /// Another backup runs.
    #[error("another backup of this desk runs. Wait until it has ended")]
    Runs,
    /// The keys of a book are being changed.
    #[error("the keys of the book {0} are being changed. Try again in a minute")]
    Rekeying(String),
    /// Somebody wrote to a book all the time.
    #[error("somebody wrote to the book {0} for half a minute. Try again")]
    Busy(String),
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// A file failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
    /// age failed.
    #[error(transparent)]
    Seal(#[from] seal::Error),
}

/// The custodians in a file: a public key (`age1…`) on each line; `#` begins a comment.
///
/// # Errors
/// If a line is not a key, or there are fewer than two.
pub fn custodians(file: &Path) -> Result<Vec<Recipient>, Error> {
    let bytes = private_file::read(file, CUSTODIANS_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().enumerate();
    let keys = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let keys: Vec<Recipient> = keys
        .map(|(n, line)| {
            let key = line.trim().parse();
            key.map_err(|_| Error::NotAKey(file.to_owned(), n + 1))
        })
        .collect::<Result<_, _>>()?;
    if keys.len() < FEWEST {
        return Err(Error::Few(file.to_owned(), keys.len()));
    }
    Ok(keys)
}

/// The custodians' keys that a second member agreed to.
///
/// # Errors
/// If there are fewer than two.
pub async fn custodians_of(register: &Register) -> Result<Vec<Recipient>, Error> {
    let known = register.custodians().await?.into_iter();
    let known: Vec<String> = known.filter_map(|custodian| custodian.agreed).collect();
    if known.len() < FEWEST {
        return Err(Error::FewKnown(known.len()));
    }
    let keys = known.iter().map(|key| key.parse());
    let keys: Result<_, _> = keys.collect();
    keys.map_err(|_| database::Error::Row.into())
}

/// The file that a backup is written to: `out`, or if that is a folder, `desk-DAY.tar.age` in it.
#[must_use]
pub fn file_in(out: &Path, today: Day) -> PathBuf {
    if out.is_dir() {
        out.join(format!("desk-{today}.tar.age"))
    } else {
        out.to_owned()
    }
}

/// Writes the backup to `out`, which must not exist. It is complete when it has that name. Calls
/// `each` after every file.
///
/// # Errors
/// If a file cannot be read or written, or a book has its keys changed. Then there is no file `out`.
pub async fn make(
    register: &Register,
    custodians: &[Recipient],
    out: &Path,
    each: impl FnMut(),
) -> Result<(), Error> {
    if out.exists() {
        return Err(private_file::Error::Exists(out.to_owned()).into());
    }
    let desk = register.folder();
    let alone = match private_file::lock(&desk.join(LOCK)) {
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return Err(Error::Runs),
        locked => locked?,
    };
    remove_copies(desk)?;
    let part = PathBuf::from(format!("{}.part", out.display()));
    let written = copy_and_write(register, custodians, &part, each).await;
    let cleared = remove_copies(desk);
    if let Err(problem) = written {
        let _ = std::fs::remove_file(&part);
        return Err(problem);
    }
    cleared?;
    std::fs::rename(&part, out).map_err(|e| private_file::Error::Write(out.to_owned(), e))?;
    drop(alone);
    Ok(())
}

/// Removes the copies that a killed backup left: what is purged since must be in no file. Does nothing
/// while a backup runs.
///
/// # Errors
/// If a file cannot be removed.
pub fn clear(desk: &Path) -> Result<(), private_file::Error> {
    match private_file::lock(&desk.join(LOCK)) {
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        locked => {
            let _alone = locked?;
            remove_copies(desk)
        }
    }
}

fn remove_copies(desk: &Path) -> Result<(), private_file::Error> {
    private_file::destroy(&desk.join(COPY))?;
    snapshot::clear(desk)
}

async fn copy_and_write(
    register: &Register,
    custodians: &[Recipient],
    part: &Path,
    each: impl FnMut(),
) -> Result<(), Error> {
    let desk = register.folder();
    // Held until the end: nobody opens a closed book, and no book gets new keys meanwhile.
    let (mut locks, mut held) = (Vec::new(), Vec::new());
    for line in register.books().await? {
        let lock = book::folder_of(desk, &line.name).join(book::LOCK);
        let is_busy = |e: &private_file::Error| e.kind() == std::io::ErrorKind::WouldBlock;
        let locked = match private_file::lock(&lock) {
            Err(e) if is_busy(&e) => match private_file::share(&lock) {
                Err(e) if is_busy(&e) => return Err(Error::Rekeying(line.name)),
                shared => {
                    held.push(Held::book(desk, &line.name).await?);
                    shared?
                }
            },
            locked => locked?,
        };
        locks.push(locked);
    }
    // Nobody writes an open book between the two copies, so the register knows each of its rows.
    register.copy_to(&desk.join(COPY)).await?;
    let snapshots: Result<BTreeMap<_, _>, Error> =
        held.into_iter().map(|book| book.copy(desk)).collect();
    write(desk, &snapshots?, custodians, part, each)
}

fn write(
    desk: &Path,
    snapshots: &BTreeMap<PathBuf, PathBuf>,
    custodians: &[Recipient],
    part: &Path,
    mut each: impl FnMut(),
) -> Result<(), Error> {
    let failed = |e| private_file::Error::Write(part.to_owned(), e);
    let _ = std::fs::remove_file(part);
    let file = private_file::create(part)?;
    let mut tar = tar::Builder::new(encrypting(custodians, file)?);
    let top = PathBuf::from(desk.file_name().unwrap_or("desk".as_ref()));
    for (below, from) in files(desk, snapshots)? {
        let read = |e| private_file::Error::Read(from.clone(), e);
        let mut contents = File::open(&from).map_err(read)?;
        tar.append_file(top.join(below), &mut contents)
            .map_err(failed)?;
        each();
    }
    let mut sealed = tar.into_inner().map_err(failed)?;
    sealed.flush().map_err(failed)?;
    let file = sealed.finish().map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(())
}

/// The files of a desk: its configuration and rules, the register with its key, the people and the
/// books, and nothing else that lies beside them. Each has its path in the desk's folder, and the file
/// with its contents.
fn files(
    desk: &Path,
    snapshots: &BTreeMap<PathBuf, PathBuf>,
) -> Result<BTreeMap<PathBuf, PathBuf>, private_file::Error> {
    let own = ["desk.toml", crate::audit::HEAD_FILE, register::KEY_FILE];
    let mut found: BTreeMap<PathBuf, PathBuf> = own
        .iter()
        .map(|name| (PathBuf::from(name), desk.join(name)))
        .collect();
    found.insert(PathBuf::from(register::FILE), desk.join(COPY));
    let mut folders = vec![desk.join("people"), desk.join(book::FOLDER)];
    // Without the desk's own periods, a restored desk would purge by the built-in ones.
    folders.extend(Some(desk.join("rules")).filter(|rules| rules.is_dir()));
    for folder in folders {
        add_folder(&folder, &folder, desk, &mut found)?;
    }
    for (open, copy) in snapshots {
        found.retain(|below, _| !is_copied(open, &desk.join(below)));
        add_folder(copy, open, desk, &mut found)?;
    }
    Ok(found)
}

/// Adds what lies below `folder`, under the names that it has below `named`.
fn add_folder(
    folder: &Path,
    named: &Path,
    desk: &Path,
    found: &mut BTreeMap<PathBuf, PathBuf>,
) -> Result<(), private_file::Error> {
    let read = |e| private_file::Error::Read(folder.to_owned(), e);
    for entry in folder.read_dir().map_err(read)? {
        let path = entry.map_err(read)?.path();
        let name = named.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            add_folder(&path, &name, desk, found)?;
        } else if let (Ok(below), false) = (name.strip_prefix(desk), is_left_out(&path)) {
            found.insert(below.to_owned(), path);
        }
    }
    Ok(())
}

/// Whether a file of an open book is in its snapshot.
fn is_copied(book_folder: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(book_folder) else {
        return false;
    };
    below.starts_with(book::SEALED) || below.to_string_lossy().starts_with("book.db")
}

/// Locks and files that a crash left unfinished.
fn is_left_out(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == book::LOCK)
        || path
            .extension()
            .is_some_and(|end| end == "new" || end == "part")
}
