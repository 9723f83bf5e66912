//! Nothing is hidden: the views together show every open tip, with whole counts.

use std::collections::{BTreeMap, BTreeSet};

use loke::desk::book::{Decision, DraftOf, Filter, Outcome, Search, View};
use loke::tip::{Priority, Tip, TipId};

use super::{Team, close, danger, decide, routine, wait, with};

#[tokio::test]
async fn p17_a_page_at_a_time_shows_every_tip_once_in_order() {
    let team = Team::new().await;
    for n in 0..57 {
        let tip = with(routine(&format!("tip {n}")), |tip| {
            tip.received = format!("2026-11-{:02}", 1 + n % 20);
            tip.priority = if n % 9 == 0 {
                Priority::Now
            } else {
                Priority::Routine
            };
        });
        team.keep(&tip).await;
    }
    let whole = team.view(&team.ann, View::Open).await;
    assert_eq!(whole.len(), 57);
    assert_eq!(in_pages(&team, View::Open).await, whole);
    let rows = team.ann.queue(&Filter::default()).await.unwrap();
    let ranks: Vec<bool> = rows.iter().map(|row| !row.danger).collect();
    assert!(ranks.is_sorted(), "danger first");
    // Of the closed ones, the newest day first.
    for (n, row) in rows.iter().filter(|row| !row.danger).enumerate() {
        decide(&team.ann, row.id, close(Outcome::Spam))
            .await
            .unwrap();
        if n % 13 == 12 {
            team.clock.advance(86_400);
        }
    }
    let closed = team.view(&team.ann, View::Closed).await;
    assert_eq!(closed.len(), 50);
    assert_eq!(in_pages(&team, View::Closed).await, closed);
    let last = team.book().triage(closed[0]).await.unwrap().triage;
    let first = team.book().triage(closed[49]).await.unwrap().triage;
    assert!(last.closed_on > first.closed_on);
}

/// Danger, then the deadline, then the oldest day, whatever waits.
#[tokio::test]
async fn p17_a_danger_tip_that_waits_stands_before_every_routine_one_in_every_view() {
    let team = Team::new().await;
    let today = team.clock.today();
    let dated = |tip: Tip, day: i32| with(tip, |tip| tip.received = today.plus(-day).to_string());
    let mut tips = Vec::new();
    for day in [1, 3, 2] {
        tips.push(team.keep(&dated(danger("a knife"), day)).await);
        tips.push(team.keep(&dated(routine("a tag"), day)).await);
    }
    let [waits, calm_waits, pending, calm, new, late] = tips[..] else {
        panic!("six")
    };
    for tip in &tips {
        decide(&team.ann, *tip, Decision::HandOver { to: "ben".into() })
            .await
            .unwrap();
    }
    decide(&team.ben, waits, wait(3, today)).await.unwrap();
    decide(&team.ben, calm_waits, wait(3, today)).await.unwrap();
    let act = decide(&team.ben, pending, close(Outcome::Acted)).await;
    assert_eq!(act.unwrap().waits.len(), 1, "a second person must look");
    team.clock.advance(40 * 86_400);
    let mut longest = 0;
    for view in View::ALL {
        let seen = Filter {
            view: *view,
            ..Filter::default()
        };
        // The newest day of what has ended is first.
        if matches!(
            view,
            View::Closed | View::Sent | View::ReadAgain | View::All
        ) {
            continue;
        }
        let rows = team.ben.queue(&seen).await.unwrap();
        let calm_first = rows.iter().map(|row| !row.danger);
        assert!(calm_first.is_sorted(), "{view}");
        longest = longest.max(rows.len());
        let dangers = rows.iter().filter(|row| row.danger);
        let due = dangers.map(|row| (row.deadline, row.received));
        assert!(due.is_sorted(), "{view}: the deadline, then the oldest day");
    }
    assert_eq!(longest, 6, "the control: a view has all of them");
    let open = team.view(&team.ben, View::Open).await;
    assert_eq!(open, in_pages(&team, View::Open).await);
    let at = |tip| open.iter().position(|id| *id == tip).unwrap();
    assert!([waits, pending, new].into_iter().all(|tip| at(tip) < 3));
    assert!(at(calm) < at(late), "the oldest day");
    assert_eq!(at(calm_waits), 5, "a routine tip that waits is last");
}

#[tokio::test]
async fn the_next_tip_is_found_behind_more_than_a_page_of_those_that_wait_for_somebody_else() {
    let team = Team::new().await;
    for n in 0..60 {
        let tip = team.keep(&danger(&format!("a knife {n}"))).await;
        decide(&team.ann, tip, close(Outcome::Acted)).await.unwrap();
    }
    let free = |_| false;
    let none = team.ann.next_after(&Filter::default(), None, free).await;
    assert_eq!(
        none.unwrap(),
        None,
        "the control: all wait for somebody else"
    );
    let last = team.keep(&routine("a tag")).await;
    let next = team.ann.next_after(&Filter::default(), None, free).await;
    assert_eq!(next.unwrap().map(|row| row.id), Some(last));
}

/// A view, ten tips at a time.
async fn in_pages(team: &Team, view: View) -> Vec<TipId> {
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let filter = Filter {
            view,
            after: after.take(),
            most: 10,
            ..Filter::default()
        };
        let rows = team.ann.queue(&filter).await.unwrap();
        let Some(last) = rows.last() else {
            return paged;
        };
        after = Some(last.place_in_queue().to_string().parse().unwrap());
        paged.extend(rows.iter().map(|row| row.id));
    }
}

#[tokio::test]
async fn counts_are_those_of_the_lists_and_leave_out_what_the_person_does_not_see() {
    let team = Team::new().await;
    let today = team.clock.today();
    let mut tips = Vec::new();
    for n in 0..12 {
        let tip = match n % 4 {
            0 => danger("danger"),
            1 => with(routine("po polsku"), |tip| {
                tip.language = "pl".into();
            }),
            2 => with(routine("an offensive tag"), |tip| {
                tip.offensive = Some(true);
            }),
            _ => routine("routine"),
        };
        tips.push(team.keep(&tip).await);
    }
    decide(&team.ann, tips[0], Decision::Take).await.unwrap();
    decide(&team.ben, tips[1], Decision::Take).await.unwrap();
    decide(&team.ann, tips[3], close(Outcome::Spam))
        .await
        .unwrap();
    decide(&team.ann, tips[4], close(Outcome::Acted))
        .await
        .unwrap();
    decide(&team.ann, tips[7], wait(3, today)).await.unwrap();
    decide(&team.ann, tips[11], Decision::Fold { into: tips[7] })
        .await
        .unwrap();
    team.book().view(tips[1]).await.unwrap();
    decide(&team.ben, tips[1], wait(1, today)).await.unwrap();
    team.book().recuse(tips[8]).await.unwrap();
    team.clock.advance(10 * 86_400);
    for who in [&team.ann, &team.ben, &team.cai] {
        let counts = who.counts().await.unwrap();
        for view in View::ALL.iter().filter(|view| **view != View::All) {
            let filter = Filter {
                view: *view,
                ..Filter::default()
            };
            let listed = who.books()[0].queue(&filter).await.unwrap().len();
            assert_eq!(
                counts.get(view).copied().unwrap_or(0),
                i64::try_from(listed).unwrap(),
                "{view} of {}",
                who.account().name
            );
        }
    }
    let changed = team.view(&team.ann, View::Changed).await;
    assert_eq!(changed, [tips[1]], "Ben changed it after Ann had looked");
    let seen: BTreeSet<TipId> = team.view(&team.ann, View::Open).await.into_iter().collect();
    assert!(!seen.contains(&tips[8]));
    assert!(
        team.view(&team.ben, View::Open).await.contains(&tips[8]),
        "the control"
    );
}

#[tokio::test]
async fn somebody_who_knows_the_people_finds_the_tip_by_no_way() {
    let team = Team::new().await;
    let tip = team.keep(&routine("the flat of my cousin zanzibar")).await;
    decide(&team.ann, tip, Decision::Take).await.unwrap();
    let name = team.ann.register().names_of(&[tip]).await.unwrap()[&tip].clone();
    team.book().recuse(tip).await.unwrap();
    for way in [name.as_str(), &tip.to_string(), &tip.to_string()[..8]] {
        assert!(team.ann.find(way).await.is_err(), "{way}");
        assert!(team.ben.find(way).await.is_ok(), "the control");
    }
    assert!(team.view(&team.ann, View::All).await.is_empty());
    let wanted = Search {
        words: "zanzibar".into(),
        most: 10,
        ..Default::default()
    };
    let found = |who: &loke::desk::acting::Acting| {
        let (who, wanted) = (who.clone(), wanted.clone());
        async move {
            who.search(&wanted, &Default::default())
                .await
                .unwrap()
                .0
                .len()
        }
    };
    assert_eq!((found(&team.ann).await, found(&team.ben).await), (0, 1));
    // Nobody has it now, so that a colleague takes it.
    assert_eq!(team.view(&team.ben, View::NoOwner).await, [tip]);
}

#[tokio::test]
async fn names_are_random_words_and_64_at_once_have_none_twice() {
    let team = Team::new().await;
    let tips: Vec<Tip> = (0..64).map(|n| routine(&format!("tip {n}"))).collect();
    let keeping = tips.iter().map(|tip| team.keep(tip));
    let ids = futures_util::future::join_all(keeping).await;
    let names = team.ann.register().names_of(&ids).await.unwrap();
    let different: BTreeSet<&String> = names.values().collect();
    assert_eq!(different.len(), 64);
    for name in different {
        let words: Vec<&str> = name.split('-').collect();
        assert!(
            words.len() == 2 && words.iter().all(|word| word.len() <= 6),
            "{name}"
        );
        assert!(team.ann.find(name).await.is_ok());
    }
    assert!(team.ann.find("no-such").await.is_err(), "the control");
}

#[tokio::test]
async fn what_an_officer_was_writing_is_there_after_a_colleague_decided() {
    let team = Team::new().await;
    let tip = team.keep(&routine("a tag")).await;
    let other = team.keep(&routine("its holder")).await;
    team.book()
        .keep_note_draft(tip, "I rang the warden and")
        .await
        .unwrap();
    let bens = &team.ben.books()[0];
    bens.keep_note_draft(tip, "Ben writes too").await.unwrap();
    decide(&team.ben, tip, Decision::HandOver { to: "cai".into() })
        .await
        .unwrap();
    decide(&team.ben, tip, Decision::Fold { into: other })
        .await
        .unwrap();
    let drafts = team.book().drafts_on(DraftOf::Note, tip).await.unwrap();
    let expected = [("ann", "I rang the warden and"), ("ben", "Ben writes too")];
    assert_eq!(
        drafts,
        expected.map(|(who, text)| (who.to_owned(), text.to_owned()))
    );
    // A stored note ends only its own draft.
    team.book()
        .add_note(
            tip,
            loke::desk::book::NoteKind::Note,
            "I rang the warden and he saw it",
        )
        .await
        .unwrap();
    let drafts = team.book().drafts_on(DraftOf::Note, tip).await.unwrap();
    assert_eq!(drafts.len(), 1);
    assert_eq!(team.book().notes_on(tip).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_tip_that_says_no_day_has_the_day_of_its_collection_and_keeps_no_other_out() {
    let team = Team::new().await;
    let sent = |day: &str, thread: Option<&str>| {
        with(routine("they deal by the green gate"), |tip| {
            tip.place = Some("12 Larkman Lane".into());
            tip.received = day.into();
            tip.thread = thread.map(str::to_owned);
        })
    };
    // Whoever has the book's public key can seal such a tip.
    let hostile = "\u{1b}[31myesterday";
    let thread = "0".repeat(32);
    let none = team.keep(&sent(hostile, None)).await;
    let holder = team.keep(&sent("2026-11-20", Some(&thread))).await;
    team.keep(&sent(hostile, Some(&thread))).await;
    let (today, other) = (team.clock.today(), "2026-11-20".parse().unwrap());
    let book = team.book();
    let rows = team.ann.queue(&Filter::default()).await.unwrap();
    let days: BTreeSet<_> = rows.iter().map(|row| (row.received, row.newest)).collect();
    assert_eq!(days, [(other, Some(today)), (today, None)].into());
    for (tip, day) in [(none, today), (holder, other)] {
        assert_eq!(book.glance(tip).await.unwrap().received, day);
    }
    let alike = async |tip| book.alike(tip).await.unwrap()[0].received;
    assert_eq!((alike(holder).await, alike(none).await), (today, other));
    let wanted = Search {
        words: "gate".into(),
        most: 50,
        ..Search::default()
    };
    let (hits, _) = team.ann.search(&wanted, &BTreeMap::new()).await.unwrap();
    let days: Vec<_> = hits.iter().map(|hit| hit.received).collect();
    assert_eq!(days, [today, other, today]);
}
