//! Legal holds and restrictions: what they stop, who lifts them, and where their reasons are.

use std::sync::Arc;

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{self, HoldKind};
use loke::desk::keys::DatabaseKey;
use loke::desk::open_books::OpenBooks;
use loke::desk::register::AccountRole;
use loke::desk::retention::{self, NotHeld};
use loke::desk::screen::{self, Screen};
use loke::desk::settings::DeskSettings;
use loke::desk::{moving, outbox};
use loke::tip::TipId;

use super::{Bench, ROUTED, contains, pages, tip};
use crate::house::desk_browser::DeskBrowser;
use crate::house::{books, staff};

#[tokio::test]
async fn p7_a_hold_and_a_restriction_stop_the_purge_until_a_supervisor_lifts_them() {
    let bench = Bench::new().await;
    for (kind, placed, lifted) in [
        (HoldKind::Legal, Action::Hold, Action::Unhold),
        (HoldKind::Restricted, Action::Restrict, Action::Unrestrict),
    ] {
        let (held, free) = (bench.routed().await, bench.routed().await);
        retention::place(&bench.acting, held, kind, "a reason")
            .await
            .unwrap();
        let again = retention::place(&bench.acting, held, kind, "another").await;
        assert!(matches!(again, Err(NotHeld::There)), "{again:?}");
        bench.days_pass(ROUTED);
        assert_eq!(bench.purge().await, 1, "control: the other one goes");
        assert!(!bench.book().holds(free).await.unwrap());
        assert!(bench.book().holds(held).await.unwrap());
        retention::lift(&bench.acting, held, kind).await.unwrap();
        let again = retention::lift(&bench.acting, held, kind).await;
        assert!(matches!(again, Err(NotHeld::None)), "{again:?}");
        assert_eq!(bench.purge().await, 1);
        for action in [placed, lifted] {
            let rows = bench.trail(action).await;
            assert_eq!(rows.len(), 1, "{action}");
            assert_eq!(rows[0].object, held.to_string());
        }
    }
}

#[tokio::test]
async fn a_hold_needs_a_reason_and_a_supervisor_lifts_it() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    let long = "x".repeat(501);
    for reason in ["", "  \n", &long] {
        let refused = retention::place(&bench.acting, id, HoldKind::Legal, reason).await;
        assert!(matches!(refused, Err(NotHeld::Reason)), "{reason}");
    }
    let officer = staff::account(bench.register(), "bob", &[AccountRole::Officer]).await;
    let books = vec![bench.book().acting_as(officer.0.actor())];
    let bob = Acting::new(officer.0, books, bench.register().clone());
    retention::place(&bob, id, HoldKind::Legal, "for the court")
        .await
        .unwrap();
    let refused = retention::lift(&bob, id, HoldKind::Legal).await;
    assert!(matches!(refused, Err(NotHeld::Role)), "{refused:?}");
    let holds = bench.book().holds_of(id).await.unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!(
        (holds[0].placed_by.as_str(), holds[0].reason.as_str()),
        ("bob", "for the court")
    );
    // Without the book: the same answer as for a tip that does not exist, and an audit row.
    let nobody = Acting::new(bob.account().clone(), Vec::new(), bench.register().clone());
    for id in [id, TipId([9; 16])] {
        let refused = retention::place(&nobody, id, HoldKind::Legal, "why").await;
        assert!(matches!(refused, Err(NotHeld::Database(_))), "{refused:?}");
    }
    let rows = bench.register().trail().await.unwrap();
    let refused = rows
        .iter()
        .filter(|row| row.action == "refused" && row.who == "bob");
    assert_eq!(refused.count(), 2);
}

/// P13: the register has who, when, what kind and a hash.
#[tokio::test]
async fn p13_a_typed_reason_is_in_the_book_and_in_no_page_of_the_register() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    let reasons = ["canary-hold-reason", "canary-restriction"];
    for (kind, reason) in HoldKind::ALL.iter().zip(reasons) {
        retention::place(&bench.acting, id, *kind, reason)
            .await
            .unwrap();
    }
    let key = DatabaseKey::read(&bench.dir.join("register.key")).unwrap();
    let register = pages(&bench.dir.join("register.db"), &key);
    let book = pages(&bench.book_file("main"), &bench.book_key("main"));
    for reason in reasons {
        assert!(!contains(&register, reason), "{reason}");
        assert!(contains(&book, reason), "control: {reason}");
    }
    assert!(
        contains(&register, "restrict"),
        "control: the kind is there"
    );
    let rows = bench.trail(Action::Hold).await;
    assert!(rows[0].detail.starts_with("reason ") && rows[0].detail.len() == 71);
}

#[tokio::test]
async fn a_restricted_tip_is_not_sent_and_a_report_that_waited_does_not_leave() {
    let bench = Bench::new().await;
    let one = tip();
    bench.keep(&one).await;
    let inbox = bench.dir.parent().unwrap().join("inbox");
    std::fs::remove_dir_all(&inbox).unwrap();
    let sent = bench.route(one.id).await;
    assert!(sent.unwrap().done.is_none());
    let wanted = book::Search {
        words: "canary-what".to_owned(),
        most: 9,
        ..book::Search::default()
    };
    retention::place(&bench.acting, one.id, HoldKind::Restricted, "contested")
        .await
        .unwrap();
    std::fs::create_dir(&inbox).unwrap();
    let desk = DeskSettings::read(&bench.config()).unwrap();
    let send = async || {
        bench.clock.advance(7_200);
        let now = bench.clock.now();
        outbox::send_due(bench.register(), &desk, now)
            .await
            .unwrap()
    };
    send().await;
    assert_eq!(bench.inbox(), 0);
    let refused = bench.route(one.id).await.unwrap_err().to_string();
    assert!(
        refused.contains("is contested, so no report about it may leave"),
        "{refused}"
    );
    let seen = async || {
        let words = bench.book().glance(one.id).await.unwrap().words;
        (words, bench.book().search(&wanted).await.unwrap().len())
    };
    assert_eq!(seen().await, ("Restricted: do not use.".to_owned(), 0));
    retention::lift(&bench.acting, one.id, HoldKind::Restricted)
        .await
        .unwrap();
    send().await;
    assert_eq!(bench.inbox(), 1, "control");
    assert_eq!(seen().await, ("canary-what".to_owned(), 1), "control");
}

#[tokio::test]
async fn p14_a_moved_tip_takes_its_hold_along() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    for kind in HoldKind::ALL {
        retention::place(&bench.acting, id, *kind, "for the court")
            .await
            .unwrap();
    }
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    moving::move_tip(&ann, id, "restricted").await.unwrap();
    let there = ann.book("restricted").await.unwrap();
    let holds = there.holds_of(id).await.unwrap();
    assert_eq!(holds.len(), 2);
    assert!(
        holds
            .iter()
            .all(|hold| hold.reason == "for the court" && hold.placed_by == "ann")
    );
    assert_eq!(
        ann.book("main").await.unwrap().holds_of(id).await.unwrap(),
        []
    );
    bench.days_pass(ROUTED);
    let found = there.purge(book::Asked::ByHand, |_| ()).await.unwrap();
    assert_eq!(found.purged, 0);
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn the_page_shows_a_hold_and_takes_the_reason_and_a_restricted_tip_cannot_be_sent_there() {
    let bench = Bench::new().await;
    let one = tip();
    bench.keep(&one).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(OpenBooks::new(bench.register().clone()));
    let page = Screen::new(Arc::clone(&open), bench.config(), address, false);
    let account = bench.acting.account().clone();
    let member = std::slice::from_ref(&bench.member);
    let begun = page.begin(&account, member, ("test", None)).await.unwrap();
    let task = tokio::spawn(screen::serve(page, listener));
    let mut browser = DeskBrowser::in_session(address, &begun);
    let tip_page = format!("/tip/{}", one.id);
    let shown = browser.get(&tip_page).await;
    let token = shown.field("form_token");
    assert!(shown.text().contains("Put on hold") && shown.text().contains("Look at the report"));
    assert!(
        browser.get("/").await.text().contains("canary-what"),
        "control"
    );
    let target = format!("{tip_page}/hold");
    for (kind, reason) in [("hold", "for <the> court"), ("restricted", "contested")] {
        let field = format!("reason.{}.{kind}", one.id);
        let fields = [
            ("form_token", token.as_str()),
            ("hold", kind),
            (field.as_str(), reason),
        ];
        let done = browser.post(&target, &fields).await;
        assert_eq!(
            (done.status, done.location()),
            (303, tip_page.as_str()),
            "{}",
            done.text()
        );
    }
    let shown = browser.get(&tip_page).await.text();
    for text in [
        "On hold",
        "for &#60;the&#62; court",
        "by ann",
        "Restricted: do not use",
        "Lift the hold",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains("Look at the report"), "{shown}");
    let list = browser.get("/").await.text();
    assert!(
        list.contains("Restricted") && !list.contains("canary-what"),
        "{list}"
    );
    let send = [
        ("form_token", token.as_str()),
        ("partner", "cleansing"),
        ("text", "words"),
    ];
    let refused = browser.post(&format!("{tip_page}/report"), &send).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("No report can be sent"));
    for kind in ["hold", "restricted"] {
        let done = browser
            .post(&target, &[("form_token", &token), ("lift", kind)])
            .await;
        assert_eq!(done.status, 303);
    }
    assert_eq!(bench.book().holds_of(one.id).await.unwrap(), []);
    let stale = browser
        .post(&target, &[("form_token", "x"), ("lift", "hold")])
        .await;
    assert_eq!(stale.status, 403);
    let gone = browser
        .post(
            "/tip/00000000000000000000000000000001/hold",
            &[("form_token", &token), ("lift", "hold")],
        )
        .await;
    assert_eq!(gone.status, 404);
    task.abort();
    open.close_all().await;
}
