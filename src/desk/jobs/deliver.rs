//! Sends what waits in the outbox. Reads `desk.toml` again each time, so that a corrected address
//! applies to waiting copies.

use std::path::Path;

use super::Step;
use crate::book::Book;
use crate::outbox;
use crate::register::Register;
use crate::settings::DeskSettings;

/// The reports of an open book that leave in the clear.
pub async fn open_mails(book: &Book, config: &Path) -> Step {
    let desk = match DeskSettings::read(config) {
        Ok(desk) => desk,
        Err(problem) => return Step::Failed(problem.to_string()),
    };
    let now = book.register().clock().now();
    match outbox::send_open(book, &desk, now).await {
        Ok(_) => Step::Done,
        Err(problem) => Step::Failed(problem.to_string()),
    }
}

/// One look at the outbox.
pub async fn step(register: &Register, config: &Path) -> Step {
    let desk = match DeskSettings::read(config) {
        Ok(desk) => desk,
        Err(problem) => return Step::Failed(problem.to_string()),
    };
    match outbox::send_due(register, &desk, register.clock().now()).await {
        Ok(_) => Step::Done,
        Err(problem) => Step::Failed(problem.to_string()),
    }
}
