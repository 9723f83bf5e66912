//! The page's side: it notices a slip, cannot tell a right code from a wrong one, and is bounded.

use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::Choice;

use super::{Bench, REFERENCE, dropped, name};
use crate::house::desk_browser::exchange;
use crate::triage::routine;

#[tokio::test]
async fn a_slip_is_noticed_before_anything_is_stored_and_the_form_keeps_what_was_typed() {
    let bench = Bench::new().await;
    let form = bench.get("/").await;
    assert_eq!(form.status, 200);
    for choice in Choice::PLAIN {
        assert!(
            form.text().contains(&format!("value=\"{choice}\"")),
            "{choice}"
        );
    }
    let code = AnswerCode::random().unwrap().to_string();
    let first = code.chars().next().unwrap();
    let slipped = code.replacen(first, if first == 'B' { "C" } else { "B" }, 1);
    for (reference, code, choice, problem) in [
        (REFERENCE, slipped.as_str(), "done", "The code has a slip"),
        (REFERENCE, "", "done", "The code has a slip"),
        ("0123", &code, "done", "The reference has 16"),
        (REFERENCE, &code, "sold", "Choose an answer"),
        (REFERENCE, "<script>", "done", "The code has a slip"),
    ] {
        let fields = [("reference", reference), ("code", code), ("choice", choice)];
        let said = bench.post_from("192.0.2.7", &fields).await;
        let text = said.text();
        assert_eq!(said.status, 422, "{text}");
        assert!(
            text.contains(problem) && text.contains("Nothing was noted"),
            "{text}"
        );
        assert!(!text.contains("<script"), "{text}");
        assert!(text.contains(&format!("value=\"{reference}\"")), "{text}");
    }
    assert!(bench.files().is_empty());
    for header in [
        "content-security-policy: default-src 'none'",
        "cache-control: no-store",
    ] {
        assert!(form.head.contains(header), "{}", form.head);
    }
    assert!(!form.head.contains("set-cookie") && !form.text().contains("<script"));
}

#[tokio::test]
async fn the_page_says_noted_to_every_code_and_keeps_none_in_the_clear() {
    let bench = Bench::new().await;
    let tip = bench.team.keep(&routine("one")).await;
    let right = bench.sheet(tip, REFERENCE).await;
    let wrong = AnswerCode::random().unwrap();
    let mut answers = Vec::new();
    for code in [right, wrong] {
        let typed = code.to_string().to_lowercase();
        let said = bench
            .answer(&REFERENCE.to_uppercase(), &typed, Choice::Done)
            .await;
        answers.push((said.status, said.text()));
    }
    assert_eq!(answers[0], answers[1], "the page cannot tell");
    assert_eq!(answers[0].0, 200);
    let files = bench.files();
    assert_eq!(files.len(), 2);
    for file in files {
        let bytes = std::fs::read(file).unwrap();
        let begins = format!("loke-answer-1 {REFERENCE} done 2026-11-21\n");
        assert!(bytes.starts_with(begins.as_bytes()), "the control");
        for code in [right, wrong] {
            let lower = code.as_str().to_lowercase();
            for word in [code.as_str(), &lower] {
                assert!(!bytes.windows(8).any(|part| part == word.as_bytes()));
            }
        }
    }
    let done = bench.collect().await;
    assert_eq!((done.recorded, done.dropped), (1, 1), "the desk can");
}

#[tokio::test]
async fn one_sender_and_all_waiting_answers_are_bounded_and_a_refusal_is_never_called_noted() {
    let bench = Bench::new().await;
    let code = AnswerCode::random().unwrap().to_string();
    let fields = [
        ("reference", REFERENCE),
        ("code", &code),
        ("choice", "done"),
    ];
    for n in 0..20 {
        let said = bench.post_from("198.51.100.9", &fields).await;
        assert_eq!(said.status, 200, "{n}");
    }
    let over = bench.post_from("198.51.100.77", &fields).await;
    assert_eq!(over.status, 429, "of the same network");
    assert!(over.text().contains("Nothing was noted"), "{}", over.text());
    let other = bench.post_from("203.0.113.5", &fields).await;
    assert_eq!(other.status, 200, "another network is not shut out");
    assert_eq!(bench.files().len(), 21);
    bench.team.clock.advance(3_600);
    assert_eq!(bench.post_from("198.51.100.9", &fields).await.status, 200);
    // The desk did not collect for long.
    for n in 0..2_000 {
        std::fs::write(bench.folder().join(format!("{}.age", name(n))), "x").unwrap();
    }
    let full = bench.post_from("203.0.113.5", &fields).await;
    assert_eq!(full.status, 429);
    assert!(full.text().contains("Nothing was noted"));
    // It takes them in steps, and the page is open again.
    for _ in 0..10 {
        assert_eq!(bench.collect().await, dropped(200));
    }
    bench.collect().await;
    assert_eq!(bench.post_from("203.0.113.5", &fields).await.status, 200);
    // A folder that went away: honest, and nothing is created.
    std::fs::remove_dir_all(bench.folder()).unwrap();
    let gone = bench.post_from("203.0.113.5", &fields).await;
    assert_eq!(gone.status, 503);
    assert!(gone.text().contains("Nothing was noted"));
    assert!(!bench.folder().exists());
}

#[tokio::test]
async fn a_long_form_another_method_and_another_path_do_nothing() {
    let bench = Bench::new().await;
    let long = "x".repeat(8 << 10);
    let fields = [
        ("reference", REFERENCE),
        ("code", long.as_str()),
        ("choice", "done"),
    ];
    let said = bench.post_from("192.0.2.7", &fields).await;
    assert_eq!(said.status, 400, "{}", said.text());
    assert!(!said.text().contains(&long), "it is not repeated");
    let host = bench.address.to_string();
    for (method, path, status) in [
        ("PUT", "/", 405),
        ("GET", "/queue", 404),
        ("POST", "/style.css", 405),
        ("GET", "/style.css", 200),
    ] {
        let said = exchange(bench.address, "", method, path, &host, "", "").await;
        assert_eq!(said.status, status, "{method} {path}");
    }
    assert!(bench.files().is_empty());
}
