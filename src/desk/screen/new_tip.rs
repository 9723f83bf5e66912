//! `/new`: an officer enters a report by telephone, by letter or in person. There is no field for
//! who reported.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::entering::{self, NotEntered, Report};
use crate::screen::decide::sentence;
use crate::session::Signed;
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
}

#[derive(Template)]
#[template(path = "desk/new.html")]
struct NewTip {
    frame: Frame,
    form: NewForm,
    problem: Option<String>,
    today: String,
    longest: usize,
}

/// `GET /new`
pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    _: Acting,
) -> Result<Response, Refusal> {
    show(&screen, &signed, NewForm::default(), None)
}

/// `POST /new`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<NewForm>,
) -> Result<Response, Refusal> {
    let today = screen.clock().today();
    let Ok(topic) = form.topic.parse() else {
        let problem = "Choose what it is about. Nothing was stored.".to_owned();
        return show(&screen, &signed, form, Some(problem));
    };
    let Ok(received) = (match form.day.as_str() {
        "" => Ok(today),
        day => day.parse(),
    }) else {
        let problem = "The day is not a date. Nothing was stored.".to_owned();
        return show(&screen, &signed, form, Some(problem));
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
    match entering::enter(&acting, vec![report]).await {
        Ok(ids) => {
            let mut name = String::new();
            for id in ids {
                name = words::name_of(&acting, id).await?;
            }
            let said = format!("Stored as {name}.");
            screen.sessions.say(&signed, said, false);
            Ok(Redirect::to(&format!("/tip/{name}")).into_response())
        }
        Err(NotEntered::Database(e)) => Err(broken(&e)),
        Err(refused) => show(&screen, &signed, form, Some(sentence(&refused))),
    }
}

fn show(
    screen: &Screen,
    signed: &Signed,
    form: NewForm,
    problem: Option<String>,
) -> Result<Response, Refusal> {
    page(&NewTip {
        frame: screen.frame(Some(signed)),
        form,
        problem,
        today: screen.clock().today().to_string(),
        longest: limits::WHAT,
    })
}
