//! Collects the partners' answers from the folder of the partner page, while somebody has a book
//! open. Others may write to that folder: no link in it is followed, and no file of it is trusted
//! before its code is checked. A file is deleted once its answer is in the book.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, unlinkat};

use super::Step;
use crate::answers::by_account::{self, Unproven};
use crate::answers::{Answer, ClearLine, LONGEST, NotOpened};
use crate::book::{Book, Taken};
use crate::database::Error;
use crate::open_books::OpenBooks;
use crate::register::Register;
use crate::settings::DeskSettings;
use crate::ways::folder;
use loke_core::seal::Recipient;
use loke_core::tip::TipId;

/// Answers of one step.
const BATCH: usize = 200;
/// Days for which an answer waits for a book that nobody opens.
const DAYS: i32 = 60;
/// The end of the name of an answer's file.
const ENDS: &str = ".age";
/// The end of the name of a file with the new key of an account.
const KEY_ENDS: &str = ".key";
/// The first word of such a file, with its version.
const KEY_BEGINS: &str = "loke-key-1";

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
    // New keys need no book.
    if let Err(problem) = collect_keys(&folder, open.register()).await {
        return Step::Failed(problem);
    }
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

/// The sentence for a folder that cannot be read.
fn failed(folder: &Path, problem: &io::Error) -> String {
    format!(
        "the folder of answers {} cannot be read ({}). Check [answers] in desk.toml and its permissions",
        folder.display(),
        problem.kind()
    )
}

/// The line for the new key of an account, as the partner page writes it.
#[must_use]
pub fn key_line(account: &str, partner: &str, key: &Recipient) -> String {
    format!("{KEY_BEGINS} {account} {partner} {key}\n")
}

/// Takes the new keys of accounts from a folder. Each waits until somebody compared its fingerprint.
/// Returns how many are new.
///
/// # Errors
/// A sentence, if the folder or the register fails.
pub async fn collect_keys(folder: &Path, register: &Register) -> Result<usize, String> {
    let directory = folder::open(folder).map_err(|e| failed(folder, &e))?;
    let names = folder::names(&directory, KEY_ENDS, BATCH).map_err(|e| failed(folder, &e))?;
    let mut new = 0;
    for name in names {
        let file = folder::read(&directory, &name, LONGEST).map_err(|e| failed(folder, &e))?;
        let text = file.and_then(|file| String::from_utf8(file).ok());
        let parts: Vec<&str> = text
            .iter()
            .flat_map(|text| text.split_whitespace())
            .collect();
        match parts.as_slice() {
            [KEY_BEGINS, account, partner, key] => {
                if let Ok(key) = key.parse() {
                    let noted = register.note_partner_key(account, partner, &key).await;
                    new += usize::from(noted.map_err(|e| e.to_string())?);
                }
            }
            _ => tracing::warn!("a file with the key of an account was not valid"),
        }
        if let Err(problem) = unlinkat(&directory, &name, AtFlags::empty()) {
            tracing::error!(%problem, "a file with the key of an account was not deleted");
        }
    }
    Ok(new)
}

/// Takes the answers of a folder into these books. `all`: whether the desk has no other book.
///
/// # Errors
/// A sentence, if the folder or a book fails. What was recorded stays recorded.
pub async fn collect(folder: &Path, books: &[Book], all: bool) -> Result<Collected, String> {
    let failed = |problem: io::Error| failed(folder, &problem);
    let directory = folder::open(folder).map_err(failed)?;
    let names = names(&directory).map_err(failed)?;
    let mut done = Collected::default();
    for (id, name) in names {
        let file = folder::read(&directory, &name, by_account::LONGEST).map_err(failed)?;
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
    if let Some(file) = file.filter(|file| Unproven::is_one(file)) {
        return take_of_account(books, all, file).await;
    }
    let file = file.filter(|file| file.len() as u64 <= LONGEST);
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
                _ => return Ok(Taking::Dropped),
            }
        }
    }
    Ok(unclaimed(books, all, &line))
}

/// An answer with an account. Its own id counts, not the name of its file.
async fn take_of_account(books: &[Book], all: bool, file: &[u8]) -> Result<Taking, Error> {
    let Ok(line) = Unproven::line(file) else {
        return Ok(Taking::Dropped);
    };
    let opened = books
        .iter()
        .find_map(|book| match Unproven::open(book.identities(), file) {
            Err(NotOpened::OtherKey) => None,
            opened => Some(opened),
        });
    match opened {
        Some(Ok(answer)) => {
            for book in books {
                match book.take_account_answer(&answer).await? {
                    Taken::Unknown => {}
                    Taken::Recorded | Taken::Known => return Ok(Taking::Recorded),
                    _ => return Ok(Taking::Dropped),
                }
            }
        }
        Some(Err(_)) => return Ok(Taking::Dropped),
        None => {}
    }
    Ok(unclaimed(books, all, &line))
}

/// The report may be in a book that nobody has open.
fn unclaimed(books: &[Book], all: bool, line: &ClearLine) -> Taking {
    let today = books.first().map(Book::day);
    let is_old = today.is_none_or(|today| line.day.plus(DAYS) < today);
    match all || is_old {
        true => Taking::Dropped,
        false => Taking::Waits,
    }
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
    let names = folder::names(directory, ENDS, BATCH)?.into_iter();
    let each = names.filter_map(|name| {
        let id = name.strip_suffix(ENDS)?.parse().ok()?;
        Some((id, name))
    });
    Ok(each.collect())
}
