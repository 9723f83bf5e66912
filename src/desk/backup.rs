//! A backup of the whole desk, sealed to the custodians: neither this machine nor a thief of the
//! backup can open it. It needs no key of any book. A book that nobody has open is copied as a file
//! under its lock; the register, which is always open, by `VACUUM INTO`.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::book;
use crate::database;
use crate::register::{self, Register};
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::seal::{self, Recipient, encrypting};

/// Fewest custodians: one may lose the key.
const FEWEST: usize = 2;
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
        "this desk knows {0} custodians. Two are needed, so that one can lose the key: run `loke-desk custodian add NAME age1…`, or give a file with --custodians"
    )]
    FewKnown(usize),
    /// A line that is no public key.
    #[error("{0}, line {1} is not a public key (age1…). Write one on each line")]
    NotAKey(PathBuf, usize),
    /// Somebody has a book open.
    #[error("somebody has the book {0} open. Run the backup at night, when nobody is signed in")]
    Open(String),
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

/// The custodians that the register knows.
///
/// # Errors
/// If there are fewer than two.
pub async fn custodians_of(register: &Register) -> Result<Vec<Recipient>, Error> {
    let known = register.custodians().await?;
    if known.len() < FEWEST {
        return Err(Error::FewKnown(known.len()));
    }
    let keys = known.iter().map(|custodian| custodian.recipient.parse());
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
/// If a book is open, or a file cannot be read or written. Then there is no file `out`.
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
    // Held until the end: nobody opens a book meanwhile.
    let mut locks = Vec::new();
    for line in register.books().await? {
        let lock = book::folder_of(desk, &line.name).join(book::LOCK);
        match private_file::lock(&lock) {
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(Error::Open(line.name));
            }
            locked => locks.push(locked?),
        }
    }
    let copy = desk.join("register.copy");
    private_file::destroy(&copy)?;
    register.copy_to(&copy).await?;
    let part = PathBuf::from(format!("{}.part", out.display()));
    let written = write(desk, &copy, custodians, &part, each);
    private_file::destroy(&copy)?;
    if let Err(problem) = written {
        let _ = std::fs::remove_file(&part);
        return Err(problem);
    }
    std::fs::rename(&part, out).map_err(|e| private_file::Error::Write(out.to_owned(), e))?;
    Ok(())
}

fn write(
    desk: &Path,
    register: &Path,
    custodians: &[Recipient],
    part: &Path,
    mut each: impl FnMut(),
) -> Result<(), Error> {
    let failed = |e| private_file::Error::Write(part.to_owned(), e);
    let _ = std::fs::remove_file(part);
    let file = private_file::create(part)?;
    let mut tar = tar::Builder::new(encrypting(custodians, file)?);
    let top = PathBuf::from(desk.file_name().unwrap_or("desk".as_ref()));
    for path in files(desk)? {
        let Ok(below) = path.strip_prefix(desk) else {
            continue;
        };
        let from = if below == Path::new(register::FILE) {
            register
        } else {
            &path
        };
        let read = |e| private_file::Error::Read(from.to_owned(), e);
        let mut contents = File::open(from).map_err(read)?;
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
/// books, and nothing else that lies beside them.
fn files(desk: &Path) -> Result<Vec<PathBuf>, private_file::Error> {
    let own = [
        "desk.toml",
        crate::audit::HEAD_FILE,
        register::FILE,
        register::KEY_FILE,
    ];
    let mut files: Vec<PathBuf> = own.iter().map(|name| desk.join(name)).collect();
    let mut folders = vec![desk.join("people"), desk.join(book::FOLDER)];
    // Without the desk's own periods, a restored desk would purge by the built-in ones.
    folders.extend(Some(desk.join("rules")).filter(|rules| rules.is_dir()));
    while let Some(folder) = folders.pop() {
        let read = |e| private_file::Error::Read(folder.clone(), e);
        for entry in folder.read_dir().map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_left_out(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Locks and files that a crash left unfinished.
fn is_left_out(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == book::LOCK)
        || path
            .extension()
            .is_some_and(|end| end == "new" || end == "part")
}
