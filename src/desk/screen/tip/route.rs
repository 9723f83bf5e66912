//! The copies of a tip: those that partners have or get, and the button that sends one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::acting::Acting;
use crate::database;
use crate::register::Delivery;
use crate::route::{self, Routed};
use crate::screen::{OurForm, Refusal, Screen, broken, refusal, words};
use crate::session::Signed;
use crate::settings::Partner;

pub(in crate::screen) struct DeliveryView {
    pub(super) partner: String,
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) sentence: String,
}

pub(in crate::screen) struct PartnerView {
    pub(super) name: String,
    pub(super) way: String,
    pub(super) without: String,
    pub(super) has_it: bool,
}

/// The form of the route button.
#[derive(Deserialize)]
pub(in crate::screen) struct RouteForm {
    partner: String,
    again: Option<String>,
}

/// `POST /tip/{id}/route`
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(id): Path<String>,
    OurForm(form): OurForm<RouteForm>,
) -> Result<Response, Refusal> {
    let (_, id) = acting.find(&id).await.map_err(|e| words::not_shown(&e))?;
    let desk = screen.desk().map_err(|e| broken(&e))?;
    let again = form.again.is_some();
    let (text, trouble) = match route::route(&acting, &desk, id, &form.partner, again).await {
        Ok(Routed::Arrived(d)) => (
            format!("Sent to {}, reference {}.", d.partner, d.reference),
            false,
        ),
        Ok(Routed::Waiting(d)) => (
            format!(
                "The copy for {} is kept and has not arrived yet: see below.",
                d.partner
            ),
            true,
        ),
        Ok(Routed::Already(d)) if d.done.is_none() => (
            format!("A copy for {} is kept already: see below.", d.partner),
            true,
        ),
        Ok(Routed::Already(d)) => (
            format!(
                "{} has a copy already, reference {}. To send another, choose it again.",
                d.partner, d.reference
            ),
            false,
        ),
        Err(e @ route::Error::UnknownPartner { .. }) => {
            return Err(refusal(StatusCode::NOT_FOUND, "Not sent", e.to_string()));
        }
        Err(e @ route::Error::Database(database::Error::Restricted(_))) => {
            return Err(refusal(StatusCode::CONFLICT, "Not sent", e.to_string()));
        }
        Err(e) => return Err(broken(&e)),
    };
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to(&format!("/tip/{id}")).into_response())
}

pub(super) fn partner_view(partner: &Partner, deliveries: &[Delivery]) -> PartnerView {
    PartnerView {
        name: partner.name.clone(),
        way: words::way(&partner.way),
        without: partner
            .without
            .iter()
            .map(|answer| words::left_out(*answer))
            .collect::<Vec<_>>()
            .join(", "),
        has_it: deliveries
            .iter()
            .any(|d| d.partner == partner.name && d.done.is_some()),
    }
}

/// The state of a copy: arrived, waiting, or stuck until an officer acts.
pub(super) fn delivery_view(delivery: &Delivery, now: i64) -> DeliveryView {
    let minutes = ((delivery.due - now).max(0) + 59) / 60;
    let next = if minutes <= 1 {
        "within a minute".to_owned()
    } else {
        format!("in {minutes} minutes")
    };
    let problem = delivery
        .problem
        .as_deref()
        .unwrap_or("it was not tried yet");
    let (state, sentence) = match (delivery.done, delivery.needs_officer) {
        (Some(_), _) => ("arrived", "has it.".to_owned()),
        (None, true) => (
            "stuck",
            format!(
                "does not have it yet, and this needs you: {problem}. It is tried again {next}."
            ),
        ),
        (None, false) => (
            "waiting",
            format!("does not have it yet: {problem}. It is tried again {next}."),
        ),
    };
    DeliveryView {
        partner: delivery.partner.clone(),
        reference: delivery.reference.clone(),
        state,
        sentence,
    }
}
