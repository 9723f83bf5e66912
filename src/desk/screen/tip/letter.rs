//! "Write to the resident": the thread of a tip's receipt, the library, free words, and what a
//! supervisor decides about the receipt.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{OurForm, Refusal, Screen, broken, words};
use crate::acting::Acting;
use crate::book::{Book, Reply, ReplyDraft, ReplyState};
use crate::register::AccountRole;
use crate::replying::{Forgotten, LibraryWords, NotReplied, ThreadView, Words};
use crate::session::Signed;
use loke_core::reply_rows::Stage;
use loke_core::tip::TipId;
use loke_core::words::CODES;

/// A line of the thread: a report or a reply.
pub(super) struct ThreadLine {
    pub(super) day: String,
    pub(super) says: String,
    /// The name of another tip with the report.
    pub(super) name: String,
    /// A reply's words; empty for a report.
    pub(super) text: String,
    pub(super) language: String,
}

/// The panel.
pub(super) struct LetterPanel {
    pub(super) can_reply: bool,
    pub(super) stage: Stage,
    pub(super) lines: Vec<ThreadLine>,
    pub(super) library: Vec<LibraryWords>,
    pub(super) only_library: Option<&'static str>,
    pub(super) stopped: bool,
    /// Whether another book answers the receipt.
    pub(super) elsewhere: bool,
    pub(super) is_young: bool,
    pub(super) language: String,
    pub(super) languages: &'static [&'static str],
    pub(super) seen: i64,
    /// The person's draft, and the time at which it was kept.
    pub(super) draft: ReplyDraft,
    pub(super) kept: String,
    /// Replies that colleagues are writing: account and text.
    pub(super) drafts: Vec<(String, String)>,
    pub(super) supervises: bool,
    /// The day on which the writer asked to forget, and the first day on which the words may go.
    pub(super) forget: Option<(String, String)>,
    pub(super) proposed_by: String,
}

impl LetterPanel {
    /// The panel of a tip, for its holder.
    pub(super) async fn of(
        screen: &Screen,
        acting: &Acting,
        book: &Book,
        tip: TipId,
    ) -> Result<Self, Refusal> {
        let view = acting.thread_of(tip).await.map_err(|e| broken(&e))?;
        let drafts = book.reply_drafts_on(tip).await.map_err(|e| broken(&e))?;
        let me = &acting.account().name;
        let (mine, others): (Vec<ReplyDraft>, Vec<ReplyDraft>) =
            drafts.into_iter().partition(|draft| draft.who == *me);
        let mut draft = mine.into_iter().next().unwrap_or_default();
        if draft.language.is_empty() {
            draft.language = view.language.clone();
        }
        let kept = match draft.at {
            0 => String::new(),
            at => moment(screen, at),
        };
        let library = acting.library_for(&view);
        let ThreadView {
            thread,
            others: elsewhere,
            ..
        } = &view;
        let forget = thread
            .forget
            .as_ref()
            .filter(|forget| forget.decision.is_none());
        let zone = acting.register().clock().zone();
        let all = std::iter::once(thread).chain(elsewhere);
        let incidents = all.clone().flat_map(|of| &of.incidents);
        let ids: Vec<TipId> = incidents.clone().map(|of| of.id).collect();
        let names = acting.register().names_of(&ids).await;
        let names = names.map_err(|e| broken(&e))?;
        let mut lines: Vec<(String, i64, ThreadLine)> = Vec::new();
        for incident in incidents {
            let says = match incident.follow_up.as_deref() {
                Some("answer") => "An answer",
                Some("still") => "It is still happening",
                Some("forget") => "Asked to forget",
                _ => "A report",
            };
            let line = ThreadLine {
                day: words::day(&incident.received),
                says: says.to_owned(),
                name: match names.get(&incident.id) {
                    Some(name) if incident.id != tip => name.clone(),
                    _ => String::new(),
                },
                text: String::new(),
                language: String::new(),
            };
            lines.push((incident.received.clone(), 0, line));
        }
        for reply in all.flat_map(|of| &of.replies) {
            let day = zone.day(reply.at).to_string();
            let line = ThreadLine {
                day: words::day(&day),
                says: says(reply),
                name: String::new(),
                text: reply.text.clone(),
                language: reply.language.clone(),
            };
            lines.push((day, reply.at, line));
        }
        lines.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        Ok(Self {
            can_reply: view.can_reply,
            stage: view.stage,
            lines: lines.into_iter().map(|(_, _, line)| line).collect(),
            library,
            only_library: view.only_library,
            stopped: view.stopped,
            elsewhere: thread.is_elsewhere,
            is_young: view.is_young,
            language: view.language.clone(),
            languages: CODES,
            seen: thread.newest(),
            draft,
            kept,
            drafts: others.into_iter().map(|of| (of.who, of.text)).collect(),
            supervises: acting.account().is(AccountRole::Supervisor),
            forget: forget
                .map(|forget| (words::day(&forget.asked_on), words::day(&forget.not_before))),
            proposed_by: forget
                .and_then(|of| of.proposed_by.clone())
                .unwrap_or_default(),
        })
    }
}

/// The time of day, with the day if it is not today.
fn moment(screen: &Screen, at: i64) -> String {
    let (clock, zone) = (screen.clock(), screen.clock().zone());
    match zone.day(at) == clock.today() {
        true => zone.time(at),
        false => words::when(screen, at),
    }
}

/// A reply in the thread.
fn says(reply: &Reply) -> String {
    let who = &reply.who;
    match reply.state {
        ReplyState::Waiting => format!("{who} wrote. It waits for a second person"),
        ReplyState::Held => format!("{who} wrote. It is held for a supervisor"),
        ReplyState::Ready => format!("{who} wrote. It leaves with the next daily replacement"),
        ReplyState::Sent => format!("{who} wrote. It has left"),
        ReplyState::Dropped => format!("{who} wrote. It was dropped"),
    }
}

/// The forms of the panel.
#[derive(Deserialize)]
pub(in crate::screen) struct LetterForm {
    /// The button: `library`, `own`, `draft`, `stage`, `authorise`, `young`, `keep` or `delete`.
    #[serde(default)]
    step: String,
    /// None if the page had no field for it.
    reply: Option<String>,
    #[serde(default)]
    library: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    meaning: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    authorised: String,
    #[serde(default)]
    why_authorised: String,
    seen: Option<i64>,
    /// The page to go back to: `replies`, or the tip.
    #[serde(default)]
    back: String,
}

/// `POST /tip/{name}/reply`
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<LetterForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    // Every button keeps the words: also one that is refused, because a colleague was faster.
    if let Some(text) = &form.reply {
        book.keep_reply_draft(tip, [text, &form.language, &form.meaning])
            .await
            .map_err(|e| broken(&e))?;
    }
    if form.step == "draft" {
        return Ok(Redirect::to(&format!("/tip/{name}#letter")).into_response());
    }
    let (said, trouble) = match act(&acting, tip, &form).await {
        Ok(said) => (said, false),
        Err(NotReplied::Database(problem)) => return Err(words::not_shown(&problem)),
        Err(problem) => (capital(&format!("{problem}.")), true),
    };
    screen.sessions.say(&signed, said, trouble);
    let to = match form.step.as_str() {
        _ if form.back == "replies" => "/replies#forget".to_owned(),
        "delete" if !trouble => "/queue".to_owned(),
        _ => format!("/tip/{name}#letter"),
    };
    Ok(Redirect::to(&to).into_response())
}

/// The fields of a reply while a person types.
#[derive(Deserialize)]
pub(in crate::screen) struct LetterDraft {
    reply: String,
    language: String,
    meaning: String,
}

/// `POST /tip/{name}/reply/draft`: keeps the reply that the person is typing.
pub(in crate::screen) async fn draft(
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<LetterDraft>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    book.keep_reply_draft(tip, [&form.reply, &form.language, &form.meaning])
        .await
        .map_err(|e| broken(&e))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn act(acting: &Acting, tip: TipId, form: &LetterForm) -> Result<String, NotReplied> {
    match form.step.as_str() {
        "stage" => {
            let stage = form.stage.parse().map_err(|_| NotReplied::NotReleased)?;
            let from = acting.release_stage(tip, stage).await?;
            let from = words::day(&from);
            return Ok(format!("The stage is shown from {from} on."));
        }
        "authorise" => {
            let decision = form.authorised.parse().map_err(|_| NotReplied::Reason)?;
            acting
                .authorise(tip, decision, &form.why_authorised)
                .await?;
            return Ok("The authorising officer's decision is recorded.".to_owned());
        }
        "young" => {
            acting.note_young(tip).await?;
            return Ok("It is noted that the writer is under 18.".to_owned());
        }
        "keep" | "delete" => {
            return Ok(
                match acting.decide_to_forget(tip, form.step == "keep").await? {
                    Forgotten::Kept => "The words stay.",
                    Forgotten::Proposed => {
                        "A second person must agree before the words are deleted."
                    }
                    Forgotten::Deleted => "The report is deleted.",
                }
                .to_owned(),
            );
        }
        _ => {}
    }
    let words = match form.library.is_empty() {
        false => Words::Library(&form.library),
        true => Words::Own {
            text: form.reply.as_deref().unwrap_or_default(),
            language: if form.language.is_empty() {
                "en"
            } else {
                &form.language
            },
            meaning: &form.meaning,
        },
    };
    let written = acting.reply(tip, words, form.seen).await?;
    Ok(match written.state {
        ReplyState::Held => {
            "The reply is held. A supervisor reads it and releases it with a reason."
        }
        ReplyState::Waiting => "The reply waits for a second person.",
        _ => {
            "The reply leaves with the next daily replacement. Nobody can know whether it was read."
        }
    }
    .to_owned())
}

/// The sentence with a capital letter.
pub(in crate::screen) fn capital(sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
