//! A report to a partner in a real Chromium, by keyboard: few presses, and it fits a phone.

use loke::desk::partners::{PartnerKind, Way};
use loke::tip::{Lane, Topic};

use super::phone::{ENTER, Kind};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::house::partners;
use crate::triage::{Team, routine, with};

/// Most presses from the tip to the sent report, typed words not counted.
const BARS: [(&str, usize); 2] = [("cleansing", 3), ("police", 6)];

#[tokio::test(flavor = "multi_thread")]
async fn graffiti_to_cleansing_takes_three_presses_and_drugs_to_police_at_most_six() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let register = team.ann.register().clone();
    let key = age::x25519::Identity::generate();
    for (name, kind) in [
        ("cleansing", PartnerKind::Cleansing),
        ("police", PartnerKind::Police),
    ] {
        let way = Way::Folder(register.folder().join(name));
        partners::add(&team.ann, &partners::partner(name, kind, &key, way)).await;
    }
    let tag = with(routine("A tag on the wall"), |tip| {
        (tip.topic, tip.lane) = (Topic::Graffiti, Lane::Graffiti);
    });
    let tag = team.keep(&tag).await;
    let drugs = with(routine("They deal in the yard"), |tip| {
        (tip.topic, tip.lane) = (Topic::Drugs, Lane::Drugs);
    });
    let drugs = team.keep(&drugs).await;
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    for ((partner, bar), tip) in BARS.into_iter().zip([tag, drugs]) {
        phone.open(&format!("http://{address}/tip/{tip}")).await;
        phone.wait("footer").await;
        let mut presses = 1;
        phone.press("r").await;
        phone.press("My own words about it").await;
        presses += 1;
        let from = phone.address().await;
        phone.press_with_ctrl(ENTER).await;
        phone.leaves(&from).await;
        phone.wait("footer").await;
        let heading = phone.words("main h1").await;
        assert!(heading.ends_with(&format!("to {partner}")), "{heading}");
        for (width, height) in [(320, 568), (1366, 768), (360, 740)] {
            phone.resize(width, height).await;
            assert!(phone.needed_width().await <= width, "{width}");
        }
        phone
            .picture(&screenshots().join(format!("desk-report-{partner}-360.png")))
            .await;
        presses += 1;
        let from = phone.address().await;
        phone.press("s").await;
        phone.leaves(&from).await;
        phone.wait("footer").await;
        println!("{partner}: {presses} presses");
        assert!(presses <= bar, "{partner}: {presses}");
        let sent = register.deliveries_of(tip).await.unwrap();
        assert_eq!(sent.len(), 1, "{partner}");
        assert_eq!(sent[0].partner, partner);
    }
    drop(desk);
}
