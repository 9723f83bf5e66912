//! The rules about one receipt: what may still be written to it. Its reports and replies may lie in
//! several open books.

use super::NotReplied;
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Authorisation, Authorised, Book, Reply, ReplyState, Thread};
use crate::database::Error;
use crate::library::LibraryText;
use loke_core::clock::Day;
use loke_core::tip::{Lane, Tip, TipId};

/// Replies to one receipt after which the authorising officer decides.
const EXCHANGES: usize = 2;
/// Reports by one receipt after which the authorising officer decides.
const REPORTS: usize = 3;
const DAY: i64 = 86_400;

/// The reports and replies of a tip's receipt in every open book.
pub(super) struct Everywhere<'a> {
    pub(super) tip: TipId,
    /// The tip's book.
    pub(super) book: &'a Book,
    /// The thread there.
    pub(super) own: Thread,
    /// The threads in other open books.
    pub(super) others: Vec<(&'a Book, Thread)>,
    /// All reports.
    pub(super) tips: Vec<Tip>,
    /// Whether the writer says, or an officer noted, that they are under 18.
    pub(super) is_young: bool,
}

impl Acting {
    /// Reads what the open books have of a tip's receipt.
    pub(super) async fn everywhere(&self, tip: TipId) -> Result<Everywhere<'_>, Error> {
        let book = self.book_of(tip).await?;
        let own = book.thread(tip).await?;
        let mut tips = contents(book, &own).await?;
        let mut others = Vec::new();
        if let Some(reply_box) = &own.reply_box {
            for other in self.books() {
                if other.name() == book.name() || other.is_closed() {
                    continue;
                }
                let thread = other.thread_of_box(reply_box).await?;
                if thread.incidents.is_empty() {
                    continue;
                }
                let detail = format!("{} reports of a receipt", thread.incidents.len());
                other.record(Action::View, "receipt", &detail).await?;
                tips.extend(contents(other, &thread).await?);
                others.push((other, thread));
            }
        }
        let guard = self.register().guard();
        let says = |tip: &Tip| guard.says_young(&tip.language, &tip.what);
        let noted = own.is_young || others.iter().any(|(_, thread)| thread.is_young);
        Ok(Everywhere {
            tip,
            book,
            is_young: noted || tips.iter().any(says),
            own,
            others,
            tips,
        })
    }

    /// Checks that a reply may leave: a text of the library, or free words. `waiting` is the reply's
    /// number if somebody wrote it earlier: much may have happened meanwhile.
    pub(super) async fn must_fit(
        &self,
        of: &Everywhere<'_>,
        library: Option<&LibraryText>,
        waiting: Option<i64>,
    ) -> Result<(), NotReplied> {
        of.must_be_open()?;
        let is_for_young = library.is_some_and(|text| text.young);
        if of.is_young && !(is_for_young && self.is_safeguarding(of.book).await?) {
            return Err(NotReplied::Young);
        }
        match of.only_library(waiting).filter(|_| library.is_none()) {
            Some(why) => Err(NotReplied::OnlyLibrary(why)),
            None => Ok(()),
        }
    }

    pub(super) async fn is_safeguarding(&self, book: &Book) -> Result<bool, Error> {
        let line = self.register().book(book.name()).await?;
        Ok(line.lanes.contains(&Lane::Safeguarding))
    }
}

impl Everywhere<'_> {
    /// The threads of all books, the tip's own last.
    fn threads(&self) -> impl Iterator<Item = &Thread> {
        let others = self.others.iter().map(|(_, thread)| thread);
        others.chain(std::iter::once(&self.own))
    }

    /// Each book with a report of this receipt, that report, and the thread there.
    pub(super) fn books(&self) -> impl Iterator<Item = (&Book, TipId, &Thread)> {
        let others = self.others.iter().filter_map(|(book, thread)| {
            let first = thread.incidents.first()?;
            Some((*book, first.id, thread))
        });
        std::iter::once((self.book, self.tip, &self.own)).chain(others)
    }

    /// The resident's language.
    pub(super) fn language(&self) -> &str {
        let tip = self.tips.iter().find(|content| content.id == self.tip);
        tip.map_or(super::ENGLISH, |tip| tip.language.as_str())
    }

    /// The newest decision of the authorising officer.
    fn authorised(&self) -> Option<&Authorisation> {
        let all = self
            .threads()
            .filter_map(|thread| thread.authorised.as_ref());
        all.max_by_key(|authorised| authorised.at)
    }

    /// Whether anything at all may be written.
    pub(super) fn must_be_open(&self) -> Result<(), NotReplied> {
        if self.own.reply_box.is_none() {
            return Err(match self.own.forget {
                Some(_) => NotReplied::Forgotten,
                None => NotReplied::NoBox,
            });
        }
        if self.own.is_elsewhere {
            return Err(NotReplied::Elsewhere);
        }
        match self.authorised().map(|authorised| authorised.decision) {
            Some(Authorised::Stop) => Err(NotReplied::Stopped),
            _ => Ok(()),
        }
    }

    /// Why only texts of the library leave: the third exchange or the third report since the authorising
    /// officer's last decision. Before a reply that waits, only those count that leave or left.
    pub(super) fn only_library(&self, waiting: Option<i64>) -> Option<&'static str> {
        let decided = self.authorised();
        if decided.is_some_and(|of| of.decision != Authorised::NoRelationship) {
            return Some("The police source unit decides about this receipt");
        }
        let (mut exchanges, mut reports) = (0, 0);
        for thread in self.threads() {
            let here = thread.authorised.as_ref();
            let here = here.filter(|of| decided.is_some_and(|newest| newest.at == of.at));
            let counts = |reply: &&Reply| {
                let is_new = match (here, decided) {
                    (Some(of), _) => reply.written > of.written,
                    (None, Some(of)) => reply.at > of.at,
                    (None, None) => true,
                };
                let is_out = matches!(reply.state, ReplyState::Ready | ReplyState::Sent);
                is_new
                    && match waiting {
                        None => reply.state != ReplyState::Dropped,
                        Some(id) => is_out && reply.id != id,
                    }
            };
            exchanges += thread.replies.iter().filter(counts).count();
            reports += new_reports(thread, here, decided);
        }
        if exchanges >= EXCHANGES {
            return Some("This is the third exchange with this receipt");
        }
        if reports >= REPORTS {
            return Some("This is the third report by this receipt");
        }
        None
    }
}

/// The reports since the authorising officer's decision. A report of the same day counts only in a book
/// that noted how many it had then.
fn new_reports(
    thread: &Thread,
    here: Option<&Authorisation>,
    decided: Option<&Authorisation>,
) -> usize {
    let Some(decided) = decided else {
        return thread.incidents.len();
    };
    let day = Day(i32::try_from(decided.at / DAY).unwrap_or(i32::MAX)).to_string();
    let later = thread.incidents.iter().filter(|tip| tip.received > day);
    let known = here.map_or(usize::MAX, |of| {
        usize::try_from(of.reports).unwrap_or(usize::MAX)
    });
    later
        .count()
        .max(thread.incidents.len().saturating_sub(known))
}

async fn contents(book: &Book, thread: &Thread) -> Result<Vec<Tip>, Error> {
    let ids: Vec<TipId> = thread.incidents.iter().map(|tip| tip.id).collect();
    book.contents(&ids).await
}

/// The lanes in which nobody writes to several receipts at once.
pub(super) fn is_risky(lane: Lane) -> bool {
    matches!(lane, Lane::Safeguarding | Lane::Cuckooing | Lane::Drugs)
}
