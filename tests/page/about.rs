//! The text beside the form is true of this gateway: each sentence that depends on the
//! configuration appears with its setting and is missing without it.

use std::process::Command;

use crate::house::House;
use crate::house::programs;

use super::say_everything;

/// Text that depends on the configuration, by page: present if everything is configured, missing in
/// a bare configuration.
const DEPENDS: &[(&str, &str)] = &[
    ("/about", "<ol>"),
    ("/about", "open this address in the Tor app"),
    ("/about", "07700 900000"),
    ("/about", "knows that you sent us a text"),
    ("/about", "pass through a firm"),
    (
        "/about",
        "The firm is: <b dir=auto>Texts Limited of Example</b>",
    ),
    (
        "/about",
        "police and council team: It opens messages about: A home taken over by drug dealers, Drug dealing or drug use, Something else.",
    ),
    (
        "/about",
        "street team: It opens messages about: Graffiti or tags.",
    ),
    ("/device", "The text stays on your phone"),
    (
        "/privacy",
        "In charge of the data: <b dir=auto>Example City Council and Example Police</b>",
    ),
    (
        "/privacy",
        "<b dir=auto>privacy@example.org, or City Hall, Example, EX1 2PL</b>",
    ),
    (
        "/accessibility",
        "Write to: <b dir=auto>privacy@example.org",
    ),
];
/// Text shown if nothing is configured.
const BARE: &[(&str, &str)] = &[
    ("/about", "no address of its own in the Tor app"),
    ("/privacy", "have not put their name here yet"),
    ("/accessibility", "have not put their name here yet"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_is_not_true_of_this_gateway_is_not_on_its_pages() {
    let bare = House::open().await;
    let full = House::on("sqlite:queue.db", say_everything).await;
    for (here, there, sentences) in [(&full, &bare, DEPENDS), (&bare, &full, BARE)] {
        for (path, says) in sentences {
            let page = here.get(path).await.text();
            assert!(page.contains(says), "{path} does not say {says}: {page}");
            assert!(
                !there.get(path).await.text().contains(says),
                "{path} says {says} where it is not so"
            );
        }
    }
    // Without its own TLS, or if a header identifies callers, a proxy is in front of the page.
    let in_front = async |house: &House| {
        house
            .get("/about")
            .await
            .text()
            .contains("A machine in front of this page")
    };
    let demo = House::on("sqlite:queue.db", |table| {
        table.insert("demo".into(), true.into());
    })
    .await;
    assert_eq!(
        (
            in_front(&bare).await,
            in_front(&full).await,
            in_front(&demo).await
        ),
        (true, true, false)
    );
    let answered = House::on("sqlite:queue.db", |table| {
        say_everything(table);
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("sms_answers".into(), true.into());
    })
    .await;
    let none_comes = async |house: &House| {
        house
            .get("/about")
            .await
            .text()
            .contains("No answer will come")
    };
    assert_eq!(
        (none_comes(&full).await, none_comes(&answered).await),
        (true, false)
    );
    for days in [7, 1] {
        let house = House::on("sqlite:queue.db", |table| {
            table.insert("retention_days".into(), days.into());
        })
        .await;
        let said = format!(
            "delete it in about {days} day{}.",
            if days == 1 { "" } else { "s" }
        );
        assert!(
            house.get("/about").await.text().contains(&said)
                && house.get("/privacy").await.text().contains(&said),
            "{said}"
        );
        assert!(
            !bare.get("/about").await.text().contains(&said),
            "the control"
        );
    }
}

/// Who has the keys: every recipient, with the fingerprint that `loke-desk` prints for the same
/// key.
#[tokio::test(flavor = "multi_thread")]
async fn each_key_is_shown_by_the_fingerprint_that_the_desk_prints() {
    let place = tempfile::tempdir().unwrap();
    let passphrase = place.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse battery staple\n").unwrap();
    let desk = |args: &[&str]| {
        let out = Command::new(programs::desk())
            .args(args)
            .arg("--passphrase-file")
            .arg(&passphrase)
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let said = String::from_utf8(out.stdout).unwrap();
        let shown = said
            .lines()
            .find_map(|line| line.split_once(" key as: "))
            .unwrap()
            .1
            .to_owned();
        (shown, said.lines().last().unwrap().to_owned())
    };
    let [folder, file] =
        ["desk", "backup"].map(|name| place.path().join(name).to_str().unwrap().to_owned());
    let keys = [
        desk(&["init", "--dir", &folder]),
        desk(&["keygen", "--out", &file]),
    ];
    let house = House::on("sqlite:queue.db", |table| {
        let all = table["recipients"].as_array_mut().unwrap();
        for (number, (_, key)) in keys.iter().enumerate() {
            let mut holder = all[0].as_table().unwrap().clone();
            holder.insert("name".into(), format!("holder {number}").into());
            holder.insert("key".into(), key.clone().into());
            all.push(holder.into());
        }
    })
    .await;
    let page = house.get("/about").await.text();
    // R6: folded away from who does not want to know.
    let (before, folded) = page
        .split_once("<details><summary>For experts</summary>")
        .unwrap();
    assert!(
        before.contains("These teams can open your message.")
            && !before.contains("Its number:")
            && !folded
                .split_once("</details>")
                .unwrap()
                .1
                .contains("Its number:"),
        "{page}"
    );
    for (number, (shown, key)) in keys.iter().enumerate() {
        assert!(
            page.contains(&format!(
                "holder {number}: It opens each message. Its number: <b dir=auto>{shown}</b>"
            )),
            "{shown}: {page}"
        );
        let digest = hex::encode(ring::digest::digest(&ring::digest::SHA256, key.as_bytes()));
        let groups = |text: &str| {
            text.as_bytes()
                .chunks(4)
                .map(|four| std::str::from_utf8(four).unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            *shown,
            format!(
                "{} … {}, {}",
                groups(&key[..12]),
                groups(&key[key.len() - 8..]),
                groups(&digest[..16])
            )
        );
    }
    assert_eq!(
        page.matches("Its number:").count(),
        3,
        "the house's own key too"
    );
    assert_ne!(keys[0].0, keys[1].0, "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_ranks_the_ways_to_tell_us_and_says_what_a_text_gives_away() {
    let house = House::on("sqlite:queue.db", say_everything).await;
    let page = house.get("/about").await.text();
    let (_, ways) = page.split_once("id=ways-heading").unwrap();
    let at = |word: &str| {
        ways.find(word)
            .unwrap_or_else(|| panic!("{word} is not on the page: {page}"))
    };
    assert!(
        at("Tor app") < at("Next best: this page")
            && at("Next best: this page") < at("send us a text")
    );
    for said in [
        "house7d3f0b9c5a2e4f61.onion",
        "07700 900000",
        "phone company knows that you sent us a text",
        "stays on your phone",
        "costs the same",
    ] {
        at(said);
    }
    for said in [
        "No answer will come",
        "need not send it twice",
        "do not read texts at night",
        "call 999",
        "call 101",
        "0800 555 111",
    ] {
        at(said);
    }
    assert!(
        house
            .get("/")
            .await
            .text()
            .contains("<a href=/about?en#ways-heading>"),
        "the form leads here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn security_txt_is_there_where_a_contact_is_named_and_holds_for_less_than_a_year() {
    let house = House::on("sqlite:queue.db", say_everything).await;
    let file = house.get("/.well-known/security.txt").await;
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, Some("text/plain; charset=utf-8"))
    );
    let text = file.text();
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("no {name}: {text}"))
            .to_owned()
    };
    assert_eq!(
        (value("Contact: "), value("Preferred-Languages: ")),
        ("mailto:security@example.org".to_owned(), "en".to_owned())
    );
    let today = house.clock.today();
    let expires = value("Expires: ");
    assert!(
        expires > format!("{}T00:00:00Z", today.plus(90))
            && expires < format!("{}T00:00:00Z", today.plus(365)),
        "{expires}"
    );
    house.clock.advance(86_400 * 300);
    assert!(
        !house
            .get("/.well-known/security.txt")
            .await
            .text()
            .contains(&expires),
        "it moves with the clock"
    );
    let bare = House::open().await;
    let none = bare.get("/.well-known/security.txt").await;
    assert_eq!(
        (none.status, none.header("content-type")),
        (404, Some("text/html; charset=utf-8"))
    );
}
