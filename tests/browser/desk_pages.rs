//! Pages of the desk in a real Chromium, at the width of a phone and of a desk: a new report, the values
//! that link tips, and a tip with photos as it is printed.

use loke::desk::book::Decision;
use loke::tip::{PhotoNote, Tip};

use super::browsers;
use super::phone::{Kind, Phone};
use super::screenshots;
use super::served::ServedDesk;
use crate::desk::covers::photo;
use crate::triage::{Team, decide, routine, with};

const WIDTHS: [(u64, u64); 2] = [(1366, 768), (360, 740)];

fn has_chromium() -> bool {
    browsers().iter().any(|(kind, _)| *kind == Kind::Chromium)
}

/// Saves a picture at each width, and checks that the page fits.
async fn pictures(phone: &Phone, page: &str) {
    for (width, height) in WIDTHS {
        phone.resize(width, height).await;
        let name = format!("desk-{page}-{width}.png");
        phone.picture(&screenshots().join(name)).await;
        let needed = phone.needed_width().await;
        assert!(needed <= width, "{page}: {needed} of {width}");
    }
}

fn with_photos(words: &str) -> Tip {
    with(routine(words), |tip| {
        tip.place = Some("12 Mill Road".into());
        let name = |n| format!("photo-{n}.jpg");
        tip.photos = (1..=2)
            .map(|n| PhotoNote {
                name: name(n),
                removed: Vec::new(),
            })
            .collect();
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_report_and_the_linked_values_fit_a_phone() {
    if !has_chromium() {
        return;
    }
    let team = Team::new().await;
    for words in [
        "Mr John Smith sells there",
        "again Mr John Smith, AB12 CDE",
        "ab12cde",
    ] {
        team.keep(&routine(words)).await;
    }
    let desk = ServedDesk::of(&team).await;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    phone.open(&format!("http://{}/values", desk.address)).await;
    let shown = phone.words("main").await;
    assert!(
        shown.contains("Mr John Smith") && shown.contains("number plate"),
        "{shown}"
    );
    phone.touch("button[name=ignore]").await;
    phone.wait("button[name=heed]").await;
    pictures(&phone, "values").await;
    phone.open(&format!("http://{}/new", desk.address)).await;
    phone.touch("details:nth-of-type(2) > summary").await;
    pictures(&phone, "new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_print_has_photos_sharp_if_asked_for_and_otherwise_says_how_many_are_left_out() {
    if !has_chromium() {
        return;
    }
    let team = Team::new().await;
    let tip = team
        .keep_with(&with_photos("people on the stairs"), &[photo(), photo()])
        .await;
    let desk = ServedDesk::of(&team).await;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    phone
        .open(&format!("http://{}/tip/{tip}", desk.address))
        .await;
    let shown = async |css| phone.style(css, "display").await;
    let blur = async || phone.style(".photos img", "filter").await;
    assert_eq!(shown(".left-out").await, "none");
    assert_ne!(blur().await, "none", "blurred on the screen");
    pictures(&phone, "photos").await;
    phone.as_printed(true).await;
    assert_eq!(
        (shown(".photos").await, shown(".left-out").await),
        ("none".into(), "block".into())
    );
    assert_eq!(
        phone.words(".left-out").await,
        "2 photos are left out of this print."
    );
    pictures(&phone, "print").await;
    phone.as_printed(false).await;
    phone.touch(".print-photos").await;
    assert_ne!(
        blur().await,
        "none",
        "a tick sharpens nothing on the screen"
    );
    phone.as_printed(true).await;
    assert_eq!(shown(".left-out").await, "none");
    assert_eq!(
        (shown(".photos").await, blur().await),
        ("block".into(), "none".into())
    );
    pictures(&phone, "print-photos").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_reach_hand_over_move_and_unfold() {
    if !has_chromium() {
        return;
    }
    let team = Team::new().await;
    let tip = team.keep(&routine("people on the stairs")).await;
    let folded = team.keep(&routine("people again")).await;
    decide(&team.ann, folded, Decision::Fold { into: tip })
        .await
        .unwrap();
    let desk = ServedDesk::of(&team).await;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    phone
        .open(&format!("http://{}/tip/{tip}", desk.address))
        .await;
    let here = phone.address().await;
    phone.press("?").await;
    let list = phone.words("#keys").await;
    assert!(
        list.contains("Hand over to") && list.contains("on its own again"),
        "{list}"
    );
    phone.press("?").await;
    phone.press("h").await;
    let at = phone.at().await;
    assert_eq!(phone.property(&at, "id").await, "to");
    pictures(&phone, "hand-over").await;
    // A key in the list of people chooses, and does nothing else.
    phone.press("x").await;
    assert_eq!(phone.address().await, here);
    assert_eq!(team.book().holder(folded).await.unwrap(), tip);
    phone.press("\u{e00c}").await;
    phone.press("x").await;
    phone.wait(".notice").await;
    assert_eq!(team.book().holder(folded).await.unwrap(), folded);
}
