//! The phone brief: whom to ring about danger or a child, what they ask, and the record of the call.

use loke::desk::book::Welfare;
use loke::tip::{Priority, TipId, YesNo};

use super::Bench;
use super::served::{ANN, Desk, OWN};
use super::walk::keep;
use crate::house::desk_browser::code;

const MINUTE: i64 = 60;

/// A served desk with a tip about a child in `main`.
async fn desk() -> (Desk, TipId) {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let mut tip = super::tip(
        "a boy carries bags for them",
        Priority::Routine,
        "2026-11-20",
    );
    tip.child = Some(YesNo::Yes);
    keep(&ann, "main", &tip).await;
    (desk, tip.id)
}

#[tokio::test]
async fn a_brief_begins_with_999_names_who_answers_now_and_records_the_call() {
    let (desk, tip) = desk().await;
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let page = browser.get(&format!("/tip/{tip}")).await.text();
    assert!(page.contains("Nobody was rung yet. Ring first."), "{page}");
    assert!(page.contains("/brief\" data-key=\"g\""), "{page}");
    let path = format!("/tip/{tip}/brief");
    let brief = browser.get(&path).await;
    let text = brief.text();
    let (_, main) = text.split_once("<main").unwrap();
    let (_, first) = main.split_once('>').unwrap();
    assert!(
        first
            .trim_start()
            .starts_with("<h1 class=\"first\">In danger now? Ring <a href=\"tel:999\">"),
        "{first}"
    );
    // Saturday, 21 November 2026.
    let (now, others) = text.split_once("Other numbers").unwrap();
    assert!(now.contains("Emergency Duty Team") && now.contains("tel:03448008020"));
    assert!(others.contains("tel:03448008021") && !now.contains("tel:03448008021"));
    for said in [
        "a boy carries bags",
        "name and age",
        "duty to notify",
        "Modern Slavery Act 2015",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("child sex offence"), "ann is of the council");
    let token = brief.field("form_token");
    let form = |fields: &[(&str, &str)]| {
        let mut all = vec![("form_token".to_owned(), token.clone())];
        all.extend(
            fields
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        all
    };
    for (fields, problem) in [
        (form(&[("rung", "EDT")]), "Say whether they answered"),
        (
            form(&[("rung", "EDT"), ("outcome", "made"), ("consent", "asked")]),
            "Write the reference",
        ),
        (
            form(&[
                ("rung", "EDT"),
                ("outcome", "tried"),
                ("consent", "asked"),
                ("next_on", "2026-11-21"),
                ("next_at", "25:00"),
            ]),
            "when the next try is",
        ),
        (
            form(&[
                ("rung", "EDT"),
                ("outcome", "made"),
                ("reference", "E-77"),
                ("consent", "not-asked"),
            ]),
            "why nobody asked",
        ),
    ] {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let answer = browser.post(&path, &fields).await;
        let text = answer.text();
        assert!(
            answer.status == 200 && text.contains(problem),
            "{problem}: {text}"
        );
    }
    let fields = [
        ("form_token", token.as_str()),
        ("rung", "Emergency Duty Team"),
        ("outcome", "made"),
        ("reference", "E-77 <b>"),
        ("consent", "not-asked"),
        ("why", "it would put the boy at risk"),
    ];
    let done = browser.post(&path, &fields).await;
    assert_eq!(
        (done.status, done.location()),
        (303, format!("/tip/{tip}").as_str())
    );
    let page = browser.get(&format!("/tip/{tip}")).await.text();
    assert!(
        page.contains("Rung Emergency Duty Team on Sat 21 Nov 2026, 12:00"),
        "{page}"
    );
    assert!(page.contains("reference E-77 &#60;b&#62;"), "{page}");
    let (_, history) = page.split_once("What happened").unwrap();
    assert!(history.contains("Rang Emergency Duty Team"), "{history}");
    assert!(history.contains("Consent was not asked: it would put the boy at risk"));
    let ann = desk.act("ann", ANN).await;
    let welfare = ann.books()[0].welfare(tip).await.unwrap();
    assert!(matches!(welfare, Welfare::Called { .. }), "{welfare:?}");
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn an_open_brief_keeps_the_session_for_an_hour_and_a_tips_page_does_not() {
    let (desk, tip) = desk().await;
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let brief = browser.get(&format!("/tip/{tip}/brief")).await.text();
    assert!(brief.contains("signed in until 13:00"), "{brief}");
    desk.clock.advance(59 * MINUTE);
    desk.screen.end_sessions().await.unwrap();
    assert_eq!(desk.open.all().len(), 1, "the book is open");
    assert_eq!(browser.get(&format!("/tip/{tip}")).await.status, 200);
    desk.clock.advance(15 * MINUTE);
    assert_eq!(
        browser.get(&format!("/tip/{tip}")).await.status,
        303,
        "control"
    );
    let code = code(&secret, desk.clock.now());
    assert_eq!(browser.sign_in("ann", ANN, &code).await.status, 303);
    browser.get(&format!("/tip/{tip}/brief")).await;
    desk.clock.advance(60 * MINUTE);
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty(), "an hour is the longest");
}

#[tokio::test]
async fn a_constables_brief_names_the_duty_to_report_child_sex_offences() {
    let (desk, tip) = desk().await;
    desk.add_bob().await;
    let (_, secret) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    loke::desk::granting::grant(&ann, "main", "bob", None)
        .await
        .unwrap();
    desk.clock.advance(MINUTE);
    let mut bob = desk.browser();
    let code = code(&secret, desk.clock.now());
    assert_eq!(bob.sign_in("bob", OWN, &code).await.status, 303);
    let text = bob.get(&format!("/tip/{tip}/brief")).await.text();
    assert!(text.contains("duty to report child sex offences"), "{text}");
}

#[test]
fn the_command_records_a_call_and_the_list_says_who_must_still_ring() {
    let bench = Bench::new();
    let added = bench.ok(&["add", "--topic", "drugs", "--what", "x", "--child", "yes"]);
    let name = added.trim().strip_prefix("Stored as ").unwrap().to_owned();
    let ring_first = || -> Vec<serde_json::Value> {
        serde_json::from_str(&bench.ok(&["list", "--json", "--view", "ring-first"])).unwrap()
    };
    assert_eq!(ring_first()[0]["name"], name.as_str());
    let call = ["call", &name, "--rung", "CADS"];
    let with = |more: &[&str]| {
        let all: Vec<String> = call
            .iter()
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect();
        all
    };
    let falls = |more: &[&str]| {
        let all = with(more);
        bench.falls(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(falls(&[]).contains("--made REFERENCE"));
    assert!(falls(&["--made", "C-1"]).contains("--no-consent"));
    assert!(falls(&["--tried", "tomorrow", "--consent", "yes"]).contains("2026-05-03 10:20"));
    assert!(falls(&["--tried", "2020-01-01 10:00", "--consent", "yes"]).contains("in the future"));
    assert_eq!(ring_first().len(), 1);
    let all = with(&["--made", "C-4711", "--no-consent", "it would warn them"]);
    bench.ok(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(ring_first().is_empty());
    let shown: serde_json::Value =
        serde_json::from_str(&bench.ok(&["show", &name, "--json"])).unwrap();
    assert_eq!(shown["calls"][0]["reference"], "C-4711");
}
