//! Replies to residents: who may write what, and when it leaves (promise P16). Only texts of the
//! library leave by one person. Everything else waits for a second one, and what the guard finds waits
//! for a supervisor's written reason.

mod forgetting;
mod proof;
mod refused;
pub mod rows;
pub mod stages;

use crate::acting::Acting;
use crate::book::{Authorised, Book, NewReply, Reply, ReplyState, Thread};
use crate::database::Error;
use crate::guard::{Facts, Looked};
use crate::library::LibraryText;
use crate::register::AccountRole;
use loke_core::clock::Day;
use loke_core::random;
use loke_core::reply_rows::{Stage, fits};
use loke_core::tip::{Lane, Tip, TipId};
use loke_core::words::CODES;

pub use forgetting::{Forgotten, WaitingForget};
pub use proof::{Proof, Proven};
pub use refused::NotReplied;

/// Replies to one receipt after which the authorising officer decides.
const EXCHANGES: usize = 2;
/// Reports by one receipt after which the authorising officer decides.
const REPORTS: usize = 3;
/// The language that needs no interpreter.
const ENGLISH: &str = "en";

/// The words of a reply.
#[derive(Debug, Clone, Copy)]
pub enum Words<'a> {
    /// The name of a text of the library.
    Library(&'a str),
    /// Free words.
    Own {
        /// The words.
        text: &'a str,
        /// Their language.
        language: &'a str,
        /// Their meaning in English, if they are in another language.
        meaning: &'a str,
    },
}

/// The result of writing a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Their numbers: one for each receipt.
    pub replies: Vec<i64>,
    /// Their state.
    pub state: ReplyState,
}

/// A thread as an officer sees it.
#[derive(Debug, Clone)]
pub struct ThreadView {
    /// The reports and replies.
    pub thread: Thread,
    /// The stage that the resident sees today.
    pub stage: Stage,
    /// Whether somebody can read a reply.
    pub can_reply: bool,
    /// Why only texts of the library leave.
    pub only_library: Option<&'static str>,
    /// Whether the writer says, or an officer noted, that they are under 18.
    pub is_young: bool,
    /// The resident's language.
    pub language: String,
}

/// A reply that waits for a person.
#[derive(Debug, Clone)]
pub struct WaitingReply {
    /// Its book.
    pub book: String,
    /// The name of its tip.
    pub name: String,
    /// The reply.
    pub reply: Reply,
    /// The guard's finds in it.
    pub looked: Looked,
}

impl Acting {
    /// The thread of a tip's receipt.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn thread_of(&self, tip: TipId) -> Result<ThreadView, Error> {
        let book = self.book_of(tip).await?;
        let thread = book.thread(tip).await?;
        let tips = self.contents_of(book, &thread).await?;
        let is_young = thread.is_young || self.says_young(&tips);
        let today = self.register().clock().today();
        let language = tips.iter().find(|content| content.id == tip);
        let language = language.map(|tip| tip.language.clone());
        Ok(ThreadView {
            stage: stage(&thread, today),
            can_reply: thread.reply_box.is_some(),
            only_library: only_library(&thread),
            is_young,
            language: language.unwrap_or_else(|| ENGLISH.to_owned()),
            thread,
        })
    }

    /// The texts of the library that may leave to this tip now, each in the resident's language, or
    /// in English if it lacks that one: name, text, and the text in English.
    #[must_use]
    pub fn library_for(&self, view: &ThreadView) -> Vec<(String, String, String)> {
        let library = self.register().library();
        let fits =
            |text: &&LibraryText| text.fits(view.stage.word()) && (text.young || !view.is_young);
        let texts = library.texts().iter().filter(fits);
        let texts = texts.filter_map(|text| {
            let (_, own) = words_in(text, &view.language)?;
            let english = text.in_language(ENGLISH).unwrap_or(own);
            Some((text.name.clone(), own.to_owned(), english.to_owned()))
        });
        texts.collect()
    }

    /// Writes a reply to a tip. `seen` is the newest reply that the officer saw
    /// ([`Thread::newest`]); none for a command, which sees the thread as it is.
    ///
    /// # Errors
    /// [`NotReplied`]. Then nothing was written.
    pub async fn reply(
        &self,
        tip: TipId,
        words: Words<'_>,
        seen: Option<i64>,
    ) -> Result<Written, NotReplied> {
        let book = self.book_of(tip).await?;
        let thread = book.thread(tip).await?;
        if thread.reply_box.is_none() {
            return Err(match thread.forget {
                Some(_) => NotReplied::Forgotten,
                None => NotReplied::NoBox,
            });
        }
        if is_stopped(&thread) {
            return Err(NotReplied::Stopped);
        }
        let others = book.boxes_shown_as_one(tip).await?;
        let mut tips = self.contents_of(book, &thread).await?;
        tips.extend(book.contents(&others).await?);
        if !others.is_empty() && tips.iter().any(|tip| is_risky(tip.lane)) {
            return Err(NotReplied::Group);
        }
        let today = self.register().clock().today();
        let mut days: Vec<i32> = (0..).take(others.len() + 1).collect();
        random::shuffle(&mut days)?;
        let boxes: Vec<TipId> = std::iter::once(tip).chain(others).collect();
        let draft = self.draft(book, &thread, &tips, tip, words).await?;
        let replies: Vec<NewReply<'_>> = boxes
            .iter()
            .zip(days)
            .map(|(tip, day)| NewReply {
                tip: *tip,
                state: draft.state,
                language: &draft.language,
                library: draft.library,
                text: &draft.text,
                meaning: draft.meaning,
                leaves_on: today.plus(day),
            })
            .collect();
        let newest = seen.unwrap_or_else(|| thread.newest());
        let finds = serde_json::to_string(&draft.reasons).unwrap_or_default();
        let ids = book.add_replies(&replies, &finds, newest).await?;
        Ok(Written {
            replies: ids,
            state: draft.state,
        })
    }

    /// Checks the words of a reply, and says where it goes.
    async fn draft<'a>(
        &self,
        book: &Book,
        thread: &Thread,
        tips: &[Tip],
        tip: TipId,
        words: Words<'a>,
    ) -> Result<Draft<'a>, NotReplied> {
        let is_young = thread.is_young || self.says_young(tips);
        let guard = self.register().guard();
        let facts = facts_of(tips);
        match words {
            Words::Library(name) => {
                let library = self.register().library();
                let text = library.text(name);
                let text = text.ok_or_else(|| NotReplied::NoText(name.to_owned()))?;
                let stage = stage(thread, self.register().clock().today());
                if !text.fits(stage.word()) {
                    return Err(NotReplied::Stage(name.to_owned(), stage));
                }
                if is_young && !(text.young && self.is_safeguarding(book).await?) {
                    return Err(NotReplied::Young);
                }
                let language = tips.iter().find(|content| content.id == tip);
                let language = language.map_or(ENGLISH, |tip| tip.language.as_str());
                let (language, words) =
                    words_in(text, language).ok_or_else(|| NotReplied::NoText(name.to_owned()))?;
                // An operator's own text may fail the guard: then it is held like free words.
                let looked = guard.look(language, words, &Facts::default());
                Ok(Draft {
                    state: match looked.is_held() {
                        true => ReplyState::Held,
                        false => ReplyState::Ready,
                    },
                    language: language.to_owned(),
                    library: Some(name),
                    text: words.to_owned(),
                    meaning: None,
                    reasons: reasons(&looked),
                })
            }
            Words::Own {
                text,
                language,
                meaning,
            } => {
                let text = text.trim();
                let meaning = meaning.trim();
                if text.is_empty() {
                    return Err(NotReplied::Empty);
                }
                if !fits(text) {
                    return Err(NotReplied::TooLong);
                }
                if is_young {
                    return Err(NotReplied::Young);
                }
                if let Some(why) = only_library(thread) {
                    return Err(NotReplied::OnlyLibrary(why));
                }
                if !CODES.contains(&language) {
                    return Err(NotReplied::Language(CODES.join(", ")));
                }
                if language != ENGLISH && meaning.is_empty() {
                    return Err(NotReplied::NoMeaning);
                }
                let looked = guard.look(language, text, &facts);
                Ok(Draft {
                    state: match looked.is_held() {
                        true => ReplyState::Held,
                        false => ReplyState::Waiting,
                    },
                    language: language.to_owned(),
                    library: None,
                    text: text.to_owned(),
                    meaning: (!meaning.is_empty()).then_some(meaning),
                    reasons: reasons(&looked),
                })
            }
        }
    }

    /// Agrees to a reply as the second person. A reply in another language needs an interpreter.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn agree_to_reply(&self, id: i64, interpreter: &str) -> Result<(), NotReplied> {
        let (book, reply) = self.waiting_reply(id).await?;
        if reply.state == ReplyState::Held {
            return Err(NotReplied::Role);
        }
        self.check_second(&reply, interpreter)?;
        self.settle(book, &reply, ReplyState::Ready, interpreter, None)
            .await
    }

    /// Releases a held reply, as a supervisor, with a written reason.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn release_reply(
        &self,
        id: i64,
        interpreter: &str,
        why: &str,
    ) -> Result<(), NotReplied> {
        let (book, reply) = self.waiting_reply(id).await?;
        self.must_supervise()?;
        self.check_second(&reply, interpreter)?;
        let why = reason(why)?;
        self.settle(book, &reply, ReplyState::Ready, interpreter, Some(why))
            .await
    }

    /// Drops a reply that waits. Its own writer may too.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn drop_reply(&self, id: i64, why: &str) -> Result<(), NotReplied> {
        let (book, reply) = self.waiting_reply(id).await?;
        let why = reason(why)?;
        self.settle(book, &reply, ReplyState::Dropped, "", Some(why))
            .await
    }

    async fn settle(
        &self,
        book: &Book,
        reply: &Reply,
        to: ReplyState,
        interpreter: &str,
        why: Option<&str>,
    ) -> Result<(), NotReplied> {
        let interpreter = Some(interpreter.trim()).filter(|name| !name.is_empty());
        let settled = book.settle_reply(reply, to, interpreter, why).await?;
        settled.ok_or(NotReplied::Decided(reply.id))
    }

    fn check_second(&self, reply: &Reply, interpreter: &str) -> Result<(), NotReplied> {
        if reply.who == self.account().name {
            return Err(NotReplied::Own);
        }
        let is_free = reply.library.is_none();
        if is_free && reply.language != ENGLISH && interpreter.trim().is_empty() {
            return Err(NotReplied::Interpreter);
        }
        Ok(())
    }

    async fn waiting_reply(&self, id: i64) -> Result<(&Book, Reply), NotReplied> {
        for book in self.books() {
            let Some(reply) = book.reply(id).await? else {
                continue;
            };
            let waits = matches!(reply.state, ReplyState::Waiting | ReplyState::Held);
            if waits && !book.is_recused(reply.tip).await? {
                return Ok((book, reply));
            }
        }
        Err(NotReplied::NoReply(id))
    }

    /// The replies of the open books that wait for a person, oldest first. The view of the list is in
    /// the audit logs.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn waiting_replies(&self) -> Result<Vec<WaitingReply>, Error> {
        let guard = self.register().guard();
        let mut waiting = Vec::new();
        for book in self.books() {
            book.record(crate::audit::Action::View, "list", "replies")
                .await?;
            for reply in book.waiting_replies().await? {
                let thread = book.thread(reply.tip).await?;
                let facts = facts_of(&self.contents_of(book, &thread).await?);
                let looked = guard.look(&reply.language, &reply.text, &facts);
                waiting.push(WaitingReply {
                    book: book.name().to_owned(),
                    name: String::new(),
                    reply,
                    looked,
                });
            }
        }
        waiting.sort_by_key(|waiting| (waiting.reply.at, waiting.reply.id));
        let ids: Vec<TipId> = waiting.iter().map(|waiting| waiting.reply.tip).collect();
        let names = self.register().names_of(&ids).await?;
        for waiting in &mut waiting {
            waiting.name = match names.get(&waiting.reply.tip) {
                Some(name) => name.clone(),
                None => waiting.reply.tip.to_string(),
            };
        }
        Ok(waiting)
    }

    /// Releases a stage for a tip's receipt, as a supervisor. It is shown from the next Wednesday on.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn release_stage(&self, tip: TipId, stage: Stage) -> Result<Day, NotReplied> {
        let book = self.book_of(tip).await?;
        self.must_supervise()?;
        if !matches!(stage, Stage::PassedOn | Stage::Finished) {
            return Err(NotReplied::NotReleased);
        }
        let thread = book.thread(tip).await?;
        let reply_box = thread.reply_box.ok_or(NotReplied::NoBox)?;
        let from = stages::shown_from(self.register().clock().today());
        book.release_stage(tip, &reply_box, stage, from).await?;
        Ok(from)
    }

    /// Records the authorising officer's decision about a tip's receipt.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn authorise(
        &self,
        tip: TipId,
        decision: Authorised,
        why: &str,
    ) -> Result<(), NotReplied> {
        let book = self.book_of(tip).await?;
        self.must_supervise()?;
        let why = reason(why)?;
        let thread = book.thread(tip).await?;
        if thread.reply_box.is_none() {
            return Err(NotReplied::NoBox);
        }
        Ok(book.add_authorisation(tip, &thread, decision, why).await?)
    }

    /// Notes that the writer of a tip is under 18.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn note_young(&self, tip: TipId) -> Result<(), NotReplied> {
        let book = self.book_of(tip).await?;
        let thread = book.thread(tip).await?;
        let reply_box = thread.reply_box.ok_or(NotReplied::NoBox)?;
        Ok(book.note_young(tip, &reply_box).await?)
    }

    fn must_supervise(&self) -> Result<(), NotReplied> {
        match self.account().is(AccountRole::Supervisor) {
            true => Ok(()),
            false => Err(NotReplied::Role),
        }
    }

    async fn contents_of(&self, book: &Book, thread: &Thread) -> Result<Vec<Tip>, Error> {
        let ids: Vec<TipId> = thread.incidents.iter().map(|tip| tip.id).collect();
        book.contents(&ids).await
    }

    fn says_young(&self, tips: &[Tip]) -> bool {
        let guard = self.register().guard();
        let says = |tip: &Tip| guard.says_young(&tip.language, &tip.what);
        tips.iter().any(says)
    }

    async fn is_safeguarding(&self, book: &Book) -> Result<bool, Error> {
        let line = self.register().book(book.name()).await?;
        Ok(line.lanes.contains(&Lane::Safeguarding))
    }
}

/// A reply whose words were checked.
struct Draft<'a> {
    state: ReplyState,
    language: String,
    library: Option<&'a str>,
    text: String,
    meaning: Option<&'a str>,
    reasons: Vec<&'static str>,
}

fn reasons(looked: &Looked) -> Vec<&'static str> {
    looked.finds.iter().map(|find| find.reason.word()).collect()
}

fn reason(why: &str) -> Result<&str, NotReplied> {
    let why = why.trim();
    match why.is_empty() || why.chars().count() > refused::REASON {
        true => Err(NotReplied::Reason),
        false => Ok(why),
    }
}

/// The text in this language, or in English, with its language.
fn words_in<'a>(text: &'a LibraryText, language: &'a str) -> Option<(&'a str, &'a str)> {
    let code = language.split(['-', '_']).next().unwrap_or_default();
    let own = text.in_language(code).map(|words| (code, words));
    own.or_else(|| text.in_language(ENGLISH).map(|words| (ENGLISH, words)))
}

fn facts_of(tips: &[Tip]) -> Facts {
    let texts = tips.iter().flat_map(|tip| {
        let parts = [Some(&tip.what), tip.impact.as_ref(), tip.vehicle.as_ref()];
        parts.into_iter().flatten().map(String::as_str)
    });
    let places: Vec<&str> = tips.iter().filter_map(|tip| tip.place.as_deref()).collect();
    Facts::of(texts, &places.join(" / "))
}

fn stage(thread: &Thread, today: Day) -> Stage {
    let first = thread
        .incidents
        .first()
        .and_then(|tip| tip.received.parse().ok());
    stages::stage_on(today, first.unwrap_or(today), thread.released)
}

fn is_stopped(thread: &Thread) -> bool {
    let authorised = thread.authorised.as_ref();
    authorised.is_some_and(|authorised| authorised.decision == Authorised::Stop)
}

/// Why only texts of the library leave: the third exchange or the third report since the authorising
/// officer's last decision.
fn only_library(thread: &Thread) -> Option<&'static str> {
    let (mut since, mut reports) = (0, 0);
    match thread.authorised.as_ref() {
        Some(authorised) if authorised.decision != Authorised::NoRelationship => {
            return Some("The police source unit decides about this receipt");
        }
        Some(authorised) => (since, reports) = (authorised.written, authorised.reports),
        None => {}
    }
    let live = |reply: &&Reply| reply.written > since && reply.state != ReplyState::Dropped;
    if thread.replies.iter().filter(live).count() >= EXCHANGES {
        return Some("This is the third exchange with this receipt");
    }
    let reports = usize::try_from(reports).unwrap_or_default();
    if thread.incidents.len().saturating_sub(reports) >= REPORTS {
        return Some("This is the third report by this receipt");
    }
    None
}

/// The lanes in which nobody writes to several receipts at once.
fn is_risky(lane: Lane) -> bool {
    matches!(lane, Lane::Safeguarding | Lane::Cuckooing | Lane::Drugs)
}
