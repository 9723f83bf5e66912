//! What partners say, as an officer writes it down, and the figures: each matter counts once for each
//! outcome, for partners that act alone, and no figure is about one officer.

use loke::clock::Day;
use loke::desk::answers::{Answer, Choice};
use loke::desk::audit::Action;
use loke::desk::book::{NewTold, NotTold, SaidBy, State, Verdict};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Draft;
use loke::tip::{Lane, Priority, TipId};

use super::{Bench, tip};
use crate::house::partners::partner;

fn said<'a>(partner: &'a str, reference: Option<&'a str>, choice: Choice) -> NewTold<'a> {
    NewTold {
        partner,
        reference,
        choice,
        way: SaidBy::Telephone,
        said_by: "canary-sam",
        said_on: Day(20_779),
        why: "",
    }
}

#[tokio::test]
async fn what_a_partner_said_counts_once_and_only_for_partners_that_act() {
    let bench = Bench::new().await;
    let told = Way::Folder(bench.dir.join("inbox"));
    bench
        .add(&partner("police", PartnerKind::Police, &bench.police, told))
        .await;
    let lead = bench.route("cleansing").await.unwrap();
    let only_told = Draft {
        photos: Vec::new(),
        is_lead: false,
        ..bench.draft("police")
    };
    let only_told = bench.send(&only_told).await.unwrap();
    let today = bench.clock.today();
    assert_eq!(today, Day(20_779), "the day of these tests");
    let book = bench.book();
    let (lead, only_told) = (lead.reference.as_str(), only_told.reference.as_str());

    // What is refused changes nothing.
    let nobody = NewTold {
        said_by: " ",
        ..said("cleansing", Some(lead), Choice::Cleaned)
    };
    let tomorrow = NewTold {
        said_on: today.plus(1),
        ..said("cleansing", Some(lead), Choice::Cleaned)
    };
    for (new, why) in [
        (nobody, "who said it"),
        (tomorrow, "has not come yet"),
        (
            said("cleansing", Some(lead), Choice::NoAction),
            "why nobody",
        ),
        (
            said("police", Some(lead), Choice::Arrest),
            "no report about",
        ),
        (said("police", Some("0"), Choice::Arrest), "no report about"),
    ] {
        let refused: NotTold = book.record_told(bench.tip, new).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    assert!(book.told_about(bench.tip).await.unwrap().is_empty());

    for new in [
        said("cleansing", Some(lead), Choice::Cleaned),
        said("cleansing", Some(lead), Choice::Cleaned),
        said("cleansing", Some(lead), Choice::Acknowledged),
        said("police", Some(only_told), Choice::Arrest),
    ] {
        book.record_told(bench.tip, new).await.unwrap();
    }
    // An answer by code counts when the owner accepts it.
    let report = book.report(lead).await.unwrap().unwrap();
    let answer = Answer {
        reference: lead.parse().unwrap(),
        code: report.report.answer_code.unwrap().parse().unwrap(),
        choice: Choice::Done,
    };
    let id = TipId([5; 16]);
    book.take_answer(id, &answer, today).await.unwrap();
    let figures = async || {
        let figures = bench.acting.figures(today.plus(-30), today).await;
        figures.unwrap()
    };
    let counts: Vec<_> = figures().await.dispositions.into_iter().collect();
    assert_eq!(counts, [(Choice::Cleaned, 1)]);
    book.judge_answer(bench.tip, id, Verdict::Accepted)
        .await
        .unwrap();
    let after = figures().await;
    assert_eq!(after.dispositions[&Choice::Done], 1, "the control");
    let lane = &after.lanes[&Lane::Cuckooing];
    assert_eq!((lane.tips, lane.matters, lane.routed), (1, 1, 1));
    // The tip is of 2026-11-21, and it was sent on the day after.
    assert_eq!(lane.days_to_route.half, Some(1));
    assert_eq!(lane.days_to_act.half, Some(0));
    assert_eq!((after.reports, after.taken_from), (2, 0));
    let json = serde_json::to_string(&after).unwrap();
    for name in ["\"ann\"", "canary-sam", "cleansing"] {
        assert!(!json.contains(name), "{name}: {json}");
    }
    // Names are in the book alone.
    let trail = bench.trail(Action::Answer).await;
    assert!(
        trail
            .iter()
            .any(|row| row.contains("cleaned by cleansing, telephone"))
    );
    assert!(
        !trail.iter().any(|row| row.contains("canary-sam")),
        "{trail:?}"
    );
    // Another period has nothing of it.
    let before = bench.acting.figures(Day(20_000), Day(20_100)).await;
    assert!(before.unwrap().lanes.is_empty());
}

/// Ordered on one evening, it leaves with the first batch of the next day.
#[tokio::test]
async fn days_to_the_report_count_to_the_day_on_which_it_left() {
    let bench = Bench::new().await;
    let mut routine = tip(TipId([1; 16]));
    routine.priority = Priority::Routine;
    (routine.danger, routine.child, routine.thread) = (None, None, None);
    (routine.place, routine.vehicle) = (None, None);
    routine.language = "en".into();
    bench.keep(&routine).await;
    bench.clock.advance(23 * 3_600 + 1_800);
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let preview = bench.acting.preview(routine.id, &draft).await.unwrap();
    bench.order(&preview, "", false).await.unwrap();
    bench.clock.advance(1_800);
    assert_eq!(bench.deliver().await.arrived, 1);
    let today = bench.clock.today();
    assert_eq!(today, Day(20_780), "the day after the order");
    let figures = bench.acting.figures(today.plus(-30), today).await.unwrap();
    // The tip is of 2026-11-21.
    assert_eq!(figures.lanes[&Lane::Cuckooing].days_to_route.half, Some(2));
    let of_day = bench.acting.figures(today, today).await.unwrap();
    assert_eq!(of_day.reports, 1, "it counts on the day on which it left");
}

#[tokio::test]
async fn a_partner_that_refuses_on_the_telephone_gives_the_tip_back() {
    let bench = Bench::new().await;
    let sent = bench.route("cleansing").await.unwrap();
    // A tip with danger stays open until a second person agrees that it was sent.
    let pending = bench.book().pending(bench.tip).await.unwrap();
    assert!(pending.is_some());
    let refusal = NewTold {
        why: "the wall is private",
        ..said("cleansing", Some(&sent.reference), Choice::Refused)
    };
    bench.book().record_told(bench.tip, refusal).await.unwrap();
    let told = bench.book().told_about(bench.tip).await.unwrap();
    assert_eq!(told[0].why, "the wall is private");
    let state = bench.book().triage(bench.tip).await.unwrap().triage.state;
    assert_ne!(state, State::Routed);
    bench.acting.verify(|| {}).await.unwrap();
}
