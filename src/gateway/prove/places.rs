//! Where `prove` looks: files, what a process holds open, its temporary folders, its whole memory. It reads and compares; it must
//! never print, copy or keep what it read.

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

/// What was searched in one place.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// Which place, in words.
    pub(super) place: String,
    /// How many files or regions of memory.
    pub(super) count: usize,
    /// Bytes that were read.
    pub(super) bytes: u64,
    /// What was found, each with the file or region that it was found in.
    pub(super) finds: Vec<(String, Find)>,
}

impl Searched {
    fn new(place: impl Into<String>) -> Self {
        Self { place: place.into(), ..Self::default() }
    }

    /// Searches all of it, in pieces that overlap by the longest form.
    fn add(&mut self, name: &str, sweep: &Sweep, mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> io::Result<()> {
        let mut piece = Zeroizing::new(vec![0; PIECE + sweep.longest()]);
        let (mut held, mut before, mut seen) = (0, 0, HashSet::new());
        loop {
            let got = match read(piece.get_mut(held..).unwrap_or_default()) {
                Ok(got) => got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
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
                return Ok(());
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
}

/// Every file below a folder, or the one file; only what was changed since `since` (seconds since 1970) where that is said.
pub(super) fn folder(sweep: &Sweep, place: &str, path: &Path, since: Option<i64>) -> Result<Searched, Error> {
    let mut searched = Searched::new(place);
    for file in files(path, since) {
        match searched.add_file(sweep, &file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(Error::File(file, e.kind())),
            _ => {}
        }
    }
    Ok(searched)
}

/// A file and those beside it whose names begin like its own: a database, its WAL and its shared memory.
pub(super) fn beside(sweep: &Sweep, place: &str, path: &Path) -> Result<Searched, Error> {
    let mut searched = Searched::new(place);
    let (name, parent) = (path.file_name().unwrap_or_default().to_string_lossy(), path.parent().unwrap_or(Path::new(".")));
    for file in files(parent, None).into_iter().filter(|file| file.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&*name))) {
        searched.add_file(sweep, &file).map_err(|e| Error::File(file, e.kind()))?;
    }
    Ok(searched)
}

/// Every file that a process holds open, deleted ones too. Sockets and the like have no content to read.
pub(super) fn open_files(sweep: &Sweep, process: u32) -> Searched {
    let mut searched = Searched::new(format!("what process {process} holds open"));
    for handle in fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten() {
        if fs::metadata(handle.path()).is_ok_and(|is| is.is_file()) {
            // It may be closed by now; nothing can be left in it then.
            let _gone = searched.add_file(sweep, &handle.path());
        }
    }
    searched
}

/// The temporary folders of a process as it sees them, what was changed since `since`: the one that its environment names, or the
/// system's.
pub(super) fn temporary(sweep: &Sweep, process: u32, since: i64) -> Result<Searched, Error> {
    let mut searched = Searched::new(format!("the temporary folders of process {process}, what was written meanwhile"));
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    let named = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(b"TMPDIR=/"));
    let folders =
        named.map_or_else(|| ["tmp", "var/tmp", "dev/shm"].map(str::to_owned).to_vec(), |named| vec![String::from_utf8_lossy(named).into_owned()]);
    for name in folders {
        let found = folder(sweep, "", Path::new(&format!("/proc/{process}/root/{name}")), Some(since))?;
        searched.count += found.count;
        searched.bytes += found.bytes;
        searched.finds.extend(found.finds);
    }
    Ok(searched)
}

/// The whole memory of a process, region by region (proc_pid_maps(5), proc_pid_mem(5)).
pub(super) fn memory(sweep: &Sweep, process: u32) -> Result<Searched, Error> {
    let closed = |e: io::Error| Error::Memory(process, e.kind());
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).map_err(closed)?;
    let memory = File::open(format!("/proc/{process}/mem")).map_err(closed)?;
    let mut searched = Searched::new(format!("the memory of process {process}"));
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        let ends = range.split_once('-').and_then(|(a, b)| Some((u64::from_str_radix(a, 16).ok()?, u64::from_str_radix(b, 16).ok()?)));
        let Some((mut at, end)) = ends.filter(|_| rights.starts_with('r') && !line.ends_with("[vvar]") && !line.ends_with("[vsyscall]")) else {
            continue;
        };
        let name = format!("region {range}");
        // A region that is unmapped meanwhile ends early: it is gone.
        let _gone = searched.add(&name, sweep, |into| {
            let left = usize::try_from(end - at).unwrap_or(usize::MAX).min(into.len());
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
pub(super) fn gateways() -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let serves = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words.next().is_some_and(|program| program.ends_with(b"loke-gateway")) && words.next() == Some(b"serve")
    };
    processes.filter(serves).collect()
}

/// Regular files at or below a path, links not followed but at the start.
fn files(path: &Path, since: Option<i64>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    let mut take = |path: PathBuf, folders: &mut Vec<PathBuf>| match fs::symlink_metadata(&path) {
        Ok(is) if is.is_dir() => folders.push(path),
        Ok(is) if is.is_file() && since.is_none_or(|since| is.mtime().max(is.ctime()) >= since) => found.push(path),
        _ => {}
    };
    take(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()), &mut folders);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            take(entry.path(), &mut folders);
        }
    }
    found.sort();
    found
}
