//! `POST /tip/{name}`: one decision about a tip. It answers with the next tip of the same view and
//! one line that says what was done, with an undo button. Text that the person was writing is kept
//! as a draft, whichever button was pressed.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{NoFields, OurForm, Refusal, Screen, broken, queue, refusal, words};
use crate::acting::Acting;
use crate::book::{Book, Decision, DraftOf, Filter, How, NotDecided, NoteKind, Seen};
use crate::database;
use crate::moving::{self, NotMoved};
use crate::session::Signed;
use crate::triage::{Act, Refused};
use crate::viewing;
use loke_core::tip::TipId;

/// The form of a tip's page.
#[derive(Deserialize)]
pub(super) struct DecisionForm {
    decision: String,
    /// The version of the tip on the page.
    version: Option<String>,
    /// The view to go on with, and the tip's place in it.
    #[serde(default)]
    view: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    for_whom: String,
    outside: Option<String>,
    #[serde(default)]
    until: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    into: String,
    #[serde(default)]
    alone: String,
    /// Agree with all that have the same words.
    same: Option<String>,
}

/// The deed of a button of the page.
enum Deed {
    Decide(Decision),
    Note(NoteKind),
    /// Whether the tip needs a translation.
    Translation(bool),
    Draft,
    Recuse,
    AboutStaff,
    Illegal,
    ReadAgain,
}

/// `POST /tip/{name}`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<DecisionForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let deed = deed(&acting, &form).await?;
    let writes = matches!(deed, Deed::Note(_));
    if !writes && !form.note.trim().is_empty() {
        book.keep_draft(DraftOf::Note, tip, &form.note)
            .await
            .map_err(|e| broken(&e))?;
    }
    let decision = match deed {
        Deed::Decide(decision) => decision,
        Deed::Draft => return Ok(to_tip(&name, &form.view)),
        Deed::Note(kind) => {
            write_note(&screen, &signed, book, tip, kind, &form).await?;
            return Ok(to_tip(&name, &form.view));
        }
        Deed::Translation(needed) => {
            let said = if needed {
                book.ask_translation(tip).await.map_err(|e| broken(&e))?;
                "It is on the view \"Needs translation\". Its place in the queue is the same."
            } else {
                book.need_no_translation(tip)
                    .await
                    .map_err(|e| broken(&e))?;
                "No translation is awaited any more."
            };
            screen.sessions.say(&signed, said.to_owned(), false);
            return Ok(to_tip(&name, &form.view));
        }
        Deed::ReadAgain => {
            let read = book.note_reread(tip).await;
            read.map_err(|e| words::not_shown(&e))?;
            let said = format!("{name} was read again and stays closed.");
            screen.sessions.say(&signed, said, false);
            return screen.next(&acting, &signed, &form.view, &form.place).await;
        }
        Deed::Illegal => {
            book.mark_illegal(tip).await.map_err(|e| broken(&e))?;
            return Ok(to_tip(&name, &form.view));
        }
        Deed::AboutStaff => {
            match moving::about_staff(&acting, tip).await {
                Ok(()) => {
                    let said = format!("{name} is with those who deal with reports about staff.");
                    screen.sessions.say(&signed, said, false);
                }
                Err(e @ NotMoved::NoStaffBook) => {
                    screen.sessions.say(&signed, sentence(&e), true);
                    return Ok(to_tip(&name, &form.view));
                }
                Err(e) => return Err(broken(&e)),
            }
            return screen.next(&acting, &signed, &form.view, &form.place).await;
        }
        Deed::Recuse => {
            book.recuse(tip).await.map_err(|e| broken(&e))?;
            let said = format!("{name} is not on your views any more. A colleague must take it.");
            screen.sessions.say(&signed, said, false);
            return screen.next(&acting, &signed, &form.view, &form.place).await;
        }
    };
    let mut targets = vec![Seen {
        tip,
        version: form.version.as_deref().and_then(|v| v.parse().ok()),
    }];
    if decision == Decision::Agree && form.same.is_some() {
        let same = book.with_equal_words(tip).await.map_err(|e| broken(&e))?;
        targets.extend(same.into_iter().map(Seen::from));
    }
    let how = How {
        alone: (!form.alone.trim().is_empty()).then_some(form.alone.trim()),
        ..How::default()
    };
    match acting.decide(&targets, &decision, how).await {
        Ok(act) => {
            screen.presence.leave(tip, &signed.account);
            let said = said(&acting, &decision, &act).await?;
            screen.sessions.say_done(&signed, said);
            let stays = matches!(
                decision,
                Decision::Take | Decision::Unfold | Decision::Reopen
            );
            if stays {
                Ok(to_tip(&name, &form.view))
            } else {
                screen.next(&acting, &signed, &form.view, &form.place).await
            }
        }
        Err(refused) => {
            screen.sessions.say(&signed, why_not(&refused)?, true);
            Ok(to_tip(&name, &form.view))
        }
    }
}

/// `POST /undo`
pub(super) async fn undo(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(NoFields {}): OurForm<NoFields>,
) -> Result<Response, Refusal> {
    let last = acting.last_act().await.map_err(|e| broken(&e))?;
    match acting.undo().await {
        Ok(tips) => {
            let word = last
                .map(|(_, decision)| decision.word())
                .unwrap_or_default();
            let said = match tips.as_slice() {
                [one] => format!("Undone: {word}, {}.", words::name_of(&acting, *one).await?),
                many => format!("Undone: {word}, {} tips.", many.len()),
            };
            screen.sessions.say(&signed, said, false);
            match tips.first() {
                Some(tip) => Ok(to_tip(&words::name_of(&acting, *tip).await?, "")),
                None => Ok(Redirect::to("/queue").into_response()),
            }
        }
        Err(NotDecided::Database(e)) => Err(broken(&e)),
        Err(refused) => {
            screen.sessions.say(&signed, sentence(&refused), true);
            Ok(Redirect::to("/queue").into_response())
        }
    }
}

/// The text of a field while a person types.
#[derive(Deserialize)]
pub(super) struct DraftForm {
    pub(super) note: String,
}

/// `POST /tip/{name}/draft`: keeps what the person is typing.
pub(super) async fn draft(
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<DraftForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    book.keep_draft(DraftOf::Note, tip, &form.note)
        .await
        .map_err(|e| broken(&e))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A pair that is not the same, or a value that ties strangers.
#[derive(Deserialize)]
pub(super) struct NotSameForm {
    what: String,
    other: String,
    kind: String,
    normal: String,
}

/// `POST /tip/{name}/not-same`
pub(super) async fn not_same(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<NotSameForm>,
) -> Result<Response, Refusal> {
    let not_shown = |e: database::Error| words::not_shown(&e);
    let (book, tip) = acting.find(&name).await.map_err(not_shown)?;
    let said = if form.what == "value" {
        let kind = form.kind.parse().map_err(|_| words::no_such_tip())?;
        book.ignore_value(kind, &form.normal)
            .await
            .map_err(|e| broken(&e))?;
        "The value is ignored from now on."
    } else {
        let (_, other) = acting.find(&form.other).await.map_err(not_shown)?;
        book.not_same(tip, other).await.map_err(|e| broken(&e))?;
        "This pair is not proposed again."
    };
    screen.sessions.say(&signed, said.to_owned(), false);
    Ok(to_tip(&name, ""))
}

async fn write_note(
    screen: &Screen,
    signed: &Signed,
    book: &Book,
    tip: TipId,
    kind: NoteKind,
    form: &DecisionForm,
) -> Result<(), Refusal> {
    if kind == NoteKind::Grade {
        let grade = grade_of(book, tip).await?;
        book.add_note(tip, kind, &grade)
            .await
            .map_err(|e| broken(&e))?;
    } else if form.note.trim().is_empty() {
        let said = "There is no text to store. Write something first.".to_owned();
        screen.sessions.say(signed, said, true);
        return Ok(());
    } else {
        book.add_note(tip, kind, &form.note)
            .await
            .map_err(|e| broken(&e))?;
    }
    let said = match kind {
        NoteKind::Note => "The note is stored.",
        NoteKind::Translation => "The translation is stored beside the original.",
        NoteKind::Reference => "The reference is stored.",
        NoteKind::Grade => "The proposed grade is accepted.",
    };
    screen.sessions.say(signed, said.to_owned(), false);
    Ok(())
}

/// The ward of a tip, and the view to go back to.
#[derive(Deserialize)]
pub(super) struct AreaForm {
    #[serde(default)]
    ward: String,
    #[serde(default)]
    view: String,
}

/// `POST /tip/{name}/area`
pub(super) async fn area(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<AreaForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let wards = acting.register().wards();
    let ward = wards.ward(&form.ward);
    if ward.is_none() && !form.ward.is_empty() {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "Nothing was written down",
            "The ward is not one of the list. Load the page again.",
        ));
    }
    book.set_area(tip, ward).await.map_err(|e| broken(&e))?;
    let said = "The ward is written down. Only the public figures use it.";
    screen.sessions.say(&signed, said.to_owned(), false);
    Ok(to_tip(&name, &form.view))
}

/// Reads the pressed button: a word, for closing with the outcome after a colon, and perhaps a
/// reason of the list after another one.
async fn deed(acting: &Acting, form: &DecisionForm) -> Result<Deed, Refusal> {
    let mut parts = form.decision.splitn(3, ':');
    let (word, more, reason) = (parts.next(), parts.next(), parts.next());
    let nothing =
        |sentence: &'static str| refusal(StatusCode::BAD_REQUEST, "Nothing was decided", sentence);
    let decision = match word.unwrap_or_default() {
        "take" => Decision::Take,
        "hand-over" if form.to.trim().is_empty() => {
            return Err(nothing("Choose who gets the tip. Go back to its page."));
        }
        "hand-over" => Decision::HandOver {
            to: form.to.trim().to_owned(),
        },
        "wait" => Decision::Wait {
            for_whom: match form.for_whom.trim() {
                "" => return Err(nothing("Say for whom the tip waits. Go back to its page.")),
                whom => whom.chars().take(100).collect(),
            },
            outside: form.outside.is_some(),
            until: form
                .until
                .parse()
                .map_err(|_| nothing("Say until which day the tip waits. Go back to its page."))?,
        },
        "close" => Decision::Close {
            outcome: more
                .unwrap_or_default()
                .parse()
                .map_err(|_| nothing("Choose how the tip ends. Go back to its page."))?,
            why: reason.unwrap_or(form.why.trim()).to_owned(),
        },
        "fold" => {
            let into = more.unwrap_or(form.into.trim());
            let found = acting.find(into).await;
            let (_, into) = found.map_err(|_| {
                nothing("There is no such other tip that you can open. Go back to the page.")
            })?;
            Decision::Fold { into }
        }
        "unfold" => Decision::Unfold,
        "reopen" => Decision::Reopen,
        "move" => Decision::Move {
            to: form.to.trim().to_owned(),
        },
        "agree" => Decision::Agree,
        "disagree" => Decision::Disagree {
            why: form.why.trim().to_owned(),
        },
        "note" => return Ok(Deed::Note(NoteKind::Note)),
        "translation" => return Ok(Deed::Note(NoteKind::Translation)),
        "needs-translation" => return Ok(Deed::Translation(true)),
        "no-translation" => return Ok(Deed::Translation(false)),
        "reference" => return Ok(Deed::Note(NoteKind::Reference)),
        "grade" => return Ok(Deed::Note(NoteKind::Grade)),
        "draft" => return Ok(Deed::Draft),
        "know-them" => return Ok(Deed::Recuse),
        "about-staff" => return Ok(Deed::AboutStaff),
        "read-again" => return Ok(Deed::ReadAgain),
        "illegal-picture" => return Ok(Deed::Illegal),
        _ => {
            return Err(nothing(
                "The button is not one of this page. Load it again.",
            ));
        }
    };
    Ok(Deed::Decide(decision))
}

/// `GET /next?view=…&place=…`: the next tip of a view, without a decision.
pub(super) async fn next(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Query(from): Query<Next>,
) -> Result<Response, Refusal> {
    screen.next(&acting, &signed, &from.view, &from.place).await
}

/// The view and the place in it.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    view: String,
    #[serde(default)]
    place: String,
}

/// The proposed grade of a tip, as it is now.
async fn grade_of(book: &Book, tip: TipId) -> Result<String, Refusal> {
    let held = book.view(tip).await.map_err(|e| words::not_shown(&e))?;
    let tip = serde_json::from_str(&held.json).map_err(|_| broken(&database::Error::Row))?;
    Ok(viewing::proposed_grade(&tip).join(" "))
}

impl Screen {
    /// The next tip of the view, or the queue if there is none. A tip that somebody else has open
    /// comes last.
    pub(super) async fn next(
        &self,
        acting: &Acting,
        signed: &Signed,
        view: &str,
        place: &str,
    ) -> Result<Response, Refusal> {
        let filter = Filter {
            view: view.parse().unwrap_or_default(),
            ..Filter::default()
        };
        let (who, now) = (&signed.account, self.clock.now());
        let busy = |tip| self.presence.others(tip, who, now).is_some();
        let next = acting.next_after(&filter, place.parse().ok(), busy).await;
        Ok(match next.map_err(|e| broken(&e))? {
            Some(row) => to_tip(&row.name, filter.view.word()),
            None => {
                Redirect::to(&format!("/queue?{}", queue::query(&filter, None))).into_response()
            }
        })
    }
}

fn to_tip(name: &str, view: &str) -> Response {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("view", view)
        .finish();
    let query = if view.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Redirect::to(&format!("/tip/{name}{query}")).into_response()
}

/// One line about what was done.
pub(super) async fn said(
    acting: &Acting,
    decision: &Decision,
    act: &Act,
) -> Result<String, Refusal> {
    let name = |tip: TipId| words::name_of(acting, tip);
    if let [(tip, reasons)] = act.waits.as_slice() {
        return Ok(format!(
            "{} stays open until a second person agrees, because {}.",
            name(*tip).await?,
            reasons.join(", and ")
        ));
    }
    if !act.waits.is_empty() {
        let count = act.waits.len();
        return Ok(format!(
            "{count} tips stay open until a second person agrees."
        ));
    }
    let word = decision.word();
    Ok(match act.done.as_slice() {
        [one] => format!("Done: {word}, {}.", name(*one).await?),
        many => format!("Done: {word}, {} tips.", many.len()),
    })
}

/// A refusal as a sentence; a failure of the desk as a page.
pub(super) fn why_not(refused: &Refused) -> Result<String, Refusal> {
    match refused {
        Refused::NotDecided(NotDecided::Database(e)) => match e {
            database::Error::NoTip(_) => Err(words::no_such_tip()),
            database::Error::NoAccount(_) | database::Error::NoBook(_) => Ok(sentence(e)),
            other => Err(broken(other)),
        },
        Refused::NotMoved(e) => Err(broken(e)),
        other => Ok(sentence(other)),
    }
}

/// An error, or a phrase, as a sentence.
pub(super) fn sentence(phrase: &impl std::fmt::Display) -> String {
    let mut text = phrase.to_string();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}
