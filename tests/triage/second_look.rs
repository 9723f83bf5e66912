//! P17: danger is never closed alone, and nothing waits unseen.

use loke::desk::book::{Decision, How, NotDecided, Outcome, Refusal, State, View};
use loke::desk::triage::Refused;
use loke::tip::YesNo;

use super::{Team, close, danger, decide, routine, wait, with};

/// Every decision that takes a tip off the open views, or out of sight for long.
fn leaving(team: &Team, other: loke::tip::TipId) -> Vec<Decision> {
    let mut all: Vec<Decision> = Outcome::ALL.iter().map(|outcome| close(*outcome)).collect();
    all.push(Decision::Fold { into: other });
    all.push(wait(8, team.clock.today()));
    all
}

#[tokio::test]
async fn p17_whatever_takes_a_danger_tip_off_an_open_view_needs_a_second_person() {
    let team = Team::new().await;
    let other = team.keep(&routine("another one")).await;
    for decision in leaving(&team, other) {
        let tip = team.keep(&danger("he is in danger")).await;
        let act = decide(&team.ann, tip, decision.clone()).await.unwrap();
        assert_eq!(act.waits.len(), 1, "{decision:?}");
        assert!(team.is_open(tip).await, "{decision:?}");
        assert!(team.view(&team.ben, View::SecondLook).await.contains(&tip));
        assert!(team.view(&team.ben, View::Open).await.contains(&tip));
        // The first person cannot agree, nor decide anything else meanwhile.
        let own = decide(&team.ann, tip, Decision::Agree).await.unwrap_err();
        assert!(
            matches!(
                own,
                Refused::NotDecided(NotDecided::Refused(Refusal::OwnDecision))
            ),
            "{own}"
        );
        let again = decide(&team.ann, tip, close(Outcome::Spam)).await;
        assert!(
            matches!(
                again,
                Err(Refused::NotDecided(NotDecided::Refused(Refusal::Pending)))
            ),
            "{again:?}"
        );
        decide(&team.ben, tip, Decision::Agree).await.unwrap();
        assert!(!team.view(&team.ben, View::SecondLook).await.contains(&tip));
        let waits = matches!(decision, Decision::Wait { .. });
        assert_eq!(team.is_open(tip).await, waits, "{decision:?}");
    }
    // The control: one person decides about a routine tip.
    for decision in leaving(&team, other) {
        let tip = team.keep(&routine("a tag on a wall")).await;
        let act = decide(&team.ann, tip, decision.clone()).await.unwrap();
        assert_eq!((act.done.len(), act.waits.len()), (1, 0), "{decision:?}");
    }
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p17_a_child_a_threat_word_and_a_repeat_place_ask_for_a_second_person_and_say_why() {
    let team = Team::new().await;
    let at = |place: &str| {
        with(routine("people come and go at night"), |tip| {
            tip.place = Some(place.into());
        })
    };
    team.keep(&at("12 Larkman Lane")).await;
    for (tip, reason) in [
        (
            with(routine("x"), |tip| {
                tip.child = Some(YesNo::Yes);
            }),
            "a child may be at risk",
        ),
        (
            routine("he has a knife and will stab him"),
            "may be a threat",
        ),
        (at("12, Larkman Lane"), "1 other report names the place"),
        (
            with(routine("qaStaH nuq"), |tip| {
                tip.language = "tlh".into();
            }),
            "no list of threat words covers its language",
        ),
    ] {
        let tip = team.keep(&tip).await;
        let act = decide(&team.ann, tip, close(Outcome::CouldNotAct)).await;
        let (_, reasons) = act.unwrap().waits.pop().expect(reason);
        assert!(
            reasons.iter().any(|said| said.contains(reason)),
            "{reason}: {reasons:?}"
        );
    }
    // Unproven tips and the texts of a thread count as one writer.
    let unproven = |n: usize| {
        with(at("77 Unthank Road"), |tip| {
            tip.proven = false;
            tip.what = format!("flood {n}");
        })
    };
    for n in 0..3 {
        team.keep(&unproven(n)).await;
    }
    let tip = team.keep(&unproven(9)).await;
    let act = decide(&team.ann, tip, close(Outcome::Spam)).await.unwrap();
    assert_eq!(act.waits, [], "the control");
}

#[tokio::test]
async fn p17_a_folded_tip_keeps_its_danger_at_the_holder() {
    let team = Team::new().await;
    let (holder, risky) = (
        team.keep(&routine("shouting at the flat")).await,
        team.keep(&danger("somebody is hurt at the flat")).await,
    );
    assert!(!team.view(&team.ann, View::Danger).await.contains(&holder));
    decide(&team.ann, risky, Decision::Fold { into: holder })
        .await
        .unwrap();
    decide(&team.ben, risky, Decision::Agree).await.unwrap();
    assert_eq!(team.view(&team.ann, View::Danger).await, [holder]);
    let act = decide(&team.ann, holder, close(Outcome::Acted)).await;
    let (_, reasons) = act.unwrap().waits.pop().unwrap();
    assert!(reasons[0].contains("in a folded tip"), "{reasons:?}");
}

#[tokio::test]
async fn p17_one_person_closes_alone_only_when_nobody_else_came_for_a_working_day() {
    let team = Team::new().await;
    let register = team.ann.register();
    for who in [&team.ann, &team.ben] {
        register.note_sign_in(&who.actor(), "page").await.unwrap();
    }
    let tip = team.keep(&danger("he is in danger")).await;
    let how = How {
        alone: Some("the van has left, and nobody else is here"),
        ..How::default()
    };
    let spam = close(Outcome::Acted);
    let refused = team.ann.decide(&[tip.into()], &spam, how).await;
    assert!(
        matches!(&refused, Err(Refused::NotAlone(who)) if who == "ben"),
        "{refused:?}"
    );
    // A whole working day later Ben has not come back.
    team.clock.advance(4 * 86_400);
    register
        .note_sign_in(&team.ann.actor(), "page")
        .await
        .unwrap();
    team.ann.decide(&[tip.into()], &spam, how).await.unwrap();
    assert_eq!(team.state(tip).await, State::Closed);
    // It stands first on the next person's list until they agree.
    team.keep(&danger("another danger")).await;
    assert_eq!(team.view(&team.ben, View::Open).await[0], tip);
    assert!(!team.view(&team.ann, View::Open).await.contains(&tip));
    decide(&team.ben, tip, Decision::Agree).await.unwrap();
    assert!(!team.view(&team.ben, View::Open).await.contains(&tip));
    // The control: who does not agree opens it again.
    let second = team.keep(&danger("once more")).await;
    team.ann.decide(&[second.into()], &spam, how).await.unwrap();
    let no = Decision::Disagree {
        why: "he came back".into(),
    };
    decide(&team.ben, second, no).await.unwrap();
    assert!(team.is_open(second).await);
}

#[tokio::test]
async fn one_second_look_covers_tips_with_equal_words_of_one_decision() {
    let team = Team::new().await;
    let mut flood = Vec::new();
    for _ in 0..5 {
        flood.push(team.keep(&danger("BOMB at the town hall!!")).await);
    }
    let other = team.keep(&danger("my neighbour has a gun")).await;
    for tip in flood.iter().chain([&other]) {
        decide(&team.ann, *tip, close(Outcome::Malicious))
            .await
            .unwrap();
    }
    let mut same = team.book().with_equal_words(flood[0]).await.unwrap();
    same.push(flood[0]);
    same.sort_unstable();
    flood.sort_unstable();
    assert_eq!(same, flood, "and not the tip with other words");
    let targets: Vec<_> = same.into_iter().map(Into::into).collect();
    let agreed = team.ben.decide(&targets, &Decision::Agree, How::default());
    assert_eq!(agreed.await.unwrap().done.len(), 5);
    assert!(team.is_open(other).await);
}

#[tokio::test]
async fn a_wait_ends_with_its_last_day_and_at_the_first_new_fact_and_then_stands_on_top() {
    let team = Team::new().await;
    let today = team.clock.today();
    let at = |words: &str| {
        with(routine(words), |tip| {
            tip.place = Some("4 Rose Lane".into());
        })
    };
    let first = team.keep(&at("smell of cannabis")).await;
    let later = team.keep(&routine("something else")).await;
    decide(&team.ann, first, wait(5, today)).await.unwrap();
    decide(&team.ann, later, wait(2, today)).await.unwrap();
    let early = team.keep(&routine("nothing to do with it")).await;
    assert_eq!(team.state(first).await, State::Waiting, "the control");
    assert_eq!(team.view(&team.ann, View::Open).await[0], early);
    let fact = team.keep(&at("now there is shouting too")).await;
    assert_eq!(team.state(first).await, State::Taken);
    assert_eq!(team.view(&team.ann, View::Open).await[0], first);
    assert!(team.view(&team.ann, View::Open).await.contains(&fact));
    team.clock.advance(2 * 86_400);
    team.book().end_waits(team.clock.today()).await.unwrap();
    assert_eq!(team.state(later).await, State::Waiting, "its last day");
    team.clock.advance(86_400);
    team.book().end_waits(team.clock.today()).await.unwrap();
    assert_eq!(team.state(later).await, State::Taken);
}

#[tokio::test]
async fn a_sample_of_each_week_is_read_again_by_somebody_who_did_not_close_it() {
    let team = Team::new().await;
    for n in 0..30 {
        let tip = team.keep(&routine(&format!("tip {n}"))).await;
        decide(&team.ann, tip, close(Outcome::CouldNotAct))
            .await
            .unwrap();
    }
    let draw = async || team.book().draw_sample(team.clock.today()).await.unwrap();
    draw().await;
    assert!(team.view(&team.ben, View::ReadAgain).await.is_empty());
    team.clock.advance(8 * 86_400);
    draw().await;
    draw().await;
    let sample = team.view(&team.ben, View::ReadAgain).await;
    assert_eq!(sample.len(), 2, "5 % of 30, drawn once");
    assert!(team.view(&team.ann, View::ReadAgain).await.is_empty());
    assert!(team.book().note_reread(sample[0]).await.is_err());
    let bens = &team.ben.books()[0];
    bens.note_reread(sample[0]).await.unwrap();
    assert_eq!(team.view(&team.cai, View::ReadAgain).await, [sample[1]]);
    // A person who does not agree opens it again.
    decide(&team.cai, sample[1], Decision::Reopen)
        .await
        .unwrap();
    assert!(team.view(&team.ben, View::ReadAgain).await.is_empty());
}
