//! `POST /send`: makes, seals and stores a tip, and only then shows the receipt (promise P6). In
//! order: read, check the token, derive lane and priority, seal, store, respond. None of the texts
//! stays in memory after the response.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::intake::{By, keep, taker};
use crate::listener::caller::Caller;
use crate::store::{self, Put};
use crate::web::Site;
use crate::web::draft::Draft;
use crate::web::pages::{self, ReceiptPage};
use crate::web::report;
use crate::web::token::{Report, Token};
use loke_core::tip::Unproven;
use loke_core::zeroing_alloc::scrub_stack;

/// Handles `POST /send`.
pub async fn send(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let draft = match Draft::read(&site, caller, request).await {
        Ok(draft) => draft,
        Err(why) => return report::unreadable(&site, caller.language, why),
    };
    // The resident has not checked new photos yet, and the page promised that nothing is sent
    // unchecked.
    if !draft.posted.photos.is_empty() {
        return report::check_page(draft, vec!["problem-photos-added"]).await;
    }
    let Some(page) = site.keys.read(&draft.typed().token, site.clock.now()) else {
        return report::check_page(draft, vec!["problem-token"]).await;
    };
    // The form's token cannot send, nor can the token of a check page with other photos: the
    // resident must see first what is sent.
    if !page.may_send(site.keys.photos(&draft.typed().ticket)) {
        return report::check_page(draft, Vec::new()).await;
    }
    let known = draft.identify(&page);
    scrub_stack();
    let Some(count) = draft.count_photos() else {
        return photos_gone(draft, &page, &known).await;
    };
    if draft.needs_a_look(count > 0) {
        return report::check_page(draft, Vec::new()).await;
    }
    // A second tap on a report that is stored gets its receipt all the same.
    if draft.status().takes_nothing() && !matches!(site.store.knows(known.once).await, Ok(true)) {
        return report::not_taken(draft).await;
    }
    let Some(photos) = draft.photos().await else {
        return photos_gone(draft, &page, &known).await;
    };
    let unproven = draft.doubts(&page);
    let Ok(tip) = draft.tip(&photos, &known.receipt, &unproven) else {
        return report::trouble(&site, &draft.typed().language);
    };
    // A second tap that the page asked for proves the report, whatever the doubts about the first
    // tap, unless the second one is too fast itself.
    let proven = unproven.is_empty()
        || (page.carried().was_asked_again() && !unproven.contains(&Unproven::Speed));
    let by = By {
        once: known.once,
        taker: taker(&caller),
        proven,
    };
    match keep(&site.gateway, tip, photos, by).await {
        Ok(put) => {
            draft.forget_photos();
            receipt_page(&draft, &page, &known, put)
        }
        Err(store::Error::Unproven) => report::once_more(draft, page.carried()).await,
        Err(why) if why.is_for_room() && count > 0 => report::without_photos(draft).await,
        Err(store::Error::Closed) => report::not_taken(draft).await,
        Err(_) => report::not_received(draft, page.carried().having_tried(&known)).await,
    }
}

/// A second tap, if the first one stored the report and dropped its photos. Otherwise the photos
/// have expired.
async fn photos_gone(draft: Draft, page: &Token, known: &Report) -> Response {
    match draft.site.store.knows(known.once).await {
        Ok(true) => receipt_page(&draft, page, known, Put::Repeated),
        Ok(false) => report::check_page(draft, Vec::new()).await,
        Err(_) => report::not_received(draft, page.carried().having_tried(known)).await,
    }
}

/// The receipt page. For the same page with the same texts the digits are shown again for half an
/// hour, and not after that.
fn receipt_page(draft: &Draft, page: &Token, known: &Report, put: Put) -> Response {
    let site = &draft.site;
    let now = site.clock.now();
    let again = put == Put::Repeated;
    if !again {
        site.lately.note(known.once, page.age(now), now);
    }
    let shown = !again || site.lately.shows(known.once, page.age(now), now);
    let groups = if shown {
        known.receipt.groups()
    } else {
        Vec::new()
    };
    let frame = site
        .frame(&draft.typed().language)
        .of(draft.typed().campaign())
        .with(draft.status());
    pages::answer(
        StatusCode::OK,
        &ReceiptPage::new(frame, groups, again, draft.typed()),
    )
}
