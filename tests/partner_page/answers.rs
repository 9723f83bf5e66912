//! The desk's side: what it takes from the folder, and what an answer does.

use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::Choice;
use loke::desk::audit::Action;
use loke::desk::book::{Decision, Outcome, State, Verdict, View};
use loke::desk::jobs::answers::{Collected, collect};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::route::Order;

use super::{Bench, DAY, REFERENCE, dropped, name, recorded};
use crate::house::partners;
use crate::triage::{close, danger, decide, routine, wait};

#[tokio::test]
async fn an_answer_by_code_is_a_claim_that_closes_nothing_and_stops_no_clock() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let tip = team.keep(&danger("somebody is hurt")).await;
    let code = bench.sheet(tip, REFERENCE).await;
    decide(&team.ann, tip, Decision::Take).await.unwrap();
    let before = team.book().triage(tip).await.unwrap().triage;
    let said = bench
        .answer(REFERENCE, &code.to_string(), Choice::Done)
        .await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert!(said.text().contains("<h1>Noted</h1>"), "{}", said.text());
    assert_eq!(bench.files().len(), 1);
    assert_eq!(bench.collect().await, recorded(1));
    assert!(bench.files().is_empty());
    let after = team.book().triage(tip).await.unwrap().triage;
    assert_eq!(
        (after.state, after.deadline),
        (State::Taken, before.deadline)
    );
    assert_eq!(team.view(&team.ben, View::Answered).await, [tip]);
    assert_eq!(team.ben.counts().await.unwrap()[&View::Answered], 1);
    let claims = team.book().answers_about(tip).await.unwrap();
    let [claim] = claims.as_slice() else {
        panic!("{claims:?}")
    };
    assert_eq!(
        (claim.partner.as_str(), claim.choice, claim.verdict),
        ("cleansing", Choice::Done, None)
    );
    let ben = &team.ben.books()[0];
    assert!(
        ben.judge_answer(tip, claim.id, Verdict::Accepted)
            .await
            .unwrap()
    );
    assert!(
        !ben.judge_answer(tip, claim.id, Verdict::SetAside)
            .await
            .unwrap()
    );
    assert!(team.is_open(tip).await, "danger stays open");
    assert!(team.view(&team.ben, View::Answered).await.is_empty());
    let rows = team.book().trail().await.unwrap();
    let rows = rows
        .iter()
        .filter(|row| row.action == Action::Answer.word());
    let who: Vec<&str> = rows.map(|row| row.who.as_str()).collect();
    assert_eq!(who, ["ann", "desk", "ben"]);
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn a_refusal_opens_a_sent_tip_again_with_its_clock_and_ends_a_wait() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let (sent, waits, closed) = (
        team.keep(&routine("a tag")).await,
        team.keep(&routine("needles")).await,
        team.keep(&routine("noise")).await,
    );
    let references = [REFERENCE, "1123456789abcdef", "2123456789abcdef"];
    for (tip, reference) in [sent, waits, closed].into_iter().zip(references) {
        let code = bench.sheet(tip, reference).await;
        let deadline = team.book().triage(tip).await.unwrap().triage.deadline;
        let decision = match reference {
            REFERENCE => Decision::Routed,
            "1123456789abcdef" => wait(3, team.clock.today()),
            _ => close(Outcome::CouldNotAct),
        };
        decide(&team.ann, tip, decision).await.unwrap();
        team.clock.advance(60);
        bench
            .answer(reference, code.as_str(), Choice::Refused)
            .await;
        assert_eq!(bench.collect().await, recorded(1));
        let triage = team.book().triage(tip).await.unwrap().triage;
        assert_eq!(triage.is_open(), tip != closed, "{reference}");
        if tip == sent {
            assert_eq!((triage.deadline, triage.met), (deadline, None));
        }
        if tip == waits {
            assert!(triage.awake);
        }
    }
    // Of a closed tip the answer is on a view.
    assert!(team.view(&team.ann, View::Answered).await.contains(&closed));
}

#[tokio::test]
async fn each_choice_counts_once_with_its_own_code_and_until_the_day_on_the_sheet() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let (one, two) = (
        team.keep(&routine("one")).await,
        team.keep(&routine("two")).await,
    );
    let other = "fedcba9876543210";
    let (code, others) = (
        bench.sheet(one, REFERENCE).await,
        bench.sheet(two, other).await,
    );
    for (n, reference, code, choice, done) in [
        (0, REFERENCE, code, Choice::Acknowledged, recorded(1)),
        (1, REFERENCE, code, Choice::Acknowledged, dropped(1)),
        (2, REFERENCE, code, Choice::Cleaned, recorded(1)),
        (3, REFERENCE, others, Choice::Done, dropped(1)),
        (4, other, code, Choice::Done, dropped(1)),
        (5, "00000000000000aa", code, Choice::Done, dropped(1)),
    ] {
        bench.forge(&name(n), reference, code, choice);
        assert_eq!(bench.collect().await, done, "{n}");
    }
    assert_eq!(team.book().answers_about(one).await.unwrap().len(), 2);
    assert!(team.book().answers_about(two).await.unwrap().is_empty());
    team.clock.advance(21 * DAY);
    bench.forge(&name(6), other, others, Choice::Done);
    assert_eq!(bench.collect().await, recorded(1), "the last day counts");
    team.clock.advance(DAY);
    bench.forge(&name(7), other, others, Choice::Cleaned);
    assert_eq!(bench.collect().await, dropped(1), "the day has passed");
}

/// The paper was printed, and then somebody took the report back: its code is right, and nothing counts.
#[tokio::test]
async fn an_answer_by_code_to_a_report_that_was_taken_back_is_dropped() {
    let bench = Bench::with_accounts().await;
    let ann = &bench.team.ann;
    let unused = age::x25519::Identity::generate();
    let by_hand = partners::partner("legal", PartnerKind::Legal, &unused, Way::Print);
    partners::add(ann, &by_hand).await;
    let tip = bench.team.keep(&routine("a tag")).await;
    for is_taken_back in [true, false] {
        let draft = partners::words("legal", "please advise");
        let preview = ann.preview(tip, &draft).await.unwrap();
        let order = Order {
            digest: preview.digest,
            why: "",
            at_once: true,
        };
        let (reference, code) = (preview.report.reference, preview.report.answer_code);
        ann.order(&bench.desk(), &reference, order).await.unwrap();
        if is_taken_back {
            ann.take_back(&reference).await.unwrap();
        }
        let said = bench.answer(&reference, &code.unwrap(), Choice::Done).await;
        assert!(said.text().contains("<h1>Noted</h1>"), "{}", said.text());
        let done = match is_taken_back {
            true => dropped(1),
            // The control.
            false => recorded(1),
        };
        assert_eq!(bench.collect().await, done);
    }
    assert_eq!(bench.team.book().answers_about(tip).await.unwrap().len(), 1);
}

#[tokio::test]
async fn p15_who_has_the_partner_pages_machine_makes_no_answer_without_the_sheet() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let (seen, unseen) = (
        team.keep(&routine("one")).await,
        team.keep(&routine("two")).await,
    );
    let (theirs, secret) = ("fedcba9876543210", REFERENCE);
    let code = bench.sheet(seen, theirs).await;
    let right = bench.sheet(unseen, secret).await;
    bench.answer(theirs, code.as_str(), Choice::Done).await;
    let copied = std::fs::read(&bench.files()[0]).unwrap();
    assert_eq!(bench.collect().await, recorded(1));
    // The same file again, under another name, and with another clear line.
    std::fs::write(bench.folder().join(format!("{}.age", name(1))), &copied).unwrap();
    let end = copied.iter().position(|byte| *byte == b'\n').unwrap();
    let line = String::from_utf8(copied[..end].to_vec()).unwrap();
    let mut changed = line.replace(theirs, secret).into_bytes();
    changed.extend(&copied[end..]);
    std::fs::write(bench.folder().join(format!("{}.age", name(2))), changed).unwrap();
    assert_eq!(bench.collect().await, dropped(2));
    // Every reference is known to the attacker, and no code.
    for n in 0..60 {
        let guess = loop {
            let guess = AnswerCode::random().unwrap();
            if guess != right {
                break guess;
            }
        };
        bench.forge(&name(100 + n), secret, guess, Choice::Done);
    }
    assert_eq!(bench.collect().await, dropped(60));
    assert!(team.book().answers_about(unseen).await.unwrap().is_empty());
    assert_eq!(team.book().answers_about(seen).await.unwrap().len(), 1);
    // After so many guesses nothing more is taken, not even the right code.
    bench.forge(&name(300), secret, right, Choice::Done);
    assert_eq!(bench.collect().await, dropped(1));
    let guessed = team.book().guessed_codes(unseen).await.unwrap();
    assert_eq!(guessed, [("cleansing".to_owned(), secret.to_owned())]);
    assert!(team.book().guessed_codes(seen).await.unwrap().is_empty());
    let rows = team.book().trail().await.unwrap();
    let wrong = rows
        .iter()
        .filter(|row| row.detail.starts_with("wrong code"));
    assert_eq!(wrong.count(), 2, "the first and the last");
    // The control: with a few wrong codes the right one counts.
    let third = team.keep(&routine("three")).await;
    let code = bench.sheet(third, "aaaaaaaaaaaaaaaa").await;
    bench.forge(&name(400), "aaaaaaaaaaaaaaaa", right, Choice::Done);
    bench.forge(&name(401), "aaaaaaaaaaaaaaaa", code, Choice::Done);
    let done = bench.collect().await;
    assert_eq!((done.recorded, done.dropped), (1, 1));
}

#[tokio::test]
async fn a_stop_between_book_and_folder_doubles_nothing_and_a_closed_book_loses_nothing() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let tip = team.keep(&routine("one")).await;
    let code = bench.sheet(tip, REFERENCE).await;
    bench
        .answer(REFERENCE, code.as_str(), Choice::Acknowledged)
        .await;
    let file = bench.files().pop().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bench.collect().await, recorded(1));
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(
        bench.collect().await,
        recorded(1),
        "it is known, and deleted"
    );
    assert!(bench.files().is_empty());
    assert_eq!(team.book().answers_about(tip).await.unwrap().len(), 1);
    // A reference that no open book has: the report may be in a book that is closed.
    bench.forge(&name(1), "00000000000000aa", code, Choice::Done);
    let books = [team.book().clone()];
    let waits = Collected {
        waiting: 1,
        ..Collected::default()
    };
    assert_eq!(collect(&bench.folder(), &books, false).await, Ok(waits));
    assert_eq!(bench.files().len(), 1);
    team.clock.advance(61 * DAY);
    assert_eq!(
        collect(&bench.folder(), &books, false).await,
        Ok(dropped(1))
    );
}

#[tokio::test]
async fn nothing_in_the_folder_leads_the_desk_elsewhere_or_makes_it_wait() {
    let bench = Bench::new().await;
    let team = &bench.team;
    let tip = team.keep(&routine("one")).await;
    let code = bench.sheet(tip, REFERENCE).await;
    let path = |n: u32| bench.folder().join(format!("{}.age", name(n)));
    let secret = bench.place.path().join("secret");
    std::fs::write(&secret, "a file of the desk").unwrap();
    std::os::unix::fs::symlink(&secret, path(1)).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(path(2)).status();
    assert!(pipe.unwrap().success());
    std::fs::write(path(3), vec![b'x'; 9 << 20]).unwrap();
    std::fs::write(
        path(4),
        "loke-answer-1 0123456789abcdef done 2026-11-21\nage",
    )
    .unwrap();
    std::fs::create_dir(path(5)).unwrap();
    std::fs::write(bench.folder().join("notes.txt"), "not ours").unwrap();
    std::fs::write(bench.folder().join(".half.part"), "half").unwrap();
    bench.forge(&name(6), REFERENCE, code, Choice::Done);
    let done = bench.collect().await;
    assert_eq!((done.recorded, done.dropped), (1, 5));
    assert_eq!(
        std::fs::read_to_string(&secret).unwrap(),
        "a file of the desk"
    );
    let mut left: Vec<String> = bench
        .files()
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [".half.part", &format!("{}.age", name(5)), "notes.txt"]
    );
    let gone = collect(&bench.place.path().join("none"), &[], true).await;
    assert!(gone.unwrap_err().contains("[answers] in desk.toml"));
}
