//! `/new`: an officer enters a report by telephone, by letter or in person. There is no field for
//! who reported. The page offers what the officer was entering when a session ended.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::entering::{self, EntryHint, NotEntered, Report};
use crate::register::Slot;
use crate::screen::words::sentence;
use crate::session::Signed;
use loke_core::terminal::one_line;
use loke_core::tip::limits;

/// The form, as it was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct NewForm {
    topic: String,
    what: String,
    #[serde(rename = "where")]
    place: String,
    when: String,
    ongoing: String,
    danger: String,
    child: String,
    impact: String,
    vehicle: String,
    how_known: String,
    offensive: Option<String>,
    day: String,
    language: String,
    /// The words that the page marked before, one a line.
    hinted: String,
    /// The place of the text that the page offered.
    kept: String,
    /// The button that throws it away.
    discard: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/new.html")]
struct NewTip {
    frame: Frame,
    form: NewForm,
    problem: Option<String>,
    /// Words that may say who reported.
    hints: Vec<EntryHint>,
    today: String,
    longest: usize,
}

/// `GET /new`
pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    while let Some(half) = screen.sessions.offered(&signed) {
        let Some(slot) = half.slot else { break };
        let account = &acting.account().name;
        let there = acting.register().has_typed(account, slot).await;
        if there.map_err(|e| broken(&e))?
            && let Some(form) = half.form::<NewForm>()
        {
            let kept = slot.word();
            let form = NewForm { kept, ..form };
            return show(&screen, &signed, form, None, Vec::new());
        }
        screen.sessions.drop_offered(&signed, slot);
    }
    show(&screen, &signed, NewForm::default(), None, Vec::new())
}

/// Drops the text that the page offered: it was used, or thrown away.
async fn drop_kept(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    form: &NewForm,
) -> Result<(), Refusal> {
    if let Some(slot) = Slot::read(&form.kept) {
        let account = &acting.account().name;
        let dropped = acting.register().drop_typed(account, slot).await;
        dropped.map_err(|e| broken(&e))?;
        screen.sessions.drop_offered(signed, slot);
    }
    Ok(())
}

/// `POST /new`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<NewForm>,
) -> Result<Response, Refusal> {
    if form.discard.is_some() {
        drop_kept(&screen, &signed, &acting, &form).await?;
        return Ok(Redirect::to("/new").into_response());
    }
    let today = screen.clock().today();
    let Ok(topic) = form.topic.parse() else {
        let problem = "Choose what it is about. Nothing was stored.".to_owned();
        return show(&screen, &signed, form, Some(problem), Vec::new());
    };
    let Ok(received) = (match form.day.as_str() {
        "" => Ok(today),
        day => day.parse(),
    }) else {
        let problem = "The day is not a date. Nothing was stored.".to_owned();
        return show(&screen, &signed, form, Some(problem), Vec::new());
    };
    let report = Report {
        received,
        language: match form.language.trim() {
            "" => "en".to_owned(),
            language => language.chars().take(10).collect(),
        },
        topic,
        what: form.what.clone(),
        place: form.place.clone(),
        when: form.when.clone(),
        ongoing: form.ongoing.parse().ok(),
        danger: form.danger.parse().ok(),
        child: form.child.parse().ok(),
        impact: form.impact.clone(),
        vehicle: form.vehicle.clone(),
        how_known: form.how_known.parse().ok(),
        signs: Vec::new(),
        offensive: form.offensive.is_some().then_some(true),
    };
    let folder = acting.register().folder().to_owned();
    let looked = report.clone();
    let looking = tokio::task::spawn_blocking(move || entering::hints(&folder, &looked));
    // A broken file of patterns must not keep a report out.
    let hints = match looking.await {
        Ok(Ok(hints)) => hints,
        Ok(Err(problem)) => {
            tracing::error!(%problem, "no PII hints for the form of officers");
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    let is_new = |hint: &EntryHint| {
        !form
            .hinted
            .lines()
            .any(|seen| seen == one_line(&hint.words))
    };
    if hints.iter().any(is_new) {
        return show(&screen, &signed, form, None, hints);
    }
    match entering::enter(&acting, vec![report]).await {
        Ok(ids) => {
            drop_kept(&screen, &signed, &acting, &form).await?;
            let mut name = String::new();
            for id in ids {
                name = words::name_of(&acting, id).await?;
            }
            let said = format!("Stored as {name}.");
            screen.sessions.say(&signed, said, false);
            Ok(Redirect::to(&format!("/tip/{name}")).into_response())
        }
        Err(NotEntered::Database(e)) => Err(broken(&e)),
        // The guard keeps the text then.
        Err(refused @ NotEntered::NoBook(_)) if !screen.open.shut_of(signed.id).is_empty() => {
            Err(refusal(
                StatusCode::CONFLICT,
                "Nothing was stored",
                sentence(&refused),
            ))
        }
        Err(refused) => show(&screen, &signed, form, Some(sentence(&refused)), Vec::new()),
    }
}

fn show(
    screen: &Screen,
    signed: &Signed,
    mut form: NewForm,
    problem: Option<String>,
    hints: Vec<EntryHint>,
) -> Result<Response, Refusal> {
    let words: Vec<String> = hints.iter().map(|hint| one_line(&hint.words)).collect();
    form.hinted = words.join("\n");
    page(&NewTip {
        hints,
        frame: screen.frame(Some(signed)),
        form,
        problem,
        today: screen.clock().today().to_string(),
        longest: limits::WHAT,
    })
}
