//! One decision about several tips: first a page that names exactly those that were ticked, then the
//! decision about those and no others. Danger and children are never among them: each needs a
//! look of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, decide, page, refusal, words};
use crate::acting::Acting;
use crate::book::{Decision, How, Outcome, Seen};
use crate::session::Signed;

/// Most tips of one act.
const MOST: usize = 200;

/// The ticked tips: fields `tip.NAME` with the version that the officer saw.
#[derive(Deserialize)]
pub(super) struct BulkForm {
    decision: String,
    #[serde(default)]
    view: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

struct Ticked {
    name: String,
    version: i64,
    topic: &'static str,
    day: String,
    first_words: String,
}

#[derive(Template)]
#[template(path = "desk/bulk.html")]
struct Bulk {
    frame: Frame,
    decision: String,
    word: &'static str,
    view: String,
    ticked: Vec<Ticked>,
    /// Ticked tips that need a look of their own.
    left_out: Vec<String>,
}

/// `POST /bulk`: shows exactly what was ticked.
pub(super) async fn preview(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<BulkForm>,
) -> Result<Response, Refusal> {
    let (_, word) = decision(&form.decision)?;
    let seen = named(&form)?;
    let (mut ticked, mut left_out) = (Vec::new(), Vec::new());
    for (name, version) in seen {
        let (book, id) = acting.find(name).await.map_err(|e| words::not_shown(&e))?;
        let glance = book.glance(id).await.map_err(|e| broken(&e))?;
        if glance.danger || glance.child {
            left_out.push(name.to_owned());
            continue;
        }
        ticked.push(Ticked {
            name: name.to_owned(),
            version,
            topic: words::topic(glance.topic),
            day: words::day(&glance.received),
            first_words: words::first_words(&glance.words),
        });
    }
    page(&Bulk {
        frame: screen.frame(Some(&signed)),
        decision: form.decision.clone(),
        word,
        view: form.view,
        ticked,
        left_out,
    })
}

/// `POST /bulk/do`: decides about the tips of the preview. If one of them changed since, nothing
/// is done.
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<BulkForm>,
) -> Result<Response, Refusal> {
    let (decision, _) = decision(&form.decision)?;
    let mut targets = Vec::new();
    for (name, version) in named(&form)? {
        let (book, tip) = acting.find(name).await.map_err(|e| words::not_shown(&e))?;
        let glance = book.glance(tip).await.map_err(|e| broken(&e))?;
        if glance.danger || glance.child {
            let sentence = format!(
                "{name} needs a look of its own, because of danger or a child. Nothing was done."
            );
            return Err(refusal(StatusCode::CONFLICT, "Nothing was done", sentence));
        }
        targets.push(Seen {
            tip,
            version: Some(version),
        });
    }
    match acting.decide(&targets, &decision, How::default()).await {
        Ok(act) => {
            let said = decide::said(&acting, &decision, &act).await?;
            screen.sessions.say_done(&signed, said, act.number);
        }
        Err(refused) => {
            let why = decide::why_not(&refused)?;
            screen.sessions.say(&signed, why, true);
        }
    }
    let filter = super::queue::of_word(&form.view).unwrap_or_default();
    let query = super::queue::query(&filter, None);
    Ok(Redirect::to(&format!("/queue?{query}")).into_response())
}

/// The decision of a bulk form, and its phrase.
fn decision(word: &str) -> Result<(Decision, &'static str), Refusal> {
    let close = |outcome| Decision::Close {
        outcome,
        why: "with others".into(),
    };
    Ok(match word {
        "take" => (Decision::Take, "Take"),
        "close:spam" => (close(Outcome::Spam), "Close as no report"),
        "close:could-not-act" => (close(Outcome::CouldNotAct), "Close as could not act"),
        "close:duplicate" => (close(Outcome::Duplicate), "Close as duplicate"),
        "close:not-ours" => (close(Outcome::NotOurs), "Close as not ours"),
        "close:acted" => (close(Outcome::Acted), "Close as acted on"),
        _ => {
            let sentence = "Choose what to do with the ticked tips. Go back to the queue.";
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "Nothing was done",
                sentence,
            ));
        }
    })
}

/// The names and versions in a form.
fn named(form: &BulkForm) -> Result<Vec<(&str, i64)>, Refusal> {
    let ticked: Vec<(&str, i64)> = form
        .rest
        .iter()
        .filter_map(|(field, version)| Some((field.strip_prefix("tip.")?, version.parse().ok()?)))
        .collect();
    let sentence = match ticked.len() {
        0 => "No tip was ticked. Go back to the queue and tick some.".to_owned(),
        n if n > MOST => format!("{n} tips were ticked. Take at most {MOST} at once."),
        _ => return Ok(ticked),
    };
    Err(refusal(
        StatusCode::BAD_REQUEST,
        "Nothing was done",
        sentence,
    ))
}
