//! A report by keyboard alone: Tab, the space bar and Enter, in one language per browser. The first
//! key reaches the quick exit, and no focused element is hidden under it.

use super::phone::{ENTER, TAB};
use super::*;

/// Presses Tab until the focused element has this attribute value. The limit is higher than the
/// number of fields on any page.
pub(super) async fn tab_to(phone: &Phone, attribute: &str, value: &str) {
    for _ in 0..80 {
        phone.press(&TAB.to_string()).await;
        let at = phone.at().await;
        if phone.property(&at, attribute).await.as_str() == Some(value) {
            return;
        }
    }
    panic!("{:?}: Tab never comes to {attribute}={value}", phone.kind);
}

/// Whether the focused element is below the quick exit, which stays at the top.
async fn is_in_sight(phone: &Phone) -> bool {
    let (at, way_out) = (phone.at().await, phone.wait("a.leave").await);
    let (at, way_out) = (phone.place(&at).await, phone.place(&way_out).await);
    at.0 >= way_out.1 - 1.0
}

async fn report(phone: &Phone, address: &str, words: &str) -> String {
    phone.open(address).await;
    phone.press(&TAB.to_string()).await;
    assert_eq!(
        phone.property(&phone.at().await, "className").await,
        "leave",
        "the first key reaches the way out"
    );
    tab_to(phone, "name", "topic").await;
    phone.press(" ").await;
    tab_to(phone, "name", "what").await;
    if phone.script {
        assert!(
            is_in_sight(phone).await,
            "{:?}: the field lies under the way out",
            phone.kind
        );
    }
    phone.press(words).await;
    tab_to(phone, "localName", "summary").await;
    phone.press(&ENTER.to_string()).await;
    tab_to(phone, "name", "vehicle").await;
    phone.press(words).await;
    tab_to(phone, "localName", "button").await;
    phone.press(&ENTER.to_string()).await;
    phone.wait("form[action='/send']").await;
    phone.press(&TAB.to_string()).await;
    assert_eq!(
        phone.property(&phone.at().await, "className").await,
        "leave",
        "also on the check page"
    );
    tab_to(phone, "localName", "button").await;
    phone.press(" ").await;
    let shown = phone.words("#receipt").await;
    phone.press(&TAB.to_string()).await;
    assert_eq!(
        phone.property(&phone.at().await, "className").await,
        "leave",
        "also beside the receipt"
    );
    shown.chars().filter(char::is_ascii_digit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_keyboard_alone_a_report_gets_to_its_receipt_and_the_first_key_reaches_the_way_out()
 {
    let place = tempfile::tempdir().unwrap();
    let weather = relay::cover().await;
    let mut gateway = gateway(place.path(), Some(&weather)).await;
    let mut sent = Vec::new();
    for (kind, script) in browsers()
        .into_iter()
        .filter(|(_, script)| full() || *script)
    {
        let phone = Phone::start(kind, script).await;
        let (code, words) = if kind == Kind::Chromium {
            ("pl", "za garażami")
        } else {
            ("ar", "خلف المبنى")
        };
        assert_eq!(
            report(
                &phone,
                &format!("http://{}/{code}", gateway.browser.0),
                words
            )
            .await
            .len(),
            28
        );
        phone.press(&ENTER.to_string()).await;
        phone.arrives(&weather).await;
        sent.push((code.to_owned(), words.to_owned(), Some(words.to_owned())));
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    let mut tips: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.language.clone(), tip.what.clone(), tip.vehicle.clone()))
        .collect();
    tips.sort();
    sent.sort();
    assert_eq!(tips, sent);
    gateway.stop().await;
}
