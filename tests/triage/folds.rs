//! Folds: one open holder, never a cycle, and unfolding is the exact inverse.

use loke::desk::book::{Decision, NotDecided, Outcome};
use loke::desk::triage::NotActed;
use loke::tip::TipId;

use super::{Team, close, decide, routine, with};

#[tokio::test]
async fn two_officers_who_fold_in_opposite_directions_at_once_leave_one_open_holder() {
    let team = Team::new().await;
    for _ in 0..20 {
        let one = team.keep(&routine("one")).await;
        let two = team.keep(&routine("two")).await;
        let (first, second) = tokio::join!(
            decide(&team.ann, one, Decision::Fold { into: two }),
            decide(&team.ben, two, Decision::Fold { into: one }),
        );
        assert_eq!(
            [&first, &second].iter().filter(|made| made.is_ok()).count(),
            1,
            "{first:?} {second:?}"
        );
        let open = [team.is_open(one).await, team.is_open(two).await];
        assert_eq!(open.iter().filter(|open| **open).count(), 1);
        let holder = team.book().holder(one).await.unwrap();
        assert_eq!(holder, team.book().holder(two).await.unwrap());
    }
}

#[tokio::test]
async fn folding_and_unfolding_is_the_identity() {
    let team = Team::new().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(team.keep(&routine(&format!("text {n}"))).await);
    }
    let [a, b, c, d, e] = ids[..] else {
        panic!("five")
    };
    // c holds d, and goes into b, which goes into a.
    for (tip, into) in [(d, c), (c, b), (b, a)] {
        decide(&team.ann, tip, Decision::Fold { into })
            .await
            .unwrap();
    }
    let circle = decide(&team.ann, a, Decision::Fold { into: d }).await;
    assert!(
        matches!(circle, Err(NotActed::NotDecided(NotDecided::Circle))),
        "{circle:?}"
    );
    let before = everything(&team, &ids).await;
    decide(&team.ann, a, Decision::Fold { into: e })
        .await
        .unwrap();
    assert_eq!(team.book().folded_into(e).await.unwrap().len(), 4);
    decide(&team.ann, a, Decision::Unfold).await.unwrap();
    assert_eq!(everything(&team, &ids).await, before);
    decide(&team.ann, c, Decision::Unfold).await.unwrap();
    assert_eq!(team.book().folded_into(c).await.unwrap(), [d]);
    assert_eq!(team.book().folded_into(a).await.unwrap(), [b]);
}

async fn everything(team: &Team, ids: &[TipId]) -> Vec<(TipId, loke::desk::book::Triage)> {
    let mut all = Vec::new();
    for id in ids {
        let holder = team.book().holder(*id).await.unwrap();
        all.push((holder, team.book().triage(*id).await.unwrap().triage));
    }
    all
}

#[tokio::test]
async fn nothing_is_folded_into_a_closed_tip_or_into_itself() {
    let team = Team::new().await;
    let (closed, tip) = (
        team.keep(&routine("closed")).await,
        team.keep(&routine("open")).await,
    );
    decide(&team.ann, closed, close(Outcome::Acted))
        .await
        .unwrap();
    for (into, why) in [(closed, "closed"), (tip, "folded together already")] {
        let refused = decide(&team.ann, tip, Decision::Fold { into }).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
}

#[tokio::test]
async fn a_value_that_matches_is_shown_a_pair_that_is_not_the_same_is_remembered() {
    let team = Team::new().await;
    let at = |place: &str| {
        with(routine("x"), |tip| {
            tip.place = Some(place.into());
        })
    };
    let one = team.keep(&at("Flat 3, 12 Mill Road")).await;
    let two = team.keep(&at("12 mill rd flat 3")).await;
    let three = team.keep(&at("Flat 3, 12 Mill Road")).await;
    let elsewhere = team.keep(&at("14 Mill Road")).await;
    let found = team.book().alike(one).await.unwrap();
    let mut tips: Vec<TipId> = found.iter().map(|alike| alike.tip).collect();
    tips.sort_unstable();
    let mut expected = vec![two, three];
    expected.sort_unstable();
    assert_eq!(tips, expected);
    assert!(!tips.contains(&elsewhere), "the control");
    team.book().not_same(two, one).await.unwrap();
    let found = team.book().alike(one).await.unwrap();
    assert_eq!(found.len(), 1);
    team.book()
        .ignore_value(found[0].kind.unwrap(), &found[0].normal)
        .await
        .unwrap();
    assert!(team.book().alike(one).await.unwrap().is_empty());
}

/// The texts of one phone are shown as one, under their first open text.
#[tokio::test]
async fn the_texts_of_a_thread_are_one_row_until_it_is_closed() {
    let team = Team::new().await;
    let text = |words: &str| {
        with(routine(words), |tip| {
            tip.thread = Some("5eed".into());
        })
    };
    let first = team.keep(&text("first")).await;
    let second = team.keep(&text("second")).await;
    assert_eq!(team.book().holder(second).await.unwrap(), first);
    decide(&team.ann, first, close(Outcome::Acted))
        .await
        .unwrap();
    let third = team.keep(&text("third")).await;
    assert!(
        team.is_open(third).await,
        "a new text is never closed unseen"
    );
}
