//! A tip about staff goes, by one press, to a book whose members are not on the queue. The officer
//! who presses need not be a member, and reads nothing of it any more.

use loke::desk::acting::Acting;
use loke::desk::book::{ReportState, Taken, View};
use loke::desk::database::Error;
use loke::desk::moving::{self, NotMoved};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::people;
use loke::desk::register::AccountRole;
use loke::desk::route::{NotSent, Order};
use loke::desk::settings::DeskSettings;
use loke::tip::TipId;

use super::{Team, danger, routine};
use crate::house::{partners, staff};

#[tokio::test]
async fn p14_a_tip_about_staff_leaves_the_queue_at_once_and_waits_for_the_other_book() {
    let team = Team::new().await;
    let tip = team.keep(&danger("An officer warns the dealers")).await;
    let other = team.keep(&routine("a tag")).await;
    let refused = moving::about_staff(&team.ann, tip).await;
    assert!(matches!(refused, Err(NotMoved::NoStaffBook)), "{refused:?}");
    assert!(team.is_open(tip).await);

    let register = team.ann.register();
    let (account, member) = staff::account(register, "carol", AccountRole::ALL).await;
    let carol = Acting::new(account.clone(), Vec::new(), register.clone());
    people::add_book(&carol, "conduct", &[]).await.unwrap();
    register
        .set_about_staff(&carol.actor(), "conduct")
        .await
        .unwrap();
    moving::about_staff(&team.ann, tip).await.unwrap();
    for officer in [&team.ann, &team.ben] {
        assert_eq!(team.view(officer, View::All).await, [other]);
        let gone = officer.find(&tip.to_string()).await;
        assert!(matches!(gone, Err(Error::NoTip(_))), "{gone:?}");
    }
    // Nothing of it is in a file that the queue's book opens, and the book waits for it.
    let sealed = format!("books/main/sealed/{tip}.age");
    assert!(!register.folder().join(sealed).exists());
    let open = async || {
        let account = register.account("carol").await.unwrap();
        let member = std::slice::from_ref(&member);
        Acting::open(register, account, member).await.unwrap()
    };
    let carol = open().await;
    assert_eq!(team.view(&carol, View::Open).await, [tip]);
    let held = carol.books()[0].view(tip).await.unwrap();
    assert!(held.json.contains("warns the dealers"));
    // It is taken in once.
    let again = open().await;
    assert_eq!(team.view(&again, View::All).await, [tip]);
    for acting in [&team.ann, &carol] {
        acting.verify(|| {}).await.unwrap();
    }
}

/// Its reports go along: the new book withdraws them, and the old one cannot see them any more.
#[tokio::test]
async fn p15_the_reports_of_a_tip_about_staff_can_be_withdrawn_in_its_new_book_alone() {
    let team = Team::new().await;
    let register = team.ann.register();
    let (inbox, config) = (
        register.folder().join("inbox"),
        register.folder().join("desk.toml"),
    );
    std::fs::create_dir(&inbox).unwrap();
    std::fs::write(&config, "").unwrap();
    let desk = DeskSettings::read(&config).unwrap();
    let key = age::x25519::Identity::generate();
    for name in ["housing", "legal"] {
        let way = Way::Folder(inbox.clone());
        let partner = partners::partner(name, PartnerKind::Housing, &key, way);
        partners::add(&team.ann, &partner).await;
    }
    let tip = team.keep(&routine("An officer warns the dealers")).await;
    let other = team.keep(&routine("a tag")).await;
    let draft = partners::words("housing", "one");
    let arrived = partners::send(&team.ann, &desk, tip, &draft).await.unwrap();
    assert!(arrived.done.is_some());
    let code = {
        let report = team.ann.report(&arrived.reference).await.unwrap().1;
        report.report.answer_code.unwrap()
    };
    let draft = partners::words("housing", "two");
    let kept = partners::send(&team.ann, &desk, other, &draft)
        .await
        .unwrap();
    let draft = partners::words("legal", "three");
    let waits = team.ann.preview(tip, &draft).await.unwrap();
    let order = Order {
        digest: waits.digest,
        why: "",
        at_once: false,
    };
    let waits = team.ann.order(&desk, &waits.report.reference, order);
    let waits = waits.await.unwrap();

    let (account, member) = staff::account(register, "carol", AccountRole::ALL).await;
    let carol = Acting::new(account.clone(), Vec::new(), register.clone());
    people::add_book(&carol, "conduct", &[]).await.unwrap();
    register
        .set_about_staff(&carol.actor(), "conduct")
        .await
        .unwrap();
    moving::about_staff(&team.ann, tip).await.unwrap();
    let gone = async |officer: &Acting| {
        for reference in [&arrived.reference, &waits.reference] {
            let shown = officer.report(reference).await.map(|_| ());
            assert!(matches!(shown, Err(NotSent::NoReport(_))), "{shown:?}");
        }
        let outbox = register.outbox("main", 10).await.unwrap();
        let left: Vec<&str> = outbox.iter().map(|d| d.reference.as_str()).collect();
        assert_eq!(left, [kept.reference.as_str()]);
    };
    gone(&team.ann).await;
    // One more arrives while the new book is closed.
    team.clock.advance(waits.leaves_at - team.clock.now());
    partners::deliver(&team.ann, &desk).await;
    gone(&team.ben).await;

    let open = async || {
        let account = register.account("carol").await.unwrap();
        let member = std::slice::from_ref(&member);
        Acting::open(register, account, member).await.unwrap()
    };
    let carol = open().await;
    for reference in [&arrived.reference, &waits.reference] {
        let (book, report) = carol.report(reference).await.unwrap();
        assert_eq!(
            (book.name(), report.state),
            ("conduct", ReportState::Arrived)
        );
    }
    let withdrawal = carol.replace(&arrived.reference, None).await.unwrap();
    let order = Order {
        digest: withdrawal.digest,
        why: "",
        at_once: true,
    };
    let reference = &withdrawal.report.reference;
    carol.order(&desk, reference, order).await.unwrap();
    assert_eq!(partners::deliver(&carol, &desk).await.arrived, 1);
    gone(&team.ann).await;
    // The partner's answer by code finds it there.
    let answer = loke::desk::answers::Answer {
        reference: arrived.reference.parse().unwrap(),
        code: code.parse().unwrap(),
        choice: loke::desk::answers::Choice::Acknowledged,
    };
    let (name, today) = (TipId::random().unwrap(), team.clock.today());
    let taken = carol.books()[0].take_answer(name, &answer, today).await;
    assert_eq!(taken.unwrap(), Taken::Recorded);
    // It is taken in once.
    let again = open().await;
    assert_eq!(again.register().deliveries_of(tip).await.unwrap().len(), 3);
    for acting in [&team.ann, &again] {
        acting.verify(|| {}).await.unwrap();
    }
}
