//! Undo is exact, and works for the last act of the person until something was built on it.

use std::collections::BTreeMap;

use loke::desk::book::{Decision, How, NotDecided, NoteKind, Outcome, Seen, State, View};
use loke::desk::triage::NotActed;

use super::{Team, close, danger, decide, routine, wait, with};
use crate::house::books;

/// The views that have tips.
async fn counts(team: &Team) -> BTreeMap<View, i64> {
    let counts = team.ann.counts().await.unwrap().into_iter();
    counts.filter(|(_, n)| *n != 0).collect()
}

#[tokio::test]
async fn an_undo_restores_the_row_of_every_decision() {
    let team = Team::new().await;
    let today = team.clock.today();
    let holder = team.keep(&routine("the holder")).await;
    for decision in [
        Decision::Take,
        Decision::HandOver { to: "ben".into() },
        wait(3, today),
        close(Outcome::Spam),
        close(Outcome::CouldNotAct),
        Decision::Fold { into: holder },
    ] {
        let tip = team.keep(&routine("a tag on a wall")).await;
        let before = team.book().triage(tip).await.unwrap().triage;
        let around = counts(&team).await;
        decide(&team.ann, tip, decision.clone()).await.unwrap();
        assert_ne!(team.book().triage(tip).await.unwrap().triage, before);
        assert_eq!(team.ann.undo().await.unwrap(), [tip]);
        assert_eq!(
            team.book().triage(tip).await.unwrap().triage,
            before,
            "{decision:?}"
        );
        assert_eq!(counts(&team).await, around, "{decision:?}");
    }
    // Also of one that waits for a second person, and of the agreement.
    let tip = team.keep(&danger("danger")).await;
    decide(&team.ann, tip, close(Outcome::Acted)).await.unwrap();
    let pending = team.book().triage(tip).await.unwrap().triage;
    decide(&team.ben, tip, Decision::Agree).await.unwrap();
    team.ben.undo().await.unwrap();
    assert_eq!(team.book().triage(tip).await.unwrap().triage, pending);
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn an_undo_is_refused_when_somebody_built_on_it_and_never_touches_anothers_act() {
    let team = Team::new().await;
    let tip = team.keep(&routine("a tag")).await;
    decide(&team.ann, tip, Decision::Take).await.unwrap();
    assert!(
        matches!(team.ben.undo().await, Err(NotDecided::NothingToUndo)),
        "it was not his"
    );
    decide(&team.ben, tip, wait(2, team.clock.today()))
        .await
        .unwrap();
    let before = team.book().triage(tip).await.unwrap();
    assert!(matches!(team.ann.undo().await, Err(NotDecided::BuiltOn)));
    let after = team.book().triage(tip).await.unwrap();
    assert_eq!(after.triage, before.triage);
    team.ben.undo().await.unwrap();
}

#[tokio::test]
async fn a_bulk_act_touches_the_previewed_tips_alone_and_one_undo_restores_every_row() {
    let team = Team::new().await;
    let mut seen = Vec::new();
    for n in 0..30 {
        let tip = team.keep(&routine(&format!("spam {n}"))).await;
        let version = team.book().triage(tip).await.unwrap().version;
        seen.push(Seen {
            tip,
            version: Some(version),
        });
    }
    // One of the thirty changes after the preview: nothing at all is done.
    decide(&team.ben, seen[17].tip, Decision::Take)
        .await
        .unwrap();
    let spam = close(Outcome::Spam);
    let refused = team.ann.decide(&seen, &spam, How::default()).await;
    assert!(
        matches!(&refused, Err(NotActed::NotDecided(NotDecided::Stale(who))) if who == "ben"),
        "{refused:?}"
    );
    assert_eq!(team.view(&team.ann, View::Open).await.len(), 30);
    // A tip that arrives meanwhile is not among them.
    let late = team.keep(&routine("spam 30")).await;
    seen.remove(17);
    let act = team.ann.decide(&seen, &spam, How::default()).await.unwrap();
    assert_eq!(act.done.len(), 29);
    assert_eq!(team.view(&team.ann, View::Open).await.len(), 2);
    assert!(team.is_open(late).await);
    let mut undone = team.ann.undo().await.unwrap();
    undone.sort_unstable();
    let mut were: Vec<_> = seen.iter().map(|seen| seen.tip).collect();
    were.sort_unstable();
    assert_eq!(undone, were);
    assert_eq!(team.view(&team.ann, View::Open).await.len(), 31);
}

/// A decision twice, or on a stale page: one result.
#[tokio::test]
async fn of_two_decisions_on_one_page_the_second_is_refused_and_names_the_first_person() {
    let team = Team::new().await;
    let tip = team.keep(&routine("a tag")).await;
    let version = Some(team.book().triage(tip).await.unwrap().version);
    let seen = [Seen { tip, version }];
    let spam = close(Outcome::Spam);
    team.ann.decide(&seen, &spam, How::default()).await.unwrap();
    let acted = close(Outcome::Acted);
    let late = team.ben.decide(&seen, &acted, How::default()).await;
    let said = late.unwrap_err().to_string();
    assert!(said.starts_with("ann decided something"), "{said}");
    assert_eq!(
        team.book().triage(tip).await.unwrap().triage.outcome,
        Some(Outcome::Spam)
    );
}

/// P17: the undo of an act that opened a tip would close what came with it since.
#[tokio::test]
async fn p17_an_undo_never_hides_a_text_that_arrived_in_its_thread_since() {
    let team = Team::new().await;
    let text = |tip| with(tip, |tip| tip.thread = Some("a thread".into()));
    let first = team.keep(&text(routine("a tag"))).await;
    decide(&team.ann, first, close(Outcome::Spam))
        .await
        .unwrap();
    decide(&team.ann, first, Decision::Reopen).await.unwrap();
    let risky = team.keep(&text(danger("they will kill me"))).await;
    assert_eq!(team.book().holder(risky).await.unwrap(), first);
    assert!(matches!(team.ann.undo().await, Err(NotDecided::BuiltOn)));
    assert!(team.is_open(first).await);
}

/// A page that was opened before a text arrived does not decide about that text unseen.
#[tokio::test]
async fn a_page_from_before_a_text_arrived_in_its_thread_decides_nothing() {
    let team = Team::new().await;
    let text = |tip| with(tip, |tip| tip.thread = Some("a thread".into()));
    let first = team.keep(&text(routine("a tag"))).await;
    let version = Some(team.book().triage(first).await.unwrap().version);
    team.keep(&text(routine("the same tag again"))).await;
    let seen = [Seen {
        tip: first,
        version,
    }];
    let spam = close(Outcome::Spam);
    let late = team.ann.decide(&seen, &spam, How::default()).await;
    assert!(matches!(
        late,
        Err(NotActed::NotDecided(NotDecided::Stale(_)))
    ));
}

/// P17: the undo of an unfolding would put the tip behind a holder that one person closed since.
#[tokio::test]
async fn p17_an_undo_never_folds_a_tip_into_one_that_was_closed_since() {
    let team = Team::new().await;
    let holder = team.keep(&routine("the holder")).await;
    let risky = team.keep(&danger("danger")).await;
    let fold = Decision::Fold { into: holder };
    decide(&team.ben, risky, fold).await.unwrap();
    decide(&team.ann, risky, Decision::Agree).await.unwrap();
    decide(&team.ann, risky, Decision::Unfold).await.unwrap();
    decide(&team.ben, holder, close(Outcome::Spam))
        .await
        .unwrap();
    assert!(matches!(team.ann.undo().await, Err(NotDecided::BuiltOn)));
    assert!(team.is_open(risky).await);
    // Control: once the holder is open again, as it was, the undo is exact.
    team.ben.undo().await.unwrap();
    assert_eq!(team.ann.undo().await.unwrap(), [risky]);
    assert_eq!(team.book().holder(risky).await.unwrap(), holder);
}

/// An act over two books is done in both or in neither, and so is its undo.
#[tokio::test]
async fn an_act_over_two_books_changes_both_or_none_and_its_undo_too() {
    let team = Team::new().await;
    let ann = books::with_book(&team.ann, &team.member_of("ann"), "zoo").await;
    let mut tips = Vec::new();
    for n in 0..2 {
        tips.push(team.keep(&routine(&format!("tag {n}"))).await);
    }
    let away = Decision::Move { to: "zoo".into() };
    decide(&ann, tips[1], away).await.unwrap();
    let state = async |tip| {
        let book = ann.book_of(tip).await.unwrap();
        book.triage(tip).await.unwrap().triage.state
    };
    let seen = |version| {
        [
            Seen::from(tips[0]),
            Seen {
                tip: tips[1],
                version,
            },
        ]
    };
    let spam = close(Outcome::Spam);
    let stale = ann.decide(&seen(Some(99)), &spam, How::default()).await;
    assert!(matches!(
        stale,
        Err(NotActed::NotDecided(NotDecided::Stale(_)))
    ));
    assert_eq!(state(tips[0]).await, State::New, "the first book too");
    let act = ann
        .decide(&seen(None), &spam, How::default())
        .await
        .unwrap();
    assert_eq!(act.done.len(), 2);
    // Somebody built on it in the second book.
    let there = ann.book("zoo").await.unwrap();
    there
        .add_note(tips[1], NoteKind::Note, "a note")
        .await
        .unwrap();
    assert!(matches!(ann.undo().await, Err(NotDecided::BuiltOn)));
    assert_eq!(state(tips[0]).await, State::Closed, "the first book too");
}
