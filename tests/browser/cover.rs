//! The page for covering parts of a photo in a real Chromium, without script: by keyboard and by
//! touch, on a small phone.

use super::phone::{Kind, TAB};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::desk::covers::{kept, photo};
use crate::triage::Team;

/// Smallest target, in CSS pixels (WCAG 2.5.8).
const TARGET: u64 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn squares_are_covered_without_script_by_keyboard_and_by_touch_on_a_small_phone() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let tip = kept(&team.ann, &photo()).await;
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let phone = desk.signed_in(&team, &team.ann, false).await;
    phone
        .open(&format!("http://{address}/tip/{}", tip.id))
        .await;
    phone.touch("figcaption a").await;
    let at = format!("http://{address}/tip/{}/photo/1/cover", tip.id);
    phone.arrives(&at).await;

    phone.resize(320, 568).await;
    assert!(phone.needed_width().await <= 320);
    let first = phone.wait(".squares input").await;
    for side in ["offsetWidth", "offsetHeight"] {
        let length = phone.property(&first, side).await.as_u64().unwrap();
        assert!(length >= TARGET, "{side}: {length}");
    }
    // By keyboard: to the first square, one further, Space.
    let mut steps = 0;
    while phone.property(&phone.at().await, "name").await != "square.1.1" {
        phone.press(&TAB.to_string()).await;
        steps += 1;
        assert!(steps < 20, "the first square is not reached by Tab");
    }
    phone.press(&format!("{TAB} ")).await;
    // By touch.
    phone.touch("[aria-label='row 3, column 4']").await;
    phone
        .picture(&screenshots().join("desk-cover-320.png"))
        .await;
    phone.touch("form:has(.cover) button:not(.quiet)").await;
    phone.wait("img.leaves").await;
    assert!(
        phone
            .words("main")
            .await
            .contains("2 squares covered by ann")
    );
    let ticked = phone.all(".squares input:checked").await;
    let mut names = Vec::new();
    for square in &ticked {
        names.push(phone.property(square, "name").await);
    }
    assert_eq!(names, ["square.1.2", "square.3.4"]);
    for (width, height) in [(360, 740), (1366, 768)] {
        phone.resize(width, height).await;
        assert!(phone.needed_width().await <= width, "{width}");
        let name = format!("desk-cover-{width}.png");
        phone.picture(&screenshots().join(name)).await;
    }
    drop(desk);
}
