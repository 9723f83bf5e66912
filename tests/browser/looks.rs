//! Pages of the desk with everything on them, on a phone and on a desk: nothing is wider than the
//! window. The pictures, and what a screen reader gets, are for people to look at.

use loke::desk::book::{Decision, NoteKind, Outcome};

use super::phone::Kind;
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::triage::{Team, close, danger, decide, routine, with};

const SCREENS: [(u64, u64); 2] = [(360, 740), (1366, 768)];
/// Words with three PII hints.
const TELLING: &str = "My name is Jo Bloggs. I live next door to them, ring me on 07700 900123. They pass bags through the window every night.";

/// A team with a queue, a tip that needs a translation, and a quarter of reports.
async fn team() -> (Team, loke::tip::TipId) {
    let team = Team::new().await;
    for n in 0..24 {
        let tip = with(
            routine("They sell from the garages behind the shops"),
            |tip| {
                tip.received = format!("2026-{:02}-{:02}", 7 + n % 3, 1 + n);
                tip.place = Some(format!("{n} Larkman Lane"));
            },
        );
        let id = team.keep(&tip).await;
        if n % 2 == 0 {
            decide(&team.ann, id, close(Outcome::Acted)).await.unwrap();
        }
    }
    team.keep(&with(
        danger("A man with a knife at the door of the flat"),
        |tip| {
            tip.place = Some("Flat 3, 12 Mill Road".into());
        },
    ))
    .await;
    let foreign = with(
        routine("Pod blokiem co wieczór stoi srebrny samochód"),
        |tip| {
            tip.language = "pl".into();
            tip.place = Some("Blok 7, Larkman Lane".into());
        },
    );
    let foreign = team.keep(&foreign).await;
    let book = team.book();
    book.ask_translation(foreign).await.unwrap();
    let words = "A silver car stands below the block every evening";
    book.add_note(foreign, NoteKind::Translation, words)
        .await
        .unwrap();
    book.ask_translation(foreign).await.unwrap();
    decide(&team.ben, foreign, Decision::Take).await.unwrap();
    (team, foreign)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_desk_is_wider_than_a_phone_or_a_desk() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let (team, foreign) = team().await;
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    for (width, height) in SCREENS {
        for (name, path) in [
            ("queue", "/queue".to_owned()),
            ("translation", format!("/tip/{foreign}")),
            ("you-said", "/insight/you-said".to_owned()),
            ("new", "/new".to_owned()),
        ] {
            phone.open(&format!("http://{address}{path}")).await;
            if name == "new" {
                phone.touch("input[name=topic], select[name=topic]").await;
                phone.fill("textarea[name=what]", TELLING).await;
                phone.touch("main form button:not([formaction])").await;
                phone.wait("mark, .hints, .caution").await;
            }
            phone.wait("footer").await;
            // The driver gives each new page the phone's screen again.
            phone.resize(width, height).await;
            assert!(phone.width().await.abs_diff(width) < 20, "its scroll bar");
            let tree = phone.accessible().await.into_iter();
            let lines: Vec<String> = tree.map(|(role, name)| format!("{role}: {name}")).collect();
            let file = screenshots().join(format!("desk-{name}-{width}.txt"));
            std::fs::write(file, lines.join("\n")).unwrap();
            let needed = phone.needed_width().await;
            phone
                .picture(&screenshots().join(format!("desk-{name}-{width}.png")))
                .await;
            assert!(needed <= width, "{name} at {width} needs {needed}");
        }
    }
    drop(desk);
}
