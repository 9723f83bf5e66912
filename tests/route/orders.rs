//! Work orders, and the parts that an officer leaves out.

use loke::desk::partners::{Field, PartnerKind, Way};
use loke::desk::report::{CAN_STAY, Draft, Kind, Target};
use loke::desk::route::{NotSent, Order};
use loke::tip::{Priority, Tip, TipId};

use super::screen::Visitor;
use super::{Bench, tip};
use crate::house::partners::{self, partner};

/// A tip that nobody need ring about, alone on its page.
fn routine(id: u8) -> Tip {
    let mut tip = tip(TipId([id; 16]));
    tip.priority = Priority::Routine;
    (tip.danger, tip.child, tip.thread) = (None, None, None);
    (tip.place, tip.vehicle) = (None, None);
    tip
}

fn words(to: &str, bench: &Bench) -> Draft {
    Draft {
        photos: Vec::new(),
        ..bench.draft(to)
    }
}

#[tokio::test]
async fn a_work_order_has_one_target_and_its_day_and_waits_for_the_police() {
    let bench = Bench::new().await;
    let usual = routine(1);
    let mut offensive = routine(2);
    offensive.offensive = Some(true);
    bench.keep(&usual).await;
    bench.keep(&offensive).await;
    let held = Draft {
        work: vec!["hold".into(), "consent".into()],
        ..words("cleansing", &bench)
    };
    let today = bench.clock.today();
    let clocks = bench.register().clocks();
    let day = clocks.graffiti_due(today).to_string();
    // The bench's day is a Sunday: the work begins on Monday.
    let urgent = clocks.urgent_due(&bench.clock.zone(), bench.clock.now());
    for (tip, draft, target, due) in [
        (
            usual.id,
            words("cleansing", &bench),
            Target::Usual,
            Some(day),
        ),
        (
            offensive.id,
            words("cleansing", &bench),
            Target::Urgent,
            Some(urgent.to_string()),
        ),
        (offensive.id, held, Target::OnRelease, None),
    ] {
        let preview = bench.acting.preview(tip, &draft).await.unwrap();
        let report = preview.report;
        assert_eq!((report.target, report.due), (Some(target), due));
        assert_eq!(report.work.len(), draft.work.len());
    }
    let odd = Draft {
        work: vec!["hodl".into()],
        ..words("cleansing", &bench)
    };
    let refused = bench.acting.preview(usual.id, &odd).await;
    assert!(matches!(refused, Err(NotSent::Sentence(..))), "{refused:?}");
    // Another kind of report has none of it.
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let wardens = partner("wardens", PartnerKind::Other, &bench.cleansing, inbox);
    bench.add(&wardens).await;
    let draft = Draft {
        work: vec!["hold".into()],
        ..words("wardens", &bench)
    };
    let report = bench.acting.preview(usual.id, &draft).await.unwrap().report;
    assert_eq!((report.target, report.work), (None, Vec::new()));
}

/// The fixed sentences are no secret, and a crew needs them.
#[tokio::test]
async fn safety_is_on_each_work_order_whatever_the_partners_list() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    for (kind, has) in [(PartnerKind::Cleansing, true), (PartnerKind::Other, false)] {
        let mut crew = partner("crew", kind, &bench.cleansing, inbox.clone());
        crew.fields = vec![Field::Text];
        bench.add(&crew).await;
        let draft = Draft {
            safety: vec!["pairs".into()],
            ..words("crew", &bench)
        };
        let preview = bench.acting.preview(bench.tip, &draft).await.unwrap();
        assert_eq!(!preview.report.safety.is_empty(), has, "{kind}");
        let is_withheld = preview.draft.withheld.contains(&Field::Safety);
        assert_eq!(is_withheld, !has, "{kind}");
    }
}

#[tokio::test]
async fn p15_an_officer_leaves_out_each_part_that_the_partner_may_have() {
    let bench = Bench::new().await;
    bench.configure_mail("smtp://127.0.0.1:9").await;
    let has = |report: &loke::desk::report::Report, field| match field {
        Field::Priority => report.priority.is_some() || report.target.is_some(),
        Field::Grade => report.grade.is_some(),
        Field::Handling => report.handling.is_some(),
        Field::Conditions => report.conditions.is_some(),
        Field::Ask => report.ask.is_some(),
        _ => report.answer_code.is_some(),
    };
    for stays in CAN_STAY {
        let draft = Draft {
            leave_out: vec![stays],
            ..words("police", &bench)
        };
        let preview = bench.acting.preview(bench.tip, &draft).await.unwrap();
        // The control: an intelligence report has all the others, the grade too.
        assert_eq!(preview.report.kind, Kind::Intelligence);
        for field in CAN_STAY {
            let there = has(&preview.report, field);
            assert_eq!(there, field != stays, "{stays}: {field}");
        }
    }
    let preview = bench
        .acting
        .preview(bench.tip, &words("cleansing", &bench))
        .await;
    assert_eq!(preview.unwrap().report.grade, None, "nobody asked for it");
}

#[tokio::test]
async fn p15_the_page_says_what_the_partners_list_left_out() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut little = partner("little", PartnerKind::Other, &bench.cleansing, inbox);
    little.fields = vec![Field::Text, Field::Priority];
    bench.add(&little).await;
    let visitor = Visitor::signed_in(&bench).await;
    let form = |to: &str| {
        format!(
            "partner={to}&text=report-words&report_place=the-yard&grade=yes&photo.{}-1=yes&stays.priority=yes",
            bench.tip
        )
    };
    let page = visitor.report(bench.tip, &form("little")).await.text();
    let said = "Left out, because little may not have it: the place, the grade, the photos.";
    assert!(page.contains(said), "{page}");
    assert!(!page.contains("<dt>Urgency</dt>"), "{page}");
    // The control: who may have all of it gets it.
    let page = visitor.report(bench.tip, &form("cleansing")).await.text();
    assert!(!page.contains("Left out, because"), "{page}");
    assert!(page.contains("the-yard") && page.contains("<dt>Grade</dt>"));
}

/// News of somebody's danger must not lie unread in a portal.
#[tokio::test]
async fn nothing_goes_to_safeguarding_as_a_message_alone() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let adults = partner("adults", PartnerKind::Safeguarding, &bench.police, inbox);
    bench.add(&adults).await;
    let quiet = routine(1);
    bench.keep(&quiet).await;
    let order = async |to| {
        let draft = Draft {
            at_once: true,
            ..words(to, &bench)
        };
        let preview = bench.acting.preview(quiet.id, &draft).await.unwrap();
        // Nobody rings before it.
        let order = Order {
            digest: preview.digest,
            why: "",
            at_once: true,
        };
        let reference = &preview.report.reference;
        bench.acting.order(&bench.desk(), reference, order).await
    };
    let refused = order("adults").await;
    assert!(
        matches!(refused, Err(NotSent::NeverAlone(_))),
        "{refused:?}"
    );
    // The control: nobody need ring for a crew.
    order("cleansing").await.unwrap();
    // A try with the next one set is enough, until that one is due.
    let next = bench.clock.now() + 3_600;
    partners::tried(bench.book(), quiet.id, next).await;
    order("adults").await.unwrap();
    bench.clock.advance(86_400);
    let refused = order("adults").await;
    assert!(matches!(refused, Err(NotSent::RingFirst)), "{refused:?}");
}

/// The day on which a report leaves counts, not the one on which it was ordered.
#[tokio::test]
async fn p15_two_parts_never_leave_for_one_partner_on_one_day_even_at_once() {
    let bench = Bench::new().await;
    bench.configure_mail("smtp://127.0.0.1:9").await;
    let id = routine(1);
    bench.keep(&id).await;
    let first = bench.acting.preview(id.id, &words("police", &bench)).await;
    bench.order(&first.unwrap(), "", true).await.unwrap();
    // It waits for another day than the first one.
    let part = bench
        .acting
        .preview(id.id, &words("cleansing", &bench))
        .await;
    let part = bench.order(&part.unwrap(), "", false).await.unwrap();
    let zone = bench.clock.zone();
    assert!(zone.day(part.leaves_at) > bench.clock.today());
    let again = async || {
        let draft = Draft {
            at_once: true,
            ..words("cleansing", &bench)
        };
        let preview = bench.acting.preview(id.id, &draft).await.unwrap();
        bench.order(&preview, "", true).await
    };
    bench
        .clock
        .advance(part.leaves_at - 3_600 - bench.clock.now());
    assert_eq!(zone.day(part.leaves_at), bench.clock.today());
    let refused = again().await.unwrap_err().to_string();
    assert!(refused.contains("gets a report about this tip on"));
    // The control: on the next day it leaves.
    bench.clock.advance(86_400);
    again().await.unwrap();
}

/// A letter to an occupier may not lead to one writer.
#[tokio::test]
async fn p15_the_basis_of_a_section_8_letter_has_counts_and_days_and_no_code_or_words_of_a_resident()
 {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let legal = partner("legal", PartnerKind::Legal, &bench.cleansing, inbox);
    bench.add(&legal).await;
    let (mut first, mut second) = (routine(1), routine(2));
    first.thread = Some("one-thread".into());
    second.thread.clone_from(&first.thread);
    first.what = "They deal on the stairs every evening at nine".into();
    (first.received, second.received) = ("2026-09-01".into(), "2026-11-20".into());
    bench.keep(&first).await;
    bench.keep(&second).await;
    let basis = |text: &str| Draft {
        text: text.into(),
        section_eight: true,
        ..words("legal", &bench)
    };
    let quoting = basis("They deal on the stairs every evening.");
    let preview = bench.acting.preview(first.id, &quoting).await.unwrap();
    let refused = bench.order(&preview, "a statement", true).await;
    assert!(matches!(refused, Err(NotSent::Traceable)), "{refused:?}");
    let preview = bench.acting.preview(first.id, &basis("Dealing")).await;
    let preview = preview.unwrap();
    let messages = preview.report.messages.clone().unwrap();
    let days = (messages.first_day.as_str(), messages.last_day.as_str());
    assert_eq!((messages.count, days), (2, ("2026-09-01", "2026-11-20")));
    assert_eq!(preview.report.answer_code, None);
    bench.order(&preview, "", true).await.unwrap();
    // The control: another report has a code, and no counts.
    let draft = words("cleansing", &bench);
    let report = bench.acting.preview(first.id, &draft).await.unwrap().report;
    assert!(report.answer_code.is_some() && report.messages.is_none());
}
