//! A book for practice: made-up tips, PRACTICE on every page, and nothing of it leaves the desk.

use loke::desk::book::{Decision, Filter, How, View};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::people;
use loke::desk::register::{AccountRole, BookLine};
use loke::desk::settings::DeskSettings;
use loke::desk::{check, moving};

use super::served::{ANN, Desk};
use crate::house::partners;

const BANNER: &str = "PRACTICE: the tips of the book learn are made up";

#[tokio::test]
async fn p17_nothing_of_a_practice_book_leaves_it_and_every_page_says_practice() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    people::add_practice_book(&ann, "learn").await.unwrap();
    let real = super::tip("a real tag", loke::tip::Priority::Routine, "2026-11-20");
    super::walk::keep(&ann, "main", &real).await;
    let ann = desk.act("ann", ANN).await;
    let learn = ann.book("learn").await.unwrap();
    assert!(learn.is_practice() && !ann.book("main").await.unwrap().is_practice());
    let filter = Filter {
        view: View::Open,
        ..Filter::default()
    };
    let rows = learn.queue(&filter).await.unwrap();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| row.words.starts_with("PRACTICE. ")));
    assert!(rows.iter().any(|row| row.danger), "danger can be practised");
    // No alert: the control is a true tip with danger.
    assert_eq!(desk.register.untaken().await.unwrap(), 0);
    let mut urgent = super::tip("a knife", loke::tip::Priority::Now, "2026-11-20");
    urgent.danger = Some(loke::tip::YesNo::Yes);
    super::walk::keep(&ann, "main", &urgent).await;
    assert_eq!(desk.register.untaken().await.unwrap(), 1);
    // No copy to a partner.
    let made_up = rows
        .iter()
        .find(|row| !row.danger && !row.child)
        .unwrap()
        .id;
    let inbox = desk.register.folder().join("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let key = age::x25519::Identity::generate();
    let folder = Way::Folder(inbox.clone());
    let partner = partners::partner("cleansing", PartnerKind::Cleansing, &key, folder);
    partners::add(&ann, &partner).await;
    let settings = DeskSettings::read(&desk.register.folder().join("desk.toml")).unwrap();
    let words = partners::words("cleansing", "Please look at the subway.");
    let routed = partners::send(&ann, &settings, made_up, &words).await;
    let said = routed.unwrap_err().to_string();
    assert!(said.contains("is for practice"), "{said}");
    assert_eq!(inbox.read_dir().unwrap().count(), 0);
    partners::send(&ann, &settings, real.id, &words)
        .await
        .unwrap();
    assert_eq!(inbox.read_dir().unwrap().count(), 1, "the control");
    // No move, in either direction, by a decision or a command.
    for (tip, to) in [(made_up, "main"), (real.id, "learn")] {
        let moved = moving::move_tip(&ann, tip, to).await.unwrap_err();
        assert!(moved.to_string().contains("is for practice"), "{moved}");
        let decision = Decision::Move { to: to.into() };
        let moved = ann.decide(&[tip.into()], &decision, How::default()).await;
        let said = moved.unwrap_err().to_string();
        assert!(said.contains("is for practice"), "{said}");
    }
    // It can be worked on.
    ann.decide(&[made_up.into()], &Decision::Take, How::default())
        .await
        .unwrap();
    let lines: Vec<BookLine> = desk.register.books().await.unwrap();
    assert!(lines[1].practice && lines[1].lanes.is_empty() && lines[0].lanes.len() == 5);
    let told = check::problems(&desk.register).await.unwrap().join("\n");
    assert!(!told.contains("learn"), "{told}");
    // Every page of whoever has it open.
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let tip = format!("/tip/{made_up}");
    for page in [
        "/queue",
        "/day",
        "/search",
        "/new",
        "/books",
        "/audit",
        tip.as_str(),
    ] {
        let page = browser.get(page).await;
        assert!(page.text().contains(BANNER), "{}", page.text());
    }
    desk.add("carol", "audit", &[AccountRole::Auditor]).await;
    let (mut carol, _) = desk.chooses("carol").await;
    assert!(
        !carol.get("/access").await.text().contains(BANNER),
        "the control"
    );
}
