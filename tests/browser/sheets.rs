//! The pictures of the printed sheets in `docs/desk`, made from the desk as it is. With
//! `LOKE_PICTURES` they are stored in that folder, else in `target/screenshots`.

use std::path::Path;

use loke::desk::book::Outcome;
use loke::desk::partners::{PartnerKind, Way};
use loke::tip::{Lane, Topic, YesNo};

use super::phone::{ENTER, Kind, Phone};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::house::partners;
use crate::triage::{Team, close, danger, decide, routine, with};

/// Address and file of each picture that needs nothing but its address.
const PAGES: [(&str, &str); 4] = [
    ("queue?view=open", "queue"),
    ("queue?view=second-look", "second-look"),
    ("accounts", "accounts"),
    ("audit", "audit"),
];

/// A street on a quiet day: six tips of two kinds.
async fn tips(team: &Team) {
    for (words, place) in [
        ("Bags go over the wall to boys on bicycles", "Larkman Lane"),
        ("Needles by the swings again", "Heigham Park"),
        (
            "People at all hours, and the curtains stay shut",
            "Bishop Bridge",
        ),
    ] {
        let tip = with(routine(words), |tip| tip.place = Some(place.into()));
        team.keep(&tip).await;
    }
    let child = with(
        routine("A girl of about twelve keeps watch on the stairs"),
        |tip| {
            (tip.child, tip.place) = (Some(YesNo::Yes), Some("Vauxhall Street".into()));
        },
    );
    team.keep(&child).await;
    let heard = danger("Shouting through the wall, and then it was quiet");
    let heard = team.keep(&heard).await;
    decide(&team.ben, heard, close(Outcome::CouldNotAct))
        .await
        .unwrap();
}

/// The page at the size of a desk. Each page begins at a phone's.
async fn desk_screen(phone: &Phone, file: &Path) {
    phone.resize(1000, 720).await;
    phone.first_screen(file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_sheets_show_the_desk_as_it_is() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let folder = std::env::var("LOKE_PICTURES").map_or_else(|_| screenshots(), Into::into);
    let file = |name: &str| folder.join(format!("sheet-{name}.png"));
    let team = Team::new().await;
    let key = age::x25519::Identity::generate();
    let way = Way::Folder(team.ann.register().folder().join("cleansing"));
    let cleansing = partners::partner("cleansing", PartnerKind::Cleansing, &key, way);
    partners::add(&team.ann, &cleansing).await;
    tips(&team).await;
    let tag = with(
        routine("A crown and the letters GH on the shutter, new since Friday"),
        |tip| {
            (tip.topic, tip.lane) = (Topic::Graffiti, Lane::Graffiti);
            tip.place = Some("The shutter of the old bakery".into());
        },
    );
    let tag = team.keep(&tag).await;
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    for (path, name) in PAGES {
        phone.open(&format!("http://{address}/{path}")).await;
        phone.wait("footer").await;
        desk_screen(&phone, &file(name)).await;
    }
    phone.open(&format!("http://{address}/tip/{tag}")).await;
    phone.wait("footer").await;
    desk_screen(&phone, &file("tip")).await;
    phone.press("r").await;
    phone
        .press("Please paint over the tag. Bring a picture of it first.")
        .await;
    let from = phone.address().await;
    phone.press_with_ctrl(ENTER).await;
    phone.leaves(&from).await;
    phone.wait("footer").await;
    assert_eq!(phone.words("main h1").await, "Work order to cleansing");
    desk_screen(&phone, &file("preview")).await;
    drop(desk);
}
