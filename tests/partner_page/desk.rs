//! The desk's side of a report on the partner page: its saved copies, and the answer to a question.

use loke::desk::open;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Report;
use loke::desk::route::{NotSent, Order};
use loke::desk::ways::page::PagePost;
use loke::digest::sha256;

use super::accounts::tip_page;
use super::{Bench, REFERENCE, recorded};
use crate::documents::{squeezed, text_of};
use crate::house::partners;
use crate::triage::routine;

fn order(digest: [u8; 32]) -> Order<'static> {
    Order {
        digest,
        why: "",
        at_once: true,
    }
}

#[tokio::test]
async fn p15_a_copy_that_an_officer_saves_cannot_answer_as_the_partner() {
    let bench = Bench::with_accounts().await;
    let (team, desk) = (&bench.team, bench.desk());
    let key = bench.reader("police", "pat").await;
    let tip = team.keep(&routine("own words")).await;
    let draft = partners::words("police", "a report");
    let preview = team.ann.preview(tip, &draft).await.unwrap();
    let reference = preview.report.reference.as_str();
    let answer_key = preview.report.answer_key.clone().unwrap();
    let answer_code = preview.report.answer_code.clone().unwrap();
    let (mut officer, _) = tip_page(team, bench.place.path().join("desk.toml"), tip).await;
    let page = officer.get(&format!("/report/{reference}")).await.text();
    for secret in [&answer_key, &answer_code] {
        assert!(!page.contains(secret.as_str()), "{page}");
    }
    for sentence in [
        "only in what the partner gets",
        "Words and photos can still show",
        &hex::encode(preview.digest),
    ] {
        assert!(page.contains(sentence), "{sentence}: {page}");
    }
    for file in ["report.json", "report.txt", "report.csv"] {
        let saved = officer.get(&format!("/report/{reference}/{file}")).await;
        let text = saved.text();
        assert!(saved.status == 200 && text.contains("a report"), "{file}");
        for secret in [&answer_key, &answer_code] {
            assert!(!text.contains(secret.as_str()), "{file}: {text}");
        }
    }
    // The PDF to save is another file than the one that is sealed, and says so.
    let saved = officer
        .get(&format!("/report/{reference}/report.pdf"))
        .await;
    if let Some(printed) = text_of(&saved.body) {
        assert!(printed.contains("the desk's copy") && printed.contains("a report"));
        has_no_code(&printed, &answer_code);
    }
    // The control: the file that is sealed has both, and is the one that was previewed.
    team.ann
        .order(&desk, reference, order(preview.digest))
        .await
        .unwrap();
    partners::deliver(&team.ann, &desk).await;
    let file = bench.place.path().join(format!("inbox/{reference}.age"));
    let Ok(PagePost::Report { sealed, .. }) = PagePost::parse(&std::fs::read(file).unwrap()) else {
        panic!("not a report");
    };
    let plain = open::plain(&[key], &sealed).unwrap();
    assert_eq!(sha256(&plain), preview.digest);
    for secret in [&answer_key, &answer_code] {
        assert!(memchr::memmem::find(&plain, secret.as_bytes()).is_some());
    }
    let at = memchr::memmem::find(&plain, b"%PDF").unwrap();
    if let Some(printed) = text_of(&plain[at..]) {
        assert!(
            squeezed(&printed).contains(&squeezed(&answer_code)),
            "{printed}"
        );
        assert!(!printed.contains("the desk's copy"));
    }
    let gone = officer
        .get(&format!("/report/{reference}/report.json"))
        .await;
    assert_eq!(gone.status, 404);
}

fn has_no_code(printed: &str, code: &str) {
    assert!(!squeezed(printed).contains(&squeezed(code)), "{printed}");
    assert!(!printed.contains("How to answer"), "{printed}");
}

/// Paper is the delivery: from the order until it is handed over, the PDF is the partner's own.
#[tokio::test]
async fn p15_paper_has_its_answer_code_from_the_order_until_it_is_handed_over() {
    let bench = Bench::with_accounts().await;
    let team = &bench.team;
    let unused = age::x25519::Identity::generate();
    let by_hand = partners::partner("wardens", PartnerKind::Other, &unused, Way::Print);
    partners::add(&team.ann, &by_hand).await;
    let tip = team.keep(&routine("own words")).await;
    let draft = partners::words("wardens", "a report");
    let preview = team.ann.preview(tip, &draft).await.unwrap();
    let reference = preview.report.reference.as_str();
    let code = preview.report.answer_code.clone().unwrap();
    let (mut officer, _) = tip_page(team, bench.place.path().join("desk.toml"), tip).await;
    let (page, file) = (
        format!("/report/{reference}"),
        format!("/report/{reference}/report.pdf"),
    );
    let copy = officer.get(&file).await;
    let Some(printed) = text_of(&copy.body) else {
        return;
    };
    has_no_code(&printed, &code);
    let desk = bench.desk();
    let ordered = team.ann.order(&desk, reference, order(preview.digest));
    ordered.await.unwrap();
    let paper = officer.get(&file).await;
    let printed = text_of(&paper.body).unwrap();
    assert!(squeezed(&printed).contains(&squeezed(&code)), "{printed}");
    let previewed = memchr::memmem::find(&preview.plain, &paper.body);
    assert!(previewed.is_some(), "the paper is what was previewed");
    let shown = officer.get(&page).await.text();
    assert!(shown.contains("Save the paper as PDF") && !shown.contains(&code));
    let handed = team.ann.hand_over_on_paper(reference, "Sam").await;
    handed.unwrap();
    assert_eq!(officer.get(&file).await.status, 404);
}

#[tokio::test]
async fn p15_the_answer_to_a_question_is_previewed_like_a_report_and_stands_with_the_question() {
    let bench = Bench::with_accounts().await;
    let (team, desk) = (&bench.team, bench.desk());
    let (mut pat, _) = bench.person("police", "pat").await;
    let (mut cleo, _) = bench.person("cleansing", "cleo").await;
    let words = "they swapped the lock on the green door";
    let tip = team.keep(&routine(words)).await;
    let reference = bench
        .send(tip, &partners::words("police", "Which gate"))
        .await;
    bench.look().await;
    let path = format!("/report/{reference}");
    let token = pat.get(&path).await.field("form_token");
    let asked = [
        ("form_token", token.as_str()),
        ("choice", "asked"),
        ("words", "which gate?"),
    ];
    assert_eq!(pat.post(&path, &asked).await.status, 303);
    assert_eq!(bench.collect().await, recorded(1));
    let (mut officer, page) = tip_page(team, bench.place.path().join("desk.toml"), tip).await;
    assert!(
        page.text().contains("Answer the question"),
        "{}",
        page.text()
    );

    // The form makes a preview. The resident's words leave with a reason alone.
    let form = officer.get(&path).await.field("form_token");
    let made = [
        ("form_token", form.as_str()),
        ("deed", "answer"),
        ("text", "the one where they swapped the lock on Monday"),
    ];
    let made = officer.post(&path, &made).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let preview = officer.get(made.location()).await.text();
    assert!(preview.contains("This answers your question"), "{preview}");
    let own = made.location().split(['/', '?']).nth(2).unwrap().to_owned();
    let (_, own) = team.ann.report(&own).await.unwrap();
    let refused = team
        .ann
        .order(&desk, &own.report.reference, order(own.digest));
    let refused = refused.await;
    assert!(matches!(refused, Err(NotSent::OwnWords(_))), "{refused:?}");

    let answer = team.ann.answer_question(&reference, "The one at the back");
    let answer = answer.await.unwrap();
    let Report { answers, ask, .. } = &answer.report;
    assert_eq!((answers.as_deref(), ask), (Some(reference.as_str()), &None));
    // On the same day as the report itself.
    let id = answer.report.reference.as_str();
    let shown = |page: &str| page.contains("The team answered") && page.contains("at the back");
    team.ann
        .order(&desk, id, order(answer.digest))
        .await
        .unwrap();
    assert!(!shown(&pat.get(&path).await.text()), "the control");
    partners::deliver(&team.ann, &desk).await;
    bench.look().await;
    let text = pat.get(&path).await.text();
    assert!(shown(&text), "{text}");
    let list = pat.get("/reports").await.text();
    assert!(list.contains("Answer to your question"), "{list}");
    let text = pat.get(&format!("/report/{id}")).await.text();
    assert!(text.contains(&format!("href=\"{path}\"")), "{text}");
    assert_eq!(cleo.get(&format!("/report/{id}")).await.status, 404);
    // It is no report for action, and no part of the tip: another one may follow today.
    let again = team.ann.answer_question(&reference, "And not before six");
    let again = again.await.unwrap();
    let sent = team
        .ann
        .order(&desk, &again.report.reference, order(again.digest));
    assert!(!sent.await.unwrap().is_lead);
    let empty = team.ann.answer_question(&reference, " ").await;
    assert!(matches!(empty, Err(NotSent::Empty)), "{empty:?}");
}

/// A desk that was killed before it noted the arrival leaves the report again.
#[tokio::test]
async fn p6_a_report_that_the_desk_leaves_again_on_another_day_is_on_the_page_once() {
    let bench = Bench::with_accounts().await;
    let (place, today) = (bench.place.path(), bench.team.clock.today());
    let (other, tomorrow) = ("fedcba9876543210", today.plus(1));
    for (reference, day) in [(REFERENCE, today), (REFERENCE, tomorrow), (other, tomorrow)] {
        let post = PagePost::Report {
            partner: "police".into(),
            reference: reference.parse().unwrap(),
            day,
            sealed: b"sealed".to_vec(),
        };
        post.put(&place.join("inbox")).unwrap();
        bench.look().await;
    }
    let filed = place.join("store/reports/police").read_dir().unwrap();
    let names = filed.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let once = [(today, REFERENCE), (tomorrow, other)];
    assert_eq!(names, once.map(|(day, name)| format!("{day}.{name}.age")));
}
