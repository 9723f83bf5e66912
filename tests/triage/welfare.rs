//! Welfare first: danger or a child asks for a telephone call before any report leaves, in any lane.

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{CallResult, Consent, Decision, NewCall, NotRecorded, View, Welfare};
use loke::tip::{Lane, Priority, Tip, TipId, Topic, YesNo};

use super::{Team, danger, decide, routine, wait, with};

const HOUR: i64 = 3_600;

fn made(reference: &str) -> NewCall<'_> {
    NewCall {
        rung: "CADS",
        result: CallResult::Made(reference),
        consent: Consent::NotAsked,
        why: "the parents may be the danger",
    }
}

fn tried(next: i64) -> NewCall<'static> {
    NewCall {
        result: CallResult::Tried(next),
        ..made("")
    }
}

async fn welfare(who: &Acting, tip: TipId) -> Welfare {
    who.books()[0].welfare(tip).await.unwrap()
}

fn child() -> Tip {
    with(routine("a boy carries bags for them"), |tip| {
        tip.child = Some(YesNo::Yes);
    })
}

#[tokio::test]
async fn danger_a_child_or_priority_now_lets_no_report_leave_before_a_call_in_any_lane() {
    let team = Team::new().await;
    for (lane, topic) in [
        (Lane::Safeguarding, Topic::Other),
        (Lane::Cuckooing, Topic::Cuckooing),
        (Lane::Drugs, Topic::Drugs),
        (Lane::Graffiti, Topic::Graffiti),
        (Lane::Other, Topic::Other),
    ] {
        let now = with(routine("now"), |tip| tip.priority = Priority::Now);
        for tip in [danger("danger"), child(), now] {
            let tip = with(tip, |tip| (tip.lane, tip.topic) = (lane, topic));
            let id = team.keep(&tip).await;
            assert_eq!(welfare(&team.ann, id).await, Welfare::Due, "{lane}");
            assert!(!welfare(&team.ann, id).await.lets_reports_leave());
            team.book().record_call(id, made("C-4711")).await.unwrap();
            let called = welfare(&team.ben, id).await;
            assert!(called.lets_reports_leave());
            let Welfare::Called {
                rung, reference, ..
            } = called
            else {
                panic!("{called:?}")
            };
            assert_eq!((rung.as_str(), reference.as_str()), ("CADS", "C-4711"));
        }
    }
    let id = team.keep(&routine("nothing of it")).await;
    assert_eq!(welfare(&team.ann, id).await, Welfare::NotNeeded, "control");
    assert!(welfare(&team.ann, id).await.lets_reports_leave());
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn a_tried_call_lets_reports_leave_until_its_next_try_and_then_stands_on_top() {
    let team = Team::new().await;
    let calm = team.keep(&danger("an older one")).await;
    let id = team.keep(&child()).await;
    assert_eq!(team.view(&team.ann, View::RingFirst).await, [calm, id]);
    team.book().record_call(calm, made("C-1")).await.unwrap();
    let next = team.clock.now() + HOUR;
    team.book().record_call(id, tried(next)).await.unwrap();
    assert!(matches!(welfare(&team.ann, id).await, Welfare::Tried { next: at, .. } if at == next));
    assert!(welfare(&team.ann, id).await.lets_reports_leave());
    assert!(team.view(&team.ann, View::RingFirst).await.is_empty());
    // It waits for the landlord, behind the other one.
    let today = team.clock.today();
    decide(&team.ann, id, wait(2, today)).await.unwrap();
    assert_eq!(team.view(&team.ann, View::Open).await, [calm, id]);
    team.clock.advance(HOUR - 1);
    team.book().end_waits(today).await.unwrap();
    assert!(welfare(&team.ann, id).await.lets_reports_leave(), "control");
    team.clock.advance(1);
    assert_eq!(welfare(&team.ann, id).await, Welfare::Due);
    assert_eq!(team.view(&team.ann, View::RingFirst).await, [id]);
    let counts = team.ann.counts().await.unwrap();
    assert_eq!(counts[&View::RingFirst], 1);
    team.book().end_waits(today).await.unwrap();
    let row = team.book().triage(id).await.unwrap();
    assert!(row.triage.awake, "a wait ends when the next try is due");
    // Once: a person who takes it is not disturbed again.
    decide(&team.ann, id, Decision::Take).await.unwrap();
    team.book().end_waits(today).await.unwrap();
    assert!(!team.book().triage(id).await.unwrap().triage.awake);
    assert_eq!(team.view(&team.ann, View::RingFirst).await, [id]);
    team.book().record_call(id, made("C-2")).await.unwrap();
    assert!(team.view(&team.ann, View::RingFirst).await.is_empty());
}

#[tokio::test]
async fn what_is_folded_in_counts_and_one_that_came_after_the_call_needs_its_own() {
    let team = Team::new().await;
    let holder = team.keep(&routine("noise")).await;
    let first = team.keep(&danger("screams")).await;
    decide(&team.ann, first, Decision::Fold { into: holder })
        .await
        .unwrap();
    // A fold of a danger tip waits for a second person.
    decide(&team.ben, first, Decision::Agree).await.unwrap();
    for id in [holder, first] {
        assert_eq!(welfare(&team.ann, id).await, Welfare::Due);
    }
    assert_eq!(team.view(&team.ann, View::RingFirst).await, [holder]);
    team.book().record_call(holder, made("C-1")).await.unwrap();
    for id in [holder, first] {
        assert!(matches!(
            welfare(&team.ann, id).await,
            Welfare::Called { .. }
        ));
        assert_eq!(team.book().calls_on(id).await.unwrap().len(), 1);
    }
    let second = team.keep(&child()).await;
    decide(&team.ann, second, Decision::Fold { into: holder })
        .await
        .unwrap();
    decide(&team.ben, second, Decision::Agree).await.unwrap();
    assert_eq!(welfare(&team.ann, holder).await, Welfare::Due);
    // Unfolded, the first keeps its call, and the second still needs one.
    decide(&team.ann, first, Decision::Unfold).await.unwrap();
    decide(&team.ann, second, Decision::Unfold).await.unwrap();
    assert!(welfare(&team.ann, first).await.lets_reports_leave());
    assert!(welfare(&team.ann, holder).await.lets_reports_leave());
    assert_eq!(welfare(&team.ann, second).await, Welfare::Due);
}

#[tokio::test]
async fn a_call_says_who_was_rung_what_they_gave_and_why_nobody_asked_or_is_refused() {
    let team = Team::new().await;
    let id = team.keep(&child()).await;
    let now = team.clock.now();
    let book = team.book();
    let refused = |call| async move { book.record_call(id, call).await.unwrap_err() };
    for (call, why) in [
        (made("  "), "reference"),
        (
            NewCall {
                rung: " ",
                ..made("C-1")
            },
            "who was rung",
        ),
        (
            NewCall {
                why: " ",
                ..made("C-1")
            },
            "why nobody asked",
        ),
        (tried(now), "next try"),
        (tried(now - HOUR), "next try"),
        (tried(now + 48 * HOUR + 1), "next try"),
    ] {
        let said = refused(call).await.to_string();
        assert!(
            said.contains(why) && said.contains("Nothing was recorded"),
            "{said}"
        );
    }
    assert!(book.calls_on(id).await.unwrap().is_empty());
    assert_eq!(welfare(&team.ann, id).await, Welfare::Due);
    let version = book.triage(id).await.unwrap().version;
    let asked = NewCall {
        consent: Consent::Asked,
        why: "",
        ..made("C-1")
    };
    book.record_call(id, asked).await.unwrap();
    book.record_call(id, tried(now + 48 * HOUR)).await.unwrap();
    assert!(matches!(
        welfare(&team.ann, id).await,
        Welfare::Called { .. }
    ));
    // A colleague's page is older now, and the tip has changed for them.
    assert_eq!(book.triage(id).await.unwrap().version, version + 2);
    let rows = book.trail().await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row.action == Action::Call.word())
        .collect();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(
            (row.who.as_str(), row.object.as_str()),
            ("ann", id.to_string().as_str())
        );
        assert!(!row.detail.contains("C-1") && !row.detail.contains("CADS"));
    }
    assert!(matches!(
        book.record_call(TipId([9; 16]), made("C-1")).await,
        Err(NotRecorded::Database(_))
    ));
}
