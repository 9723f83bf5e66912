//! `POST /tip/{name}`: one decision about a tip. It answers with the next tip of the same view and
//! one line that says what was done, with an undo button. Text that the person was writing is kept
//! as a draft, whichever button was pressed.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::forms::{DecisionForm, DraftForm, keep_note};
use super::words::sentence;
use super::{OurForm, Refusal, Screen, broken, queue, refusal, tip, words};
use crate::acting::Acting;
use crate::book::{Book, Decision, How, NotDecided, NoteKind, Seen};
use crate::database;
use crate::moving::{self, NotMoved};
use crate::session::Signed;
use crate::triage::{Act, NotActed};
use crate::viewing;
use loke_core::tip::TipId;

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
    let (book, tip) = match acting.find(&name).await {
        Ok(found) => found,
        Err(e) => return Err(gone(&acting, &form.id, &e).await?),
    };
    let holder = book.holder(tip).await.map_err(|e| broken(&e))?;
    let deed = match deed(&acting, &form).await {
        Ok(deed) => deed,
        Err(sentence) => {
            screen.sessions.say(&signed, sentence.to_owned(), true);
            return tip::show_again(&screen, &signed, (&acting, book, holder), &name, form).await;
        }
    };
    let writes = matches!(deed, Deed::Note(kind) if kind != NoteKind::Grade);
    if !writes {
        keep_note(book, holder, &form.note).await?;
    }
    let decision = match deed {
        Deed::Decide(decision) => decision,
        // Enter in a field of the report presses this button.
        Deed::Draft if form.report.has_more() => {
            return tip::show_typed(&screen, &signed, &acting, &name, form).await;
        }
        other => {
            let place = (&acting, book, tip);
            return do_deed(&screen, &signed, place, other, &name, &form).await;
        }
    };
    let mut targets = vec![Seen {
        tip,
        version: form.version.as_deref().and_then(|v| v.parse().ok()),
    }];
    if let Some(same) = form.same.as_ref().filter(|_| decision == Decision::Agree) {
        targets.extend(seen_same(&acting, book, tip, same).await?);
    }
    if let (Decision::Unfold, Some((_, folded))) = (&decision, form.decision.split_once(':')) {
        let (_, folded) = acting
            .find(folded)
            .await
            .map_err(|e| words::not_shown(&e))?;
        targets = vec![folded.into()];
    }
    let how = How {
        alone: (!form.alone.trim().is_empty()).then_some(form.alone.trim()),
        ..How::default()
    };
    match acting.decide(&targets, &decision, how).await {
        Ok(act) => {
            screen.presence.leave(tip, &signed.account);
            let said = said(&acting, &decision, &act).await?;
            screen.sessions.say_done(&signed, said, act.number);
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
            let said = match (&refused, acting.find(&name).await) {
                (NotActed::NotDecided(NotDecided::Database(database::Error::NoTip(_))), Err(e)) => {
                    return Err(gone(&acting, &form.id, &e).await?);
                }
                _ => why_not(&refused)?,
            };
            screen.sessions.say(&signed, said, true);
            tip::show_again(&screen, &signed, (&acting, book, holder), &name, form).await
        }
    }
}

/// Does what is no decision about the tip.
async fn do_deed(
    screen: &Screen,
    signed: &Signed,
    (acting, book, tip): (&Acting, &Book, TipId),
    deed: Deed,
    name: &str,
    form: &DecisionForm,
) -> Result<Response, Refusal> {
    match deed {
        Deed::Decide(_) | Deed::Draft => Ok(to_tip(name, &form.view)),
        Deed::Note(kind) => {
            write_note(screen, signed, book, tip, kind, form).await?;
            Ok(to_tip(name, &form.view))
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
            screen.sessions.say(signed, said.to_owned(), false);
            Ok(to_tip(name, &form.view))
        }
        Deed::ReadAgain => {
            let read = book.note_reread(tip).await;
            read.map_err(|e| words::not_shown(&e))?;
            let said = format!("{name} was read again and stays closed.");
            screen.sessions.say(signed, said, false);
            screen.next(acting, signed, &form.view, &form.place).await
        }
        Deed::Illegal => {
            book.mark_illegal(tip).await.map_err(|e| broken(&e))?;
            screen.read_notices().await.map_err(|e| broken(&e))?;
            Ok(to_tip(name, &form.view))
        }
        Deed::AboutStaff => {
            match moving::about_staff(acting, tip).await {
                Ok(()) => {
                    let said = format!("{name} is with those who deal with reports about staff.");
                    screen.sessions.say(signed, said, false);
                }
                Err(e @ NotMoved::NoStaffBook) => {
                    screen.sessions.say(signed, sentence(&e), true);
                    return Ok(to_tip(name, &form.view));
                }
                Err(e) => return Err(broken(&e)),
            }
            screen.next(acting, signed, &form.view, &form.place).await
        }
        Deed::Recuse => {
            book.recuse(tip).await.map_err(|e| broken(&e))?;
            let said = format!("{name} is not on your views any more. A colleague must take it.");
            screen.sessions.say(signed, said, false);
            screen.next(acting, signed, &form.view, &form.place).await
        }
    }
}

/// The other tips with the same words, as they stood on the page. One that changed since is left out.
async fn seen_same(
    acting: &Acting,
    book: &Book,
    tip: TipId,
    same: &str,
) -> Result<Vec<Seen>, Refusal> {
    let now = book.with_equal_words(tip).await.map_err(|e| broken(&e))?;
    let mut seen = Vec::new();
    for shown in same.split_whitespace() {
        let Some((name, version)) = shown.split_once('.') else {
            continue;
        };
        let (_, tip) = acting.find(name).await.map_err(|e| words::not_shown(&e))?;
        let version = version.parse().ok();
        seen.extend(now.iter().filter(|s| s.tip == tip && s.version == version));
    }
    Ok(seen)
}

/// The answer about a tip that is in no open book any more: whether it was moved or deleted, if it was
/// in one of them.
async fn gone(acting: &Acting, id: &str, e: &database::Error) -> Result<Refusal, Refusal> {
    if let Ok(id) = id.parse() {
        for book in acting.books() {
            let remains = book.remains_of(id).await.map_err(|e| broken(&e))?;
            if let Some((outcome, day)) = remains {
                let day = words::day(&day);
                let what = match outcome.as_str() {
                    "moved" => format!("This tip was moved to another book on {day}"),
                    _ => format!("This tip was deleted on {day}"),
                };
                let sentence = format!("{what}, so nothing was done.");
                return Ok(refusal(StatusCode::GONE, "Not here any more", sentence));
            }
        }
    }
    Ok(words::not_shown(e))
}

/// The act that the page offers to undo.
#[derive(Deserialize)]
pub(super) struct UndoForm {
    act: i64,
}

/// `POST /undo`
pub(super) async fn undo(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<UndoForm>,
) -> Result<Response, Refusal> {
    let last = acting.last_act().await.map_err(|e| broken(&e))?;
    match acting.undo_act(form.act).await {
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

/// `POST /tip/{name}/draft`: keeps what the person is typing.
pub(super) async fn draft(
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<DraftForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    book.keep_note_draft(tip, &form.note)
        .await
        .map_err(|e| broken(&e))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A pair that is not the same, or a value that ties strangers: `pair:NAME` or `value:KIND:VALUE`.
#[derive(Deserialize)]
pub(super) struct NotSameForm {
    what: String,
    #[serde(default)]
    view: String,
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
    let said = match form.what.split_once(':') {
        Some(("value", value)) => {
            let (kind, normal) = value.split_once(':').ok_or_else(words::no_such_tip)?;
            let kind = kind.parse().map_err(|_| words::no_such_tip())?;
            let ignored = book.ignore_value(kind, normal).await;
            ignored.map_err(|e| broken(&e))?;
            "The value is ignored from now on."
        }
        Some(("pair", other)) => {
            let (_, other) = acting.find(other).await.map_err(not_shown)?;
            book.not_same(tip, other).await.map_err(|e| broken(&e))?;
            "This pair is not proposed again."
        }
        _ => return Err(words::no_such_tip()),
    };
    screen.sessions.say(&signed, said.to_owned(), false);
    Ok(to_tip(&name, &form.view))
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
        // A stored note ends the draft. This one was not typed.
        keep_note(book, tip, &form.note).await?;
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
/// reason of the list after another one. A sentence if a field is missing.
async fn deed(acting: &Acting, form: &DecisionForm) -> Result<Deed, &'static str> {
    let mut parts = form.decision.splitn(3, ':');
    let (word, more, reason) = (parts.next(), parts.next(), parts.next());
    let decision = match word.unwrap_or_default() {
        "take" => Decision::Take,
        "hand-over" if form.to.trim().is_empty() => {
            return Err("Choose who gets the tip.");
        }
        "hand-over" => Decision::HandOver {
            to: form.to.trim().to_owned(),
        },
        "wait" => Decision::Wait {
            for_whom: match form.for_whom.trim() {
                "" => return Err("Say for whom the tip waits."),
                whom => whom.chars().take(100).collect(),
            },
            outside: form.outside.is_some(),
            until: form
                .until
                .parse()
                .map_err(|_| "Say until which day the tip waits.")?,
        },
        "close" => Decision::Close {
            outcome: more
                .unwrap_or_default()
                .parse()
                .map_err(|_| "Choose how the tip ends.")?,
            why: reason.unwrap_or(form.why.trim()).to_owned(),
        },
        "fold" => {
            let into = more.unwrap_or(form.into.trim());
            let found = acting.find(into).await;
            let (_, into) = found.map_err(|_| "There is no such other tip that you can open.")?;
            Decision::Fold { into }
        }
        // The tip is after the colon.
        "unfold" => Decision::Unfold,
        "reopen" => Decision::Reopen,
        "move" => Decision::Move {
            to: form.book.trim().to_owned(),
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
        _ => return Err("The button is not one of this page. Nothing was done."),
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
        let filter = queue::of_word(view).unwrap_or_default();
        let (who, now) = (&signed.account, self.clock.now());
        let busy = |tip| self.presence.others(tip, who, now).is_some();
        let next = acting.next_after(&filter, place.parse().ok(), busy).await;
        Ok(match next.map_err(|e| broken(&e))? {
            Some(row) => to_tip(&row.name, &queue::word_of(&filter)),
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
pub(super) fn why_not(refused: &NotActed) -> Result<String, Refusal> {
    match refused {
        NotActed::NotDecided(NotDecided::Database(e)) => match e {
            database::Error::NoTip(_) => Err(words::no_such_tip()),
            database::Error::NoAccount(_) | database::Error::NoBook(_) => Ok(sentence(e)),
            other => Err(broken(other)),
        },
        NotActed::NotMoved(e) => Err(broken(e)),
        other => Ok(sentence(other)),
    }
}
