//! Partners' answers by code, on the page of their tip: each is a claim that the owner accepts or
//! sets aside.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{OurForm, Refusal, Screen, broken, words};
use crate::acting::Acting;
use crate::book::{Book, Verdict};
use crate::session::Signed;
use loke_core::tip::TipId;

/// A claim on the page.
pub(super) struct ClaimView {
    pub(super) id: TipId,
    pub(super) partner: String,
    pub(super) says: &'static str,
    pub(super) day: String,
    pub(super) reference: String,
    /// The owner's decision; empty while it waits.
    pub(super) verdict: String,
}

/// The form of both buttons.
#[derive(Deserialize)]
pub(in crate::screen) struct VerdictForm {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    verdict: String,
}

/// The claims about a tip and everything that is folded into it.
pub(super) async fn of(book: &Book, holder: TipId) -> Result<Vec<ClaimView>, Refusal> {
    let claims = book.answers_about(holder).await.map_err(|e| broken(&e))?;
    let views = claims.into_iter().map(|claim| ClaimView {
        id: claim.id,
        says: claim.choice.in_words(),
        day: words::day(&claim.said_on),
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
    let asked = form.answer.parse().ok().zip(form.verdict.parse().ok());
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
