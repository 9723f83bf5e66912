//! One receipt with reports in several books, or shown as one with others: the rules of each apply.

use loke::desk::acting::Acting;
use loke::desk::book::{Authorised, Decision, ReplyState, State};
use loke::desk::moving::move_tip;
use loke::desk::replying::{NotReplied, Words, rows};
use loke::tip::{FollowUp, Lane, Tip, TipId, Topic};

use super::forgetting::{book, keep, kept_receipt, letters, receipt};
use super::{Team, decide, with};

const CLEAN: &str = "Thank you. Was it in the morning or in the evening?";

fn own(text: &str) -> Words<'_> {
    Words::Own {
        text,
        language: "en",
        meaning: "",
    }
}

/// The team's first officer with a second book.
async fn two_books(team: &Team) -> Acting {
    let (second, _) = book(team, "restricted").await;
    let books = vec![team.book().clone(), second];
    Acting::new(
        team.ann.account().clone(),
        books,
        team.ann.register().clone(),
    )
}

async fn waiting(team: &Team, tip: TipId) -> i64 {
    let wrote = team.ben.reply(tip, own(CLEAN), None).await.unwrap();
    assert_eq!(wrote.state, ReplyState::Waiting);
    wrote.replies[0]
}

#[tokio::test]
async fn p16_what_was_decided_after_a_reply_was_written_still_keeps_it() {
    let team = Team::new().await;
    let agree = async |id| team.cai.agree_to_reply(id, "").await;
    let state = async |tip| {
        let thread = team.ben.thread_of(tip).await.unwrap().thread;
        thread.replies[0].state
    };
    // The source unit decides, or somebody notes that the writer is under 18: the words are dropped.
    for (n, decision) in [(1, Some(Authorised::SourceUnit)), (2, None)] {
        let tip = team.keep(&kept_receipt(n, "a report")).await;
        let id = waiting(&team, tip).await;
        match decision {
            Some(decision) => team.ann.authorise(tip, decision, "why").await.unwrap(),
            None => team.ben.note_young(tip).await.unwrap(),
        }
        let refused = agree(id).await;
        assert!(
            matches!(refused, Err(NotReplied::NoReply(_))),
            "{refused:?}"
        );
        assert_eq!(state(tip).await, ReplyState::Dropped);
    }
    // The writer says it in a second report.
    let tip = team.keep(&kept_receipt(3, "a report")).await;
    let id = waiting(&team, tip).await;
    team.keep(&kept_receipt(3, "I am 15 and I saw it again"))
        .await;
    let refused = agree(id).await;
    assert!(matches!(refused, Err(NotReplied::Young)), "{refused:?}");
    // Two texts left meanwhile: this would be the third exchange. A held one is not released either.
    let tip = team.keep(&kept_receipt(4, "a report")).await;
    let id = waiting(&team, tip).await;
    let held = "Could you follow him and take a photo?";
    let held = team.ben.reply(tip, own(held), None).await.unwrap().replies[0];
    for _ in 0..2 {
        let text = Words::Library("stay-safe");
        team.ben.reply(tip, text, None).await.unwrap();
    }
    let refused = agree(id).await;
    assert!(
        matches!(refused, Err(NotReplied::OnlyLibrary(_))),
        "{refused:?}"
    );
    let refused = team.ann.release_reply(held, "", "it is fine").await;
    assert!(
        matches!(refused, Err(NotReplied::OnlyLibrary(_))),
        "{refused:?}"
    );
    let why = "no relationship";
    team.ann
        .authorise(tip, Authorised::NoRelationship, why)
        .await
        .unwrap();
    agree(id).await.unwrap();
    let tip = team.keep(&kept_receipt(5, "a report")).await;
    agree(waiting(&team, tip).await).await.unwrap();
}

fn tag(n: u8, language: &str) -> Tip {
    with(kept_receipt(n, "a tag on the wall"), |tip| {
        (tip.lane, tip.topic) = (Lane::Graffiti, Topic::Graffiti);
        tip.language = language.to_owned();
    })
}

#[tokio::test]
async fn p16_a_reply_to_a_group_keeps_the_rules_of_each_receipt() {
    let team = Team::new().await;
    let text = Words::Library("ring-999");
    let mut n = 0;
    let mut pair = async || {
        n += 2;
        let one = team.keep(&tag(n, "en")).await;
        let two = team.keep(&tag(n + 1, "pl")).await;
        decide(&team.ben, two, Decision::Fold { into: one })
            .await
            .unwrap();
        (one, two)
    };
    let (one, two) = pair().await;
    team.ann
        .authorise(two, Authorised::Stop, "stop it")
        .await
        .unwrap();
    let Err(NotReplied::InGroup(_, why)) = team.ben.reply(one, text, None).await else {
        panic!("stopped for the other receipt")
    };
    assert!(matches!(*why, NotReplied::Stopped));

    let (one, two) = pair().await;
    team.ben.note_young(two).await.unwrap();
    let not_for_young = Words::Library("which-day");
    let refused = team.ben.reply(one, not_for_young, None).await;
    assert!(
        matches!(&refused, Err(NotReplied::InGroup(_, why)) if matches!(**why, NotReplied::Young)),
        "{refused:?}"
    );

    let (one, two) = pair().await;
    for _ in 0..2 {
        team.ben
            .reply(two, Words::Library("ring-101"), None)
            .await
            .unwrap();
    }
    let refused = team.ben.reply(one, own(CLEAN), None).await;
    assert!(
        matches!(&refused, Err(NotReplied::InGroup(_, why)) if matches!(**why, NotReplied::OnlyLibrary(_))),
        "{refused:?}"
    );

    // The control: each resident gets it in their own language.
    let (one, two) = pair().await;
    team.ben.reply(one, text, None).await.unwrap();
    for (tip, language) in [(one, "en"), (two, "pl")] {
        let thread = team.ben.thread_of(tip).await.unwrap().thread;
        assert_eq!(thread.replies[0].language, language);
    }
}

#[tokio::test]
async fn p16_a_report_of_a_moved_receipt_is_answered_from_the_other_book_alone_and_no_reply_is_lost()
 {
    let team = Team::new().await;
    let all = two_books(&team).await;
    let (moved, stays) = (kept_receipt(1, "the first"), kept_receipt(1, "the second"));
    let (moved, stays) = (team.keep(&moved).await, team.keep(&stays).await);
    for tip in [moved, stays] {
        all.reply(tip, Words::Library("stay-safe"), None)
            .await
            .unwrap();
    }
    let other = team.keep(&kept_receipt(2, "another receipt")).await;
    let waits = waiting(&team, other).await;
    let second = team.keep(&kept_receipt(2, "the same")).await;
    move_tip(&all, moved, "restricted").await.unwrap();
    move_tip(&all, second, "restricted").await.unwrap();
    let refused = all.reply(stays, Words::Library("ring-999"), None).await;
    assert!(matches!(refused, Err(NotReplied::Elsewhere)), "{refused:?}");
    let refused = all.agree_to_reply(waits, "").await;
    assert!(matches!(refused, Err(NotReplied::Elsewhere)), "{refused:?}");
    all.reply(moved, Words::Library("ring-999"), None)
        .await
        .unwrap();
    // The reply that was ready before the move leaves with those of the other book, while both are open.
    let today = team.clock.today();
    let books: Vec<_> = all.books().iter().collect();
    let boxes = rows::live(all.register(), &books, today).await.unwrap();
    assert!(boxes[0].is_empty());
    let made = rows::outgoing(&boxes[1], "age1book", 32, today, &[]).unwrap();
    let name = receipt(1).reply_box().row(today, 0);
    let row = made.rows.iter().find(|row| row.name == name).unwrap();
    let letter = receipt(1).reply_key().open_row(name, &row.sealed).unwrap();
    assert_eq!(letter.older, 2);
    assert_eq!(
        letters(&team.ann, &[1]).await,
        [0_u8; 0],
        "the old book alone"
    );
}

#[tokio::test]
async fn p16_exchanges_and_reports_of_a_receipt_count_over_all_open_books() {
    let team = Team::new().await;
    let all = two_books(&team).await;
    let here = team.keep(&kept_receipt(1, "a report")).await;
    let second = all.book("restricted").await.unwrap();
    let there = keep(second, &kept_receipt(1, "a report there")).await;
    for tip in [here, there] {
        all.reply(tip, Words::Library("stay-safe"), None)
            .await
            .unwrap();
    }
    let view = all.thread_of(here).await.unwrap();
    let elsewhere = &view.others[..];
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].incidents[0].id, there, "the chronology");
    assert_eq!(elsewhere[0].replies.len(), 1);
    assert!(view.only_library.is_some());
    let refused = all.reply(here, own(CLEAN), None).await;
    assert!(
        matches!(refused, Err(NotReplied::OnlyLibrary(_))),
        "{refused:?}"
    );
    let alone = team.ann.thread_of(here).await.unwrap();
    assert!(
        alone.only_library.is_none() && alone.others.is_empty(),
        "the control"
    );
    // A decision counts in both, and a third report since then is found wherever it is.
    all.authorise(here, Authorised::NoRelationship, "why")
        .await
        .unwrap();
    assert!(all.thread_of(there).await.unwrap().only_library.is_none());
    for n in 0..3 {
        assert!(all.thread_of(here).await.unwrap().only_library.is_none());
        keep(second, &kept_receipt(1, &format!("report {n}"))).await;
    }
    assert!(all.thread_of(here).await.unwrap().only_library.is_some());
    // "Under 18" counts in both.
    all.note_young(here).await.unwrap();
    assert!(all.thread_of(there).await.unwrap().thread.is_young);
}

#[tokio::test]
async fn an_answer_after_a_move_lands_with_the_owner_although_nobody_wrote() {
    let team = Team::new().await;
    let all = two_books(&team).await;
    let second = all.book("restricted").await.unwrap();
    let ann = &all.account().recipient;
    second.pin_member("ann", ann).await.unwrap();
    let answer = |n| {
        with(kept_receipt(n, "It goes on."), |tip| {
            tip.follow_up = Some(FollowUp::Answer);
        })
    };
    let tip = team.keep(&kept_receipt(1, "a report")).await;
    decide(&all, tip, Decision::Take).await.unwrap();
    move_tip(&all, tip, "restricted").await.unwrap();
    let theirs = team.keep(&kept_receipt(2, "a report")).await;
    decide(&team.ben, theirs, Decision::Take).await.unwrap();
    move_tip(&all, theirs, "restricted").await.unwrap();
    for (n, moved, owner) in [(1, tip, Some("ann")), (2, theirs, None)] {
        let arrived = keep(second, &answer(n)).await;
        for tip in [moved, arrived] {
            let triage = second.triage(tip).await.unwrap().triage;
            assert_eq!(triage.owner.as_deref(), owner, "ben is no member there");
            assert_eq!(triage.state == State::Taken, owner.is_some());
        }
    }
}

/// A partner's question can reach a resident by this door alone, so it passes the guard like any text.
#[test]
fn p16_one_door_alone_writes_replies() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk");
    let mut folders = vec![root.clone()];
    let (mut calls, mut writes) = (Vec::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if source.contains(".add_replies(") {
                calls.push(name.clone());
            }
            if source.contains("insert into replies (") {
                writes.push(name);
            }
        }
    }
    writes.sort();
    assert_eq!(calls, ["replying.rs"]);
    assert_eq!(
        writes,
        ["book/replies.rs", "book/reply_moves.rs"],
        "the other moves"
    );
}
