//! Replies to residents: who may write what, what is held, and what follows from a receipt.

use loke::clock::Day;
use loke::desk::audit::Action;
use loke::desk::book::{Authorised, Decision, NotStored, ReplyState, State};
use loke::desk::open;
use loke::desk::replying::{Forgotten, NotReplied, Words};
use loke::reply_rows::Stage;
use loke::tip::{FollowUp, Lane, Tip, TipId, Topic};

use super::forgetting::{kept_receipt, receipt};
use super::{Team, decide, routine, with};

const DAY: i64 = 86_400;

fn follow_up(n: u8, kind: FollowUp, words: &str) -> Tip {
    with(kept_receipt(n, words), |tip| tip.follow_up = Some(kind))
}

fn own(text: &str) -> Words<'_> {
    Words::Own {
        text,
        language: "en",
        meaning: "",
    }
}

const CLEAN: &str = "Thank you. Was it in the morning or in the evening?";
const TASKS: &str = "Could you follow him and take a photo?";

#[tokio::test]
async fn p16_only_texts_of_the_library_leave_by_one_person_and_a_find_needs_a_supervisors_reason() {
    let team = Team::new().await;
    let tip = team
        .keep(&kept_receipt(1, "They sell at the back door"))
        .await;
    let sent = team
        .ben
        .reply(tip, Words::Library("stay-safe"), None)
        .await
        .unwrap();
    assert_eq!(sent.state, ReplyState::Ready);
    let other = team
        .keep(&kept_receipt(2, "They sell at the back door"))
        .await;
    let waits = team.ben.reply(other, own(CLEAN), None).await.unwrap();
    assert_eq!(waits.state, ReplyState::Waiting);
    let held = team.ben.reply(other, own(TASKS), None).await.unwrap();
    assert_eq!(held.state, ReplyState::Held);

    let (waits, held) = (waits.replies[0], held.replies[0]);
    let refused = team.ben.agree_to_reply(waits, "").await;
    assert!(matches!(refused, Err(NotReplied::Own)), "{refused:?}");
    team.cai.agree_to_reply(waits, "").await.unwrap();
    let again = team.cai.agree_to_reply(waits, "").await;
    assert!(matches!(again, Err(NotReplied::NoReply(_))), "{again:?}");
    let refused = team.cai.agree_to_reply(held, "").await;
    assert!(matches!(refused, Err(NotReplied::Role)), "{refused:?}");
    let refused = team.cai.release_reply(held, "", "it is fine").await;
    assert!(matches!(refused, Err(NotReplied::Role)), "{refused:?}");
    let refused = team.ann.release_reply(held, "", " ").await;
    assert!(matches!(refused, Err(NotReplied::Reason)), "{refused:?}");
    let queue = team.ann.waiting_replies().await.unwrap();
    assert_eq!(queue.len(), 1);
    assert!(!queue[0].looked.finds.is_empty(), "the phrases are marked");
    team.ann
        .release_reply(held, "", "the solicitor agreed")
        .await
        .unwrap();

    let thread = team.ben.thread_of(other).await.unwrap().thread;
    let released = thread
        .replies
        .iter()
        .find(|reply| reply.id == held)
        .unwrap();
    assert_eq!(released.state, ReplyState::Ready);
    assert_eq!(released.why.as_deref(), Some("the solicitor agreed"));
    let trail = team.book().trail().await.unwrap();
    let rows: Vec<_> = trail
        .iter()
        .filter(|row| row.action == Action::Reply.word())
        .collect();
    assert!(rows.iter().any(|row| row.detail.contains("ready, reason ")));
    for row in &trail {
        assert!(!row.detail.contains("solicitor") && !row.detail.contains("follow him"));
    }
    team.ann.verify(|| {}).await.unwrap();

    let bare = team.keep(&routine("no receipt")).await;
    let refused = team.ben.reply(bare, own(CLEAN), None).await;
    assert!(matches!(refused, Err(NotReplied::NoBox)), "{refused:?}");
    let long = "x".repeat(1_501);
    let refused = team.ben.reply(tip, own(&long), None).await;
    assert!(matches!(refused, Err(NotReplied::TooLong)), "{refused:?}");
    let refused = team.ben.reply(tip, Words::Library("finished"), None).await;
    assert!(matches!(refused, Err(NotReplied::Stage(..))), "{refused:?}");
}

#[tokio::test]
async fn p16_from_the_third_exchange_or_report_only_the_library_until_the_authorising_officer() {
    let team = Team::new().await;
    let tip = team.keep(&kept_receipt(1, "a report")).await;
    for _ in 0..2 {
        team.ben
            .reply(tip, Words::Library("stay-safe"), None)
            .await
            .unwrap();
    }
    let refused = team.ben.reply(tip, own(CLEAN), None).await;
    assert!(
        matches!(refused, Err(NotReplied::OnlyLibrary(_))),
        "{refused:?}"
    );
    team.ben
        .reply(tip, Words::Library("ring-999"), None)
        .await
        .unwrap();
    let refused = team
        .ben
        .authorise(tip, Authorised::NoRelationship, "why")
        .await;
    assert!(matches!(refused, Err(NotReplied::Role)), "{refused:?}");
    let why = "Superintendent Hale: no relationship";
    team.ann
        .authorise(tip, Authorised::NoRelationship, why)
        .await
        .unwrap();
    let waits = team.ben.reply(tip, own(CLEAN), None).await.unwrap();
    assert_eq!(waits.state, ReplyState::Waiting);
    team.ann
        .authorise(tip, Authorised::Stop, "stop it")
        .await
        .unwrap();
    let gone = team.cai.agree_to_reply(waits.replies[0], "").await;
    assert!(matches!(gone, Err(NotReplied::NoReply(_))), "{gone:?}");
    let refused = team.ben.reply(tip, Words::Library("ring-999"), None).await;
    assert!(matches!(refused, Err(NotReplied::Stopped)), "{refused:?}");

    for n in 0..3 {
        let tip = team.keep(&kept_receipt(2, &format!("report {n}"))).await;
        let wrote = team.ben.reply(tip, own(CLEAN), None).await;
        match n {
            0 => assert!(wrote.is_ok(), "{wrote:?}"),
            2 => assert!(
                matches!(wrote, Err(NotReplied::OnlyLibrary(_))),
                "{wrote:?}"
            ),
            _ => {}
        }
    }
}

#[tokio::test]
async fn p16_a_writer_under_18_a_group_another_language_and_two_officers_at_once() {
    let team = Team::new().await;
    let young = team
        .keep(&kept_receipt(1, "I am 15 and they sell here"))
        .await;
    for words in [own(CLEAN), Words::Library("which-day")] {
        let refused = team.ben.reply(young, words, None).await;
        assert!(matches!(refused, Err(NotReplied::Young)), "{refused:?}");
    }
    // The book collects the lane safeguarding.
    team.ben
        .reply(young, Words::Library("childline"), None)
        .await
        .unwrap();

    let (one, two) = (kept_receipt(2, "a tag"), kept_receipt(3, "the same tag"));
    let (one, two) = (team.keep(&one).await, team.keep(&two).await);
    decide(&team.ben, two, Decision::Fold { into: one })
        .await
        .unwrap();
    let refused = team.ben.reply(one, Words::Library("ring-999"), None).await;
    assert!(matches!(refused, Err(NotReplied::Group)), "{refused:?}");
    let graffiti = |n| {
        with(kept_receipt(n, "a tag on the wall"), |tip| {
            (tip.lane, tip.topic) = (Lane::Graffiti, Topic::Graffiti);
        })
    };
    let (one, two) = (team.keep(&graffiti(4)).await, team.keep(&graffiti(5)).await);
    decide(&team.ben, two, Decision::Fold { into: one })
        .await
        .unwrap();
    let wrote = team
        .ben
        .reply(one, Words::Library("ring-999"), None)
        .await
        .unwrap();
    assert_eq!(wrote.replies.len(), 2);
    let mut days = Vec::new();
    for tip in [one, two] {
        let thread = team.ben.thread_of(tip).await.unwrap().thread;
        days.push(thread.replies[0].leaves_on);
    }
    assert_ne!(days[0], days[1], "on different days");

    let tip = team.keep(&kept_receipt(6, "jest głośno")).await;
    let polish = |meaning| Words::Own {
        text: "Dziękujemy za wiadomość.",
        language: "pl",
        meaning,
    };
    let refused = team.ben.reply(tip, polish(""), None).await;
    assert!(matches!(refused, Err(NotReplied::NoMeaning)), "{refused:?}");
    let wrote = team
        .ben
        .reply(tip, polish("Thank you for the message."), None)
        .await
        .unwrap();
    assert_eq!(wrote.state, ReplyState::Waiting);
    let refused = team.cai.agree_to_reply(wrote.replies[0], "").await;
    assert!(
        matches!(refused, Err(NotReplied::Interpreter)),
        "{refused:?}"
    );
    team.cai
        .agree_to_reply(wrote.replies[0], "INTRAN, Ms Nowak")
        .await
        .unwrap();

    let tip = team.keep(&kept_receipt(7, "one more")).await;
    let seen = team.ben.thread_of(tip).await.unwrap().thread.newest();
    team.cai
        .reply(tip, Words::Library("ring-101"), Some(seen))
        .await
        .unwrap();
    let late = team
        .ben
        .reply(tip, Words::Library("ring-999"), Some(seen))
        .await;
    let Err(NotReplied::NotStored(NotStored::Changed(who))) = late else {
        panic!("{late:?}")
    };
    assert_eq!(who, "cai");
}

#[tokio::test]
async fn an_answer_lands_with_whoever_took_the_thread_and_closes_or_lowers_nothing() {
    let team = Team::new().await;
    let tip = team
        .keep(&kept_receipt(1, "they threaten him with a knife"))
        .await;
    decide(&team.ben, tip, Decision::Take).await.unwrap();
    let answer = follow_up(
        1,
        FollowUp::Answer,
        "It was nothing. Everything is fine now.",
    );
    let answer = team.keep(&answer).await;
    let triage = team.book().triage(answer).await.unwrap().triage;
    assert_eq!(
        (triage.state, triage.owner.as_deref()),
        (State::Taken, Some("ben"))
    );
    assert!(team.is_open(tip).await, "a reassurance closes nothing");
    let stranger = team.keep(&follow_up(2, FollowUp::Still, "again")).await;
    assert_eq!(team.state(stranger).await, State::New, "control");
    let view = team.ben.thread_of(tip).await.unwrap();
    assert_eq!(view.thread.incidents.len(), 2);
    // A receipt that is handed over.
    let proof = team.ben.prove(&receipt(1)).await.unwrap();
    assert_eq!((proof.reports.len(), proof.is_enough), (2, false));
    let late = with(follow_up(1, FollowUp::Still, "long ago"), |tip| {
        tip.when = Some("2020-01-01 21:30".to_owned());
    });
    team.keep(&late).await;
    let proof = team.ben.prove(&receipt(1)).await.unwrap();
    assert_eq!(
        (proof.reports.len(), proof.is_enough),
        (3, false),
        "one was not reported within a month"
    );
    for _ in 0..2 {
        let proof = team.ben.prove(&receipt(1)).await.unwrap();
        assert!(!proof.is_enough, "an answer is no incident");
        team.keep(&follow_up(1, FollowUp::Still, "again")).await;
    }
    assert!(team.ben.prove(&receipt(1)).await.unwrap().is_enough);
    assert!(
        team.ben
            .prove(&receipt(8))
            .await
            .unwrap()
            .reports
            .is_empty()
    );
    // Stages: a supervisor releases them, and they are shown from a Wednesday on.
    let refused = team.ben.release_stage(tip, Stage::Finished).await;
    assert!(matches!(refused, Err(NotReplied::Role)), "{refused:?}");
    let from: Day = team.ann.release_stage(tip, Stage::Finished).await.unwrap();
    assert_eq!(from.weekday(), 2);
    assert_ne!(
        team.ben.thread_of(tip).await.unwrap().stage,
        Stage::Finished
    );
    team.clock.advance(7 * DAY);
    assert_eq!(
        team.ben.thread_of(tip).await.unwrap().stage,
        Stage::Finished
    );
}

/// Whether the tip's row or its sealed file has the keys of the receipt.
async fn has_keys(team: &Team, tip: TipId, n: u8) -> bool {
    let book = team.book();
    let key = hex::encode(receipt(n).reply_key().expose());
    let held = book.view(tip).await.unwrap();
    let sealed = book.sealed(tip).await.unwrap();
    let opened = open::tip(book.identities(), &sealed).unwrap();
    let json = opened.json.as_str();
    assert_eq!(
        opened.tip.what,
        serde_json::from_str::<Tip>(json).unwrap().what
    );
    held.json.contains(&key) || json.contains(&key)
}

#[tokio::test]
async fn p7_forget_removes_the_replies_and_the_keys_and_the_words_stay_until_two_people_decide() {
    let team = Team::new().await;
    let tip = team.keep(&kept_receipt(1, "the first report")).await;
    let other = team.keep(&kept_receipt(2, "another one")).await;
    team.ben
        .reply(tip, Words::Library("stay-safe"), None)
        .await
        .unwrap();
    assert!(has_keys(&team, tip, 1).await);
    let asks = team.keep(&follow_up(1, FollowUp::Forget, "")).await;
    for tip in [tip, asks] {
        assert!(!has_keys(&team, tip, 1).await);
    }
    assert!(has_keys(&team, other, 2).await, "control");
    let view = team.ben.thread_of(tip).await.unwrap();
    assert!(view.thread.replies.is_empty() && !view.can_reply);
    assert!(team.is_open(tip).await, "the words stay");
    let refused = team.ben.reply(tip, own(CLEAN), None).await;
    assert!(matches!(refused, Err(NotReplied::Forgotten)), "{refused:?}");

    let refused = team.ben.decide_to_forget(tip, false).await;
    assert!(
        matches!(refused, Err(NotReplied::TooSoon(_))),
        "{refused:?}"
    );
    team.clock.advance(7 * DAY);
    let first = team.ben.decide_to_forget(tip, false).await.unwrap();
    assert_eq!(first, Forgotten::Proposed);
    let refused = team.ben.decide_to_forget(tip, false).await;
    assert!(matches!(refused, Err(NotReplied::Own)), "{refused:?}");
    let second = team.cai.decide_to_forget(tip, false).await.unwrap();
    assert_eq!(second, Forgotten::Deleted);
    assert!(team.ben.find(&tip.to_string()).await.is_err());
    let refused = team.ben.decide_to_forget(other, false).await;
    assert!(matches!(refused, Err(NotReplied::NotAsked)), "{refused:?}");

    // Danger, a child or a threat: longer.
    let tip = team
        .keep(&with(kept_receipt(3, "he has a knife"), |_| {}))
        .await;
    team.keep(&follow_up(3, FollowUp::Forget, "")).await;
    team.clock.advance(8 * DAY);
    let refused = team.ben.decide_to_forget(tip, false).await;
    assert!(
        matches!(refused, Err(NotReplied::TooSoon(_))),
        "{refused:?}"
    );
    team.ann.verify(|| {}).await.unwrap();
}
