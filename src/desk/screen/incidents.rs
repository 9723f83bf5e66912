//! `/incidents`: reports that reached the wrong partner, each with what is left of its 72 hours. A
//! supervisor closes them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::book::NotOpened;
use crate::incidents::{self, NotDone};
use crate::register::{AccountRole, Ended};
use crate::route::NotSent;
use crate::session::Signed;

struct Row {
    reference: String,
    partner: String,
    tip: String,
    opened: String,
    why: String,
    /// The rest of the 72 hours; empty once it is closed.
    clock: String,
    ended: String,
}

#[derive(Template)]
#[template(path = "desk/incidents.html")]
struct Incidents {
    frame: Frame,
    rows: Vec<Row>,
    is_supervisor: bool,
}

/// `GET /incidents`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let (zone, now) = (screen.clock().zone(), screen.clock.now());
    let mut rows = Vec::new();
    for (incident, said) in acting.incidents().await.map_err(|e| broken(&e))? {
        let by = incident.closed_by.as_deref().unwrap_or_default();
        let ended = incident.ended.map(|ended| match ended {
            Ended::Told => format!("{by} closed it: the commissioner was told."),
            Ended::NoRisk => format!("{by} closed it: no risk follows."),
        });
        rows.push(Row {
            tip: words::name_of(&acting, incident.tip).await?,
            opened: format!(
                "{} opened it. Found on {}.",
                incident.opened_by,
                words::when(&screen, incident.found_at)
            ),
            clock: match incident.ended {
                None => incidents::clock(&incident, &zone, now),
                Some(_) => String::new(),
            },
            ended: match (ended, said.ended_why) {
                (Some(ended), Some(why)) => format!("{ended} {why}"),
                (ended, _) => ended.unwrap_or_default(),
            },
            why: said.why,
            reference: incident.reference,
            partner: incident.partner,
        });
    }
    page(&Incidents {
        frame: screen.frame(Some(&signed)),
        rows,
        is_supervisor: acting.account().is(AccountRole::Supervisor),
    })
}

/// The form that closes one.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct CloseForm {
    reference: String,
    ended: String,
    why: String,
}

/// `POST /incidents`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<CloseForm>,
) -> Result<Response, Refusal> {
    let Ok(ended) = form.ended.parse() else {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "Nothing was done",
            "The button is not one of this page. Load it again.",
        ));
    };
    let closed = acting
        .close_incident(&form.reference, ended, &form.why)
        .await;
    let (text, trouble) = match closed {
        Ok(()) => ("The incident is closed.".to_owned(), false),
        Err(NotDone::Incident(NotOpened::Database(e)))
        | Err(NotDone::Report(NotSent::Database(e))) => return Err(broken(&e)),
        Err(refused) => (words::sentence(&refused), true),
    };
    screen.read_notices().await.map_err(|e| broken(&e))?;
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to("/incidents").into_response())
}
