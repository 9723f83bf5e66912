//! `GET /outbox`: the reports that wait, that need somebody, and the last that arrived.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::register::{Delivery, PER_MINUTE};
use crate::session::Signed;

/// Most reports of a book on the page.
const MOST: u32 = 100;

struct Row {
    name: String,
    partner: String,
    reference: String,
    state: &'static str,
    sentence: String,
}

/// A report that should be withdrawn or taken back.
struct ProposalRow {
    name: String,
    partner: String,
    reference: String,
    why: &'static str,
    has_left: bool,
}

#[derive(Template)]
#[template(path = "desk/outbox.html")]
struct Outbox {
    frame: Frame,
    proposals: Vec<ProposalRow>,
    rows: Vec<Row>,
    waiting: i64,
    arrived: i64,
    /// Most reports that a partner gets in a minute.
    a_minute: i64,
    /// Whether there are more than the page shows.
    is_cut: bool,
}

/// `GET /outbox`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let (zone, now) = (screen.clock().zone(), screen.clock.now());
    let mut rows = Vec::new();
    let mut proposals = Vec::new();
    let (mut waiting, mut arrived, mut is_cut) = (0, 0, false);
    let (midnight, _) = zone.day_around(now);
    for book in acting.books() {
        for proposal in book.to_withdraw(None).await.map_err(|e| broken(&e))? {
            proposals.push(ProposalRow {
                name: words::name_of(&acting, proposal.tip).await?,
                partner: proposal.partner,
                reference: proposal.reference,
                why: words::why_withdraw(proposal.why),
                has_left: proposal.has_left,
            });
        }
        let count = acting.register().outbox_count(book.name(), midnight).await;
        let count = count.map_err(|e| broken(&e))?;
        (waiting, arrived) = (waiting + count.waiting, arrived + count.arrived);
        let listed: Vec<Delivery> = acting
            .register()
            .outbox(book.name(), MOST)
            .await
            .map_err(|e| broken(&e))?;
        is_cut |= listed.len() >= MOST as usize;
        for delivery in listed {
            let (state, sentence) = words::delivery(&delivery, &zone, now);
            rows.push(Row {
                name: words::name_of(&acting, delivery.tip).await?,
                partner: delivery.partner,
                reference: delivery.reference,
                state,
                sentence,
            });
        }
    }
    page(&Outbox {
        frame: screen.frame(Some(&signed)),
        proposals,
        rows,
        waiting,
        arrived,
        a_minute: PER_MINUTE,
        is_cut,
    })
}
