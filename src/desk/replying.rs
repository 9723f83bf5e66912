//! Replies to residents: who may write what, and when it leaves (promise P16). Only texts of the
//! library leave by one person. Everything else waits for a second one, and what the guard finds waits
//! for a supervisor's written reason.

mod forgetting;
mod proof;
mod refused;
pub mod rows;
mod rules;
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
use loke_core::tip::{Tip, TipId};
use loke_core::words::CODES;

pub use forgetting::{Forgotten, WaitingForget};
pub use proof::{Proof, Proven};
pub use refused::NotReplied;

use rules::Everywhere;

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
    /// The reports and replies in the tip's book.
    pub thread: Thread,
    /// Those of the same receipt in other open books.
    pub others: Vec<Thread>,
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
    /// Whether the authorising officer decided that nothing more leaves.
    pub stopped: bool,
}

/// A text of the library for one resident.
#[derive(Debug, Clone)]
pub struct LibraryWords {
    /// Its name.
    pub name: String,
    /// The language in which it leaves.
    pub language: String,
    /// The words in it.
    pub text: String,
    /// The words in English.
    pub english: String,
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
    /// The language of the resident's page.
    pub resident: String,
}

impl Acting {
    /// The thread of a tip's receipt.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn thread_of(&self, tip: TipId) -> Result<ThreadView, Error> {
        let of = self.everywhere(tip).await?;
        let today = self.register().clock().today();
        Ok(ThreadView {
            stage: stage(&of.own, today),
            can_reply: of.own.reply_box.is_some(),
            only_library: of.only_library(None),
            is_young: of.is_young,
            language: of.language().to_owned(),
            stopped: matches!(of.must_be_open(), Err(NotReplied::Stopped)),
            others: of.others.into_iter().map(|(_, thread)| thread).collect(),
            thread: of.own,
        })
    }

    /// The texts of the library that may leave to this tip now, each in the resident's language, or
    /// in English if it lacks that one.
    #[must_use]
    pub fn library_for(&self, view: &ThreadView) -> Vec<LibraryWords> {
        let library = self.register().library();
        let fits =
            |text: &&LibraryText| text.fits(view.stage.word()) && (text.young || !view.is_young);
        let texts = library.texts().iter().filter(fits);
        let texts = texts.filter_map(|text| {
            let (language, own) = words_in(text, &view.language)?;
            Some(LibraryWords {
                name: text.name.clone(),
                language: language.to_owned(),
                text: own.to_owned(),
                english: text.in_language(ENGLISH).unwrap_or(own).to_owned(),
            })
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
        let of = self.everywhere(tip).await?;
        of.must_be_open()?;
        let book = of.book;
        let mut all = vec![of];
        for other in book.boxes_shown_as_one(tip).await? {
            all.push(self.everywhere(other).await?);
        }
        let tips: Vec<&Tip> = all.iter().flat_map(|of| &of.tips).collect();
        if all.len() > 1 && tips.iter().any(|tip| rules::is_risky(tip.lane)) {
            return Err(NotReplied::Group);
        }
        let facts = facts_of(tips);
        let mut drafts = Vec::with_capacity(all.len());
        for of in &all {
            let draft = self.draft(of, &facts, words).await;
            drafts.push(match draft {
                Err(why) if of.tip != tip => return Err(self.in_group(of.tip, why).await?),
                draft => draft?,
            });
        }
        let today = self.register().clock().today();
        let mut days: Vec<i32> = (0..).take(all.len()).collect();
        random::shuffle(&mut days)?;
        let each = all.iter().zip(&drafts).zip(days);
        let replies: Vec<NewReply<'_>> = each
            .map(|((of, draft), day)| NewReply {
                tip: of.tip,
                state: draft.state,
                language: &draft.language,
                library: draft.library,
                text: &draft.text,
                meaning: draft.meaning,
                finds: &draft.finds,
                leaves_on: today.plus(day),
                newest: match seen {
                    Some(seen) if of.tip == tip => seen,
                    _ => of.own.newest(),
                },
            })
            .collect();
        let ids = book.add_replies(&replies).await?;
        let mut states = drafts.iter().map(|draft| draft.state);
        Ok(Written {
            replies: ids,
            state: states
                .find(|state| *state != ReplyState::Ready)
                .unwrap_or(ReplyState::Ready),
        })
    }

    /// The refusal for another receipt that is shown as one with the tip.
    async fn in_group(&self, tip: TipId, why: NotReplied) -> Result<NotReplied, Error> {
        if let NotReplied::Database(problem) = why {
            return Err(problem);
        }
        let name = self.register().names_of(&[tip]).await?.remove(&tip);
        let name = name.unwrap_or_else(|| tip.to_string());
        Ok(NotReplied::InGroup(name, Box::new(why)))
    }

    /// Checks the words of a reply, and says where it goes.
    async fn draft<'a>(
        &self,
        of: &Everywhere<'_>,
        facts: &Facts,
        words: Words<'a>,
    ) -> Result<Draft<'a>, NotReplied> {
        let guard = self.register().guard();
        match words {
            Words::Library(name) => {
                let library = self.register().library();
                let text = library.text(name);
                let text = text.ok_or_else(|| NotReplied::NoText(name.to_owned()))?;
                let stage = stage(&of.own, self.register().clock().today());
                if !text.fits(stage.word()) {
                    return Err(NotReplied::Stage(name.to_owned(), stage));
                }
                self.must_fit(of, Some(text), None).await?;
                let words = words_in(text, of.language());
                let (language, words) = words.ok_or_else(|| NotReplied::NoText(name.to_owned()))?;
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
                    finds: finds(&looked),
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
                self.must_fit(of, None, None).await?;
                if !CODES.contains(&language) {
                    return Err(NotReplied::Language(CODES.join(", ")));
                }
                if language != ENGLISH && meaning.is_empty() {
                    return Err(NotReplied::NoMeaning);
                }
                let looked = guard.look(language, text, facts);
                Ok(Draft {
                    state: match looked.is_held() {
                        true => ReplyState::Held,
                        false => ReplyState::Waiting,
                    },
                    language: language.to_owned(),
                    library: None,
                    text: text.to_owned(),
                    meaning: (!meaning.is_empty()).then_some(meaning),
                    finds: finds(&looked),
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
        self.check_second(&reply, interpreter).await?;
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
        self.check_second(&reply, interpreter).await?;
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

    async fn check_second(&self, reply: &Reply, interpreter: &str) -> Result<(), NotReplied> {
        if reply.who == self.account().name {
            return Err(NotReplied::Own);
        }
        let is_free = reply.library.is_none();
        if is_free && reply.language != ENGLISH && interpreter.trim().is_empty() {
            return Err(NotReplied::Interpreter);
        }
        // Since it was written, the writer, a supervisor or a move may have changed what may leave.
        let of = self.everywhere(reply.tip).await?;
        let (name, library) = (reply.library.as_deref(), self.register().library());
        let text = name.and_then(|name| library.text(name));
        self.must_fit(&of, text, Some(reply.id)).await
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
                let of = self.everywhere(reply.tip).await?;
                let facts = facts_of(&of.tips);
                let looked = guard.look(&reply.language, &reply.text, &facts);
                waiting.push(WaitingReply {
                    book: book.name().to_owned(),
                    name: String::new(),
                    reply,
                    looked,
                    resident: of.language().to_owned(),
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
        let of = self.everywhere(tip).await?;
        self.must_supervise()?;
        if !matches!(stage, Stage::PassedOn | Stage::Finished) {
            return Err(NotReplied::NotReleased);
        }
        let reply_box = of.own.reply_box.as_ref().ok_or(NotReplied::NoBox)?;
        let from = stages::shown_from(self.register().clock().today());
        // Each of the books may be the one that answers.
        for (book, tip, _) in of.books() {
            book.release_stage(tip, reply_box, stage, from).await?;
        }
        Ok(from)
    }

    /// Records the authorising officer's decision about a tip's receipt in every open book that has a
    /// report of it. Replies that the decision forbids are dropped.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn authorise(
        &self,
        tip: TipId,
        decision: Authorised,
        why: &str,
    ) -> Result<(), NotReplied> {
        let of = self.everywhere(tip).await?;
        self.must_supervise()?;
        let why = reason(why)?;
        if of.own.reply_box.is_none() {
            return Err(NotReplied::NoBox);
        }
        let library = self.register().library();
        let keep = match decision {
            Authorised::Stop => Vec::new(),
            Authorised::NoRelationship | Authorised::SourceUnit => library.names(|_| true),
        };
        for (book, tip, thread) in of.books() {
            book.add_authorisation(tip, thread, decision, why, &keep)
                .await?;
        }
        Ok(())
    }

    /// Notes that the writer of a tip is under 18, in every open book that has a report of its receipt.
    /// Replies that do not fit any more are dropped.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn note_young(&self, tip: TipId) -> Result<(), NotReplied> {
        let of = self.everywhere(tip).await?;
        let reply_box = of.own.reply_box.as_ref().ok_or(NotReplied::NoBox)?;
        let library = self.register().library();
        for (book, tip, _) in of.books() {
            let keep = match self.is_safeguarding(book).await? {
                true => library.names(|text| text.young),
                false => Vec::new(),
            };
            book.note_young(tip, reply_box, &keep).await?;
        }
        Ok(())
    }

    fn must_supervise(&self) -> Result<(), NotReplied> {
        match self.account().is(AccountRole::Supervisor) {
            true => Ok(()),
            false => Err(NotReplied::Role),
        }
    }
}

/// A reply whose words were checked.
struct Draft<'a> {
    state: ReplyState,
    language: String,
    library: Option<&'a str>,
    text: String,
    meaning: Option<&'a str>,
    /// The reasons of the guard (JSON).
    finds: String,
}

fn finds(looked: &Looked) -> String {
    let reasons = looked.finds.iter().map(|find| find.reason.word());
    serde_json::to_string(&reasons.collect::<Vec<_>>()).unwrap_or_default()
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

fn facts_of<'a>(tips: impl IntoIterator<Item = &'a Tip>) -> Facts {
    let tips: Vec<&Tip> = tips.into_iter().collect();
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
