//! An illegal picture: from the mark on it leaves by no way, the mark is on the text that it belongs to,
//! and a supervisor is told without content.

use loke::desk::book::ReportState;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Draft;
use loke::tip::TipId;

use super::screen::Visitor;
use super::{Bench, tip};
use crate::house::partners::{self, partner};

/// A second tip that is shown with the bench's own one: both have a photo.
async fn with_two_texts() -> (Bench, TipId) {
    let bench = Bench::new().await;
    let mut second = tip(TipId([9; 16]));
    second.what = "second-canary".into();
    bench.keep(&second).await;
    (bench, second.id)
}

#[tokio::test]
async fn p15_an_illegal_picture_leaves_by_no_preview_paper_or_batch() {
    let (bench, _) = with_two_texts().await;
    let paper = partner("legal", PartnerKind::Legal, &bench.police, Way::Print);
    bench.add(&paper).await;
    let other = partner(
        "housing",
        PartnerKind::Housing,
        &bench.police,
        Way::Folder(bench.dir.join("inbox")),
    );
    bench.add(&other).await;
    let with_photo = |to: &str| bench.draft(to);
    let ordered = bench
        .acting
        .preview(bench.tip, &with_photo("cleansing"))
        .await;
    let ordered = ordered.unwrap();
    let waits = bench.order(&ordered, "", false).await;
    // Danger leaves at once: it is due, and was not sent yet.
    assert!(waits.unwrap().leaves_at >= bench.clock.now());
    let without = Draft {
        photos: Vec::new(),
        ..bench.draft("housing")
    };
    let without = bench.acting.preview(bench.tip, &without).await.unwrap();
    bench.order(&without, "", false).await.unwrap();
    let previewed = Draft {
        photos: Vec::new(),
        ..bench.draft("legal")
    };
    let previewed = bench.acting.preview(bench.tip, &previewed).await.unwrap();
    bench.order(&previewed, "", false).await.unwrap();

    let visitor = Visitor::signed_in(&bench).await;
    let page = format!("/report/{}", previewed.report.reference);
    let pdf = visitor.get(&format!("{page}/report.pdf")).await;
    assert_eq!(pdf.status, 200, "the control");
    bench.book().mark_illegal(bench.tip).await.unwrap();
    let state = async |reference: &str| {
        let report = bench.book().report(reference).await.unwrap();
        report.map(|report| (report.state, report.plain.is_empty()))
    };
    let taken = Some((ReportState::TakenBack, true));
    assert_eq!(state(&ordered.report.reference).await, taken);
    let kept = state(&without.report.reference).await;
    assert_eq!(kept, Some((ReportState::Ordered, true)), "no photo in it");
    bench.deliver().await;
    assert_eq!(bench.inbox().len(), 1, "the one without a photo");
    let delivery = bench.register().delivery(&ordered.report.reference).await;
    assert!(delivery.unwrap().unwrap().taken_back_at.is_some());
}

#[tokio::test]
async fn p15_a_preview_and_a_paper_report_with_an_illegal_picture_are_gone() {
    for is_paper in [false, true] {
        let bench = Bench::new().await;
        let paper = partner("legal", PartnerKind::Legal, &bench.police, Way::Print);
        bench.add(&paper).await;
        let preview = bench.acting.preview(bench.tip, &bench.draft("legal")).await;
        let preview = preview.unwrap();
        if is_paper {
            bench.order(&preview, "", false).await.unwrap();
        }
        let visitor = Visitor::signed_in(&bench).await;
        let page = format!("/report/{}", preview.report.reference);
        for file in ["photo-1.jpg", "report.pdf"] {
            let file = visitor.get(&format!("{page}/{file}")).await;
            assert_eq!(file.status, 200, "the control");
        }
        bench.book().mark_illegal(bench.tip).await.unwrap();
        for file in ["photo-1.jpg", "report.pdf"] {
            let gone = visitor.get(&format!("{page}/{file}")).await;
            assert_eq!(gone.status, 404, "{file}, on paper: {is_paper}");
        }
        let handed = bench
            .acting
            .hand_over_on_paper(&preview.report.reference, "Sam")
            .await;
        assert!(handed.is_err());
    }
}

#[tokio::test]
async fn the_mark_of_an_illegal_picture_is_on_the_text_of_its_button_and_a_supervisor_is_told() {
    let (bench, second) = with_two_texts().await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.get(&format!("/tip/{second}")).await.text();
    let names = bench.register().names_of(&[bench.tip, second]).await;
    let names = names.unwrap();
    for id in [bench.tip, second] {
        let button = format!(
            "formaction=\"/tip/{}\" name=\"decision\" value=\"illegal-picture\"",
            names[&id]
        );
        assert_eq!(page.matches(&button).count(), 1, "{button}");
    }
    let name = &names[&second];
    let token = visitor.form_token().await;
    let form = format!("decision=illegal-picture&note=half-a-note&form_token={token}");
    visitor.post(&format!("/tip/{name}"), &form).await;
    let marked = async |id| bench.book().is_illegal(id).await.unwrap();
    assert!(marked(second).await && !marked(bench.tip).await);
    let page = visitor.get(&format!("/tip/{name}")).await.text();
    assert!(page.contains("half-a-note") && page.contains("Ring the police"));
    assert!(!page.contains(&format!("/tip/{second}/photo/1")));
    assert!(
        page.contains(&format!("/tip/{}/photo/1", bench.tip)),
        "the control"
    );

    // Every page of the supervisor says so, without content, until they have seen it.
    let told = "was marked as an illegal picture";
    let list = visitor.get("/alerts").await.text();
    assert_eq!(list.matches(told).count(), 2, "the line and the button");
    assert!(!list.contains("canary"), "{list}");
    let form = format!("picture={second}&form_token={token}");
    visitor.post("/alerts/seen", &form).await;
    assert!(!visitor.get("/alerts").await.text().contains(told));
    partners::ring(bench.book(), bench.tip).await;
}

#[tokio::test]
async fn a_grade_and_a_wording_are_stored_at_their_own_text() {
    let (bench, second) = with_two_texts().await;
    let visitor = Visitor::signed_in(&bench).await;
    let token = visitor.form_token().await;
    for form in ["decision=grade", "decision=translation&note=the-wording"] {
        let form = format!("{form}&form_token={token}");
        visitor.post(&format!("/tip/{second}"), &form).await;
    }
    let notes = async |id| bench.book().notes_on(id).await.unwrap().len();
    assert_eq!((notes(second).await, notes(bench.tip).await), (2, 0));
    let page = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert_eq!(page.matches("Accepted by ann").count(), 1, "{page}");
    assert!(page.contains("the-wording"));
    // The resident's words say their language to a screen reader.
    let words = "class=\"what\" dir=\"auto\" lang=\"canary-language\"";
    assert_eq!(page.matches(words).count(), 2);
}
