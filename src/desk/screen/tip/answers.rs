//! Answers of partners on their tip's page: those by code, which the owner accepts or sets aside,
//! and what an officer writes down after a telephone call, a mail or a talk.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{OurForm, Refusal, Screen, broken, refusal, words};
use crate::acting::Acting;
use crate::answers::Choice;
use crate::answers::by_account::PoliceGrade;
use crate::book::{Book, NewTold, NotTold, SaidBy, Verdict};
use crate::session::Signed;
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// A claim on the page.
pub(super) struct ClaimView {
    pub(super) id: TipId,
    pub(super) partner: String,
    pub(super) says: &'static str,
    /// Whether it is a question.
    pub(super) asks: bool,
    pub(super) day: String,
    pub(super) reference: String,
    /// The person's words, or the grade. Empty by code.
    pub(super) words: String,
    /// The person's account; empty by code.
    pub(super) account: String,
    pub(super) has_photo: bool,
    /// The owner's decision; empty while it waits.
    pub(super) verdict: String,
}

/// An officer's record of an answer.
pub(super) struct ToldView {
    pub(super) partner: String,
    pub(super) says: &'static str,
    pub(super) why: String,
    pub(super) how: String,
}

/// The form for what a partner said, with its choices.
pub(super) struct TellForm {
    /// `PARTNER REFERENCE` for each report, then each partner of the directory.
    pub(super) about: Vec<(String, String)>,
    pub(super) choices: Vec<(&'static str, &'static str)>,
    pub(super) today: Day,
}

impl TellForm {
    /// The choices: the partners that have a report about the tip first.
    pub(super) async fn of(acting: &Acting, holder: TipId) -> Result<Self, Refusal> {
        let register = acting.register();
        let sent = register.deliveries_of(holder).await;
        let mut about: Vec<(String, String)> = sent
            .map_err(|e| broken(&e))?
            .into_iter()
            .filter(|report| report.taken_back_at.is_none() && report.replaces.is_none())
            .map(|report| {
                let label = format!("{}, report {}", report.partner, report.reference);
                (format!("{} {}", report.partner, report.reference), label)
            })
            .collect();
        for partner in register.partners().await.map_err(|e| broken(&e))? {
            let label = format!("{}, without a report", partner.name);
            about.push((partner.name, label));
        }
        // A withdrawal has a button of its own.
        let choices = Choice::PLAIN.iter().filter(|c| **c != Choice::Deleted);
        Ok(Self {
            about,
            choices: choices.map(|c| (c.word(), c.in_words())).collect(),
            today: register.clock().today(),
        })
    }
}

/// The officers' records about a tip and everything that is folded into it.
pub(super) async fn told(book: &Book, holder: TipId) -> Result<Vec<ToldView>, Refusal> {
    let told = book.told_about(holder).await.map_err(|e| broken(&e))?;
    let views = told.into_iter().map(|told| {
        let way = match told.way {
            SaidBy::Telephone => "by telephone",
            SaidBy::Mail => "by mail",
            SaidBy::InPerson => "in person",
        };
        let about = told.reference.map(|of| format!(", reference {of}"));
        ToldView {
            says: told.choice.in_words(),
            how: format!(
                "{} said so {way} on {}{}. {} wrote it down.",
                told.said_by,
                words::day(&told.said_on),
                about.unwrap_or_default(),
                told.who
            ),
            partner: told.partner,
            why: told.why,
        }
    });
    Ok(views.collect())
}

/// The form of what a partner said.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::screen) struct ToldForm {
    about: String,
    said: String,
    way: String,
    said_by: String,
    said_on: String,
    told_why: String,
}

/// `POST /tip/{name}/said`
pub(in crate::screen) async fn said(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<ToldForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let (partner, reference) = match form.about.split_once(' ') {
        Some((partner, reference)) => (partner, Some(reference)),
        None => (form.about.as_str(), None),
    };
    let asked = (form.said.parse(), form.way.parse(), form.said_on.parse());
    let written = match asked {
        (Ok(choice), Ok(way), Ok(said_on)) => {
            let new = NewTold {
                partner,
                reference,
                choice,
                way,
                said_by: &form.said_by,
                said_on,
                why: &form.told_why,
            };
            match book.record_told(tip, new).await {
                Ok(()) => {
                    Ok("It is written down. Close the tip if nothing is left to do.".to_owned())
                }
                Err(NotTold::Database(e)) => return Err(words::not_shown(&e)),
                Err(refused) => Err(words::sentence(&refused)),
            }
        }
        _ => Err(
            "Choose what they said, how, and on which day. Nothing was written down.".to_owned(),
        ),
    };
    let trouble = written.is_err();
    let text = written.unwrap_or_else(|refused| refused);
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to(&format!("/tip/{name}")).into_response())
}

/// The form of both buttons: `accepted:ANSWER` or `set-aside:ANSWER`.
#[derive(Deserialize)]
pub(in crate::screen) struct VerdictForm {
    #[serde(default)]
    verdict: String,
}

/// The claims about a tip and everything that is folded into it.
pub(super) async fn of(book: &Book, holder: TipId) -> Result<Vec<ClaimView>, Refusal> {
    let claims = book.answers_about(holder).await.map_err(|e| broken(&e))?;
    let views = claims.into_iter().map(|claim| ClaimView {
        id: claim.id,
        asks: claim.choice == Choice::Asked,
        says: claim.choice.in_words(),
        day: words::day(&claim.said_on),
        words: match (claim.choice, claim.words.parse::<PoliceGrade>()) {
            (Choice::ReGraded, Ok(grade)) => grade.in_words(),
            _ => claim.words,
        },
        account: claim.account.unwrap_or_default(),
        has_photo: claim.has_photo,
        verdict: match (claim.verdict, claim.by) {
            (Some(Verdict::Accepted), Some(by)) => format!("{by} accepted it."),
            (Some(Verdict::SetAside), Some(by)) => format!("{by} set it aside."),
            _ => String::new(),
        },
        partner: claim.partner,
        reference: claim.reference,
    });
    Ok(views.collect())
}

/// `POST /tip/{name}/answer`
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<VerdictForm>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let asked = form.verdict.split_once(':');
    let asked = asked.and_then(|(verdict, id)| id.parse().ok().zip(verdict.parse().ok()));
    let judged = match asked {
        Some((answer, verdict)) => book.judge_answer(tip, answer, verdict).await,
        None => Ok(false),
    };
    let (said, trouble) = match judged.map_err(|e| broken(&e))? {
        true => ("The answer is recorded.", false),
        false => ("Somebody decided about this answer already.", true),
    };
    screen.sessions.say(&signed, said.to_owned(), trouble);
    Ok(Redirect::to(&format!("/tip/{name}")).into_response())
}

/// `GET /tip/{name}/answer/{answer}`: the photo of an answer.
pub(in crate::screen) async fn photo(
    acting: Acting,
    Path((name, answer)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let found = match answer.parse() {
        Ok(answer) => book.answer_photo(tip, answer).await,
        Err(_) => Ok(None),
    };
    match found.map_err(|e| broken(&e))? {
        Some(jpeg) => Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response()),
        None => {
            let sentence = "There is no such photo here.";
            Err(refusal(StatusCode::NOT_FOUND, "Not here", sentence))
        }
    }
}
