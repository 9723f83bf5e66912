//! P17: danger is never closed alone, and nothing waits unseen.

use loke::desk::acting::Acting;
use loke::desk::book::{Decision, How, NotDecided, NoteKind, Outcome, Refusal, State, View};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::route::Order;
use loke::desk::settings::DeskSettings;
use loke::desk::triage::NotActed;
use loke::tip::YesNo;

use super::{Team, close, danger, decide, routine, wait, with};
use crate::house::books;
use crate::house::partners::{self, partner};

fn no() -> Decision {
    Decision::Disagree {
        why: "look again".into(),
    }
}

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
                NotActed::NotDecided(NotDecided::Refused(Refusal::OwnDecision))
            ),
            "{own}"
        );
        let again = decide(&team.ann, tip, close(Outcome::Spam)).await;
        assert!(
            matches!(
                again,
                Err(NotActed::NotDecided(NotDecided::Refused(Refusal::Pending)))
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
    let name = team.ann.register().names_of(&[risky]).await.unwrap()[&risky].clone();
    let expected = format!("somebody may be in danger (in the folded tip {name})");
    assert_eq!(reasons, std::slice::from_ref(&expected));
    // An officer sees it before the press, too.
    decide(&team.ben, holder, no()).await.unwrap();
    assert_eq!(team.book().risks(holder).await.unwrap(), [expected]);
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
        matches!(&refused, Err(NotActed::NotAlone(who)) if who == "ben"),
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
    let mut targets = team.book().with_equal_words(flood[0]).await.unwrap();
    targets.push(flood[0].into());
    let mut same: Vec<_> = targets.iter().map(|seen| seen.tip).collect();
    same.sort_unstable();
    flood.sort_unstable();
    assert_eq!(same, flood, "and not the tip with other words");
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
    let draw = async || {
        team.book()
            .draw_sample(team.clock.today(), 5)
            .await
            .unwrap()
    };
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

#[tokio::test]
async fn p17_a_move_of_a_danger_tip_needs_a_second_person_and_is_not_offered_for_undo() {
    let team = Team::new().await;
    let ann = books::with_book(&team.ann, &team.member_of("ann"), "other").await;
    let there = ann.book("other").await.unwrap().clone();
    let account = team.ben.account().clone();
    let ben = Acting::new(
        account,
        vec![
            team.ben.books()[0].clone(),
            there.acting_as(team.ben.actor()),
        ],
        ann.register().clone(),
    );
    let risky = team.keep(&danger("he is in danger")).await;
    let tag = team.keep(&routine("a tag")).await;
    let earlier = team.keep(&routine("an earlier act")).await;
    decide(&ann, earlier, close(Outcome::Spam)).await.unwrap();
    let earlier_act = ann.last_act().await.unwrap().unwrap().0;
    let to_other = Decision::Move { to: "other".into() };
    let act = decide(&ann, risky, to_other.clone()).await.unwrap();
    assert_eq!((act.waits.len(), act.done.len()), (1, 0));
    assert_eq!(ann.book_of(risky).await.unwrap().name(), "main");
    let own = decide(&ann, risky, Decision::Agree).await;
    assert!(own.is_err(), "{own:?}");
    let agreed = decide(&ben, risky, Decision::Agree).await.unwrap();
    assert_eq!(ben.book_of(risky).await.unwrap().name(), "other");
    // The decision went with the tip, so nothing is offered for undo.
    let moved = decide(&ann, tag, to_other).await.unwrap();
    assert_eq!(ann.book_of(tag).await.unwrap().name(), "other", "control");
    assert_eq!((agreed.number, moved.number), (None, None));
    // A button of an old page undoes its own act or nothing.
    let later = team.keep(&routine("a later act")).await;
    let later_act = decide(&ann, later, Decision::Take).await.unwrap().number;
    let refused = ann.undo_act(earlier_act).await;
    assert!(matches!(refused, Err(NotDecided::NotLast)), "{refused:?}");
    assert_eq!(team.state(earlier).await, State::Closed);
    assert_eq!(ann.undo_act(later_act.unwrap()).await.unwrap(), [later]);
}

#[tokio::test]
async fn p17_a_second_look_by_equal_words_covers_no_fold_and_nothing_that_changed_since() {
    let team = Team::new().await;
    let mut flood = Vec::new();
    for _ in 0..4 {
        flood.push(team.keep(&danger("BOMB at the town hall!!")).await);
    }
    let hidden = team.keep(&danger("my neighbour has a gun")).await;
    let [shown, holder, changed, plain] = flood[..] else {
        panic!("four")
    };
    decide(&team.ann, hidden, Decision::Fold { into: holder })
        .await
        .unwrap();
    decide(&team.ben, hidden, Decision::Agree).await.unwrap();
    for tip in &flood {
        decide(&team.ann, *tip, close(Outcome::Malicious))
            .await
            .unwrap();
    }
    let note = NoteKind::Note;
    team.book()
        .add_note(changed, note, "he rang")
        .await
        .unwrap();
    let same = team.book().with_equal_words(shown).await.unwrap();
    let same: Vec<_> = same.iter().map(|seen| seen.tip).collect();
    assert_eq!(same, [plain]);
    assert_eq!(team.book().with_equal_words(holder).await.unwrap(), []);
}

#[tokio::test]
async fn one_days_burst_at_a_place_counts_once_and_a_tips_own_folds_do_not_count() {
    let team = Team::new().await;
    let at = |day: &str, place: &str| {
        with(routine("people come and go at night"), |tip| {
            tip.place = Some(place.into());
            tip.received = day.into();
        })
    };
    for _ in 0..3 {
        team.keep(&at("2026-11-18", "12 Larkman Lane")).await;
    }
    let tip = team.keep(&at("2026-11-20", "12 Larkman Lane")).await;
    let risks = async |tip| team.book().risks(tip).await.unwrap();
    let said = "3 other reports name the place 12 Larkman Lane (may be one writer)";
    assert_eq!(risks(tip).await, [said]);
    team.keep(&at("2026-11-19", "12 Larkman Lane")).await;
    let said = "4 other reports name the place 12 Larkman Lane (may be 2 writers)";
    assert_eq!(risks(tip).await, [said]);

    let holder = team.keep(&at("2026-11-20", "77 Unthank Road")).await;
    let folded = team.keep(&at("2026-11-19", "77 Unthank Road")).await;
    assert_eq!(risks(holder).await.len(), 1, "the control");
    decide(&team.ann, folded, Decision::Fold { into: holder })
        .await
        .unwrap();
    decide(&team.ben, folded, Decision::Agree).await.unwrap();
    assert_eq!(risks(holder).await, [""; 0]);
}

#[tokio::test]
async fn p17_who_wrote_the_report_does_not_agree_that_its_tip_leaves() {
    let team = Team::new().await;
    let tip = team.keep(&danger("he is in danger")).await;
    let key = age::x25519::Identity::generate();
    let folder = team.ann.register().folder().join("inbox");
    std::fs::create_dir(&folder).unwrap();
    let police = partner("police", PartnerKind::Police, &key, Way::Folder(folder));
    partners::add(&team.ann, &police).await;
    let draft = partners::words("police", "please look");
    let preview = team.ann.preview(tip, &draft).await.unwrap();
    partners::ring(team.book(), tip).await;
    let desk = team.ann.register().folder().join("desk.toml");
    std::fs::write(&desk, "").unwrap();
    let desk = DeskSettings::read(&desk).unwrap();
    let order = Order {
        digest: preview.digest,
        why: "",
        at_once: true,
    };
    let reference = &preview.report.reference;
    team.ben.order(&desk, reference, order).await.unwrap();
    partners::deliver(&team.ann, &desk).await;
    let pending = team.book().pending(tip).await.unwrap().unwrap();
    assert_eq!(
        (pending.by.as_str(), pending.decision),
        ("ben", Decision::Routed)
    );
    let wrote = decide(&team.ann, tip, Decision::Agree).await;
    assert!(
        matches!(
            wrote,
            Err(NotActed::NotDecided(NotDecided::Refused(
                Refusal::OwnReport
            )))
        ),
        "{wrote:?}"
    );
    decide(&team.cai, tip, Decision::Agree).await.unwrap();
    assert_eq!(team.state(tip).await, State::Routed);
    // Nothing more is folded into a tip that a partner has.
    let late = team.keep(&routine("the same again")).await;
    let sent = decide(&team.ann, late, Decision::Fold { into: tip }).await;
    assert!(
        matches!(sent, Err(NotActed::NotDecided(NotDecided::SentHolder))),
        "{sent:?}"
    );
    assert!(team.is_open(late).await);
}

#[tokio::test]
async fn a_week_that_nobody_drew_is_drawn_later_and_who_agreed_does_not_read_again() {
    let team = Team::new().await;
    for n in 0..3 {
        let tip = team.keep(&danger(&format!("danger {n}"))).await;
        decide(&team.ann, tip, close(Outcome::Acted)).await.unwrap();
        decide(&team.ben, tip, Decision::Agree).await.unwrap();
    }
    let draw = async |percent| {
        let today = team.clock.today();
        team.book().draw_sample(today, percent).await.unwrap();
    };
    draw(100).await;
    // Three weeks in which nobody opened the queue.
    team.clock.advance(22 * 86_400);
    draw(100).await;
    for who in [&team.ann, &team.ben] {
        let mine = team.view(who, View::ReadAgain).await;
        assert!(mine.is_empty(), "{}", who.account().name);
        assert_eq!(who.counts().await.unwrap()[&View::ReadAgain], 0);
    }
    let sample = team.view(&team.cai, View::ReadAgain).await;
    assert_eq!(sample.len(), 3, "all of them, as the setting says");
    assert!(team.ben.books()[0].note_reread(sample[0]).await.is_err());
    team.cai.books()[0].note_reread(sample[0]).await.unwrap();
}

/// A text that comes while a decision waits for a second person was seen by nobody who decided: it must
/// not leave with it by that second person alone.
#[tokio::test]
async fn p17_a_decision_that_waits_ends_when_a_later_text_of_the_thread_arrives() {
    let team = Team::new().await;
    let text = |tip| with(tip, |tip| tip.thread = Some("a thread".into()));
    let first = team.keep(&text(danger("he is in danger"))).await;
    decide(&team.ann, first, close(Outcome::Acted))
        .await
        .unwrap();
    let later = team.keep(&text(danger("they have a gun now"))).await;
    assert_eq!(team.book().holder(later).await.unwrap(), first);
    assert!(team.book().pending(first).await.unwrap().is_none());
    let alone = decide(&team.ben, first, Decision::Agree).await;
    assert!(
        matches!(
            alone,
            Err(NotActed::NotDecided(NotDecided::Refused(
                Refusal::NothingPending
            )))
        ),
        "{alone:?}"
    );
    // It stands on top again, and two people look at both texts.
    assert!(team.book().triage(first).await.unwrap().triage.awake);
    decide(&team.ann, first, close(Outcome::Acted))
        .await
        .unwrap();
    decide(&team.ben, first, Decision::Agree).await.unwrap();
    assert!(!team.is_open(first).await);
    // The control: a text of another thread ends nothing.
    let other = team.keep(&danger("somebody is hurt")).await;
    decide(&team.ann, other, close(Outcome::Acted))
        .await
        .unwrap();
    team.keep(&text(routine("a tag"))).await;
    assert!(team.book().pending(other).await.unwrap().is_some());
}
