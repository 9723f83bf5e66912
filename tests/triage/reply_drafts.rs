//! The reply that an officer is writing is kept for that person, and goes when it is sent or when
//! the person may not read the book any more.

use loke::desk::book::{Book, NotStored, ReplyDraft};
use loke::desk::jobs::{Step, rules};
use loke::desk::replying::{NotReplied, Words};
use loke::desk::{book, check};
use loke::tip::{FollowUp, TipId};

use super::forgetting::kept_receipt;
use super::{Team, with};

const MINE: [&str; 3] = ["Thank you. Was it in the morning?", "en", ""];

async fn drafts(book: &Book, tip: TipId) -> Vec<(String, String)> {
    let drafts = book.reply_drafts_on(tip).await.unwrap().into_iter();
    drafts.map(|draft| (draft.who, draft.text)).collect()
}

#[tokio::test]
async fn a_reply_that_is_being_written_is_kept_for_each_person_until_it_is_sent() {
    let team = Team::new().await;
    let tip = team.keep(&kept_receipt(1, "a report")).await;
    let other = team.keep(&kept_receipt(2, "another")).await;
    let [ben, cai] = [&team.ben, &team.cai].map(|who| who.books()[0].clone());
    ben.keep_reply_draft(tip, MINE).await.unwrap();
    ben.keep_reply_draft(other, MINE).await.unwrap();
    let polish = ["Dziękujemy.", "pl", "Thank you."];
    cai.keep_reply_draft(tip, polish).await.unwrap();
    let kept = ben.reply_drafts_on(tip).await.unwrap();
    let of = |who: &str, [text, language, meaning]: [&str; 3]| ReplyDraft {
        who: who.to_owned(),
        text: text.to_owned(),
        language: language.to_owned(),
        meaning: meaning.to_owned(),
        at: team.clock.now(),
    };
    assert_eq!(kept, [of("ben", MINE), of("cai", polish)]);

    // Two officers at once: both texts stay.
    let seen = ben_sees(&team, tip).await;
    let library = Words::Library("ring-101");
    team.cai.reply(tip, library, Some(seen)).await.unwrap();
    let own = Words::Own {
        text: MINE[0],
        language: "en",
        meaning: "",
    };
    let late = team.ben.reply(tip, own, Some(seen)).await;
    let Err(NotReplied::NotStored(NotStored::Changed(who))) = late else {
        panic!("{late:?}")
    };
    assert_eq!(who, "cai");
    assert_eq!(
        drafts(&ben, tip).await.len(),
        2,
        "a text of the library drops none"
    );
    assert_eq!(
        team.ben.thread_of(tip).await.unwrap().thread.replies.len(),
        1
    );
    let seen = ben_sees(&team, tip).await;
    team.ben.reply(tip, own, Some(seen)).await.unwrap();
    assert_eq!(drafts(&ben, tip).await, [("cai".into(), polish[0].into())]);
    assert_eq!(drafts(&ben, other).await.len(), 1, "control");
    ben.keep_reply_draft(other, [" ", "en", ""]).await.unwrap();
    assert!(drafts(&ben, other).await.is_empty(), "an empty one goes");
    // With the receipt goes what somebody was writing to it.
    let wish = with(kept_receipt(1, ""), |tip| {
        tip.follow_up = Some(FollowUp::Forget)
    });
    team.keep(&wish).await;
    assert!(drafts(&ben, tip).await.is_empty());
}

async fn ben_sees(team: &Team, tip: TipId) -> i64 {
    team.ben.thread_of(tip).await.unwrap().thread.newest()
}

#[tokio::test]
async fn p14_drafts_go_with_the_membership_and_with_a_disabled_account() {
    let team = Team::new().await;
    let tip = team.keep(&kept_receipt(1, "a report")).await;
    for who in [&team.ann, &team.ben, &team.cai] {
        let book = &who.books()[0];
        book.keep_reply_draft(tip, MINE).await.unwrap();
        book.keep_note_draft(tip, "a note").await.unwrap();
    }
    let main = team.book();
    assert_eq!(drafts(main, tip).await.len(), 3);
    main.unpin_member("ben").await.unwrap();
    let register = team.ann.register();
    let administrator = team.ann.actor();
    register
        .disable_account(&administrator, "cai")
        .await
        .unwrap();
    // An administrator opens no book: the next opening drops them.
    assert_eq!(drafts(main, tip).await.len(), 2, "control");
    let key = team.member_of("ann");
    let key = std::slice::from_ref(&key);
    let secrets = book::read_secrets(register.folder(), "main", "ann", key).unwrap();
    let opened = Book::open(register, "main", secrets, administrator).await;
    let opened = opened.unwrap();
    assert_eq!(drafts(&opened, tip).await, [("ann".into(), MINE[0].into())]);
    let notes = opened.drafts_on(book::DraftOf::Note, tip).await;
    assert_eq!(notes.unwrap().len(), 1);
}

#[tokio::test]
async fn check_names_a_text_of_the_library_that_lacks_a_language() {
    let team = Team::new().await;
    let register = team.ann.register();
    let named = async || {
        let found = check::problems(register).await.unwrap().into_iter();
        let found = found.filter(|line| line.contains("rules/replies/"));
        found.collect::<Vec<_>>()
    };
    assert!(named().await.is_empty(), "control");
    let folder = register.folder().join("rules/replies");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "kind = \"safety\"\n[texts]\nen = \"Keep safe.\"\npl = \"Proszę uważać.\"\n";
    std::fs::write(folder.join("keep-safe.toml"), text).unwrap();
    assert_eq!(rules::step(register), Step::Done);
    let found = named().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("rules/replies/keep-safe.toml has no text for: "));
}
