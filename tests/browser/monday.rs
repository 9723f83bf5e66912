//! A Monday at the desk: three officers in three real Chromium browsers work through one queue by
//! keyboard alone. Every tip ends in exactly one right state, nothing risky is closed by one person,
//! and the presses stay under their bars. `LOKE_BROWSERS=full` takes 300 tips, `some` takes 60.

use std::collections::BTreeMap;

use loke::desk::acting::Acting;
use loke::desk::book::{Outcome, State, View};
use loke::tip::{Tip, TipId, YesNo};

use super::phone::{ENTER, Kind, Phone};
use super::served::ServedDesk;
use super::{browsers, full, screenshots};
use crate::triage::{Team, danger, routine, with};

/// How a tip must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Spam,
    Duplicate,
    CouldNotAct,
    Acted,
    DangerActed,
}

/// Most presses for a tip, as `docs/promises` of a quick queue go: the second look of a danger tip
/// included.
fn bar(end: End) -> usize {
    match end {
        End::Spam | End::Duplicate | End::CouldNotAct | End::Acted => 2,
        End::DangerActed => 5,
    }
}

/// The reports of a Monday: each with its end.
fn reports(count: usize) -> Vec<(Tip, End)> {
    let languages = ["en", "pl", "lt", "ro", "pt", "ar", "hu", "es", "zh"];
    let mut all: Vec<(Tip, End)> = Vec::new();
    for n in 0..count {
        let language = languages[n % languages.len()];
        let (tip, end) = match n % 10 {
            0 => (routine(&format!("asdf {n}")), End::Spam),
            1 if n > 10 => {
                // The same flat as ten reports before.
                let place = all[n - 9].0.place.clone();
                (
                    with(routine("again"), |tip| tip.place = place),
                    End::Duplicate,
                )
            }
            2 => (
                with(routine("they come and go"), |tip| {
                    tip.place = Some(format!("{n} Larkman Lane"));
                }),
                End::Acted,
            ),
            3 => (
                danger(&format!("somebody is hurt at {n}")),
                End::DangerActed,
            ),
            4 if n < 10 => (
                with(routine("a child runs for them"), |tip| {
                    tip.child = Some(YesNo::Yes);
                }),
                End::DangerActed,
            ),
            _ => (
                routine(&format!("people sit on the stairs {n}")),
                End::CouldNotAct,
            ),
        };
        let tip = with(tip, |tip| tip.language = language.into());
        all.push((tip, end));
    }
    all
}

/// An officer at a browser.
struct Officer<'a> {
    acting: &'a Acting,
    phone: Phone,
    presses: usize,
}

impl Officer<'_> {
    async fn press(&mut self, keys: &str) {
        self.presses += keys.chars().count();
        let from = self.phone.address().await;
        self.phone.press(keys).await;
        self.phone.leaves(&from).await;
        self.phone.wait("footer").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_monday_by_keyboard_ends_every_tip_in_its_one_right_state() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let reports = reports(if full() { 300 } else { 60 });
    let mut ends: BTreeMap<TipId, End> = BTreeMap::new();
    for (tip, end) in &reports {
        ends.insert(team.keep(tip).await, *end);
    }
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let register = team.ann.register().clone();
    let mut officers = Vec::new();
    for acting in [&team.ann, &team.ben, &team.cai] {
        let phone = desk.signed_in(&team, acting, true).await;
        officers.push(Officer {
            acting,
            phone,
            presses: 0,
        });
    }
    officers[0]
        .phone
        .picture(&screenshots().join("desk-queue.png"))
        .await;
    // From sign-in to the first danger tip: two presses.
    officers[0].press(&format!("j{ENTER}")).await;
    let first = officers[0].phone.words("article").await;
    assert!(
        first.contains("Danger") || first.contains("Child"),
        "{first}"
    );
    assert_eq!(officers[0].presses, 2);
    officers[0]
        .phone
        .picture(&screenshots().join("desk-tip.png"))
        .await;

    let mut spent: BTreeMap<End, (usize, usize)> = BTreeMap::new();
    let mut per_tip: BTreeMap<TipId, usize> = BTreeMap::new();
    for turn in 0..reports.len() * 12 {
        if team.view(&team.ann, View::Open).await.is_empty() {
            break;
        }
        let officer = &mut officers[turn % 3];
        let at = officer.phone.address().await;
        let Some(name) = at.split("/tip/").nth(1) else {
            let queue = format!("http://{address}/queue?view=open");
            officer.phone.open(&queue).await;
            if !officer.phone.all("[data-row]").await.is_empty() {
                officer.press(&format!("j{ENTER}")).await;
            }
            continue;
        };
        let name = name.split('?').next().unwrap();
        let (id, _) = register.named(name).await.unwrap().unwrap();
        let holder = team.book().holder(id).await.unwrap();
        let triage = team.book().triage(holder).await.unwrap().triage;
        let me = officer.acting.account().name.clone();
        let keys = match triage.pending() {
            _ if !triage.is_open() || holder != id => "n",
            Some(pending) if pending.by == me => "n",
            Some(_) => "y",
            None => match ends[&id] {
                End::Spam => "s",
                End::Duplicate => "d",
                End::CouldNotAct => "c1",
                End::Acted | End::DangerActed => "a",
            },
        };
        let before = officer.presses;
        // The page may be older than a colleague's decision: then it is loaded again.
        let control = format!("[data-key=\"{}\"]", &keys[..1]);
        if officer.phone.all(&control).await.is_empty() {
            officer.phone.open(&at).await;
            officer.presses += 1;
            continue;
        }
        officer.press(keys).await;
        if keys != "n" {
            *per_tip.entry(id).or_default() += officer.presses - before;
        }
    }

    let mut wrong = Vec::new();
    for (id, end) in &ends {
        let triage = team.book().triage(*id).await.unwrap().triage;
        let outcome = match end {
            End::Spam => Outcome::Spam,
            End::Duplicate => Outcome::Duplicate,
            End::CouldNotAct => Outcome::CouldNotAct,
            End::Acted | End::DangerActed => Outcome::Acted,
        };
        if (triage.state, triage.outcome) != (State::Closed, Some(outcome)) {
            wrong.push(format!("{end:?}: {triage:?}"));
        }
        let made = team.book().decisions_on(*id).await.unwrap();
        let who: std::collections::BTreeSet<_> = made.iter().map(|made| &made.who).collect();
        if *end == End::DangerActed && who.len() < 2 {
            wrong.push(format!("one person alone closed {end:?}"));
        }
        let (tips, presses) = spent.entry(*end).or_default();
        *tips += 1;
        *presses += per_tip.get(id).copied().unwrap_or(0);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (end, (tips, presses)) in &spent {
        println!(
            "{end:?}: {tips} tips, {presses} presses, at most {} each",
            bar(*end)
        );
        assert!(*presses <= tips * bar(*end), "{end:?}");
    }
    let all: usize = officers.iter().map(|officer| officer.presses).sum();
    println!("{} tips: {all} presses in all", ends.len());
    assert!(all <= ends.len() * 3, "{all} presses");
    team.ann.verify(|| {}).await.unwrap();
    drop(desk);
}
