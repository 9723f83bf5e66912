//! `POST /send`: a tip is made, sealed and stored, and only then does the resident see a receipt (promise P6). The story in
//! order: read, check the token, work out lane and priority, seal, put, answer. Nothing of the words outlives the answer.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{Posted, answer};
use super::keep::{By, keep, taker};
use super::pages::{self, ReceiptPage};
use super::report;
use super::signs;
use super::site::Site;
use super::strip::Caller;
use super::token::Token;
use super::triage;
use crate::receipt::Receipt;
use crate::store::{self, Put};
use crate::tip::{Channel, Photo, PhotoNote, SCHEMA, Tip, TipId};

/// The handler.
pub async fn send(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>, request: Request) -> Response {
    let posted = match report::read(&site, &caller, request).await {
        Ok(posted) => posted,
        Err(why) => return report::unreadable(&site, caller.language, why),
    };
    let (photos, ticket, mut notices) = report::gather(&site, &posted);
    // New photos were not looked at yet: sending them unseen is not what the page promised.
    if !posted.photos.is_empty() {
        notices.push("problem-photos-added");
        return report::show(&site, &caller, &posted, &photos, notices).await;
    }
    let Some(token) = site.keys.check(&posted.typed.token, site.clock.now()) else {
        notices.push("problem-token");
        return report::show(&site, &caller, &posted, &photos, notices).await;
    };
    let receipt = site.keys.receipt(token);
    // A double tap: the first one stored the report and let its photos go.
    if notices.contains(&report::PHOTOS_GONE) && site.store.knows(site.keys.once(token)).await.unwrap_or(false) {
        return show_receipt(&site, &posted, &receipt, Put::Repeated);
    }
    if !notices.is_empty() || !posted.refused.is_empty() || !posted.typed.mistakes(!photos.is_empty()).is_empty() {
        return report::show(&site, &caller, &posted, &photos, notices).await;
    }
    let proven = prove(&site, &caller, &posted, token);
    let Ok(tip) = make_tip(&site, &caller, &posted, &photos, &receipt, proven) else { return report::trouble(&site, &posted.typed.language) };
    match keep(&site, tip, photos.clone(), By { once: site.keys.once(token), taker: taker(&caller), proven }).await {
        Ok(put) => {
            if let Some(ticket) = ticket {
                site.parking.forget(&ticket);
            }
            show_receipt(&site, &posted, &receipt, put)
        }
        Err(why) if why.is_for_room() && !photos.is_empty() => report::show(&site, &caller, &posted, &[], vec!["problem-photos-room"]).await,
        Err(_) => report::not_received(&site, &caller, &posted, &photos).await,
    }
}

fn show_receipt(site: &Site, posted: &Posted, receipt: &Receipt, put: Put) -> Response {
    let frame = site.frame(&posted.typed.language).of(posted.typed.campaign());
    pages::answer(StatusCode::OK, &ReceiptPage::new(frame, receipt.groups(), put == Put::Repeated))
}

/// Whether nothing spoke against a person at a keyboard: no field that only machines fill, not faster than anyone types, not
/// over the caller's limit. It never refuses: a frightened person may be any of these.
fn prove(site: &Site, caller: &Caller, posted: &Posted, token: Token) -> bool {
    let dwell = site.config.web.as_ref().map_or(0, |w| i64::from(w.min_dwell_seconds));
    let within = site.limit.proves(caller);
    within && posted.typed.honeypot.is_empty() && token.age(site.clock.now()) >= dwell
}

/// The tip, with lane and priority from the answers, the day alone, and where a reply would go.
fn make_tip(site: &Site, caller: &Caller, posted: &Posted, photos: &[Photo], receipt: &Receipt, proven: bool) -> Result<Tip, store::Error> {
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
        channel: if caller.is_onion() { Channel::Onion } else { Channel::Web },
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
        signs: typed.signs.iter().filter_map(|s| signs::find(s)).map(str::to_owned).collect(),
        offensive: answers.offensive,
        campaign: typed.campaign().map(|code| code.to_string()),
        proven,
        thread: None,
        photos: photos.iter().zip(1..).map(|(p, n)| PhotoNote { name: format!("photo-{n}.jpg"), removed: p.removed.clone() }).collect(),
        reply_key: Some(hex::encode(receipt.reply_key().expose())),
        reply_box: Some(hex::encode(receipt.reply_box().0)),
    })
}
