//! A campaign's code comes from an address that anybody can print: it is shown before it is sent,
//! and the resident can leave it out.

use crate::house::House;
use crate::house::browser::{Field, text};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_campaign_is_carried_inside_and_what_is_no_code_is_dropped() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let page = house.get("/C/9wqg8p").await;
    assert_eq!(
        (page.status, page.hidden("campaign").as_deref()),
        (200, Some("9WQG8P"))
    );
    assert_eq!(house.get("/c/with%20space").await.hidden("campaign"), None);
    // A link cannot carry a street, a flat or a person as its code, and a typing error does not
    // give another campaign's code.
    for none in ["ABCDEFGHIJKLMNOP", "FLAT12", "JSMITH", "9WQG8Q"] {
        assert_eq!(
            house.get(&format!("/c/{none}")).await.hidden("campaign"),
            None,
            "{none}"
        );
    }
    // The check page shows it like everything else that will be sent, and the resident may leave it
    // out.
    let (checked, all) = house
        .check(&[
            text("topic", "other"),
            text("what", "from a poster"),
            text("campaign", "9wqg8p"),
        ])
        .await;
    assert!(
        checked
            .text()
            .contains("name=campaign value=\"9WQG8P\" checked")
            && checked.text().contains("<b>9WQG8P</b>")
    );
    house.post("/send", &all).await;
    assert_eq!(officer.the_tip().await.campaign.as_deref(), Some("9WQG8P"));
    let (_, mut without) = house
        .check(&[
            text("topic", "other"),
            text("what", "without it"),
            text("campaign", "9wqg8p"),
        ])
        .await;
    without.retain(|field| !matches!(field, Field::Text(name, _) if name == "campaign"));
    house.post("/send", &without).await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(
        tips.iter()
            .filter(|tip| tip.campaign.is_none())
            .map(|tip| tip.what.as_str())
            .collect::<Vec<_>>(),
        ["without it"]
    );
}
