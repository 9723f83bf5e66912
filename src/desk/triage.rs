//! Triage across the open books of an account: the queue, decisions, undo. A page or a command asks
//! here; the rules of one tip are in `book/triage.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use sqlx::{Sqlite, Transaction};

use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{
    self, Book, Decided, Decision, Filter, Hit, How, NotDecided, Place, QueueRow, Search, Seen,
    View,
};
use crate::database::Error;
use crate::moving::{self, NotMoved};
use crate::route::NotSent;
use loke_core::tip::TipId;

/// Rows that are read at once to find the next tip.
const PAGE: u32 = 50;

/// Why a decision was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotActed {
    /// The rules of the tip.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
    /// It could not be moved.
    #[error(transparent)]
    NotMoved(#[from] NotMoved),
    /// Somebody else is there, so nobody closes a risky tip alone.
    #[error(
        "{0} signed in within the last working day and can look at it, so you cannot close it alone"
    )]
    NotAlone(String),
}

impl From<Error> for NotActed {
    fn from(e: Error) -> Self {
        Self::NotDecided(e.into())
    }
}

/// The effect of an act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Act {
    /// The tips for which it is done.
    pub done: Vec<TipId>,
    /// The tips for which a second person must agree, with the reasons.
    pub waits: Vec<(TipId, Vec<String>)>,
    /// Its number, for the undo; none if a tip left its book.
    pub number: Option<i64>,
}

impl Acting {
    /// The first rows of a view, over all open books. The view of the list is in the audit log.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn queue(&self, filter: &Filter) -> Result<Vec<QueueRow>, Error> {
        for book in self.books() {
            // The page shows the first words of each tip, so this counts as viewing them.
            book.record(Action::View, "list", filter.view.word())
                .await?;
        }
        let mut rows = self.rows(filter).await?;
        if filter.view == View::Open && filter.after.is_none() {
            // A tip that somebody closed alone stands first until a second person agrees.
            let pending = Filter {
                view: View::SecondLook,
                alone: true,
                most: 0,
                ..filter.clone()
            };
            let mut first = self.rows(&pending).await?;
            let me = self.account().name.as_str();
            first.retain(|row| row.proposed_by.as_deref() != Some(me));
            first.append(&mut rows);
            rows = first;
        }
        Ok(rows)
    }

    async fn rows(&self, filter: &Filter) -> Result<Vec<QueueRow>, Error> {
        let mut rows = Vec::new();
        let mut moving = BTreeSet::new();
        let filter = Filter {
            reads: self.register().languages_of(&self.account().name).await?,
            ..filter.clone()
        };
        for book in self.books() {
            rows.extend(book.queue(&filter).await?);
            for id in book.moved().await? {
                moving.insert((id, book.name()));
            }
        }
        // A tip is shown only in the book to which the register points.
        rows.retain(|row| !moving.contains(&(row.id, row.book.as_str())));
        rows.sort_by_cached_key(QueueRow::place_in_queue);
        if filter.most > 0 {
            rows.truncate(filter.most as usize);
        }
        let ids: Vec<TipId> = rows.iter().map(|row| row.id).collect();
        let names = self.register().names_of(&ids).await?;
        for row in &mut rows {
            row.name = match names.get(&row.id) {
                Some(name) => name.clone(),
                None => row.id.to_string(),
            };
        }
        Ok(rows)
    }

    /// How many tips each view has, over all open books.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn counts(&self) -> Result<HashMap<View, i64>, Error> {
        let mut counts = HashMap::new();
        let reads = self.register().languages_of(&self.account().name).await?;
        for book in self.books() {
            for (view, n) in book.counts(&reads).await? {
                *counts.entry(view).or_insert(0) += n;
            }
        }
        Ok(counts)
    }

    /// The next tip of a view after a place that this person can decide about; the first one if
    /// there is none after it. A tip that `busy` is true for comes only if there is no other.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn next_after(
        &self,
        filter: &Filter,
        place: Option<Place>,
        busy: impl Fn(TipId) -> bool,
    ) -> Result<Option<QueueRow>, Error> {
        let me = Some(self.account().name.as_str());
        let mut second_best = None;
        let starts = match place {
            Some(place) => vec![Some(place), None],
            None => vec![None],
        };
        for start in starts {
            let mut after = start;
            loop {
                let page = Filter {
                    after,
                    most: PAGE,
                    ..filter.clone()
                };
                let rows = self.rows(&page).await?;
                // Those that wait for somebody else's agreement may fill a whole page.
                after = match rows.last() {
                    Some(last) if rows.len() == PAGE as usize => Some(last.place_in_queue()),
                    _ => None,
                };
                let mut mine = rows
                    .into_iter()
                    .filter(|row| row.proposed_by.as_deref() != me);
                if let Some(first) = mine.next() {
                    if !busy(first.id) {
                        return Ok(Some(first));
                    }
                    if let Some(free) = mine.find(|row| !busy(row.id)) {
                        return Ok(Some(free));
                    }
                    second_best.get_or_insert(first);
                }
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(second_best)
    }

    /// Decides the same about these tips. A risky tip waits for a second person; with a reason in
    /// `how.alone` it is closed at once, if nobody else has signed in for a working day (P17).
    ///
    /// # Errors
    /// [`NotActed`]. The tips change together or not at all, but for [`NotDecided::InPart`].
    pub async fn decide(
        &self,
        tips: &[Seen],
        decision: &Decision,
        how: How<'_>,
    ) -> Result<Act, NotActed> {
        let how = How {
            act: book::new_act()?,
            ..how
        };
        let mut books: BTreeMap<&str, (&Book, Vec<Seen>)> = BTreeMap::new();
        for seen in tips {
            let book = self.book_of(seen.tip).await?;
            let entry = books.entry(book.name()).or_insert((book, Vec::new()));
            entry.1.push(*seen);
        }
        for (book, _) in books.values() {
            self.check(book, decision, how).await?;
        }
        let mut moves = Vec::new();
        for (book, tips) in books.values() {
            for seen in tips {
                if let Some(to) = target(book, seen.tip, decision).await? {
                    moves.push((seen.tip, to));
                }
            }
        }
        // Every book agrees before one of them changes.
        let mut begun = Vec::with_capacity(books.len());
        for (book, tips) in books.into_values() {
            begun.push((book, book.begin(&tips, decision, how).await?));
        }
        let mut act = Act {
            number: Some(how.act),
            ..Act::default()
        };
        for (book, (write, effects)) in begun {
            let so_far = act.done.len() + act.waits.len();
            finish(book, write, so_far).await?;
            for (tip, decided) in effects {
                match decided {
                    Decided::Done => act.done.push(tip),
                    Decided::Waits(reasons) => act.waits.push((tip, reasons)),
                }
            }
        }
        let mut moved = 0;
        for (tip, to) in moves {
            if !act.done.contains(&tip) {
                continue;
            }
            match moving::move_tip(self, tip, &to).await {
                Ok(()) => moved += 1,
                Err(e) if moved == 0 => return Err(e.into()),
                Err(e) => return Err(NotDecided::InPart(moved, e.to_string()).into()),
            }
        }
        if moved > 0 {
            act.number = None;
        }
        Ok(act)
    }

    /// Checks what only the whole desk knows.
    async fn check(&self, book: &Book, decision: &Decision, how: How<'_>) -> Result<(), NotActed> {
        match decision {
            Decision::HandOver { to } | Decision::HandOn { to } => {
                let account = self.register().account(to).await?;
                let books = self.register().books_of(to).await?;
                if account.disabled_on.is_some() || !books.iter().any(|b| b == book.name()) {
                    return Err(NotDecided::NotAMember(to.clone()).into());
                }
            }
            Decision::Fold { into } if !book.holds(*into).await? => {
                self.book_of(*into).await?;
                return Err(NotDecided::OtherBook.into());
            }
            Decision::Move { to } => {
                let to = self.book(to).await?;
                if book.is_practice() != to.is_practice() {
                    let practice = if book.is_practice() { book } else { to };
                    return Err(Error::Practice(practice.name().to_owned()).into());
                }
            }
            _ => {}
        }
        if let Some(why) = how.alone {
            if why.trim().is_empty() {
                return Err(NotDecided::NoReason.into());
            }
            if let Some(other) = self.somebody_else(book).await? {
                return Err(NotActed::NotAlone(other));
            }
        }
        Ok(())
    }

    /// Another member of the book who signed in within the last working day.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn somebody_else(&self, book: &Book) -> Result<Option<String>, Error> {
        let register = self.register();
        let today = register.clock().today();
        for grant in register.book(book.name()).await?.members {
            let account = register.account(&grant.account).await?;
            let clocks = register.clocks();
            let there = account
                .seen_on
                .is_some_and(|seen| !clocks.misses_a_working_day(seen, today));
            if there && account.disabled_on.is_none() && account.name != self.account().name {
                return Ok(Some(account.name));
            }
        }
        Ok(None)
    }

    /// The tips with these words, over all open books, and where each book goes on if there are more.
    /// Each book's search is in its audit log, with the words in the book alone.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn search(
        &self,
        wanted: &Search,
        after: &BTreeMap<String, i64>,
    ) -> Result<(Vec<Hit>, Option<BTreeMap<String, i64>>), Error> {
        let mut books = Vec::new();
        for book in self.books() {
            let wanted = Search {
                before: after.get(book.name()).copied(),
                most: wanted.most + 1,
                ..wanted.clone()
            };
            let found = book.search(&wanted).await?;
            let shown: Vec<TipId> = found.iter().map(|hit| hit.id).collect();
            book.note_search(&wanted.words, &shown).await?;
            books.push(VecDeque::from(found));
        }
        let mut hits: Vec<Hit> = Vec::new();
        while hits.len() < wanted.most as usize {
            // Each book's hits stay in its own order. Scores of two books cannot be compared, so
            // the best ones of the books take turns.
            let next = books
                .iter_mut()
                .filter(|book| !book.is_empty())
                .max_by_key(|book| match wanted.best {
                    true => (Reverse(taken(&hits, book)), None),
                    false => (Reverse(0), book.front().map(|hit| hit.received)),
                });
            match next.and_then(VecDeque::pop_front) {
                Some(hit) => hits.push(hit),
                None => break,
            }
        }
        let more = !wanted.best && books.iter().any(|book| !book.is_empty());
        let ids: Vec<TipId> = hits.iter().map(|hit| hit.id).collect();
        let names = self.register().names_of(&ids).await?;
        let mut next = after.clone();
        for hit in &mut hits {
            hit.name = names.get(&hit.id).cloned().unwrap_or_default();
            let place = next.entry(hit.book.clone()).or_insert(hit.hit);
            *place = (*place).min(hit.hit);
        }
        Ok((hits, more.then_some(next)))
    }

    /// The account's last act that can be undone: its number, and what it was.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn last_act(&self) -> Result<Option<(i64, Decision)>, Error> {
        let mut last: Option<(i64, i64, Decision)> = None;
        for book in self.books() {
            let found = book.last_act().await?;
            let at = |act: &Option<(i64, i64, Decision)>| act.as_ref().map(|(at, _, _)| *at);
            if at(&found) > at(&last) {
                last = found;
            }
        }
        Ok(last.map(|(_, act, decision)| (act, decision)))
    }

    /// Undoes the account's last act: every tip of it is as it was. Returns the tips.
    ///
    /// # Errors
    /// [`NotDecided::BuiltOn`], [`NotDecided::NothingToUndo`].
    pub async fn undo(&self) -> Result<Vec<TipId>, NotDecided> {
        let (act, _) = self.last_act().await?.ok_or(NotDecided::NothingToUndo)?;
        self.undo_act(act).await
    }

    /// Undoes this act of the account, if it is its last one.
    ///
    /// # Errors
    /// As [`Self::undo`]; [`NotDecided::NotLast`].
    pub async fn undo_act(&self, wanted: i64) -> Result<Vec<TipId>, NotDecided> {
        let (act, decision) = self.last_act().await?.ok_or(NotDecided::NothingToUndo)?;
        if act != wanted {
            return Err(NotDecided::NotLast);
        }
        if let Decision::Order { reference, .. } = decision {
            return match self.take_back(&reference).await {
                Ok(report) => Ok(report.tips),
                Err(NotSent::Database(e)) => Err(e.into()),
                Err(_) => Err(NotDecided::Left),
            };
        }
        // Every book agrees before one of them changes.
        let mut begun = Vec::new();
        // In one order, so that no two acts wait for each other.
        let mut books: Vec<&Book> = self.books().iter().collect();
        books.sort_by(|one, two| one.name().cmp(two.name()));
        for book in books {
            match book.begin_undo(act).await {
                Ok(undone) => begun.push((book, undone)),
                Err(NotDecided::NothingToUndo) => {}
                Err(other) => return Err(other),
            }
        }
        let mut tips = Vec::new();
        for (book, (write, undone)) in begun {
            finish(book, write, tips.len()).await?;
            tips.extend(undone);
        }
        Ok(tips)
    }
}

/// How many hits of this book are on the page already.
fn taken(hits: &[Hit], book: &VecDeque<Hit>) -> usize {
    let of = book.front().map(|hit| hit.book.as_str());
    hits.iter()
        .filter(|hit| of == Some(hit.book.as_str()))
        .count()
}

/// Commits the part of an act in one book, after `done` tips in the books before it.
async fn finish(
    book: &Book,
    write: Transaction<'static, Sqlite>,
    done: usize,
) -> Result<(), NotDecided> {
    match book.finish(write).await {
        Err(e) if done > 0 => Err(NotDecided::InPart(done, e.to_string())),
        other => Ok(other?),
    }
}

/// The book that a tip goes to when this decision has its effect.
async fn target(book: &Book, tip: TipId, decision: &Decision) -> Result<Option<String>, Error> {
    Ok(match decision {
        Decision::Move { to } => Some(to.clone()),
        Decision::Agree => match book.pending(tip).await?.map(|pending| pending.decision) {
            Some(Decision::Move { to }) => Some(to),
            _ => None,
        },
        _ => None,
    })
}
