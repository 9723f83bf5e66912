//! The form and the check page. Words come in, photos are cleaned and wait sealed, and the resident
//! sees what will be sent. Nothing is stored here. Every page has a token of its own: see
//! [`crate::web::token`].

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

/// Says that nothing waits under the form's ticket any more.
const PHOTOS_GONE: &str = "problem-photos-gone";
/// Says that there is no room for photos.
const NO_ROOM: &str = "problem-photos-room";

/// The photos that the next page shows.
#[derive(Default)]
struct Waiting {
    ticket: Option<Ticket>,
    /// The kinds of notes that were taken off each.
    removed: Vec<Vec<Removed>>,
}

/// A page that says that nothing was received.
struct Failed {
    /// Sentences on what a resident can do, under the heading that says so.
    says: [&'static str; 2],
    carried: Carried,
}

/// `GET /`: the empty form.
pub async fn form(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Response {
    fresh(&site, caller.language, &Typed::default())
}

/// An empty form with a token of its own.
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

/// Shows the check page for what was posted, with its photos: 200 if it can be sent as it is, 422
/// if something must be mended first.
pub async fn look_again(
    site: &Arc<Site>,
    caller: &Caller,
    posted: Posted,
    notices: Vec<&'static str>,
) -> Response {
    show(site, caller, posted, notices, None).await
}

/// The queue could not take it: the same page, so that no word and no photo is lost, under a
/// heading that says so.
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

/// The queue fills, and takes this with a second tap in a few seconds: the same page, which asks
/// for it.
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

/// The queue has no room for the photos: the same page without them.
pub async fn without_photos(site: &Arc<Site>, caller: &Caller, mut posted: Posted) -> Response {
    if let Some(ticket) = Ticket::parse(&posted.typed.ticket) {
        site.parking.forget(&ticket);
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

/// Reads the posted form. Of one that another site's page sent, the words alone are kept: what else
/// it holds may be known to whoever made that page.
///
/// # Errors
/// If it is no form, or larger than anything that is read.
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

/// Brings the photos that wait under the form's ticket to what the next page shows: without those
/// ticked to be left out, with those that came just now. If nothing changes they stay as they are,
/// unopened, and wait on.
async fn settle(
    site: &Arc<Site>,
    caller: &Caller,
    posted: &mut Posted,
    notices: &mut Vec<&'static str>,
) -> Waiting {
    let now = site.clock.now();
    let mut added = std::mem::take(&mut posted.photos);
    let old = Ticket::parse(&posted.typed.ticket).and_then(|ticket| {
        site.parking
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
            site.parking.prolong(&ticket, now);
            Waiting {
                ticket: Some(ticket),
                removed,
            }
        }
        Some((ticket, _)) if added.is_empty() && kept.is_empty() => {
            site.parking.forget(&ticket);
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

/// Puts the kept and the added photos under a new ticket; if there is no room for those added, the
/// kept ones alone.
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
            .parking
            .change(old, |number| kept.contains(&number), added, bucket, now)
            .unwrap_or(Err(NoRoom)),
        None => site.parking.leave(bucket, added, now),
    };
    let (ticket, room) = match put(added) {
        Ok(ticket) => (Some(ticket), Ok(())),
        Err(NoRoom) if kept.is_empty() => (None, Err(NoRoom)),
        Err(NoRoom) => (put(&[]).ok(), Err(NoRoom)),
    };
    let removed = ticket
        .as_ref()
        .and_then(|ticket| site.parking.notes(ticket, now))
        .unwrap_or_default();
    (Waiting { ticket, removed }, room)
}

/// A form that could not be read at all.
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

/// Something is wrong on our side.
pub fn trouble(site: &Site, language: &str) -> Response {
    let page = NoticePage::new(site.frame(language), "trouble-heading", &["trouble-other"]);
    pages::answer(StatusCode::SERVICE_UNAVAILABLE, &page)
}
