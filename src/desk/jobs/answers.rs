//! Collects the partners' answers from the folder of the partner page, while somebody has a book
//! open. Others may write to that folder: no link in it is followed, and no file of it is trusted
//! before its code is checked. A file is deleted once its answer is in the book.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, openat, unlinkat};

use super::Step;
use crate::answers::{Answer, ClearLine, LONGEST, NotOpened};
use crate::book::{Book, Taken};
use crate::database::Error;
use crate::open_books::OpenBooks;
use crate::settings::DeskSettings;
use loke_core::tip::TipId;

/// Answers of one step.
const BATCH: usize = 200;
/// Days for which an answer waits for a book that nobody opens.
const DAYS: i32 = 60;
/// The end of the name of an answer's file.
const ENDS: &str = ".age";

/// The result of one look at the folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Answers that are on their tips now.
    pub recorded: usize,
    /// Files that were deleted without an effect: a wrong code, a late or repeated answer, or none.
    pub dropped: usize,
    /// Files that wait for a book that nobody has open.
    pub waiting: usize,
}

/// One look at the folder.
pub async fn step(open: &OpenBooks, config: &Path) -> Step {
    let desk = match DeskSettings::read(config) {
        Ok(desk) => desk,
        Err(problem) => return Step::Failed(problem.to_string()),
    };
    let (Some(folder), books) = (desk.answers, open.all()) else {
        return Step::Done;
    };
    if books.is_empty() {
        return Step::Done;
    }
    let all = match open.register().books().await {
        Ok(all) => all.len() == books.len(),
        Err(problem) => return Step::Failed(problem.to_string()),
    };
    match collect(&folder, &books, all).await {
        Ok(done) => {
            if done.dropped > 0 {
                tracing::warn!(count = done.dropped, "answers of partners were not valid");
            }
            Step::Done
        }
        Err(problem) => Step::Failed(problem),
    }
}

/// Takes the answers of a folder into these books. `all`: whether the desk has no other book.
///
/// # Errors
/// A sentence, if the folder or a book fails. What was recorded stays recorded.
pub async fn collect(folder: &Path, books: &[Book], all: bool) -> Result<Collected, String> {
    let failed = |problem: io::Error| {
        format!(
            "the folder of answers {} cannot be read ({}). Check [answers] in desk.toml and its permissions",
            folder.display(),
            problem.kind()
        )
    };
    let directory = openat(
        CWD,
        folder,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(|e| failed(e.into()))?;
    let names = names(&directory).map_err(failed)?;
    let mut done = Collected::default();
    for (id, name) in names {
        let file = read(&directory, &name).map_err(failed)?;
        match take(books, all, id, file.as_deref()).await {
            Ok(Taking::Recorded) => done.recorded += 1,
            Ok(Taking::Dropped) => done.dropped += 1,
            Ok(Taking::Waits) => {
                done.waiting += 1;
                continue;
            }
            Err(problem) => return Err(problem.to_string()),
        }
        // A file that stays is known the next time. What is not a file cannot be deleted like one.
        if let Err(problem) = unlinkat(&directory, &name, AtFlags::empty()) {
            tracing::error!(%problem, "an answer's file was not deleted");
        }
    }
    Ok(done)
}

enum Taking {
    Recorded,
    Dropped,
    Waits,
}

async fn take(books: &[Book], all: bool, id: TipId, file: Option<&[u8]>) -> Result<Taking, Error> {
    let Some((line, file)) = file.and_then(|file| Some((ClearLine::split(file).ok()?.0, file)))
    else {
        return Ok(Taking::Dropped);
    };
    let Some(answer) = opened(books, file) else {
        return Ok(Taking::Dropped);
    };
    if let Some(answer) = answer {
        for book in books {
            match book.take_answer(id, &answer, line.day).await? {
                Taken::Unknown => {}
                Taken::Recorded | Taken::Known => return Ok(Taking::Recorded),
                Taken::WrongCode | Taken::Late | Taken::Repeated => return Ok(Taking::Dropped),
            }
        }
    }
    // The report may be in a book that nobody has open.
    let today = books.first().map(Book::day);
    let is_old = today.is_none_or(|today| line.day.plus(DAYS) < today);
    Ok(match all || is_old {
        true => Taking::Dropped,
        false => Taking::Waits,
    })
}

/// The answer in a file, with the key of any of these books: `Some(None)` if it is for another one,
/// `None` if the file is no answer.
fn opened(books: &[Book], file: &[u8]) -> Option<Option<Answer>> {
    for book in books {
        match Answer::open(book.identities(), file) {
            Ok(answer) => return Some(Some(answer)),
            Err(NotOpened::OtherKey) => {}
            Err(NotOpened::NotAnAnswer(_)) => return None,
        }
    }
    Some(None)
}

/// The files that may be answers. A hidden one is still being written.
fn names(directory: &OwnedFd) -> io::Result<Vec<(TipId, String)>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        let id = name.strip_suffix(ENDS).and_then(|hex| hex.parse().ok());
        if let Some(id) = id {
            names.push((id, name.to_owned()));
        }
        if names.len() == BATCH {
            break;
        }
    }
    Ok(names)
}

/// The bytes of a plain file that is not too long; `None` for anything else.
fn read(directory: &OwnedFd, name: &str) -> io::Result<Option<Vec<u8>>> {
    // A pipe must not make the desk wait.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(rustix::io::Errno::LOOP) => return Ok(None),
        Err(problem) => return Err(problem.into()),
    };
    let stat = fstat(&file)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::from(file).take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then_some(bytes))
}
