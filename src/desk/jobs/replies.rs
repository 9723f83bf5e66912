//! The daily replacement of reply rows. For each open book, all rows at a gateway are written anew at
//! a fixed time: the letters of its live boxes, and random rows in the rest, in random order. So
//! nothing at the gateway tells when somebody answered, whom, or how often. A book that is not open
//! keeps its rows.

use std::path::Path;

use super::Step;
use crate::open_books::OpenBooks;
use crate::replying::rows;
use crate::settings::DeskSettings;

/// One replacement, if it is due.
pub async fn step(open: &OpenBooks, config: &Path) -> Step {
    let desk = match DeskSettings::read(config) {
        Ok(desk) => desk,
        Err(problem) => return Step::Failed(problem.to_string()),
    };
    let books = open.all();
    if books.is_empty() {
        return Step::Done;
    }
    match rows::replace(open.register(), &books, desk.batches.replies_minutes).await {
        Ok(_) => Step::Done,
        Err(problem) => Step::Failed(problem.to_string()),
    }
}
