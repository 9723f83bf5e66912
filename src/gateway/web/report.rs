//! The form and the check page. A form is read, its photos are cleaned and kept sealed as pending
//! photos, and the resident sees what will be sent. No tip is stored here. Every page has its own
//! token: see [`crate::web::token`].

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::listener::caller::{Caller, FromElsewhere};
use crate::memory::pending_photos::{NoRoom, Ticket};
use crate::site::Site;
use crate::web::form::{self, Posted, Typed, Unreadable};
use crate::web::pages::{self, NoticePage, ReportPage};
use crate::web::patience::Patience;
use crate::web::token::Carried;
use loke_core::tip::{Photo, Removed, limits};

/// Id of the message that the form's pending photos are gone.
const PHOTOS_GONE: &str = "problem-photos-gone";
/// Id of the message that there is no room for photos.
const NO_ROOM: &str = "problem-photos-room";

/// The pending photos that the next page shows.
#[derive(Default)]
struct Waiting {
    ticket: Option<Ticket>,
    /// What was removed from each photo.
    removed: Vec<Vec<Removed>>,
}

/// The page's message that nothing was received.
struct Failed {
    /// Ids of sentences on what the resident can do.
    says: [&'static str; 2],
    carried: Carried,
}

/// `GET /`: the empty form.
pub async fn form(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Response {
    fresh(&site, caller.language, &Typed::default())
}

/// An empty form with its own token.
pub fn fresh(site: &Site, language: &str, typed: &Typed) -> Response {
    match site.keys.for_form(site.clock.now()) {
        Ok(token) => pages::answer(
            StatusCode::OK,
            &ReportPage::form(site.frame(language), typed, token),
        ),
        Err(_) => trouble(site, language),
    }
}

/// `POST /check`: shows what will be sent.
pub async fn check(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    match read(&site, &caller, request).await {
        Ok(posted) => look_again(&site, &caller, posted, Vec::new()).await,
        Err(why) => unreadable(&site, caller.language, why),
    }
}

/// Shows the check page for a posted form, with its photos: 200 if it can be sent as it is, 422 if
/// the resident must correct something first.
pub async fn look_again(
    site: &Arc<Site>,
    caller: &Caller,
    posted: Posted,
    notices: Vec<&'static str>,
) -> Response {
    show(site, caller, posted, notices, None).await
}

/// The queue could not store the report. Shows the same page under a heading that says so, so that
/// no text and no photo is lost.
pub async fn not_received(
    site: &Arc<Site>,
    caller: &Caller,
    posted: Posted,
    carried: Carried,
) -> Response {
    show(
        site,
        caller,
        posted,
        Vec::new(),
        Some(Failed {
            says: ["trouble-kept", "trouble-other"],
            carried,
        }),
    )
    .await
}

/// The queue is filling up and accepts this report only with a second tap a few seconds later.
/// Shows the same page, which asks for it.
pub async fn once_more(
    site: &Arc<Site>,
    caller: &Caller,
    posted: Posted,
    carried: Carried,
) -> Response {
    let carried = carried.asking_again(site.clock.now());
    show(
        site,
        caller,
        posted,
        Vec::new(),
        Some(Failed {
            says: ["trouble-again", "trouble-other"],
            carried,
        }),
    )
    .await
}

/// The queue has no room for the photos. Shows the same page without them.
pub async fn without_photos(site: &Arc<Site>, caller: &Caller, mut posted: Posted) -> Response {
    if let Some(ticket) = Ticket::parse(&posted.typed.ticket) {
        site.pending_photos.forget(&ticket);
    }
    posted.typed.ticket.clear();
    look_again(site, caller, posted, vec![NO_ROOM]).await
}

async fn show(
    site: &Arc<Site>,
    caller: &Caller,
    mut posted: Posted,
    mut notices: Vec<&'static str>,
    failed: Option<Failed>,
) -> Response {
    if posted.broken {
        notices.push("problem-broken");
    }
    if posted.cut {
        notices.push("problem-cut");
    }
    if posted.odd {
        notices.push("problem-odd");
    }
    let waiting = settle(site, caller, &mut posted, &mut notices).await;
    notices.extend(failed.iter().flat_map(|failed| failed.says));
    let ticket = waiting.ticket.as_ref().map_or("", Ticket::as_str);
    let now = site.clock.now();
    let carried = match &failed {
        Some(failed) => failed.carried,
        None => site
            .keys
            .read(&posted.typed.token, now)
            .map_or(Carried::opened(now), |token| token.carried()),
    };
    let Ok(token) = site.keys.for_check(carried, now, site.keys.photos(ticket)) else {
        return trouble(site, &posted.typed.language);
    };
    let frame = site.frame(&posted.typed.language);
    let page = ReportPage::check(frame, &posted, token, &waiting.removed, ticket, notices);
    let page = if page.can_be_sent() {
        page.with_hints(
            &site
                .hints
                .find(&posted.typed, frame.t.code, caller.bucket)
                .await,
        )
    } else {
        page
    };
    let fine = if page.can_be_sent() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    match failed {
        Some(_) => pages::answer(
            StatusCode::SERVICE_UNAVAILABLE,
            &page.headed("trouble-heading"),
        ),
        None => pages::answer(fine, &page),
    }
}

/// Reads the posted form. If a page of another site sent it, only the texts are kept: the author of
/// that page may know the other values.
///
/// # Errors
/// If the content type is not a form's, or the body is over the limit.
pub async fn read(site: &Site, caller: &Caller, request: Request) -> Result<Posted, Unreadable> {
    let from_elsewhere = request.extensions().get::<FromElsewhere>().is_some();
    let kind = request
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let patience = Patience::of(&request);
    let mut posted = form::read(site, caller, patience, &kind, request.into_body()).await?;
    if from_elsewhere {
        let typed = &mut posted.typed;
        for planted in [
            &mut typed.token,
            &mut typed.ticket,
            &mut typed.campaign,
            &mut typed.language,
        ] {
            planted.clear();
        }
        typed.language.push_str(caller.language);
    }
    Ok(posted)
}

/// Updates the pending photos under the form's ticket: removes those ticked to be left out, and
/// adds those of this request. If nothing changes, they stay sealed under the same ticket.
async fn settle(
    site: &Arc<Site>,
    caller: &Caller,
    posted: &mut Posted,
    notices: &mut Vec<&'static str>,
) -> Waiting {
    let now = site.clock.now();
    let mut added = std::mem::take(&mut posted.photos);
    let old = Ticket::parse(&posted.typed.ticket).and_then(|ticket| {
        site.pending_photos
            .notes(&ticket, now)
            .map(|removed| (ticket, removed))
    });
    if old.is_none() && !posted.typed.ticket.is_empty() {
        notices.push(PHOTOS_GONE);
    }
    let waiting = old.as_ref().map_or(0, |(_, removed)| removed.len());
    let kept: Vec<usize> = (1..=waiting)
        .filter(|number| !posted.typed.drops(*number))
        .collect();
    if kept.len() + added.len() > limits::PHOTOS || posted.too_many {
        added.truncate(limits::PHOTOS.saturating_sub(kept.len()));
        notices.push("problem-photos-many");
    }
    match old {
        Some((ticket, removed)) if added.is_empty() && kept.len() == removed.len() => {
            site.pending_photos.prolong(&ticket, now);
            Waiting {
                ticket: Some(ticket),
                removed,
            }
        }
        Some((ticket, _)) if added.is_empty() && kept.is_empty() => {
            site.pending_photos.forget(&ticket);
            Waiting::default()
        }
        None if added.is_empty() => Waiting::default(),
        old => {
            let (site, bucket) = (Arc::clone(site), caller.bucket);
            let change =
                move || change(&site, bucket, old.map(|(ticket, _)| ticket), &kept, &added);
            // Sealing takes milliseconds.
            let (waiting, room) = tokio::task::spawn_blocking(change)
                .await
                .unwrap_or((Waiting::default(), Err(NoRoom)));
            notices.extend(room.is_err().then_some(NO_ROOM));
            waiting
        }
    }
}

/// Stores the kept and the added photos under a new ticket. If there is no room for the added
/// photos, stores only the kept ones.
fn change(
    site: &Site,
    bucket: u16,
    old: Option<Ticket>,
    kept: &[usize],
    added: &[Photo],
) -> (Waiting, Result<(), NoRoom>) {
    let now = site.clock.now();
    let put = |added: &[Photo]| match &old {
        Some(old) => site
            .pending_photos
            .change(old, |number| kept.contains(&number), added, bucket, now)
            .unwrap_or(Err(NoRoom)),
        None => site.pending_photos.leave(bucket, added, now),
    };
    let (ticket, room) = match put(added) {
        Ok(ticket) => (Some(ticket), Ok(())),
        Err(NoRoom) if kept.is_empty() => (None, Err(NoRoom)),
        Err(NoRoom) => (put(&[]).ok(), Err(NoRoom)),
    };
    let removed = ticket
        .as_ref()
        .and_then(|ticket| site.pending_photos.notes(ticket, now))
        .unwrap_or_default();
    (Waiting { ticket, removed }, room)
}

/// The page for a form that could not be read.
pub fn unreadable(site: &Site, language: &str, why: Unreadable) -> Response {
    let (status, says) = match why {
        Unreadable::NotAForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "trouble-form"),
        Unreadable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "trouble-large"),
    };
    pages::answer(
        status,
        &NoticePage::new(
            site.frame(language),
            "trouble-heading",
            &[says, "trouble-other"],
        ),
    )
}

/// The page for an error of the server.
pub fn trouble(site: &Site, language: &str) -> Response {
    let page = NoticePage::new(site.frame(language), "trouble-heading", &["trouble-other"]);
    pages::answer(StatusCode::SERVICE_UNAVAILABLE, &page)
}
