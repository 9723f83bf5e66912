//! Alerts at the page. Only after sign-in it says which one was a drill.

use std::sync::{Arc, MutexGuard, PoisonError};

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Frame, NoFields, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::check;
use crate::database::Error;
use crate::duty;
use crate::granting;
use crate::incidents;
use crate::register::Alert;
use crate::session::Signed;
use loke_core::clock::Zone;

/// What every page says. It is read anew each minute, and after each change at the page.
#[derive(Default)]
pub(super) struct Notices {
    pub(super) alert: Option<AlertLine>,
    /// For everybody.
    troubles: Vec<String>,
    /// For the accounts in each list.
    for_members: Vec<(Vec<String>, String)>,
}

/// The alert that runs, in words.
#[derive(Clone)]
pub(super) struct AlertLine {
    pub(super) is_drill: bool,
    pub(super) line: String,
}

impl Notices {
    pub(super) fn troubles_of(&self, account: &str) -> Vec<String> {
        let ours = self.for_members.iter();
        let ours = ours.filter(|(members, _)| members.iter().any(|member| member == account));
        let ours = ours.map(|(_, line)| line.clone());
        self.troubles.iter().cloned().chain(ours).collect()
    }
}

impl Screen {
    /// Reads anew what every page says of alerts and of the gateways' keys.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn read_notices(&self) -> Result<(), Error> {
        let register = self.open.register();
        let waits = register.untaken().await? > 0;
        let running = register.running_alert().await?;
        let alert = if waits {
            Some(AlertLine {
                is_drill: false,
                line: "Something urgent waits until somebody takes it.".to_owned(),
            })
        } else {
            running.filter(|alert| alert.drill).map(|alert| AlertLine {
                is_drill: true,
                line: format!(
                    "The alert of {} is a drill.",
                    moment(&alert, &self.clock.zone())
                ),
            })
        };
        let mut troubles = check::gateway_keys(register).await?;
        let (_, problem) = duty::current(register).await?;
        troubles.extend(problem.map(|problem| format!("The duty list is wrong: {problem}.")));
        let rules = register.rules_problem();
        troubles.extend(rules.map(|problem| {
            format!("The rules are wrong, and the last good ones apply: {problem}.")
        }));
        let mut for_members = check::rekeys_due(register).await?;
        for_members.extend(granting::notices(register).await?);
        for_members.extend(incidents::notices(register).await?);
        *self.notices() = Notices {
            alert,
            troubles,
            for_members,
        };
        Ok(())
    }

    pub(super) fn notices(&self) -> MutexGuard<'_, Notices> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Row {
    began: String,
    what: &'static str,
    ended: String,
}

#[derive(Template)]
#[template(path = "desk/alerts.html")]
struct Alerts {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /alerts`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let alerts = acting.register().alerts().await.map_err(|e| broken(&e))?;
    let zone = screen.clock.zone();
    let rows = alerts.iter().map(|alert| Row {
        began: moment(alert, &zone),
        what: match (alert.drill, alert.urgent) {
            (true, false) => "A drill",
            (true, true) => "A drill, and then something urgent",
            (false, _) => "Something urgent",
        },
        ended: alert
            .ended_at
            .map_or_else(|| "not yet".to_owned(), |at| in_words(at, &zone)),
    });
    page(&Alerts {
        frame: screen.frame(Some(&signed)),
        rows: rows.collect(),
    })
}

/// `POST /alerts/seen`
pub(super) async fn seen(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(NoFields {}): OurForm<NoFields>,
) -> Result<Response, Refusal> {
    let seen = acting.register().note_drill_seen(&acting.actor()).await;
    let sentence = if seen.map_err(|e| broken(&e))? {
        "The drill is over. Thank you."
    } else {
        "No drill is going on any more."
    };
    screen.read_notices().await.map_err(|e| broken(&e))?;
    screen.sessions.say(&signed, sentence.to_owned(), false);
    Ok(Redirect::to("/").into_response())
}

fn moment(alert: &Alert, zone: &Zone) -> String {
    in_words(alert.began_at, zone)
}

/// Such as "10:20 on 28 November".
fn in_words(at: i64, zone: &Zone) -> String {
    let day = words::day(&zone.day(at).to_string());
    format!("{} on {day}", zone.time(at))
}
