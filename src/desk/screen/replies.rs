//! `GET|POST /replies`: the replies that wait for a second person or a supervisor, with their clock, and
//! the reports whose writers asked to forget them.
//! `GET|POST /receipt`: the reports of a receipt that a resident hands over.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::tip::capital;
use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::book::ReplyState;
use crate::register::AccountRole;
use crate::replying::{NotReplied, Proof, Proven, WaitingForget, WaitingReply};
use crate::session::Signed;
use loke_core::receipt::Receipt;

/// A piece of a reply; the reason is empty if it is not marked.
struct Piece {
    text: String,
    reason: &'static str,
}

struct Row {
    n: i64,
    name: String,
    who: String,
    /// How long it waits.
    hours: i64,
    /// By when somebody should decide, and whether that is over.
    due: String,
    is_overdue: bool,
    is_held: bool,
    language: String,
    /// The language of the resident's page, and whether it is another one.
    resident: String,
    differs: bool,
    needs_interpreter: bool,
    meaning: String,
    pieces: Vec<Piece>,
    may_agree: bool,
}

#[derive(Template)]
#[template(path = "desk/replies.html")]
struct Replies {
    frame: Frame,
    rows: Vec<Row>,
    forgets: Vec<ForgetRow>,
}

/// A report whose writer asked to forget it.
struct ForgetRow {
    name: String,
    /// Its subject and day, or that it is an answer.
    about: String,
    asked_on: String,
    not_before: String,
    proposed_by: String,
    /// Whether this person may propose or agree to delete it today.
    may_delete: bool,
    is_mine: bool,
}

/// `GET /replies`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let waiting = acting.waiting_replies().await.map_err(|e| broken(&e))?;
    let forgets = acting.waiting_forgets().await.map_err(|e| broken(&e))?;
    let now = screen.clock.now();
    page(&Replies {
        frame: screen.frame(Some(&signed)),
        rows: waiting
            .iter()
            .map(|one| row(&screen, one, &acting, now))
            .collect(),
        forgets: forgets.into_iter().map(|one| wish(one, &acting)).collect(),
    })
}

fn wish(waiting: WaitingForget, acting: &Acting) -> ForgetRow {
    let tip = waiting.tip;
    let day = words::day(&tip.received);
    let is_mine = tip.proposed_by.as_ref() == Some(&acting.account().name);
    ForgetRow {
        name: waiting.name,
        about: match tip.follow_up.as_deref() {
            Some("forget") => format!("The wish itself, without words, {day}"),
            Some("answer") => format!("An answer, {day}"),
            _ => format!("{}, {day}", words::topic(tip.topic)),
        },
        asked_on: words::day(&tip.asked_on),
        not_before: words::day(&tip.not_before),
        proposed_by: tip.proposed_by.unwrap_or_default(),
        may_delete: waiting.may_delete && !is_mine,
        is_mine,
    }
}

fn row(screen: &Screen, waiting: &WaitingReply, acting: &Acting, now: i64) -> Row {
    let reply = &waiting.reply;
    let is_held = reply.state == ReplyState::Held;
    let pieces = waiting.looked.pieces(&reply.text).into_iter();
    let pieces = pieces.map(|(text, reason)| Piece {
        text: text.to_owned(),
        reason: reason.map_or("", |reason| reason.sentence()),
    });
    let may_release = !is_held || acting.account().is(AccountRole::Supervisor);
    Row {
        n: reply.id,
        name: waiting.name.clone(),
        who: reply.who.clone(),
        hours: now.saturating_sub(reply.at) / 3_600,
        due: match reply.due_at {
            Some(at) => words::when(screen, at),
            None => String::new(),
        },
        is_overdue: reply.due_at.is_some_and(|at| at <= now),
        is_held,
        language: reply.language.clone(),
        resident: waiting.resident.clone(),
        differs: waiting.resident.split(['-', '_']).next() != Some(reply.language.as_str()),
        needs_interpreter: reply.library.is_none() && reply.language != "en",
        meaning: reply.meaning.clone().unwrap_or_default(),
        pieces: pieces.collect(),
        may_agree: may_release && reply.who != acting.account().name,
    }
}

/// The form of every row.
#[derive(Deserialize)]
pub(super) struct ReplyForm {
    n: i64,
    step: String,
    #[serde(default)]
    interpreter: String,
    #[serde(default)]
    why: String,
}

/// `POST /replies`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<ReplyForm>,
) -> Result<Response, Refusal> {
    let done = match form.step.as_str() {
        "agree" => acting.agree_to_reply(form.n, &form.interpreter).await,
        "release" => {
            let (by, why) = (&form.interpreter, &form.why);
            acting.release_reply(form.n, by, why).await
        }
        _ => acting.drop_reply(form.n, &form.why).await,
    };
    let (said, trouble) = match done {
        Ok(()) if form.step == "drop" => ("The reply never leaves.".to_owned(), false),
        Ok(()) => (
            "The reply leaves with the next daily replacement. Nobody can know whether it was read."
                .to_owned(),
            false,
        ),
        Err(NotReplied::Database(problem)) => return Err(words::not_shown(&problem)),
        Err(problem) => (capital(&format!("{problem}.")), true),
    };
    screen.sessions.say(&signed, said, trouble);
    Ok(Redirect::to("/replies").into_response())
}

#[derive(Template)]
#[template(path = "desk/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    problem: Option<&'static str>,
    proof: Option<ProofSheet>,
    today: String,
}

/// The sheet for an ASB Case Review.
struct ProofSheet {
    incidents: Vec<IncidentLine>,
    /// The number of other messages with the receipt.
    others: usize,
    is_enough: bool,
}

struct IncidentLine {
    received: String,
    kind: &'static str,
    topic: &'static str,
    happened: String,
    name: String,
}

impl ProofSheet {
    fn of(proof: Proof) -> Self {
        let all = proof.reports.len();
        let incidents = proof.reports.into_iter().filter(Proven::is_incident);
        let incidents: Vec<IncidentLine> = incidents
            .map(|report| IncidentLine {
                received: words::day(&report.received),
                kind: match report.follow_up {
                    None => "A report",
                    Some(_) => "It was still happening",
                },
                topic: words::topic(report.topic),
                happened: report.happened.map_or("Not said".to_owned(), |when| {
                    let (day, time) = when.split_once(' ').unwrap_or((when.as_str(), ""));
                    format!("{} {time}", words::day(day)).trim_end().to_owned()
                }),
                name: report.name,
            })
            .collect();
        Self {
            others: all - incidents.len(),
            incidents,
            is_enough: proof.is_enough,
        }
    }
}

/// `GET /receipt`
pub(super) async fn receipt(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    proof_page(&screen, &signed, None, None)
}

/// The digits. They are zeroized, and no page shows them again.
#[derive(Deserialize)]
pub(super) struct DigitsForm {
    digits: Zeroizing<String>,
}

/// `POST /receipt`
pub(super) async fn prove(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<DigitsForm>,
) -> Result<Response, Refusal> {
    let Ok(receipt) = Receipt::parse(&form.digits) else {
        let problem = "These are not the digits of a receipt. It has 28 digits.";
        return proof_page(&screen, &signed, Some(problem), None);
    };
    let proof = acting.prove(&receipt).await.map_err(|e| broken(&e))?;
    if proof.reports.is_empty() {
        let problem = "No report in your books has this receipt.";
        return proof_page(&screen, &signed, Some(problem), None);
    }
    proof_page(&screen, &signed, None, Some(proof))
}

fn proof_page(
    screen: &Screen,
    signed: &Signed,
    problem: Option<&'static str>,
    proof: Option<Proof>,
) -> Result<Response, Refusal> {
    page(&ReceiptPage {
        frame: screen.frame(Some(signed)),
        problem,
        proof: proof.map(ProofSheet::of),
        today: words::day(&screen.clock.today()),
    })
}
