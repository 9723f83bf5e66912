//! The places that `prove` searches: files, a process's open files, its temporary folders, its
//! whole memory. It reads and compares; it must never print, copy or store what it read.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;
use super::sweep::{Find, Sweep};

/// Bytes that are searched at once.
const PIECE: usize = 4 << 20;

/// The result for one place.
#[derive(Debug, Default)]
pub struct Searched {
    /// A description of the place.
    pub place: String,
    /// Number of files or memory regions.
    pub count: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// The finds, each with its file or memory region.
    pub finds: Vec<(String, Find)>,
}

impl Searched {
    fn new(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            ..Self::default()
        }
    }

    /// Searches everything from `read`, in pieces that overlap by the longest form.
    fn add(
        &mut self,
        name: &str,
        sweep: &Sweep,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut piece = Zeroizing::new(vec![0; PIECE + sweep.longest()]);
        let (mut held, mut before, mut seen, mut broken) = (0, 0, HashSet::new(), None);
        loop {
            let got = match read(piece.get_mut(held..).unwrap_or_default()) {
                Ok(got) => got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                // Search what was read before the error: a memory region may end in an unreadable
                // part.
                Err(e) => {
                    broken = Some(e);
                    0
                }
            };
            self.bytes += got as u64;
            held += got;
            let full = held == piece.len();
            if got == 0 || full {
                for mut find in sweep.finds(piece.get(..held).unwrap_or_default()) {
                    find.offset += before;
                    if seen.insert((find.name.clone(), find.encoding, find.offset)) {
                        self.finds.push((name.to_owned(), find));
                    }
                }
            }
            if got == 0 {
                self.count += 1;
                return broken.map_or(Ok(()), Err);
            }
            if full {
                let keep = sweep.longest();
                piece.copy_within(held - keep.., 0);
                before += held - keep;
                held = keep;
            }
        }
    }

    fn add_file(&mut self, sweep: &Sweep, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        self.add(&path.display().to_string(), sweep, |into| file.read(into))
    }

    /// Searches a file, or every file in a folder; if `since` is set, only files that changed after
    /// it.
    fn add_folder(&mut self, sweep: &Sweep, path: &Path, since: Option<i64>) -> Result<(), Error> {
        for file in files(path, since) {
            match self.add_file(sweep, &file) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::File(file, e.kind()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Searches a file, or every file in a folder; if `since` (Unix time) is set, only files that
/// changed after it.
///
/// # Errors
/// If a file cannot be read.
pub fn folder(
    sweep: &Sweep,
    place: &str,
    path: &Path,
    since: Option<i64>,
) -> Result<Searched, Error> {
    let mut searched = Searched::new(place);
    searched.add_folder(sweep, path, since)?;
    Ok(searched)
}

/// Searches an SQLite queue's files: the database, its WAL, its shared memory and its journal.
///
/// # Errors
/// If an existing one cannot be read.
pub fn queue(sweep: &Sweep, database: &Path) -> Result<Searched, Error> {
    let mut searched = Searched::new("the queue's files");
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        searched.add_folder(sweep, Path::new(&name), None)?;
    }
    Ok(searched)
}

/// Searches every open file of a process, including deleted ones. Sockets and pipes have no content
/// to read.
#[must_use]
pub fn open_files(sweep: &Sweep, process: u32) -> Searched {
    let mut searched = Searched::new(format!("the open files of process {process}"));
    for handle in fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten()
    {
        if fs::metadata(handle.path()).is_ok_and(|is| is.is_file()) {
            // It may be closed by now. Then it has no content left.
            let _gone = searched.add_file(sweep, &handle.path());
        }
    }
    searched
}

/// Searches a process's temporary folders, as the process sees them, for files that changed after
/// `since`: the folder in its environment, or the system's.
///
/// # Errors
/// If a file cannot be read.
pub fn temporary(sweep: &Sweep, process: u32, since: i64) -> Result<Searched, Error> {
    let mut searched = Searched::new(format!(
        "the temporary folders of process {process}, changes since the start"
    ));
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    let named = environment
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(b"TMPDIR=/"));
    let folders = named.map_or_else(
        || ["tmp", "var/tmp", "dev/shm"].map(str::to_owned).to_vec(),
        |named| vec![String::from_utf8_lossy(named).into_owned()],
    );
    for name in folders {
        searched.add_folder(
            sweep,
            Path::new(&format!("/proc/{process}/root/{name}")),
            Some(since),
        )?;
    }
    Ok(searched)
}

/// Searches the whole memory of a process, region by region (proc_pid_maps(5), proc_pid_mem(5)).
///
/// # Errors
/// If the memory cannot be read.
pub fn memory(sweep: &Sweep, process: u32) -> Result<Searched, Error> {
    let closed = |e: io::Error| Error::Memory(process, e.kind());
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).map_err(closed)?;
    let memory = File::open(format!("/proc/{process}/mem")).map_err(closed)?;
    let mut searched = Searched::new(format!("the memory of process {process}"));
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        let ends = range.split_once('-').and_then(|(a, b)| {
            Some((
                u64::from_str_radix(a, 16).ok()?,
                u64::from_str_radix(b, 16).ok()?,
            ))
        });
        let Some((mut at, end)) = ends.filter(|_| {
            rights.starts_with('r') && !line.ends_with("[vvar]") && !line.ends_with("[vsyscall]")
        }) else {
            continue;
        };
        let name = format!("region {range}");
        // A region that is unmapped meanwhile ends early.
        let _gone = searched.add(&name, sweep, |into| {
            let left = usize::try_from(end - at)
                .unwrap_or(usize::MAX)
                .min(into.len());
            let got = memory.read_at(into.get_mut(..left).unwrap_or_default(), at)?;
            at += got as u64;
            Ok(got)
        });
    }
    if searched.bytes == 0 {
        return Err(Error::Memory(process, io::ErrorKind::PermissionDenied));
    }
    Ok(searched)
}

/// The processes on this machine that run `loke-gateway serve`.
#[must_use]
pub fn gateways() -> Vec<u32> {
    let processes = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let serves = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words
            .next()
            .is_some_and(|program| program.ends_with(b"loke-gateway"))
            && words.next() == Some(b"serve")
    };
    processes.filter(serves).collect()
}

/// The regular files at or below a path. Follows a symbolic link only at the start.
fn files(path: &Path, since: Option<i64>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    let mut take = |path: PathBuf, folders: &mut Vec<PathBuf>| match fs::symlink_metadata(&path) {
        Ok(is) if is.is_dir() => folders.push(path),
        Ok(is) if is.is_file() && since.is_none_or(|since| is.mtime().max(is.ctime()) >= since) => {
            found.push(path)
        }
        _ => {}
    };
    take(
        fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        &mut folders,
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            take(entry.path(), &mut folders);
        }
    }
    found.sort();
    found
}
