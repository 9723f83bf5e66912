//! A report that a person at a partner saves: in each form, without code and keys, and in the page's
//! audit log.

use loke::clock::Clock;
use loke::desk::audit::Action;
use loke::desk::register::Register;

use super::Bench;
use crate::house::partners;
use crate::triage::routine;

#[tokio::test]
async fn p15_a_person_saves_a_report_as_text_csv_and_json_without_code_and_keys_and_it_is_logged() {
    let bench = Bench::with_accounts().await;
    let tip = bench.team.keep(&routine("the resident's own words")).await;
    let (mut pat, _) = bench.person("police", "pat").await;
    let (mut cleo, _) = bench.person("cleansing", "cleo").await;
    let draft = partners::words("police", "Canary report");
    let reference = bench.send(tip, &draft).await;
    bench.look().await;
    let stored = bench.team.book().report(&reference).await.unwrap();
    let sent = stored.unwrap().report;
    let (code, key) = (sent.answer_code.unwrap(), sent.answer_key.unwrap());
    let (marking, delete_by) = (sent.marking.unwrap(), sent.delete_by.unwrap());
    let path = format!("/report/{reference}");
    let page = pat.get(&path).await.text();
    for (file, kind) in [
        ("report.txt", "text/plain"),
        ("report.csv", "text/csv"),
        ("report.json", "application/json"),
    ] {
        assert!(page.contains(&format!("{path}/{file}")), "{page}");
        let saved = pat.get(&format!("{path}/{file}")).await;
        let text = saved.text();
        assert!(saved.head.contains(kind) && saved.head.contains("attachment"));
        assert!(
            text.contains("Canary report") && text.contains(&marking),
            "{text}"
        );
        assert!(!text.contains(&code) && !text.contains(&key), "{text}");
        if file != "report.txt" {
            assert!(text.contains(&delete_by), "{file}: {text}");
        }
    }
    assert!(
        pat.get(&format!("{path}/report.pdf"))
            .await
            .body
            .starts_with(b"%PDF")
    );
    for not_here in ["report.exe", "photo-1.jpg", "report"] {
        let answer = pat.get(&format!("{path}/{not_here}")).await;
        assert_eq!(answer.status, 404, "{not_here}");
    }
    // Another partner's person sees nothing, and leaves no row.
    assert_eq!(cleo.get(&format!("{path}/report.csv")).await.status, 404);
    let store = bench.place.path().join("store");
    let clock = Clock::by_hand(bench.team.clock.now());
    let register = Register::open(&store, clock).await.unwrap();
    let mut rows = register.trail().await.unwrap();
    rows.retain(|row| row.action == Action::View.word());
    let seen: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.who.as_str(), row.detail.as_str()))
        .collect();
    let files = [
        "the page",
        "report.txt",
        "report.csv",
        "report.json",
        "report.pdf",
    ];
    assert_eq!(seen, files.map(|file| ("pat", file)));
    // The page's log does not name the report: its machine has the name of the file alone.
    assert!(rows.iter().all(|row| !row.object.contains(&reference)));
    register.close().await;
}

#[tokio::test]
async fn who_does_not_act_says_why_with_an_account_too() {
    let bench = Bench::with_accounts().await;
    let tip = bench.team.keep(&routine("a tag")).await;
    let (mut pat, _) = bench.person("police", "pat").await;
    let reference = bench
        .send(tip, &partners::words("police", "A report"))
        .await;
    bench.look().await;
    let path = format!("/report/{reference}");
    let token = pat.get(&path).await.field("form_token");
    for (choice, words, sentence) in [
        ("refused", " ", "Write why nobody acts"),
        ("no-action", "", "Write why nobody acts"),
        ("no-action", "no such car", "Sent. The team gets it"),
        ("refused", "not our area", "Sent. The team gets it"),
        ("done", "", "Sent. The team gets it"),
    ] {
        let fields = [
            ("form_token", token.as_str()),
            ("choice", choice),
            ("words", words),
        ];
        pat.post(&path, &fields).await;
        let next = pat.get(&path).await.text();
        assert!(next.contains(sentence), "{choice} {words:?}: {next}");
    }
    assert_eq!(bench.collect().await, super::recorded(3));
}
