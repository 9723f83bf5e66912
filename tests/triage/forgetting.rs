//! "Forget" concerns every report of a receipt: in each book, and whenever it arrives.

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, Asked, Book, Outcome, read_secrets};
use loke::desk::keys::{BookSecrets, DatabaseKey, Identity};
use loke::desk::moving::move_tip;
use loke::desk::open;
use loke::desk::replying::{NotReplied, Words, rows};
use loke::receipt::Receipt;
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{FollowUp, Lane, Tip, TipId};

use super::{Team, close, decide, routine, with};

const DAY: i64 = 86_400;

pub(crate) fn receipt(n: u8) -> Receipt {
    Receipt::derive(&[9; 32], &[n])
}

/// A report with this receipt.
pub(crate) fn kept_receipt(n: u8, words: &str) -> Tip {
    with(routine(words), |tip| {
        tip.reply_box = Some(hex::encode(receipt(n).reply_box().expose()));
        tip.reply_key = Some(hex::encode(receipt(n).reply_key().expose()));
    })
}

fn wish(n: u8) -> Tip {
    with(kept_receipt(n, ""), |tip| {
        tip.follow_up = Some(FollowUp::Forget);
    })
}

/// A further book of the team's desk.
pub(super) async fn book(team: &Team, name: &str) -> (Book, BookSecrets) {
    let secrets = BookSecrets {
        identities: vec![Identity::generate()],
        database_key: DatabaseKey::random().unwrap(),
    };
    let (register, actor) = (team.ann.register(), team.ann.actor());
    let recipient = secrets.recipient().unwrap();
    let made = Book::create(register, name, secrets.clone(), actor)
        .await
        .unwrap();
    register
        .add_book(&team.ann.actor(), name, &[], &recipient)
        .await
        .unwrap();
    (made, secrets)
}

pub(super) async fn keep(book: &Book, tip: &Tip) -> TipId {
    let mut recipients = Recipients::default();
    for lane in Lane::ALL {
        recipients.add(*lane, book.recipient().unwrap());
    }
    let (key, today) = (MacKey::random().unwrap(), book.register().clock().today());
    let sealed = seal::seal(tip, &[], &recipients, &key, today).unwrap();
    let opened = open::tip(book.identities(), &sealed.bytes).unwrap();
    let arrival = Arrival {
        id: tip.id,
        sealed: &sealed.bytes,
        opened: &opened,
    };
    book.keep("test", &[arrival], Action::Pull).await.unwrap();
    tip.id
}

/// Whether the tip's row or its sealed file has the keys of the receipt.
async fn has_keys(book: &Book, tip: TipId, n: u8) -> bool {
    let key = hex::encode(receipt(n).reply_key().expose());
    let held = book.view(tip).await.unwrap();
    let sealed = book.sealed(tip).await.unwrap();
    let opened = open::tip(book.identities(), &sealed).unwrap();
    held.json.contains(&key) || opened.json.contains(&key)
}

/// The receipts among these that have a letter in the rows that would leave now.
pub(super) async fn letters(acting: &Acting, receipts: &[u8]) -> Vec<u8> {
    let register = acting.register();
    let today = register.clock().today();
    let books: Vec<&Book> = acting.books().iter().collect();
    let boxes = rows::live(register, &books, today).await.unwrap();
    let mut names = Vec::new();
    for boxes in &boxes {
        let made = rows::outgoing(boxes, "age1book", 32, today, &[]).unwrap();
        names.extend(made.rows.into_iter().map(|row| row.name));
    }
    let has = |n: &&u8| names.contains(&receipt(**n).reply_box().row(today, 0));
    receipts.iter().filter(has).copied().collect()
}

#[tokio::test]
async fn p7_a_wish_to_forget_reaches_the_reports_of_that_receipt_in_every_other_book() {
    let team = Team::new().await;
    let (open_one, _) = book(&team, "safeguarding").await;
    let (shut, secrets) = book(&team, "restricted").await;
    let register = team.ann.register().clone();
    let books = vec![team.book().clone(), open_one.clone(), shut.clone()];
    let all = Acting::new(team.ann.account().clone(), books, register.clone());
    let mut tips = Vec::new();
    for book in all.books() {
        let tip = keep(book, &kept_receipt(1, "a report")).await;
        let other = keep(book, &kept_receipt(2, "by somebody else")).await;
        for tip in [tip, other] {
            let words = Words::Library("stay-safe");
            all.reply(tip, words, None).await.unwrap();
        }
        tips.push((book, tip, other));
    }
    assert_eq!(letters(&all, &[1, 2]).await, [1, 2]);
    shut.close().await;

    keep(team.book(), &wish(1)).await;
    let open_books = [team.book().clone(), open_one.clone()];
    let view = all.thread_of(tips[1].1).await.unwrap();
    assert_eq!(view.thread.replies.len(), 1, "the control");
    assert!(has_keys(&open_one, tips[1].1, 1).await, "the control");
    rows::replace(&register, &open_books, 1_440).await.unwrap();
    let reopened = Book::open(&register, "restricted", secrets, team.ann.actor());
    let reopened = reopened.await.unwrap();
    let books = vec![team.book().clone(), open_one.clone(), reopened];
    let all = Acting::new(team.ann.account().clone(), books, register.clone());
    for (book, (_, tip, other)) in all.books().iter().zip(&tips) {
        let view = all.thread_of(*tip).await.unwrap();
        assert!(view.thread.replies.is_empty() && !view.can_reply);
        assert!(view.thread.forget.is_some(), "it waits for a decision here");
        assert!(!has_keys(book, *tip, 1).await, "{}", book.name());
        assert!(has_keys(book, *other, 2).await, "control");
        book.verify(|| {}).await.unwrap();
    }
    assert_eq!(letters(&all, &[1, 2]).await, [2]);
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p7_an_older_report_that_arrives_after_the_wish_does_not_bring_the_receipt_back() {
    let team = Team::new().await;
    let (other_book, _) = book(&team, "safeguarding").await;
    let books = vec![team.book().clone(), other_book.clone()];
    let register = team.ann.register().clone();
    let all = Acting::new(team.ann.account().clone(), books, register);
    let wish = wish(1);
    keep(team.book(), &wish).await;
    // From the queue: in the same book, and in one that got the wish.
    rows::replace(all.register(), all.books(), 1_440)
        .await
        .unwrap();
    for book in all.books() {
        let late = keep(book, &kept_receipt(1, "they deal here, he has a knife")).await;
        let stranger = keep(book, &kept_receipt(2, "by somebody else")).await;
        assert!(!has_keys(book, late, 1).await, "{}", book.name());
        assert!(has_keys(book, stranger, 2).await, "control");
        let refused = all.reply(late, Words::Library("stay-safe"), None).await;
        assert!(matches!(refused, Err(NotReplied::Forgotten)), "{refused:?}");
        let forget = all.thread_of(late).await.unwrap().thread.forget.unwrap();
        assert_eq!(forget.asked_on.to_string(), wish.received);
        assert_eq!(
            forget.not_before.to_string(),
            "2026-12-19",
            "with a threat it is 28 days"
        );
        // Whoever uses the receipt again on a later day wants an answer.
        let again = with(kept_receipt(1, "again"), |tip| {
            tip.received = "2026-11-21".into();
        });
        let again = keep(book, &again).await;
        assert!(has_keys(book, again, 1).await);
        all.reply(again, Words::Library("stay-safe"), None)
            .await
            .unwrap();
        assert_eq!(letters(&all, &[1, 2]).await, [1, 2]);
    }
}

#[tokio::test]
async fn p7_a_report_that_was_moved_is_forgotten_where_it_is_now() {
    let team = Team::new().await;
    let (other_book, _) = book(&team, "safeguarding").await;
    let books = vec![team.book().clone(), other_book.clone()];
    let register = team.ann.register().clone();
    let all = Acting::new(team.ann.account().clone(), books, register.clone());
    let tip = keep(team.book(), &kept_receipt(1, "a report")).await;
    let words = Words::Library("stay-safe");
    all.reply(tip, words, None).await.unwrap();
    move_tip(&all, tip, "safeguarding").await.unwrap();
    assert!(has_keys(&other_book, tip, 1).await, "control");
    assert_eq!(letters(&all, &[1]).await, [1]);
    // The letter still named the book that gave it away.
    keep(team.book(), &wish(1)).await;
    rows::replace(&register, all.books(), 1_440).await.unwrap();
    assert!(!has_keys(&other_book, tip, 1).await);
    assert_eq!(letters(&all, &[1]).await, Vec::<u8>::new());
    assert!(all.thread_of(tip).await.unwrap().thread.replies.is_empty());
}

#[tokio::test]
async fn p17_wishes_to_forget_are_a_list_for_the_second_person_and_no_day_too_early() {
    let team = Team::new().await;
    let tip = team.keep(&kept_receipt(1, "a report")).await;
    team.keep(&kept_receipt(2, "nobody asks")).await;
    assert!(
        team.cai.waiting_forgets().await.unwrap().is_empty(),
        "control"
    );
    team.keep(&wish(1)).await;
    let waiting = team.cai.waiting_forgets().await.unwrap();
    assert_eq!(waiting.len(), 2, "the report and the wish");
    assert!(waiting.iter().all(|waiting| !waiting.may_delete));
    team.clock.advance(6 * DAY);
    let waiting = team.cai.waiting_forgets().await.unwrap();
    assert!(waiting.iter().all(|waiting| !waiting.may_delete));
    assert_eq!(team.cai.letters_waiting().await.unwrap(), 0, "too early");
    team.clock.advance(DAY);
    assert_eq!(team.cai.letters_waiting().await.unwrap(), 2);
    let listed = async |who: &Acting| {
        let waiting = who.waiting_forgets().await.unwrap().into_iter();
        let mut found = waiting.filter(|waiting| waiting.tip.id == tip);
        found.next()
    };
    assert!(listed(&team.cai).await.unwrap().may_delete);
    team.ben.decide_to_forget(tip, false).await.unwrap();
    let ben = team.ben.letters_waiting().await.unwrap();
    let cai = team.cai.letters_waiting().await.unwrap();
    assert_eq!((ben, cai), (1, 2), "nobody agrees with oneself");
    let shown = listed(&team.cai).await.unwrap();
    assert_eq!(shown.tip.proposed_by.as_deref(), Some("ben"));
    let name = shown.name.clone();
    assert!(team.cai.find(&name).await.is_ok(), "{name}");
    // Somebody who knows the people does not see it.
    team.book()
        .acting_as(team.cai.actor())
        .recuse(tip)
        .await
        .unwrap();
    assert!(listed(&team.cai).await.is_none());
    team.ann.decide_to_forget(tip, false).await.unwrap();
    assert!(listed(&team.ann).await.is_none());
    let trail = team.book().trail().await.unwrap();
    let views = trail
        .iter()
        .filter(|row| row.detail == "forget" && row.object == "list");
    assert!(views.count() >= 4, "each look is in the log");
}

#[tokio::test]
async fn a_purged_report_has_no_letter_and_its_digits_open_nothing() {
    let team = Team::new().await;
    let (gone, stays) = (kept_receipt(1, "a report"), kept_receipt(2, "another"));
    let (gone, stays) = (team.keep(&gone).await, team.keep(&stays).await);
    for tip in [gone, stays] {
        let words = Words::Library("stay-safe");
        team.ben.reply(tip, words, None).await.unwrap();
    }
    assert_eq!(letters(&team.ann, &[1, 2]).await, [1, 2], "control");
    decide(&team.ben, gone, close(Outcome::Spam)).await.unwrap();
    team.clock.advance(31 * DAY);
    let searched = team.book().purge(Asked::ByTheClock, |_| {}).await;
    let searched = searched.unwrap();
    assert_eq!(searched.purged, 1);
    assert_eq!(letters(&team.ann, &[1, 2]).await, [2]);
    let proof = team.ann.prove(&receipt(1)).await.unwrap();
    assert!(proof.reports.is_empty());
}

#[tokio::test]
async fn a_damaged_file_of_a_forgotten_report_keeps_nobody_out_of_the_book() {
    let team = Team::new().await;
    let damaged = team.keep(&kept_receipt(1, "a report")).await;
    let sound = team.keep(&kept_receipt(1, "another report")).await;
    let folder = team.ann.register().folder().join("books/main/sealed");
    let file = folder.join(format!("{damaged}.age"));
    assert!(file.exists(), "control");
    std::fs::write(&file, b"no age file").unwrap();
    keep(team.book(), &wish(1)).await;
    assert!(!has_keys(team.book(), sound, 1).await);
    let row = team.book().view(damaged).await.unwrap();
    let key = hex::encode(receipt(1).reply_key().expose());
    assert!(!row.json.contains(&key), "its row has no key either");
    let member = team.member_of("ann");
    let (register, member) = (team.ann.register(), std::slice::from_ref(&member));
    let secrets = read_secrets(register.folder(), "main", "ann", member).unwrap();
    let opened = Book::open(register, "main", secrets, team.ann.actor()).await;
    assert!(opened.unwrap().sealed(damaged).await.is_err(), "control");
}
