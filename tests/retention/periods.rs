//! When a tip goes: by lane and outcome, by the clock, and never while it is open.

use std::sync::Arc;

use loke::desk::audit::Action;
use loke::desk::book::{Asked, Kept, NotPurged};
use loke::desk::check;
use loke::desk::jobs::Step;
use loke::desk::jobs::purge::Purge;
use loke::desk::open_books::OpenBooks;
use loke::tip::TipId;

use super::{Bench, DAY, ROUTED, tip};
use crate::house::staff;

#[tokio::test]
async fn p7_a_tip_goes_when_its_period_is_over_and_not_a_day_before() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    bench.days_pass(ROUTED - 1);
    assert_eq!(bench.purge().await, 0, "control: a day before");
    assert!(bench.book().holds(id).await.unwrap());
    bench.days_pass(1);
    let due = bench.book().due().await.unwrap();
    assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [id]);
    assert!(
        bench.book().holds(id).await.unwrap(),
        "a look deletes nothing"
    );
    assert_eq!(bench.purge().await, 1);
    assert!(!bench.book().holds(id).await.unwrap());
    assert!(!bench.sealed_file("main", id).exists());
    assert_eq!(bench.register().book_with(id).await.unwrap(), None);
    let rows = bench.trail(Action::Purge).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].object, id.to_string());
    assert_eq!(
        rows[0].detail,
        "cuckooing, routed on 2026-11-21, kept 90 days"
    );
    assert_eq!(bench.purge().await, 0);
}

#[tokio::test]
async fn p17_an_open_tip_is_never_purged_and_check_asks_for_a_decision() {
    let bench = Bench::new().await;
    let open = tip();
    bench.keep(&open).await;
    bench.days_pass(58);
    bench.purge().await;
    let problems = async || check::problems(bench.register()).await.unwrap().join("\n");
    let sentence = "1 tip of the book main waited longer than rules/retention.toml allows";
    assert!(
        !problems().await.contains(sentence),
        "control: not over yet"
    );
    bench.days_pass(2);
    assert_eq!(bench.purge().await, 0);
    let told = problems().await;
    assert!(
        told.contains(sentence) && told.contains("never deleted"),
        "{told}"
    );
    bench.days_pass(3_650);
    assert_eq!(bench.purge().await, 0);
    assert!(bench.book().holds(open.id).await.unwrap());
    // A decision: from it the period counts.
    bench.route(open.id).await.unwrap();
    assert_eq!(bench.purge().await, 0);
    assert!(!problems().await.contains(sentence));
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 1);
}

#[tokio::test]
async fn a_tip_whose_report_still_waits_is_not_purged() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    let inbox = bench.dir.parent().unwrap().join("inbox");
    std::fs::remove_dir_all(&inbox).unwrap();
    let desk = loke::desk::settings::DeskSettings::read(&bench.config()).unwrap();
    bench.days_pass(1);
    let sent = bench.route(id).await.unwrap();
    assert!(sent.done.is_none(), "{sent:?}");
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 0);
    std::fs::create_dir(&inbox).unwrap();
    let now = bench.clock.now();
    loke::desk::outbox::send_due(bench.register(), &desk, now)
        .await
        .unwrap();
    assert_eq!(bench.purge().await, 1);
}

#[tokio::test]
async fn a_purged_tip_that_arrives_again_is_acknowledged_and_not_stored() {
    let bench = Bench::new().await;
    let one = tip();
    bench.keep(&one).await;
    bench.route(one.id).await.unwrap();
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 1);
    assert_eq!(bench.keep_as(&one, Action::Pull).await, [Kept::Known]);
    assert!(!bench.book().holds(one.id).await.unwrap());
    assert!(!bench.sealed_file("main", one.id).exists());
    assert_eq!(
        bench.keep_as(&tip(), Action::Pull).await,
        [Kept::New],
        "control"
    );
}

#[tokio::test]
async fn broken_periods_delete_nothing_and_are_named_with_their_line() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    bench.days_pass(ROUTED);
    let rules = bench.dir.join("rules");
    std::fs::create_dir(&rules).unwrap();
    let own = include_str!("../../rules/retention.toml");
    let broken = own.replacen("acted = 365", "acted = 36500", 1);
    std::fs::write(rules.join("retention.toml"), broken).unwrap();
    let refused = bench.book().purge(Asked::ByHand, |_| ()).await;
    assert!(matches!(refused, Err(NotPurged::Periods(_))), "{refused:?}");
    let opened = loke::desk::retention::on_opening(bench.book())
        .await
        .unwrap();
    let told = check::problems(bench.register()).await.unwrap();
    for told in [opened.join("\n"), told.join("\n")] {
        assert!(told.contains("Nothing is purged: "), "{told}");
        assert!(told.contains("rules/retention.toml, line 22: "), "{told}");
    }
    assert!(bench.book().holds(id).await.unwrap());
    // The desk's own file counts: a shorter period.
    let shorter = own.replace("routed = 90", "routed = 91");
    std::fs::write(rules.join("retention.toml"), shorter).unwrap();
    assert_eq!(bench.purge().await, 0, "control: one more day");
    std::fs::remove_file(rules.join("retention.toml")).unwrap();
    assert_eq!(bench.purge().await, 1);
}

/// A clock that is wrong by a year must not delete a year of tips.
#[tokio::test]
async fn after_a_long_pause_the_clock_purges_nothing_until_a_person_looked_at_the_date() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    let by_clock = async || bench.book().purge(Asked::ByTheClock, |_| ()).await;
    by_clock().await.unwrap();
    bench.days_pass(365);
    let refused = by_clock().await;
    assert!(
        matches!(refused, Err(NotPurged::Pause { .. })),
        "{refused:?}"
    );
    let told = loke::desk::retention::on_opening(bench.book())
        .await
        .unwrap();
    assert!(
        told[0].contains("last searched on 2026-11-21, and today is 2027-11-21"),
        "{told:?}"
    );
    assert!(bench.book().holds(id).await.unwrap());
    // The clock is put right: nothing was lost.
    bench.clock.advance(-365 * DAY);
    assert_eq!(by_clock().await.unwrap().purged, 0);
    bench.days_pass(60);
    by_clock().await.unwrap();
    bench.days_pass(60);
    assert_eq!(by_clock().await.unwrap().purged, 1, "control");
    bench.days_pass(365);
    assert_eq!(bench.purge().await, 0, "by hand it always runs");
    by_clock().await.unwrap();
}

#[tokio::test]
async fn p7_the_serving_process_purges_each_open_book_once_a_day_and_at_its_opening() {
    let bench = Bench::new().await;
    let (first, second) = (bench.routed().await, bench.routed().await);
    let open = Arc::new(OpenBooks::new(bench.register().clone()));
    let mut job = Purge::new(&open);
    bench.days_pass(ROUTED);
    assert_eq!(job.step().await, Step::Done);
    assert!(bench.book().holds(first).await.unwrap(), "no book is open");
    let account = bench.register().account(staff::NAME).await.unwrap();
    let member = std::slice::from_ref(&bench.member);
    open.open(1, &account, member).await.unwrap();
    for id in [first, second] {
        assert!(!bench.book().holds(id).await.unwrap(), "at the opening");
    }
    let third = bench.routed().await;
    assert_eq!(job.step().await, Step::Done);
    bench.days_pass(ROUTED);
    assert_eq!(job.step().await, Step::Done);
    assert!(!bench.book().holds(third).await.unwrap(), "by the clock");
    let rows = bench.trail(Action::Purge).await;
    let who: Vec<&str> = rows.iter().map(|row| row.who.as_str()).collect();
    assert_eq!(who, ["ann", "ann", "desk"]);
    open.close_all().await;
}

/// Changes the triage of a tip, as decisions do.
async fn set(bench: &Bench, id: TipId, change: &str) {
    let text = format!("update triage set {change} where tip = $1");
    let tables = bench.tables("main").await;
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(id.0.as_slice())
        .execute(&tables)
        .await
        .unwrap();
    tables.close().await;
}

#[tokio::test]
async fn p7_each_way_to_close_a_tip_has_its_own_period_from_the_day_of_the_decision() {
    let bench = Bench::new().await;
    let (spam, acted) = (tip(), tip());
    for (tip, outcome) in [(&spam, "spam"), (&acted, "acted")] {
        bench.keep(tip).await;
        let closed = format!("state = 'closed', closed_on = '2026-11-25', outcome = '{outcome}'");
        set(&bench, tip.id, &closed).await;
    }
    bench.days_pass(33);
    assert_eq!(bench.purge().await, 0, "control: a day before");
    bench.days_pass(1);
    assert_eq!(bench.purge().await, 1);
    assert!(!bench.book().holds(spam.id).await.unwrap());
    // Opened again: the day of the old decision does not count any more.
    set(
        &bench,
        acted.id,
        "state = 'taken', outcome = null, closed_on = null",
    )
    .await;
    bench.days_pass(400);
    assert_eq!(bench.purge().await, 0);
    set(
        &bench,
        acted.id,
        "state = 'closed', outcome = 'spam', closed_on = '2027-12-01', pending = '{}'",
    )
    .await;
    bench.days_pass(400);
    assert_eq!(bench.purge().await, 0, "a second person has not agreed");
    set(&bench, acted.id, "pending = null").await;
    assert_eq!(bench.purge().await, 1, "control");
}

#[tokio::test]
async fn p7_a_holder_goes_with_everything_that_is_folded_into_it_and_not_before_a_hold_is_lifted() {
    let bench = Bench::new().await;
    let (holder, folded, deepest) = (tip(), tip(), tip());
    for one in [&holder, &folded, &deepest] {
        bench.keep(one).await;
    }
    set(
        &bench,
        folded.id,
        &format!("folded_into = x'{}'", holder.id),
    )
    .await;
    set(
        &bench,
        deepest.id,
        &format!("folded_into = x'{}'", folded.id),
    )
    .await;
    bench.route(holder.id).await.unwrap();
    bench.days_pass(ROUTED);
    let kind = loke::desk::book::HoldKind::Legal;
    loke::desk::retention::place(&bench.acting, deepest.id, kind, "for the court")
        .await
        .unwrap();
    assert_eq!(bench.purge().await, 0);
    loke::desk::retention::lift(&bench.acting, deepest.id, kind)
        .await
        .unwrap();
    set(&bench, folded.id, "illegal = 1").await;
    assert_eq!(bench.purge().await, 0, "the original stays for the police");
    set(&bench, folded.id, "illegal = 0").await;
    assert_eq!(bench.purge().await, 3, "control");
    for one in [&holder, &folded, &deepest] {
        assert!(!bench.book().holds(one.id).await.unwrap());
        assert!(!bench.sealed_file("main", one.id).exists());
    }
    assert_eq!(bench.trail(Action::Purge).await.len(), 3);
}
