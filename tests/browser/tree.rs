//! What a screen reader gets of queue, tip and decision: Chromium's accessibility tree is read, and
//! every node that an officer needs has its role and a name that can be told from the others.

use std::collections::BTreeSet;

use loke::desk::book::{Decision, State};
use loke::tip::Tip;

use super::phone::{Kind, Phone};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::triage::{Team, danger, decide, routine, with};

/// The nodes of a page.
struct Tree(Vec<(String, String)>);

impl Tree {
    async fn of(phone: &Phone) -> Self {
        Self(phone.accessible().await)
    }

    /// The names of the nodes with this role.
    fn names(&self, role: &str) -> Vec<&str> {
        let nodes = self.0.iter().filter(|(of, _)| of == role);
        nodes.map(|(_, name)| name.as_str()).collect()
    }

    fn has(&self, role: &str, name: &str) -> bool {
        self.names(role).contains(&name)
    }

    #[track_caller]
    fn must_have(&self, wanted: &[(&str, &str)]) {
        for (role, name) in wanted {
            let there = self.names(role);
            assert!(self.has(role, name), "no {role} \"{name}\" in {there:?}");
        }
    }

    /// Every control has a name, and two controls of one role never have the same, so that a list of
    /// them alone tells which is which.
    #[track_caller]
    fn is_told_apart(&self) {
        for role in ["link", "button", "textbox", "combobox", "checkbox", "radio"] {
            let names = self.names(role);
            assert!(!names.contains(&""), "a {role} without a name");
            let different: BTreeSet<&str> = names.iter().copied().collect();
            let twice: Vec<_> = different
                .iter()
                .filter(|name| names.iter().filter(|n| *n == *name).count() > 1)
                // The same link twice leads to the same page.
                .filter(|_| role != "link")
                .collect();
            assert!(twice.is_empty(), "{role}: {twice:?} more than once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_reader_gets_queue_tip_and_decision_with_names_and_roles() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let risky = with(danger("A man with a knife"), |tip| {
        tip.place = Some("12 Mill Road".into());
    });
    let risky = team.keep(&risky).await;
    // Two proposals for it: their buttons must be told apart.
    for words in ["Shouting again", "A broken door"] {
        let same_place = |tip: &mut Tip| tip.place = Some("12 Mill Road".into());
        team.keep(&with(routine(words), same_place)).await;
    }
    let tag = team.keep(&routine("A tag at the bus stop")).await;
    let foreign = with(routine("Nóż na klatce"), |tip| tip.language = "pl".into());
    team.keep(&foreign).await;
    decide(&team.ben, tag, Decision::Take).await.unwrap();
    let register = team.ann.register().clone();
    let names = register.names_of(&[risky, tag]).await.unwrap();
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let phone = desk.signed_in(&team, &team.ann, true).await;

    let queue = Tree::of(&phone).await;
    queue.must_have(&[
        ("heading", "All open"),
        ("navigation", "Views of the queue"),
        ("link", "Danger 1"),
        ("link", "Cannot read yet 1"),
        ("link", "All open 5"),
        ("button", "Collect now"),
        ("searchbox", "Search"),
        ("button", "Look at them first"),
    ]);
    queue.must_have(&[
        ("checkbox", &format!("Tick {}", names[&risky])),
        ("combobox", "With the ticked tips"),
    ]);
    // One link has all that a row says, danger and owner too.
    let rows = queue.names("link");
    let row = |name: &str| rows.iter().find(|row| row.contains(name)).unwrap();
    for said in ["Danger", "A man with a knife", "12 Mill Road", "Unread"] {
        assert!(row(&names[&risky]).contains(said), "{said}: {rows:?}");
    }
    assert!(row(&names[&tag]).contains("ben has it"), "{rows:?}");
    assert!(!row(&names[&tag]).contains("Danger"), "the control");
    queue.is_told_apart();

    phone.open(&format!("http://{address}/tip/{risky}")).await;
    phone.wait("footer").await;
    let tip = Tree::of(&phone).await;
    let panel = format!("{}: Nobody has it", names[&risky]);
    tip.must_have(&[
        ("heading", "Drug activity"),
        ("heading", "What they saw"),
        ("heading", &panel),
        ("region", &panel),
        ("link", "Next tip"),
        ("button", "Take it"),
        ("button", "Acted on it"),
        ("button", "No report"),
        ("button", "Duplicate"),
        ("textbox", "Note, or the text for a translation"),
        ("button", "Store as a translation"),
        ("button", "Needs translation"),
    ]);
    // Danger asks for a call first, and says so before the texts.
    let at = |text: &str| tip.0.iter().position(|(_, name)| name.contains(text));
    assert!(at("Phone brief").unwrap() < at("What they saw").unwrap());
    assert!(tip.0.iter().any(|(_, name)| name == "A man with a knife"));
    tip.is_told_apart();

    let from = phone.address().await;
    phone.press("a").await;
    phone.leaves(&from).await;
    phone.wait("footer").await;
    let after = Tree::of(&phone).await;
    assert_eq!(
        team.state(risky).await,
        State::New,
        "it waits for a second person"
    );
    // The line is a live region, and the next tip is on the page.
    assert!(!after.names("status").is_empty());
    let said = format!("{} stays open until a second person agrees", names[&risky]);
    assert!(
        after.0.iter().any(|(_, name)| name.contains(&said)),
        "{said}"
    );
    after.must_have(&[("button", "Undo"), ("heading", "What they saw")]);
    after.is_told_apart();
    phone
        .picture(&screenshots().join("desk-decision.png"))
        .await;
    drop(desk);
}
