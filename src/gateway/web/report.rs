//! The form and the check page. A form is read, its photos are cleaned and kept sealed as pending
//! photos, and the resident sees what will be sent. No tip is stored here. Every page has its own
//! token: see [`crate::web::token`].

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::listener::caller::Caller;
use crate::memory::pending_photos::Ticket;
use crate::web::Site;
use crate::web::draft::{Draft, NO_ROOM};
use crate::web::form::{Typed, Unreadable};
use crate::web::pages::{self, NoticePage, ReportPage};
use crate::web::shut;
use crate::web::token::Carried;

/// The page that a draft is shown on.
enum Next {
    /// The form.
    Form,
    /// The check page, or the form if the resident must correct something.
    Check,
    /// The same, under a heading that nothing was received.
    Failed(Failed),
}

/// The page's message that nothing was received.
struct Failed {
    /// Id of the heading above the sentences.
    heading: &'static str,
    /// Ids of sentences on what the resident can do.
    says: [&'static str; 2],
    carried: Carried,
}

/// `GET /`: the empty form.
pub async fn form(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Response {
    fresh(&site, caller.language, &Typed::default())
}

/// An empty form with its own token; a page without a form if nothing is taken.
pub fn fresh(site: &Site, language: &str, typed: &Typed) -> Response {
    if site.status(None).takes_nothing() {
        return shut::page(site, language);
    }
    match site.keys.for_form(site.clock.now()) {
        Ok(token) => pages::answer_report(
            StatusCode::OK,
            &ReportPage::form(site.frame(language), typed, token),
        ),
        Err(_) => trouble(site, language),
    }
}

/// `POST /{language}`: the same form in another language, with what was typed and its photos.
pub async fn in_language(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    request: Request,
) -> Response {
    let Some(words) = site.languages.get(&code) else {
        return super::missing(State(site), Extension(caller)).await;
    };
    let language = words.code;
    match Draft::read(&site, caller, request).await {
        Ok(mut draft) => {
            draft.posted.typed.language = language.to_owned();
            show(draft, Vec::new(), Next::Form).await
        }
        Err(why) => unreadable(&site, language, why),
    }
}

/// `POST /check`: shows what will be sent.
pub async fn check(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    match Draft::read(&site, caller, request).await {
        Ok(draft) => check_page(draft, Vec::new()).await,
        Err(why) => unreadable(&site, caller.language, why),
    }
}

/// Shows the check page for a draft, with its photos: 200 if it can be sent as it is, 422 if the
/// resident must correct something first.
pub async fn check_page(draft: Draft, notices: Vec<&'static str>) -> Response {
    show(draft, notices, Next::Check).await
}

/// The queue could not store the report. Shows the same page under a heading that says so, so that
/// no text and no photo is lost.
pub async fn not_received(draft: Draft, carried: Carried) -> Response {
    let failed = Failed {
        heading: "trouble-heading",
        says: ["trouble-kept", "trouble-other"],
        carried,
    };
    show(draft, Vec::new(), Next::Failed(failed)).await
}

/// Nobody reads messages of this lane, or the gateway is closed. Shows the same page under a
/// heading that says so: nothing was sent, and the words stay on the page.
pub async fn not_taken(draft: Draft) -> Response {
    show(draft, Vec::new(), Next::Check).await
}

/// The queue is filling up and accepts this report only with a second tap a few seconds later.
/// Shows the same page, which asks for it.
pub async fn once_more(draft: Draft, carried: Carried) -> Response {
    let carried = carried.asking_again(draft.site.clock.now());
    let failed = Failed {
        heading: "trouble-heading",
        says: ["trouble-again", "trouble-other"],
        carried,
    };
    show(draft, Vec::new(), Next::Failed(failed)).await
}

/// The queue has no room for the photos. Shows the same page without them.
pub async fn without_photos(mut draft: Draft) -> Response {
    draft.forget_photos();
    draft.posted.typed.ticket.clear();
    check_page(draft, vec![NO_ROOM]).await
}

async fn show(mut draft: Draft, mut notices: Vec<&'static str>, next: Next) -> Response {
    for (is_so, says) in [
        (draft.posted.broken, "problem-broken"),
        (draft.posted.cut, "problem-cut"),
        (draft.posted.odd, "problem-odd"),
    ] {
        notices.extend(is_so.then_some(says));
    }
    let waiting = draft.update_photos(&mut notices).await;
    let status = draft.status();
    let next = if status.takes_nothing() {
        Next::Failed(Failed {
            heading: shut::heading(status),
            says: ["door-kept", "trouble-other"],
            carried: draft.carried(),
        })
    } else {
        next
    };
    if let Next::Failed(failed) = &next {
        notices.extend(failed.says);
    }
    let (site, posted) = (&draft.site, &draft.posted);
    let ticket = waiting.ticket.as_ref().map_or("", Ticket::as_str);
    let now = site.clock.now();
    let carried = match &next {
        Next::Failed(failed) => failed.carried,
        Next::Form | Next::Check => draft.carried(),
    };
    let Ok(token) = site.keys.for_check(carried, now, site.keys.photos(ticket)) else {
        return trouble(site, &posted.typed.language);
    };
    let frame = site.frame(&posted.typed.language).with(status);
    if matches!(next, Next::Form) {
        let page = ReportPage::again(frame, posted, token, &waiting.shown, ticket, notices);
        return pages::answer_report(StatusCode::OK, &page);
    }
    let page = ReportPage::check(frame, posted, token, &waiting.shown, ticket, notices);
    let page = if page.can_be_sent() {
        page.with_hints(
            &site
                .hints
                .find(&posted.typed, frame.t.code, draft.caller.bucket)
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
    match next {
        Next::Failed(failed) => pages::answer_report(
            StatusCode::SERVICE_UNAVAILABLE,
            &page.headed(failed.heading),
        ),
        Next::Form | Next::Check => pages::answer_report(fine, &page),
    }
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
