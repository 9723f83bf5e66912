//! `POST /send`: makes, seals and stores a tip, and only then shows the receipt (promise P6). In
//! order: read, check the token, derive lane and priority, seal, store, respond. None of the texts
//! stays in memory after the response.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::intake::{By, keep, taker};
use crate::listener::caller::Caller;
use crate::memory::pending_photos::Ticket;
use crate::site::Site;
use crate::store::{self, Put};
use crate::triage;
use crate::web::form::{Posted, Typed, answer};
use crate::web::pages::{self, ReceiptPage};
use crate::web::report;
use crate::web::token::{Keys, Report, Token};
use loke_core::receipt::Receipt;
use loke_core::signs;
use loke_core::tip::{Channel, Photo, PhotoNote, SCHEMA, Tip, TipId, Unproven, limits};
use loke_core::zeroing_alloc::scrub_stack;

/// Handles `POST /send`.
pub async fn send(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let posted = match report::read(&site, &caller, request).await {
        Ok(posted) => posted,
        Err(why) => return report::unreadable(&site, caller.language, why),
    };
    // The resident has not checked new photos yet, and the page promised that nothing is sent
    // unchecked.
    if !posted.photos.is_empty() {
        return report::look_again(&site, &caller, posted, vec!["problem-photos-added"]).await;
    }
    let now = site.clock.now();
    let Some(page) = site.keys.read(&posted.typed.token, now) else {
        return report::look_again(&site, &caller, posted, vec!["problem-token"]).await;
    };
    // The form's token cannot send, nor can the token of a check page with other photos: the
    // resident must see first what is sent.
    if !page.may_send(site.keys.photos(&posted.typed.ticket)) {
        return report::look_again(&site, &caller, posted, Vec::new()).await;
    }
    let known = identify(&site.keys, &page, &posted.typed);
    scrub_stack();
    let ticket = Ticket::parse(&posted.typed.ticket);
    let waiting = match &ticket {
        Some(ticket) => site
            .pending_photos
            .notes(ticket, now)
            .map(|photos| photos.len()),
        None => Some(0),
    };
    let Some(waiting) = waiting else {
        return photos_gone(&site, &caller, posted, &page, &known).await;
    };
    let has_photos = (1..=waiting).any(|number| !posted.typed.drops(number));
    if posted.broken
        || posted.cut
        || posted.odd
        || posted.too_many
        || !posted.refused.is_empty()
        || !posted.typed.mistakes(has_photos).is_empty()
    {
        return report::look_again(&site, &caller, posted, Vec::new()).await;
    }
    let Some(photos) = open(&site, ticket.as_ref(), &posted.typed).await else {
        return photos_gone(&site, &caller, posted, &page, &known).await;
    };
    let unproven = doubt(&site, &caller, &posted, &page);
    let Ok(tip) = make_tip(&site, &caller, &posted, &photos, &known.receipt, &unproven) else {
        return report::trouble(&site, &posted.typed.language);
    };
    // A second tap that the page asked for proves the report, whatever the doubts about the first
    // tap, unless the second one is too fast itself.
    let proven = unproven.is_empty()
        || (page.carried().was_asked_again() && !unproven.contains(&Unproven::Speed));
    match keep(
        &site,
        tip,
        photos,
        By {
            once: known.once,
            taker: taker(&caller),
            proven,
        },
    )
    .await
    {
        Ok(put) => {
            if let Some(ticket) = &ticket {
                site.pending_photos.forget(ticket);
            }
            receipt_page(&site, &posted, &page, &known, put)
        }
        Err(store::Error::Unproven) => {
            report::once_more(&site, &caller, posted, page.carried()).await
        }
        Err(why) if why.is_for_room() && has_photos => {
            report::without_photos(&site, &caller, posted).await
        }
        Err(_) => {
            report::not_received(&site, &caller, posted, page.carried().having_tried(&known)).await
        }
    }
}

/// The values that identify the report: derived from this page's token and from every value of the
/// form except its own hidden ones. It is a separate function so that the caller can scrub the
/// stack where hashing leaves parts of the texts.
#[inline(never)]
fn identify(keys: &Keys, page: &Token, typed: &Typed) -> Report {
    // Lists every field by name, so that a new field forces the decision whether it makes another
    // report.
    let Typed {
        topic,
        what,
        place,
        when,
        ongoing,
        danger,
        child,
        impact,
        vehicle,
        how_known,
        signs,
        offensive,
        campaign,
        language,
        token: _,
        ticket,
        honeypot: _,
        drop: _,
    } = typed;
    let mut content = keys.content(keys.photos(ticket));
    for value in [
        topic, what, place, when, ongoing, danger, child, impact, vehicle, how_known, offensive,
        campaign, language,
    ] {
        content.add(value.as_bytes());
    }
    content.add_list(signs);
    // Numbers of the photos that are left out, each once and in order.
    let left_out: Vec<u8> = (1..=u8::MAX)
        .take(limits::PHOTOS)
        .filter(|number| typed.drops(usize::from(*number)))
        .collect();
    content.add(&left_out);
    keys.report(page, content)
}

/// The photos to send. `None` if no photos are pending under the ticket any more.
async fn open(site: &Arc<Site>, ticket: Option<&Ticket>, typed: &Typed) -> Option<Vec<Photo>> {
    let Some(ticket) = ticket.cloned() else {
        return Some(Vec::new());
    };
    let site_too = Arc::clone(site);
    // Opening takes milliseconds.
    let look = move || site_too.pending_photos.look(&ticket, site_too.clock.now());
    let photos = tokio::task::spawn_blocking(look).await.ok().flatten()?;
    Some(
        photos
            .into_iter()
            .zip(1..)
            .filter(|(_, number)| !typed.drops(*number))
            .map(|(photo, _)| photo)
            .collect(),
    )
}

/// A second tap, if the first one stored the report and dropped its photos. Otherwise the photos
/// have expired.
async fn photos_gone(
    site: &Arc<Site>,
    caller: &Caller,
    posted: Posted,
    page: &Token,
    known: &Report,
) -> Response {
    match site.store.knows(known.once).await {
        Ok(true) => receipt_page(site, &posted, page, known, Put::Repeated),
        Ok(false) => report::look_again(site, caller, posted, Vec::new()).await,
        Err(_) => {
            report::not_received(site, caller, posted, page.carried().having_tried(known)).await
        }
    }
}

/// The receipt page. For the same page with the same texts the digits are shown again for half an
/// hour, and not after that.
fn receipt_page(site: &Site, posted: &Posted, page: &Token, known: &Report, put: Put) -> Response {
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
        .frame(&posted.typed.language)
        .of(posted.typed.campaign());
    pages::answer(StatusCode::OK, &ReceiptPage::new(frame, groups, again))
}

/// The doubts that a person sent this: a caller over the rate limit, a form that returns faster
/// than anyone types, a hidden field with a value. A doubt never rejects a report by itself: a
/// frightened person may cause any of them.
fn doubt(site: &Site, caller: &Caller, posted: &Posted, page: &Token) -> Vec<Unproven> {
    let dwell = site
        .config
        .web
        .as_ref()
        .map_or(0, |w| i64::from(w.min_dwell_seconds));
    let found = [
        (Unproven::Burst, !site.limit.proves(caller)),
        (
            Unproven::Speed,
            page.carried().open_for(site.clock.now()) < dwell,
        ),
        (Unproven::Trap, !posted.typed.honeypot.is_empty()),
    ];
    found
        .into_iter()
        .filter(|(_, is_so)| *is_so)
        .map(|(why, _)| why)
        .collect()
}

/// Makes the tip: lane and priority from the answers, the day without a time, and the reply key.
fn make_tip(
    site: &Site,
    caller: &Caller,
    posted: &Posted,
    photos: &[Photo],
    receipt: &Receipt,
    unproven: &[Unproven],
) -> Result<Tip, store::Error> {
    let typed = &posted.typed;
    let answers = triage::Answers {
        topic: typed.topic(),
        danger: answer(&typed.danger),
        child: answer(&typed.child),
        ongoing: answer(&typed.ongoing),
        offensive: answer(&typed.offensive),
    };
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    Ok(Tip {
        schema: SCHEMA,
        id: TipId::random()?,
        channel: if caller.is_onion() {
            Channel::Onion
        } else {
            Channel::Web
        },
        language: site.frame(&typed.language).t.code.to_owned(),
        received: site.clock.today().to_string(),
        topic: answers.topic,
        lane: triage::lane(&answers),
        priority: triage::priority(&answers),
        what: typed.what.clone(),
        place: text(&typed.place),
        when: text(&typed.when),
        ongoing: answers.ongoing,
        danger: answers.danger,
        child: answers.child,
        impact: text(&typed.impact),
        vehicle: text(&typed.vehicle),
        how_known: typed.how_known(),
        signs: typed
            .signs
            .iter()
            .filter_map(|s| signs::find(s))
            .map(str::to_owned)
            .collect(),
        offensive: answers.offensive,
        campaign: typed.campaign().map(|code| code.to_string()),
        proven: unproven.is_empty(),
        unproven: (!unproven.is_empty()).then(|| unproven.to_vec()),
        thread: None,
        photos: photos
            .iter()
            .zip(1..)
            .map(|(p, n)| PhotoNote {
                name: format!("photo-{n}.jpg"),
                removed: p.removed.clone(),
            })
            .collect(),
        reply_key: Some(hex::encode(receipt.reply_key().expose())),
        reply_box: Some(hex::encode(receipt.reply_box().0)),
    })
}
