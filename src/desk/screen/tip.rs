//! The page of one tip: every answer, its photos, and the partners that got a copy or can get one.
//! Texts of one thread are on one page, each with its own.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, list, page, refusal, words};
use crate::acting::Acting;
use crate::book::{self, Held};
use crate::database;
use crate::register::Delivery;
use crate::route::{self, Routed};
use crate::session::Signed;
use crate::settings::Partner;
use crate::viewing;
use loke_core::tip::{Priority, Tip, TipId, YesNo};

struct PhotoView {
    number: usize,
    removed: String,
}

struct DeliveryView {
    partner: String,
    reference: String,
    state: &'static str,
    sentence: String,
}

struct PartnerView {
    name: String,
    way: String,
    without: String,
    has_it: bool,
}

/// One tip on the page.
struct Text {
    id: TipId,
    /// Its number in the thread, from 1.
    number: i64,
    topic: &'static str,
    lane: &'static str,
    priority: Priority,
    urgency: &'static str,
    day: String,
    status: &'static str,
    danger: bool,
    child: bool,
    /// Why it is not proven; `None` if it is.
    unproven: Option<String>,
    what: String,
    answers: Vec<words::Answered>,
    unsure: Vec<&'static str>,
    unanswered: Vec<&'static str>,
    photos: Vec<PhotoView>,
    deliveries: Vec<DeliveryView>,
    partners: Vec<PartnerView>,
}

#[derive(Template)]
#[template(path = "desk/tip.html")]
struct TipPage {
    frame: Frame,
    texts: Vec<Text>,
    /// Number of texts in the thread, shown or not.
    all: i64,
    /// The offsets of the previous and the next page.
    earlier: Option<i64>,
    later: Option<i64>,
    /// The requested tip.
    id: TipId,
    trouble: Option<String>,
}

/// The number of texts of a thread to skip.
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    from: u32,
}

/// `GET /tip/{id}`: marks the tip and the texts of its thread as read, and writes the view to the
/// audit log.
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(id): Path<String>,
    from: Result<Query<From>, QueryRejection>,
) -> Result<Response, Refusal> {
    let id = read_id(&id)?;
    let book = acting.book_of(id).await.map_err(|e| not_shown(&e))?;
    let found = book
        .view_with_row(id, from.map_or(0, |from| from.0.from))
        .await
        .map_err(|e| not_shown(&e))?;
    let (partners, trouble) = match screen.desk() {
        Ok(desk) => (desk.partners, None),
        Err(trouble) => (Vec::new(), Some(trouble.to_string())),
    };
    let mut texts = Vec::with_capacity(found.held.len());
    for (held, number) in found.held.iter().zip(found.before + 1..) {
        let deliveries = acting
            .register()
            .deliveries_of(held.id)
            .await
            .map_err(|e| broken(&e))?;
        texts.push(text(
            held,
            number,
            &deliveries,
            &partners,
            screen.clock.now(),
        )?);
    }
    let shown = found.before + texts.len() as i64;
    let all = found.all;
    let earlier = (found.before > 0).then(|| (found.before - book::TOGETHER).max(0));
    page(&TipPage {
        frame: screen.frame(Some(&signed)),
        texts,
        all,
        earlier,
        later: (shown < all).then_some(shown),
        id,
        trouble,
    })
}

fn text(
    held: &Held,
    number: i64,
    deliveries: &[Delivery],
    partners: &[Partner],
    now: i64,
) -> Result<Text, Refusal> {
    let tip: Tip = serde_json::from_str(&held.json).map_err(|_| broken(&database::Error::Row))?;
    let words::Answers {
        answered,
        unsure,
        open,
    } = words::answers(&tip);
    let photos = tip.photos.iter().enumerate().map(|(i, note)| PhotoView {
        number: i + 1,
        removed: words::taken_off(&note.removed),
    });
    Ok(Text {
        id: held.id,
        number,
        topic: words::topic(tip.topic),
        lane: words::lane(tip.lane),
        priority: tip.priority,
        urgency: words::urgency(tip.priority),
        day: words::day(&tip.received),
        status: list::status(held.status),
        danger: tip.danger == Some(YesNo::Yes),
        child: tip.child == Some(YesNo::Yes),
        unproven: viewing::why_unproven(&tip),
        what: tip.what.clone(),
        answers: answered,
        unsure,
        unanswered: open,
        photos: photos.collect(),
        deliveries: deliveries.iter().map(|d| delivery_view(d, now)).collect(),
        partners: partners
            .iter()
            .map(|p| partner_view(p, deliveries))
            .collect(),
    })
}

/// `GET /tip/{id}/photo/{number}`: opens the photo from the sealed tip for this one response.
pub(super) async fn photo(
    acting: Acting,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, Refusal> {
    let id = read_id(&id)?;
    let book = acting.book_of(id).await.map_err(|e| not_shown(&e))?;
    match viewing::photo(book, id, number).await {
        Ok(jpeg) => Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response()),
        Err(viewing::Error::Database(e)) => Err(not_shown(&e)),
        Err(e @ viewing::Error::NoPhoto(_)) => {
            Err(refusal(StatusCode::NOT_FOUND, "Not here", e.to_string()))
        }
        Err(e) => Err(broken(&e)),
    }
}

/// The form of the route button.
#[derive(Deserialize)]
pub(super) struct RouteForm {
    partner: String,
    again: Option<String>,
}

/// `POST /tip/{id}/route`
pub(super) async fn route(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(id): Path<String>,
    OurForm(form): OurForm<RouteForm>,
) -> Result<Response, Refusal> {
    let id = read_id(&id)?;
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
        Err(e) => return Err(broken(&e)),
    };
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to(&format!("/tip/{id}")).into_response())
}

fn read_id(id: &str) -> Result<TipId, Refusal> {
    id.parse().map_err(|_| no_such_tip())
}

fn no_such_tip() -> Refusal {
    refusal(
        StatusCode::NOT_FOUND,
        "Not here",
        "Tip not found. Check the reference.",
    )
}

fn not_shown(error: &database::Error) -> Refusal {
    if matches!(error, database::Error::NoTip(_)) {
        no_such_tip()
    } else {
        broken(error)
    }
}

fn partner_view(partner: &Partner, deliveries: &[Delivery]) -> PartnerView {
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
fn delivery_view(delivery: &Delivery, now: i64) -> DeliveryView {
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
