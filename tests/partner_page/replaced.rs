//! A report that the team withdrew or corrected is marked for the people of the partner.

use super::Bench;
use crate::house::partners;
use crate::triage::routine;

#[tokio::test]
async fn p15_a_withdrawn_and_a_corrected_report_are_marked_on_the_partner_page() {
    let bench = Bench::with_accounts().await;
    let (ann, desk) = (&bench.team.ann, bench.desk());
    let (mut person, _) = bench.person("cleansing", "cleo").await;
    let mut sent = Vec::new();
    for text in ["the first wall", "the second wall", "the third wall"] {
        let tip = bench.team.keep(&routine(text)).await;
        let draft = partners::words("cleansing", &format!("Please look at {text}"));
        sent.push(bench.send(tip, &draft).await);
    }
    bench.look().await;
    let list = person.get("/reports").await.text();
    assert!(!list.contains("Withdrawn") && !list.contains("Corrected"));
    let mut replacements = Vec::new();
    for (reference, text) in sent.iter().zip([None, Some("It is the back door.")]) {
        let preview = ann.replace(reference, text).await.unwrap();
        let order = loke::desk::route::Order {
            digest: preview.digest,
            why: "",
            at_once: true,
        };
        let reference = preview.report.reference;
        ann.order(&desk, &reference, order).await.unwrap();
        replacements.push(reference);
    }
    partners::deliver(ann, &desk).await;
    bench.look().await;
    let page = person.get("/reports").await.text();
    for mark in ["Withdrawn", "Corrected"] {
        assert_eq!(
            page.matches(&format!("<b class=\"now\">{mark}</b>"))
                .count(),
            1
        );
    }
    let mut page = async |reference: &String| {
        let page = person.get(&format!("/report/{reference}")).await;
        page.text()
    };
    let withdrawn = page(&sent[0]).await;
    assert!(withdrawn.contains("Do not use it, and delete your copies."));
    assert!(withdrawn.contains(&format!("/report/{}\">The withdrawal", replacements[0])));
    assert!(!withdrawn.contains("Send the answer"), "{withdrawn}");
    let corrected = page(&sent[1]).await;
    assert!(corrected.contains(&format!("/report/{}\">The correction", replacements[1])));
    assert!(corrected.contains("Send the answer"));
    let withdrawal = page(&replacements[0]).await;
    assert!(withdrawal.contains("<h1>Withdrawal of an earlier report</h1>"));
    assert!(withdrawal.contains(&format!("/report/{}\">The earlier report", sent[0])));
    assert!(!withdrawal.contains("What became of it") && !withdrawal.contains("Send the photo"));
    // The control: the third one is as it was.
    let untouched = page(&sent[2]).await;
    assert!(!untouched.contains("id=\"replaced\""));
    assert!(untouched.contains("What became of it"));
    assert!(untouched.contains("<h2>Do it</h2><p>By "), "{untouched}");
}
