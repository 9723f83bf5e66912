//! A quiet fortnight: two people, one of them away, 12 tips and one hoax flood. Nothing waits longer
//! than a working day, and nothing real is closed unseen.

use std::collections::{BTreeMap, BTreeSet};

use loke::desk::acting::Acting;
use loke::desk::book::{Decision, How, Outcome, State, View};
use loke::desk::triage::NotActed;
use loke::tip::{Tip, TipId, Unproven, YesNo};

use super::{Team, close, danger, decide, routine, with};

const DAY: i64 = 86_400;
/// From the clock's beginning, a Saturday at noon, to Monday at nine.
const TO_MONDAY: i64 = DAY + 21 * 3_600;
/// Tips of the flood.
const FLOOD: usize = 200;

/// The real tips of each day, Monday first.
fn real(day: i64) -> Vec<Tip> {
    let child = |words: &str| with(routine(words), |tip| tip.child = Some(YesNo::Yes));
    match day {
        0 => vec![routine("a tag at the bus stop"), danger("he hit her")],
        1 => vec![routine("needles in the stairwell of block C")],
        2 => vec![danger("a man with a knife lives in her flat")],
        // On the day of the flood.
        3 => vec![danger("she cries for help at night"), routine("a tag")],
        4 => vec![child("a boy carries bags for them")],
        5 => vec![routine("smell of cannabis on floor 3")],
        8 => vec![routine("cars stop for two minutes"), routine("litter")],
        9 => vec![danger("they took his keys")],
        10 => vec![routine("a new tag at the school")],
        _ => Vec::new(),
    }
}

fn hoax() -> Tip {
    with(danger("THERE IS A BOMB EVERYWHERE, ha ha"), |tip| {
        tip.proven = false;
        tip.unproven = Some(vec![Unproven::Burst]);
    })
}

/// Opens every tip of the view and decides about each, as one person with time does. Returns the tips
/// that were opened.
async fn work(team: &Team, who: &Acting, hoaxes: &BTreeSet<TipId>) -> Vec<TipId> {
    let mut opened = Vec::new();
    for tip in team.view(who, View::Open).await {
        let book = &who.books()[0];
        book.view(tip).await.unwrap();
        opened.push(tip);
        if book.pending(tip).await.unwrap().is_some() {
            // One second look covers the tips with equal words.
            let mut same = book.with_equal_words(tip).await.unwrap();
            same.push(tip.into());
            let agreed = who.decide(&same, &Decision::Agree, How::default());
            agreed.await.unwrap();
        }
        if team.state(tip).await == State::Closed {
            continue;
        }
        let alone = How {
            alone: Some("nobody else is here, and I rang the police"),
            ..How::default()
        };
        let end = match hoaxes.contains(&tip) {
            true => close(Outcome::Malicious),
            false => close(Outcome::Acted),
        };
        match who.decide(&[tip.into()], &end, alone).await {
            Ok(_) => {}
            // Somebody else can look: then it waits for them.
            Err(NotActed::NotAlone(_)) => {
                decide(who, tip, end).await.unwrap();
            }
            Err(other) => panic!("{other}"),
        }
    }
    opened
}

#[tokio::test]
async fn p17_in_a_quiet_fortnight_nothing_waits_and_nothing_real_is_closed_unseen() {
    let team = Team::new().await;
    let register = team.ann.register();
    let sign_in = async |who: &Acting| register.note_sign_in(&who.actor(), "page").await.unwrap();
    team.clock.advance(TO_MONDAY);
    sign_in(&team.ben).await;
    let mut arrived: BTreeMap<TipId, i64> = BTreeMap::new();
    let (mut reals, mut hoaxes) = (BTreeSet::new(), BTreeSet::new());
    let mut opened_by_ann: BTreeSet<TipId> = BTreeSet::new();
    let (mut waited_for_ben, mut waits_at_the_weekend) = (0, false);
    for day in 0..14 {
        let mut tips = real(day);
        if day == 3 {
            tips.extend((0..FLOOD).map(|_| hoax()));
        }
        for tip in &tips {
            let id = team.keep(tip).await;
            arrived.insert(id, day);
            match tip.proven {
                true => reals.insert(id),
                false => hoaxes.insert(id),
            };
        }
        // Ann works each weekday at three. Ben is away from Tuesday to the second Wednesday.
        team.clock.advance(6 * 3_600);
        let works = day % 7 < 5;
        if works {
            sign_in(&team.ann).await;
            opened_by_ann.extend(work(&team, &team.ann, &hoaxes).await);
            waited_for_ben = waited_for_ben.max(team.view(&team.ben, View::SecondLook).await.len());
        }
        let ben_is_here = works && (day == 0 || day >= 9);
        if ben_is_here {
            sign_in(&team.ben).await;
            // What Ann closed alone stands first on his list.
            let first = team.view(&team.ben, View::Open).await;
            let mut alone = BTreeSet::new();
            for tip in team.view(&team.ben, View::SecondLook).await {
                if team.state(tip).await == State::Closed {
                    alone.insert(tip);
                }
            }
            let on_top: BTreeSet<TipId> = first.into_iter().take(alone.len()).collect();
            assert_eq!(on_top, alone);
            work(&team, &team.ben, &hoaxes).await;
        }
        // In the evening of a working day somebody has decided about all that came until then, also at
        // the weekend, and nothing of an earlier day is open.
        for (tip, came) in &arrived {
            let untouched = team.book().decisions_on(*tip).await.unwrap().is_empty();
            let is_open = team.is_open(*tip).await;
            if works {
                assert!(!untouched, "{tip} came on day {came} and waits on {day}");
                assert!(!is_open || *came == day, "{tip} of day {came} is open");
            }
            waits_at_the_weekend |= untouched && !works;
        }
        team.clock.advance(DAY - 6 * 3_600);
    }
    assert_eq!((reals.len(), hoaxes.len()), (12, FLOOD));
    assert!(waited_for_ben > FLOOD, "control: the flood waited for Ben");
    assert!(waits_at_the_weekend, "control: nobody works then");

    for tip in &reals {
        assert_eq!(team.state(*tip).await, State::Closed);
        // Whoever closed it had opened it, and two people saw what was dangerous.
        assert!(opened_by_ann.contains(tip));
        let held = team.book().view(*tip).await.unwrap();
        let tip_json: Tip = serde_json::from_str(&held.json).unwrap();
        let risky = tip_json.danger == Some(YesNo::Yes) || tip_json.child == Some(YesNo::Yes);
        let looks = team.book().looks_at(*tip).await.unwrap();
        let ben = looks.iter().any(|(who, _)| who == "ben");
        assert!(!risky || ben, "{}", tip_json.what);
    }
    assert!(team.view(&team.ben, View::SecondLook).await.is_empty());
    assert!(team.view(&team.ben, View::Open).await.is_empty());
    // One flood does not bury a real tip: the words of the others proposed no fold of it.
    for tip in &reals {
        assert!(team.book().folded_into(*tip).await.unwrap().is_empty());
    }
    team.ann.verify(|| {}).await.unwrap();
}
