//! A tip can become several reports that nothing joins: a photo leaves in one of them only. The
//! reports go with their tip to another book.

use loke::desk::book::{NotOrdered, ReportState};
use loke::desk::moving;
use loke::desk::partners::{Field, PartnerKind, Way};
use loke::desk::report::Draft;
use loke::desk::route::NotSent;

use super::{Bench, files, open_as};
use crate::house::books;
use crate::house::partners::partner;

async fn add_police(bench: &Bench) {
    std::fs::create_dir(bench.dir.join("police")).unwrap();
    let inbox = Way::Folder(bench.dir.join("police"));
    let police = partner("police", PartnerKind::Police, &bench.police, inbox);
    bench.add(&police).await;
}

#[tokio::test]
async fn p15_a_photo_leaves_in_one_part_only_whoever_gets_it() {
    let bench = Bench::new().await;
    add_police(&bench).await;
    let first = bench.route("cleansing").await.unwrap();
    let refused = async || {
        let refused = bench.route("police").await;
        let Err(NotSent::NotOrdered(NotOrdered::SamePhoto(with, 1))) = &refused else {
            panic!("{refused:?}")
        };
        assert_eq!(with, "cleansing");
        assert!(files(&bench.dir.join("police")).is_empty());
    };
    refused().await;
    // It was withdrawn, and the partner may still have it.
    let preview = bench.acting.replace(&first.reference, None).await.unwrap();
    let second = bench.order(&preview, "", true).await.unwrap();
    bench.deliver().await;
    refused().await;
    bench
        .acting
        .confirm_replacement(&second.reference, "Sam")
        .await
        .unwrap();
    // The control: nobody outside has it any more.
    bench.route("police").await.unwrap();
    let sealed = std::fs::read(&files(&bench.dir.join("police"))[0]).unwrap();
    let names: Vec<String> = open_as(&bench.police, &sealed)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(names.contains(&"photo-1.jpg".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_photo_that_the_partner_may_not_have_does_not_count_as_gone() {
    let bench = Bench::new().await;
    add_police(&bench).await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut cleansing = partner("cleansing", PartnerKind::Cleansing, &bench.cleansing, inbox);
    cleansing.fields.retain(|field| *field != Field::Photos);
    bench.add(&cleansing).await;
    bench.route("cleansing").await.unwrap();
    bench.route("police").await.unwrap();
}

#[tokio::test]
async fn p15_reports_go_with_their_tip_to_another_book_and_can_be_withdrawn_there() {
    let bench = Bench::new().await;
    add_police(&bench).await;
    let sent = bench.route("cleansing").await.unwrap();
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    moving::move_tip(&ann, bench.tip, "restricted")
        .await
        .unwrap();
    let (main, there) = (
        ann.book("main").await.unwrap(),
        ann.book("restricted").await.unwrap(),
    );
    assert!(main.report(&sent.reference).await.unwrap().is_none());
    let report = there.report(&sent.reference).await.unwrap().unwrap();
    assert_eq!(report.state, ReportState::Arrived);
    assert_eq!(report.report.text, super::TEXT);
    // The photo left, and the new book knows it.
    let preview = ann.preview(bench.tip, &bench.draft("police")).await;
    let preview = preview.unwrap();
    crate::house::partners::ring(there, bench.tip).await;
    let order = loke::desk::route::Order {
        digest: preview.digest,
        why: "",
        at_once: true,
    };
    let refused = ann
        .order(&bench.desk(), &preview.report.reference, order)
        .await;
    assert!(
        matches!(
            refused,
            Err(NotSent::NotOrdered(NotOrdered::SamePhoto(_, 1)))
        ),
        "{refused:?}"
    );
    // It comes back with a later report, which is withdrawn from the first book.
    moving::move_tip(&ann, bench.tip, "main").await.unwrap();
    let preview = ann.replace(&sent.reference, None).await.unwrap();
    assert!(preview.report.text.contains(&sent.reference));
    ann.verify(|| {}).await.unwrap();
}

/// The register's outbox knows of a report while its tip moves: the new book learns of its arrival.
#[tokio::test]
async fn a_report_that_waits_while_its_tip_moves_arrives_in_the_new_book() {
    let bench = Bench::new().await;
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let preview = bench.acting.preview(bench.tip, &draft).await.unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    moving::move_tip(&ann, bench.tip, "restricted")
        .await
        .unwrap();
    let there = ann.book("restricted").await.unwrap();
    let state = async || {
        let report = there.report(&ordered.reference).await.unwrap();
        report.unwrap().state
    };
    assert_eq!(state().await, ReportState::Ordered, "the control");
    let sent = crate::house::partners::deliver(&ann, &bench.desk()).await;
    assert_eq!(sent.arrived, 1);
    assert_eq!(state().await, ReportState::Arrived);
}

/// Two tips are shown together, and the one whose photo left is not the one that moves.
#[tokio::test]
async fn p15_a_photo_that_left_is_known_after_the_tip_that_showed_it_moved() {
    let bench = Bench::new().await;
    let second = super::tip(loke::tip::TipId([9; 16]));
    bench.keep(&second).await;
    let draft = Draft {
        photos: vec![loke::desk::report::PhotoOf {
            tip: second.id,
            number: 1,
        }],
        ..bench.draft("cleansing")
    };
    bench.send(&draft).await.unwrap();
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    assert!(!ann.books()[0].is_photo_ordered(bench.tip, 1).await.unwrap());
    moving::move_tip(&ann, bench.tip, "restricted")
        .await
        .unwrap();
    let main = ann.book("main").await.unwrap();
    assert!(main.is_photo_ordered(second.id, 1).await.unwrap());
}
