//! The look-up of a box. A book that nobody opened keeps its rows, so the names of the last 14 days
//! are tried, for the newest reply and for one older. A box that does not exist costs the same: one
//! query with as many names, and as many attempts to open.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::visit::Visit;
use crate::store;
use crate::web::Site;
use crate::web::pages::OpenBox;
use loke_core::clock::Day;
use loke_core::receipt::ReplyBox;
use loke_core::reply_rows::{LETTERS, LOOK_BACK, Letter, ROW_SEALED, RowName, Stage};
use loke_core::zeroing_alloc::scrub_stack;

/// The result of a look-up: of each letter the row of the newest day that opens.
#[derive(Default)]
pub(super) struct Found {
    pub(super) newest: Option<Letter>,
    /// The older reply that was asked for.
    older: Option<Letter>,
}

/// Looks for a box's newest reply and for one older reply.
pub(super) async fn look(site: &Site, visit: &Visit, letter: u8) -> Result<Found, store::Error> {
    let Ok(_place) = site.lookups.acquire().await else {
        return Ok(Found::default());
    };
    let names = names(&visit.reply_box, site.clock.today(), letter);
    // Before an await: the next poll may be on another thread's stack.
    scrub_stack();
    let rows = site.store.reply_rows(&names).await?;
    let found = open_all(visit, &names, &rows);
    scrub_stack();
    Ok(found)
}

/// Tries every name, also after one that opened.
#[inline(never)]
fn open_all(visit: &Visit, names: &[RowName], rows: &HashMap<RowName, Vec<u8>>) -> Found {
    let blank = vec![0; ROW_SEALED];
    let mut opened = names.iter().map(|name| {
        let sealed = rows.get(name).unwrap_or(&blank);
        visit.reply_key.open_row(*name, sealed)
    });
    let mut first = |count: usize| {
        let all: Vec<Option<Letter>> = opened.by_ref().take(count).collect();
        all.into_iter().flatten().next()
    };
    let days = names.len() / 2;
    Found {
        newest: first(days),
        older: first(days),
    }
}

/// The names to try: of each letter, today's first.
#[inline(never)]
fn names(reply_box: &ReplyBox, today: Day, letter: u8) -> Vec<RowName> {
    [0, letter.clamp(1, LETTERS - 1)]
        .into_iter()
        .flat_map(|letter| (0..LOOK_BACK).map(move |back| (today.plus(-back), letter)))
        .map(|(day, letter)| reply_box.row(day, letter))
        .collect()
}

impl Found {
    /// The page's part. Letter 0 is the newest reply.
    pub(super) fn shown(&self, visit: Zeroizing<String>, letter: u8) -> OpenBox {
        let older = self.newest.as_ref().map_or(0, |newest| newest.older);
        let reply = match letter {
            0 => self.newest.as_ref(),
            _ => self.older.as_ref(),
        }
        .filter(|reply| !reply.text.is_empty());
        OpenBox {
            visit,
            stage: self.newest.as_ref().map_or("", |newest| said(newest.stage)),
            reply: reply.map(|reply| Zeroizing::new(reply.text.clone())),
            day: reply.map(|reply| reply.day),
            next: (letter < older.min(LETTERS - 1)).then_some(letter + 1),
            asks_topic: self.newest.is_none(),
            typed: Zeroizing::default(),
        }
    }
}

/// Id of the sentence about a stage.
fn said(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "stage-received",
        Stage::Read => "stage-read",
        Stage::PassedOn => "stage-passed-on",
        Stage::Finished => "stage-finished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loke_core::receipt::Receipt;

    #[test]
    fn every_look_up_asks_for_as_many_names_and_the_newest_day_first() {
        let mine = Receipt::derive(&[1; 32], b"a").reply_box();
        let today = Day(20_780);
        for letter in [0, 1, 7, 8, u8::MAX] {
            let names = names(&mine, today, letter);
            assert_eq!(names.len(), 28);
            assert_eq!(names[0], mine.row(today, 0));
            assert_eq!(names[27], mine.row(today.plus(-13), letter.clamp(1, 7)));
        }
    }
}
