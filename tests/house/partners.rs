//! Partners, and reports to them.

use age::x25519;
use loke::desk::acting::Acting;
use loke::desk::book::{Book, CallResult, Consent, NewCall};
use loke::desk::outbox;
use loke::desk::partners::{Field, Partner, PartnerKind, Way};
use loke::desk::register::Delivery;
use loke::desk::report::Draft;
use loke::desk::route::{NotSent, Order};
use loke::desk::settings::DeskSettings;
use loke::seal::Recipient;
use loke::tip::TipId;

/// A partner that may have everything, about every lane.
pub(crate) fn partner(name: &str, kind: PartnerKind, key: &x25519::Identity, way: Way) -> Partner {
    let key: Recipient = key.to_public().to_string().parse().unwrap();
    Partner {
        name: name.into(),
        kind,
        organisation: String::new(),
        contact: String::new(),
        key: Some(key),
        readers: Vec::new(),
        confirmed: true,
        way,
        lanes: Vec::new(),
        fields: Field::ALL.to_vec(),
        agreement_until: None,
    }
}

/// Puts a partner into the directory.
pub(crate) async fn add(acting: &Acting, partner: &Partner) {
    let partners = std::slice::from_ref(partner);
    let imported = acting
        .register()
        .import_partners(&acting.actor(), partners)
        .await;
    imported.unwrap();
}

/// A report with these words alone.
pub(crate) fn words(to: &str, text: &str) -> Draft {
    Draft {
        partner: to.into(),
        text: text.into(),
        is_lead: true,
        ..Draft::default()
    }
}

/// Notes that somebody rang about a tip, if somebody must before a report leaves.
pub(crate) async fn ring(book: &Book, tip: TipId) {
    if book.welfare(tip).await.unwrap().lets_reports_leave() {
        return;
    }
    let call = NewCall {
        rung: "CADS",
        result: CallResult::Made("C-1"),
        consent: Consent::NotAsked,
        why: "nobody knows who wrote",
    };
    book.record_call(tip, call).await.unwrap();
}

/// Notes that somebody rang about a tip and nobody answered.
pub(crate) async fn tried(book: &Book, tip: TipId, next: i64) {
    let call = NewCall {
        rung: "CADS",
        result: CallResult::Tried(next),
        consent: Consent::NotAsked,
        why: "nobody knows who wrote",
    };
    book.record_call(tip, call).await.unwrap();
}

/// Previews a report, sends it without waiting for a batch, and delivers what is due.
pub(crate) async fn send(
    acting: &Acting,
    desk: &DeskSettings,
    tip: TipId,
    draft: &Draft,
) -> Result<Delivery, NotSent> {
    let draft = Draft {
        at_once: true,
        ..draft.clone()
    };
    let preview = acting.preview(tip, &draft).await?;
    ring(acting.book_of(tip).await?, tip).await;
    let order = Order {
        digest: preview.digest,
        why: &draft.why_own_words,
        at_once: true,
    };
    let reference = &preview.report.reference;
    acting.order(desk, reference, order).await?;
    deliver(acting, desk).await;
    let delivery = acting.register().delivery(reference).await;
    Ok(delivery.unwrap().unwrap())
}

/// Delivers what is due, as `serve` does.
pub(crate) async fn deliver(acting: &Acting, desk: &DeskSettings) -> outbox::Sent {
    let register = acting.register();
    let sent = outbox::send_due(register, desk, register.clock().now()).await;
    for book in acting.books() {
        book.note_arrivals().await.unwrap();
    }
    sent.unwrap()
}
