//! A tip about staff goes, by one press, to a book whose members are not on the queue. The officer
//! who presses need not be a member, and reads nothing of it any more.

use loke::desk::acting::Acting;
use loke::desk::book::View;
use loke::desk::database::Error;
use loke::desk::moving::{self, NotMoved};
use loke::desk::people;
use loke::desk::register::AccountRole;

use super::{Team, danger, routine};
use crate::house::staff;

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
