//! What a page costs on the wire: bytes and requests as a browser makes them, in each language.

use loke::gateway::listener::Listener;
use loke::words::Languages;

use super::relay::{Relay, cover};
use super::*;
use crate::house::House;
use crate::house::browser::{Browser, Field, jpeg, multipart, photo, request, text};
use loke::gateway::web::pages::THUMBNAIL_ROOM;

/// Fetches each page of a report as a browser that prefers this language. Returns the bytes of each
/// response with its headers.
async fn weigh(gateway: &RealGateway, code: &str) -> Vec<usize> {
    let to = gateway.browser.0;
    let mut bytes = Vec::new();
    for path in [
        "/",
        "/about",
        "/device",
        "/privacy",
        "/accessibility",
        "/messages",
        "/s/1",
        "/s/2",
        "/s/3",
        "/nowhere",
    ] {
        bytes.push(
            request(
                to,
                &format!("GET {path}"),
                &[("Accept-Language", code)],
                b"",
            )
            .await
            .unwrap()
            .wire,
        );
    }
    let post = async |path: &str, fields: &[Field]| {
        let (kind, body) = multipart(fields);
        request(
            to,
            &format!("POST {path}"),
            &[("Content-Type", &kind)],
            &body,
        )
        .await
        .unwrap()
    };
    let mut fields = vec![
        text("token", &gateway.browser.token().await.unwrap()),
        text("language", code),
    ];
    bytes.push(post("/check", &fields).await.wire);
    fields.extend([
        text("topic", "graffiti"),
        text("what", "x"),
        photo("a.jpg", &jpeg()),
        photo("b.jpg", &jpeg()),
    ]);
    let check = post("/check", &fields).await;
    // The resident's own thumbnails are not counted.
    bytes.push(check.wire - 2 * THUMBNAIL_ROOM);
    let receipt = post("/send", &check.carries(&fields)).await;
    assert!(receipt.receipt().is_some(), "{}", receipt.text());
    bytes.push(receipt.wire);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_each_page_is_one_request_and_its_bytes_are_in_a_table() {
    let place = tempfile::tempdir().unwrap();
    let weather = cover().await;
    let mut gateway = gateway(place.path(), Some(&weather)).await;
    println!(
        "bytes with headers; each page is one request\n     form  about device privacy access answer  sign1  sign2  sign3   none errors  check receipt"
    );
    for words in Languages::read().unwrap().all() {
        let bytes = weigh(&gateway, words.code).await;
        println!(
            "{}  {}",
            words.code,
            bytes.iter().map(|n| format!("{n:>7}")).collect::<String>()
        );
        assert!(bytes.iter().all(|bytes| *bytes <= 14_600));
    }
    let relay = Relay::to(gateway.browser.0).await;
    for (kind, script) in browsers()
        .into_iter()
        .filter(|(_, script)| full() || *script)
    {
        let phone = Phone::start(kind, script).await;
        relay.passed();
        let lines = || {
            relay
                .passed()
                .into_iter()
                .map(|(line, ..)| line.trim_end_matches(" HTTP/1.1").to_owned())
                .collect::<Vec<_>>()
        };
        for path in ["/en", "/about?en", "/messages?en", "/s/1?en", "/nowhere"] {
            phone.open(&format!("http://{}{path}", relay.address)).await;
            assert_eq!(lines(), [format!("GET {path}")], "{kind:?}");
        }
        phone.open(&format!("http://{}/en", relay.address)).await;
        phone.touch("input[name=topic][value=graffiti]").await;
        phone.fill("#what", "x").await;
        phone.touch(NEXT).await;
        phone.wait("form[action='/send']").await;
        phone.touch(NEXT).await;
        phone.wait("#receipt").await;
        assert_eq!(
            lines(),
            ["GET /en", "POST /check", "POST /send"],
            "{kind:?}"
        );
        phone.touch("a.leave").await;
        phone.arrives(&weather).await;
        assert_eq!(lines(), ["GET /leave", "GET /leave/away"], "{kind:?}");
    }
    gateway.stop().await;
}

/// Over an onion address a browser sends no Origin and no Sec-Fetch header, and a Host that is
/// unknown to the gateway.
#[tokio::test(flavor = "multi_thread")]
async fn over_the_onion_a_form_is_taken_and_no_page_names_a_host() {
    let house = House::on("sqlite:queue.db", |table| {
        let onion = toml::Table::from_iter([("listen".to_owned(), "127.0.0.1:0".into())]);
        table.insert("onion".into(), onion.into());
    })
    .await;
    let onion = Browser(house.address(Listener::Onion));
    for path in ["/", "/about", "/messages", "/s/1", "/nowhere"] {
        let page = onion.get(path).await.unwrap().text();
        assert!(
            page.contains("<html")
                && !["house.invalid", "127.0.0.1", "http:", "https:"]
                    .iter()
                    .any(|host| page.contains(host)),
            "{path}"
        );
    }
    let (page, all) = onion
        .check(&[text("topic", "drugs"), text("what", "over the onion")])
        .await
        .unwrap();
    assert!(!page.text().contains("house.invalid"));
    assert!(onion.post("/send", &all).await.unwrap().receipt().is_some());
    let officer = house.officer("desk", "").await;
    assert_eq!(officer.the_tip().await.channel, loke::tip::Channel::Onion);
}
