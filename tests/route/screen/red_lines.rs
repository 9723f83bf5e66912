//! Sentences on top of the queue and of every page, until somebody mended the cause.

use loke::desk::partners::{PartnerKind, Way};

use super::Visitor;
use crate::house::partners::partner;
use crate::route::Bench;

#[tokio::test]
async fn a_broken_file_of_sentences_leaves_every_tip_readable_and_a_red_line_names_its_line() {
    let bench = Bench::new().await;
    let rules = bench.dir.join("rules");
    std::fs::create_dir(&rules).unwrap();
    let shipped = include_str!("../../../rules/reports.toml");
    let file = rules.join("reports.toml");
    std::fs::write(&file, shipped.replace("[safety]", "[safety")).unwrap();
    bench.register().reload_rules().unwrap_err();
    let path = format!("/tip/{}", bench.tip);
    let page = Visitor::signed_in(&bench).await.get(&path).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("Go in pairs."), "the last good ones: {text}");
    let line = shipped.lines().position(|line| line == "[safety]").unwrap() + 1;
    let red = format!("reports.toml, line {line}: ");
    assert!(text.contains(&red), "{red}: {text}");
    // Control: a corrected file applies, and the line is gone.
    std::fs::write(&file, shipped.replace("Go in pairs", "Go in threes")).unwrap();
    bench.register().reload_rules().unwrap();
    let text = Visitor::signed_in(&bench).await.get(&path).await.text();
    assert!(text.contains("Go in threes.") && !text.contains("reports.toml"));
}

#[tokio::test]
async fn the_queue_says_30_days_before_that_a_sharing_agreement_ends() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut wardens = partner("wardens", PartnerKind::Other, &bench.cleansing, inbox);
    wardens.contact = "Duty desk, 01603 000000".into();
    for (days, line) in [
        (31, None),
        (30, Some("with wardens ends on")),
        (-1, Some("with wardens ended on")),
    ] {
        wardens.agreement_until = Some(bench.clock.today().plus(days));
        bench.add(&wardens).await;
        let text = Visitor::signed_in(&bench).await.get("/queue").await.text();
        let said = text.contains("The sharing agreement with");
        assert_eq!(said, line.is_some(), "{days}: {text}");
        assert!(text.contains(line.unwrap_or_default()), "{days}: {text}");
    }
    // Officers see whom to ring.
    let visitor = Visitor::signed_in(&bench).await;
    let partners = visitor.get("/partners").await.text();
    assert!(partners.contains(&wardens.contact), "{partners}");
    wardens.agreement_until = None;
    bench.add(&wardens).await;
    let sent = bench.route("wardens").await.unwrap();
    let report = visitor.get(&format!("/report/{}", sent.reference)).await;
    assert!(report.text().contains(&wardens.contact));
}
