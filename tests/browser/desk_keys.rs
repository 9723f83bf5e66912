//! Single keys on the desk's pages: they press what they name, and nothing while somebody types or
//! holds another key, and they can be switched off.

use loke::desk::book::State;
use serde_json::json;

use super::browsers;
use super::phone::{ENTER, Kind, TAB};
use super::served::ServedDesk;
use crate::triage::{Team, routine};

/// Most bytes of the desk's script, without its comments.
const SCRIPT: usize = 6 * 1024;
const ESCAPE: char = '\u{e00c}';

#[test]
fn the_desks_script_is_one_small_file() {
    let script = include_str!("../../templates/desk/desk.js");
    assert!(script.len() <= SCRIPT, "{} bytes", script.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_key_acts_but_never_while_somebody_types_or_holds_another_key() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let tip = team.keep(&routine("people on the stairs")).await;
    let desk = ServedDesk::of(&team).await;
    let phone = desk.signed_in(&team, &team.ann, true).await;
    let page = format!("http://{}/tip/{tip}", desk.address);
    phone.open(&page).await;
    let here = phone.address().await;

    phone.press("?").await;
    let list = phone.words("#keys").await;
    assert!(
        list.contains("Take it") && list.contains("Duplicate"),
        "{list}"
    );
    phone.press(&ESCAPE.to_string()).await;
    assert!(
        phone.all("#keys").await.is_empty(),
        "Escape closes the list"
    );

    // In a field, keys are letters.
    phone.touch("#note").await;
    phone.press("stad").await;
    let note = phone.wait("#note").await;
    let typed = phone.property(&note, "value").await;
    assert!(typed.as_str().unwrap().ends_with("stad"), "{typed}");
    phone.press(&ESCAPE.to_string()).await;

    phone.press_with_ctrl('s').await;
    for with in [
        json!({ "isComposing": true }),
        json!({ "modifierAltGraph": true }),
        json!({ "altKey": true }),
        json!({ "metaKey": true }),
        json!({ "repeat": true }),
    ] {
        phone.key_event('s', with.clone()).await;
        assert_eq!(phone.address().await, here, "{with}");
    }
    assert_eq!(team.state(tip).await, State::New);

    // Switched off, no key acts, and Tab and Enter still reach everything.
    phone.touch("footer button:last-of-type").await;
    phone.leaves(&here).await;
    phone.open(&page).await;
    assert!(phone.all("script").await.is_empty());
    phone.press("s?").await;
    assert!(phone.all("#keys").await.is_empty());
    assert_eq!(team.state(tip).await, State::New);
    super::keyboard::tab_to(&phone, "value", "take").await;
    phone.press(&ENTER.to_string()).await;
    phone.leaves(&page).await;
    assert_eq!(team.state(tip).await, State::Taken);

    // The control: switched on again, the same event acts.
    phone.touch("footer button:last-of-type").await;
    phone.wait("script").await;
    phone.open(&page).await;
    let here = phone.address().await;
    phone.press(&TAB.to_string()).await;
    phone.key_event('s', json!({})).await;
    phone.leaves(&here).await;
    assert_eq!(team.state(tip).await, State::Closed);
}
