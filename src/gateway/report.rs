//! The form and the check page. Words come in, photos are cleaned and wait sealed, and the resident sees what will be sent.
//! Nothing is stored here.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, Posted, Typed, Unreadable};
use super::pages::{self, NoticePage, ReportPage};
use super::parking::Ticket;
use super::patience::Patience;
use super::site::Site;
use super::strip::Caller;
use crate::tip::{Photo, limits};

/// Says that nothing waits under the form's ticket any more.
pub const PHOTOS_GONE: &str = "problem-photos-gone";

/// `GET /`: the empty form.
pub async fn form(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Response {
    fresh(&site, caller.language, &Typed::default())
}

/// An empty form with a token of its own.
pub fn fresh(site: &Site, language: &str, typed: &Typed) -> Response {
    match site.keys.issue(site.clock.now()) {
        Ok(token) => pages::answer(StatusCode::OK, &ReportPage::form(site.frame(language), typed, token)),
        Err(_) => trouble(site, language),
    }
}

/// `POST /check`: shows what will be sent.
pub async fn check(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>, request: Request) -> Response {
    let posted = match read(&site, &caller, request).await {
        Ok(posted) => posted,
        Err(why) => return unreadable(&site, caller.language, why),
    };
    let (photos, _, notices) = gather(&site, &posted);
    show(&site, &caller, &posted, &photos, notices).await
}

/// Shows the check page for what was posted, the photos waiting under a new ticket: 200 where it can be sent as it stands, 422
/// where something must be mended first.
pub async fn show(site: &Site, caller: &Caller, posted: &Posted, photos: &[Photo], notices: Vec<&'static str>) -> Response {
    show_as(site, caller, posted, photos, notices, None).await
}

/// The queue could not take it: the same page, so that no word is lost, under a heading that says so.
pub async fn not_received(site: &Site, caller: &Caller, posted: &Posted, photos: &[Photo]) -> Response {
    show_as(site, caller, posted, photos, vec!["trouble-kept", "trouble-other"], Some(StatusCode::SERVICE_UNAVAILABLE)).await
}

async fn show_as(
    site: &Site,
    caller: &Caller,
    posted: &Posted,
    photos: &[Photo],
    mut notices: Vec<&'static str>,
    failed: Option<StatusCode>,
) -> Response {
    let typed = &posted.typed;
    let now = site.clock.now();
    let ticket = park(site, caller, posted, photos, &mut notices);
    let token = match site.keys.check(&typed.token, now) {
        Some(_) => Ok(typed.token.clone()),
        None => site.keys.issue(now),
    };
    let Ok(token) = token else { return trouble(site, &typed.language) };
    let photos = if ticket.is_some() { photos } else { &[] };
    let page = ReportPage::check(site.frame(&typed.language), posted, token, photos, ticket.as_ref().map_or("", Ticket::as_str), notices);
    let page =
        if page.can_be_sent() { page.with_hints(&site.hints.find(typed, site.frame(&typed.language).t.code, caller.bucket).await) } else { page };
    let page = if failed.is_some() { page.headed("trouble-heading") } else { page };
    let fine = if page.can_be_sent() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    pages::answer(failed.unwrap_or(fine), &page)
}

/// Reads the posted form.
pub async fn read(site: &Site, caller: &Caller, request: Request) -> Result<Posted, Unreadable> {
    let kind = request.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let patience = Patience::of(&request);
    form::read(site, caller, patience, &kind, request.into_body()).await
}

/// The photos that wait under the form's ticket, but for those ticked to be left out, and those that came just now; the ticket
/// where it still holds; and what there is to say about them.
pub fn gather(site: &Site, posted: &Posted) -> (Vec<Photo>, Option<Ticket>, Vec<&'static str>) {
    let mut notices = Vec::new();
    let mut photos = Vec::new();
    let ticket = Ticket::parse(&posted.typed.ticket);
    let waiting = ticket.as_ref().and_then(|t| site.parking.look(t, site.clock.now()));
    if waiting.is_none() && !posted.typed.ticket.is_empty() {
        notices.push(PHOTOS_GONE);
    }
    let ticket = if waiting.is_some() { ticket } else { None };
    photos.extend(waiting.into_iter().flatten().zip(1..).filter(|(_, number)| !posted.typed.drops(*number)).map(|(photo, _)| photo));
    photos.extend(posted.photos.iter().cloned());
    if photos.len() > limits::PHOTOS || posted.too_many {
        photos.truncate(limits::PHOTOS);
        notices.push("problem-photos-many");
    }
    if posted.broken {
        notices.push("problem-broken");
    }
    if posted.cut {
        notices.push("problem-cut");
    }
    if posted.odd {
        notices.push("problem-odd");
    }
    (photos, ticket, notices)
}

/// Leaves the photos in memory, sealed under a new ticket that only the resident's page will hold. Where there is no room for
/// them a second time, those that wait unchanged stay under the ticket that they have.
fn park(site: &Site, caller: &Caller, posted: &Posted, photos: &[Photo], notices: &mut Vec<&'static str>) -> Option<Ticket> {
    if photos.is_empty() {
        return None;
    }
    let old = Ticket::parse(&posted.typed.ticket);
    match (site.parking.leave(caller.bucket, photos, site.clock.now()), old) {
        (Ok(ticket), old) => {
            if let Some(old) = old {
                site.parking.forget(&old);
            }
            Some(ticket)
        }
        (Err(_), Some(old)) if posted.photos.is_empty() && posted.typed.drop.is_empty() => Some(old),
        (Err(_), _) => {
            notices.push("problem-photos-room");
            None
        }
    }
}

/// A form that could not be read at all.
pub fn unreadable(site: &Site, language: &str, why: Unreadable) -> Response {
    let (status, says) = match why {
        Unreadable::NotAForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "trouble-form"),
        Unreadable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "trouble-large"),
    };
    pages::answer(status, &NoticePage::new(site.frame(language), "trouble-heading", &[says, "trouble-other"]))
}

/// Something is wrong on our side.
pub fn trouble(site: &Site, language: &str) -> Response {
    let page = NoticePage::new(site.frame(language), "trouble-heading", &["trouble-other"]);
    pages::answer(StatusCode::SERVICE_UNAVAILABLE, &page)
}
