//! The rules for all providers: which requests are rejected, what is stored once, what survives a
//! restart, and what is deleted.

use loke::campaign::CampaignCode;
use loke::tip::{Channel, Lane, Priority, Tip, Topic};
use sqlx::Connection;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::phones::{
    PROVIDERS, PUBLIC, Phones, Text, Webhook, path, table, twilio_signature, webhook,
};
use crate::house::browser::read;
use crate::house::real::RealGateway;
use crate::house::{House, NOON, contains, limit};

mod repeats;

const FROM: &str = "+447700900123";

/// The GSM-7 alphabet with its extension table (3GPP TS 23.038), and characters that need UCS-2.
const ALPHABETS: [&str; 4] = [
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€",
    "ثلاثة رجال عند الباب كل ليلة",
    "三个人每天晚上在门口 🚪🕯",
    "żółć ąę ščžų țșăîâ őű ñ ção",
];

async fn one(words: &str, provider: &str) -> Tip {
    let phones = Phones::open(None, |_| {}).await;
    let answer = phones.text(provider, &Text::new(FROM, words)).await;
    assert_eq!(answer.status, 200, "{provider}: {}", answer.text());
    let officer = phones.house.officer("officer", "").await;
    officer.the_tip().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_character_of_a_text_reaches_the_desk_by_every_provider() {
    for (at, provider) in PROVIDERS.into_iter().enumerate() {
        let words = ALPHABETS[at % ALPHABETS.len()];
        let tip = one(words, provider).await;
        assert_eq!(
            (tip.what.as_str(), tip.channel),
            (words, Channel::Sms),
            "{provider}"
        );
        let tip = one("a\0b\u{1b}[31m\r\nc <b>", provider).await;
        assert_eq!(
            tip.what, "a␀b␛[31m\nc <b>",
            "{provider}: control characters are shown"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_401_or_403_by_every_provider_and_nothing_is_stored() {
    let phones = Phones::open(None, |_| {}).await;
    let address = phones.house.web;
    for provider in PROVIDERS {
        let real = webhook(provider, &Text::new(FROM, "they deal here"), NOON);
        let mut wrong_path = real.clone();
        wrong_path.head = real.head.replace("path-0", "path-1");
        assert_eq!(
            wrong_path.send(address).await.unwrap().status,
            403,
            "{provider}: another secret in the path"
        );
        let mut bare = real.clone();
        bare.headers.retain(|(name, _)| name == "Content-Type");
        let mut changed = real.clone();
        changed
            .body
            .iter_mut()
            .for_each(|byte| *byte = if *byte == b'h' { b'H' } else { *byte });
        let unsigned = matches!(provider, "kannel" | "gammu");
        assert_eq!(
            bare.send(address).await.unwrap().status,
            if unsigned { 200 } else { 401 },
            "{provider}: no signature"
        );
        if matches!(provider, "twilio" | "telnyx") {
            assert_eq!(
                changed.send(address).await.unwrap().status,
                401,
                "{provider}: another body"
            );
        }
    }
    for path in [
        "/",
        "/sms",
        "/sms/vonage/x",
        "/en",
        "/about",
        &path("nobody"),
    ] {
        assert_eq!(phones.house.get(path).await.status, 403, "{path}");
    }
    // These two providers have no signature to leave out: their unsigned requests were valid.
    phones.house.leaves(2);
    assert_eq!(phones.house.used().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_webhook_has_not_is_405_to_the_provider_and_403_to_a_stranger() {
    let phones = Phones::open(None, |_| {}).await;
    for provider in PROVIDERS {
        let real = webhook(provider, &Text::new(FROM, "they deal here"), NOON);
        let (used, target) = real.head.split_once(' ').unwrap();
        for method in [
            "HEAD", "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
        ]
        .into_iter()
        .filter(|method| *method != used)
        {
            let with = |target: &str| Webhook {
                head: format!("{method} {target}"),
                ..real.clone()
            };
            let answer = with(target).send(phones.house.web).await.unwrap();
            assert_eq!(answer.status, 405, "{provider} {method}");
            assert_eq!(
                answer.header("allow").unwrap(),
                if provider == "kannel" {
                    "GET, POST"
                } else {
                    "POST"
                },
                "{provider} {method}"
            );
            let strangers = with(&target.replace("path-0", "path-1"))
                .send(phones.house.web)
                .await
                .unwrap();
            assert_eq!(
                (strangers.status, strangers.header("allow")),
                (403, None),
                "{provider} {method}"
            );
        }
        assert_eq!(phones.house.used().await, 0, "{provider}");
    }
    // The control: with its own method each one is accepted.
    for provider in PROVIDERS {
        assert_eq!(
            phones
                .text(provider, &Text::new(FROM, "they deal here"))
                .await
                .status,
            200,
            "{provider}"
        );
    }
    phones.house.leaves(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proved_itself_and_has_another_shape_is_a_5xx_so_that_the_provider_tries_again() {
    let phones = Phones::open(None, |_| {}).await;
    let mut odd = webhook("notify", &Text::new(FROM, "x"), NOON);
    for body in ["", "{}", "[1]", "\"x\"", "{\"id\":\"1\",\"message\":null}"] {
        odd.body = body.into();
        assert_eq!(
            odd.send(phones.house.web).await.unwrap().status,
            500,
            "{body}"
        );
    }
    // Nor does a webhook that is too large or breaks off get a permanent error: its path has
    // authenticated it by then.
    odd.body = vec![b'x'; 300 << 10];
    assert_eq!(odd.send(phones.house.web).await.unwrap().status, 503);
    let mut line = TcpStream::connect(phones.house.web).await.unwrap();
    let head = format!(
        "{} HTTP/1.1\r\nHost: house.invalid\r\nContent-Length: 100\r\n\r\n{{\"id\":",
        odd.head
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.shutdown().await.unwrap();
    assert_eq!(read(&mut line).await.unwrap().status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_stands_in_the_address_is_whole_however_long_a_phone_can_make_it() {
    let phones = Phones::open(None, |_| {}).await;
    let words = "شكرا جزيلا ".repeat(1_000);
    assert_eq!(words.chars().filter(|c| c.is_alphabetic()).count(), 9_000);
    let words = format!("{words}{}", "ن".repeat(1_000));
    assert_eq!(
        phones.text("kannel", &Text::new("", &words)).await.status,
        200
    );
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let mut told: Vec<(usize, String)> = Vec::new();
    for tip in officer.tips().await {
        let (note, part) = tip
            .what
            .strip_prefix("[Part ")
            .unwrap()
            .split_once("] ")
            .unwrap();
        told.push((
            note.split(' ').next().unwrap().parse().unwrap(),
            part.to_owned(),
        ));
    }
    told.sort();
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(
        letters(&told.into_iter().map(|(_, part)| part).collect::<String>()),
        letters(&words)
    );
    // The control: no other listener accepts a head of that size.
    let house = House::open().await;
    assert_eq!(
        house
            .get(&format!("/en?{}", "x".repeat(60_000)))
            .await
            .status,
        431
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_twilios_signature_does_not_cover_is_a_strangers() {
    let phones = Phones::open(None, |_| {}).await;
    let mut bare = webhook("twilio", &Text::new(FROM, "x"), NOON);
    bare.body = br#"{"MessageSid":"SM1","Body":"made up"}"#.into();
    let sign = |target: &str| {
        let signature = twilio_signature(&format!("{PUBLIC}{target}"), &[]);
        vec![
            ("X-Twilio-Signature".to_owned(), signature),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ]
    };
    bare.headers = sign(&path("twilio"));
    assert_eq!(bare.send(phones.house.web).await.unwrap().status, 401);
    assert_eq!(phones.house.used().await, 0);
    // The control: if the URL contains its hash, the same body is accepted.
    let hash = hex::encode(ring::digest::digest(&ring::digest::SHA256, &bare.body));
    let target = format!("{}?bodySHA256={hash}", path("twilio"));
    let named = Webhook {
        head: format!("POST {target}"),
        headers: sign(&target),
        body: bare.body,
    };
    assert_eq!(named.send(phones.house.web).await.unwrap().status, 200);
    phones.house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_only_stop_or_empty_stores_nothing() {
    let phones = Phones::open(None, |_| {}).await;
    for provider in PROVIDERS {
        for words in ["STOP", "stop.", "", "  \n"] {
            assert_eq!(
                phones.text(provider, &Text::new(FROM, words)).await.status,
                200,
                "{provider} {words:?}"
            );
        }
    }
    assert_eq!(phones.house.used().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_in_a_row_share_a_thread_and_the_number_goes_nowhere() {
    let phones = Phones::open(None, |_| {}).await;
    let (number, id) = ("+447700912345", phones.house.canary("id"));
    for (from, words) in [
        (number, "first"),
        ("+447700900999", "someone else"),
        (number, "second"),
    ] {
        let mut text = Text::new(from, words);
        text.id = format!("{id}{words}");
        phones.text("notify", &text).await;
    }
    phones.house.clock.advance(31 * 60);
    phones.text("notify", &Text::new(number, "later")).await;
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    let thread = |words: &str| {
        tips.iter()
            .find(|tip| tip.what == words)
            .unwrap()
            .thread
            .clone()
            .unwrap()
    };
    assert_eq!(thread("first"), thread("second"));
    assert_ne!(thread("first"), thread("someone else"));
    assert_ne!(thread("first"), thread("later"));
    for tip in &tips {
        let json = serde_json::to_string(tip).unwrap();
        assert!(
            !json.contains("7700912345") && !json.contains("canary"),
            "{json}"
        );
        // An unkeyed hash of the number, which anybody can compute, counts as the number too.
        for hash in [
            ring::digest::digest(&ring::digest::SHA256, number.as_bytes()),
            ring::digest::digest(&ring::digest::SHA256, &number.as_bytes()[1..]),
        ] {
            assert!(!json.contains(&hex::encode(&hash.as_ref()[..16])));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_longer_than_a_tip_is_whole_over_several_tips_of_one_thread() {
    let phones = Phones::open(None, |_| {}).await;
    let words = "They come every night. ".repeat(200);
    for _ in 0..2 {
        let mut text = Text::new("", &words);
        text.id = "one".into();
        assert_eq!(phones.text("gammu", &text).await.status, 200);
    }
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), 3);
    assert!(
        tips.iter()
            .all(|tip| tip.thread.is_some() && tip.thread == tips[0].thread)
    );
    let mut told: Vec<String> = tips.iter().map(|tip| tip.what.clone()).collect();
    told.sort();
    let whole: Vec<&str> = told
        .iter()
        .zip(1..)
        .map(|(part, n)| {
            part.strip_prefix(&format!("[Part {n} of 3 of one text.] "))
                .unwrap()
        })
        .collect();
    assert_eq!(whole.join(" "), words.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_a_later_attempt_stores_carry_the_thread_of_the_first() {
    // Room for two parts of three: the third is stored when the text comes again.
    let phones = Phones::open(None, |config| {
        drop(
            config["capacity"]
                .as_table_mut()
                .unwrap()
                .insert("text".into(), 2.into()),
        )
    })
    .await;
    let officer = phones.house.officer("officer", "").await;
    let text = Text::new("", &"They come every night. ".repeat(200));
    assert_eq!(phones.text("gammu", &text).await.status, 503);
    officer.pull().await;
    assert_eq!(
        officer.tips().await.len(),
        2,
        "the control: one part is not there yet"
    );
    assert_eq!(phones.text("gammu", &text).await.status, 200);
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), 3);
    assert!(
        tips.iter()
            .all(|tip| tip.thread.is_some() && tip.thread == tips[0].thread),
        "a part is in another thread"
    );
    // Another text with the same words is in a thread of its own.
    assert_eq!(
        phones
            .text(
                "gammu",
                &Text {
                    id: "another".into(),
                    ..text
                }
            )
            .await
            .status,
        503
    );
    officer.pull().await;
    let threads: std::collections::BTreeSet<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.thread.clone())
        .collect();
    assert_eq!(threads.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_a_text_of_one_word_and_the_longest_have_one_size_and_priority_comes_from_the_words() {
    let code = CampaignCode::random().unwrap().to_string();
    let tip = one(
        &format!("{code} they sell drugs to kids, one has a knife"),
        "twilio",
    )
    .await;
    assert_eq!(
        (tip.topic, tip.lane, tip.priority),
        (Topic::Drugs, Lane::Safeguarding, Priority::Now)
    );
    assert_eq!(
        (tip.campaign.as_deref(), tip.what.as_str()),
        (
            Some(code.as_str()),
            "they sell drugs to kids, one has a knife"
        )
    );
    let phones = Phones::open(None, |_| {}).await;
    phones.text("notify", &Text::new(FROM, "x")).await;
    phones
        .text("notify", &Text::new(FROM, &"灰".repeat(1_880)))
        .await;
    let mut sizes = Vec::new();
    let mut note = |sealed: loke::seal::Sealed| {
        sizes.push((sealed.class, sealed.bytes.len() / 1_024));
        Ok(())
    };
    phones.house.store.export(&mut note).await.unwrap();
    assert_eq!(sizes[0], sizes[1]);
    phones.house.leaves(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_what_stops_repeats_is_kept_as_long_for_a_text_as_for_a_report() {
    let until = |house: &House| {
        let file = house.config.parent().unwrap().join("queue.db");
        async move {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display()))
                .await
                .unwrap();
            sqlx::query_as::<_, (i64, i64)>("select until, length(value) from once")
                .fetch_all(&mut db)
                .await
                .unwrap()
        }
    };
    let phones = Phones::open(None, |_| {}).await;
    phones.text("kannel", &Text::new(FROM, "a text")).await;
    let house = House::open().await;
    house
        .report(&[
            crate::house::browser::text("topic", "drugs"),
            crate::house::browser::text("what", "a report"),
        ])
        .await;
    assert_eq!(until(&phones.house).await, until(&house).await);
    phones.house.leaves(1);
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_burst_from_one_phone_is_taken_and_marked_and_others_are_not() {
    let phones = Phones::open(None, |config| limit(config, &[("reports_per_hour", 5)])).await;
    for at in 0..6 {
        phones
            .text("notify", &Text::new(FROM, &format!("burst {at}")))
            .await;
    }
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    assert_eq!(
        officer
            .tips()
            .await
            .iter()
            .filter(|tip| !tip.proven)
            .count(),
        1
    );
    phones
        .text("notify", &Text::new("+447700900777", "someone else"))
        .await;
    officer.pull().await;
    assert!(
        officer
            .tips()
            .await
            .iter()
            .any(|tip| tip.what == "someone else" && tip.proven)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_process_takes_no_provider_that_calls_out_and_each_refusal_says_what_to_do() {
    let (place, secrets) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let listen = ([127, 0, 0, 1], 0).into();
    type Edit = fn(&mut toml::Table);
    let cases: [(&str, Edit, &str); 6] = [
        ("a", |_| {}, "Move [sms] to a separate configuration file"),
        ("b", |c| drop(c.remove("web")), ""),
        (
            "c",
            |c| {
                c.remove("web");
                c["sms"].as_table_mut().unwrap().remove("public_url");
            },
            "[sms.twilio] public_url",
        ),
        (
            "d",
            |c| {
                c.remove("web");
                c["sms"]["twilio"]["auth_token"] = "0123".into();
            },
            "write \"file:PATH\" or \"credential:NAME\"",
        ),
        (
            "e",
            |c| {
                c["sms"]
                    .as_table_mut()
                    .unwrap()
                    .retain(|key, _| !PROVIDERS.contains(&key))
            },
            "no provider is configured",
        ),
        (
            "f",
            |c| {
                drop(
                    c["sms"]
                        .as_table_mut()
                        .unwrap()
                        .insert("vonage".into(), toml::Table::new().into()),
                )
            },
            "unknown field 'vonage'",
        ),
    ];
    for (name, edit, says) in cases {
        let mut gateway = RealGateway::new(
            place.path(),
            place.path().join(name),
            "sqlite:queue.db",
            "1,1,1,1,1",
            |config| {
                config.insert(
                    "sms".into(),
                    table(secrets.path(), listen, &["twilio"], None).into(),
                );
                edit(config);
            },
        );
        if says.is_empty() {
            gateway.launch();
            gateway.says("listener=\"sms\"").await;
            gateway.stop().await;
        } else {
            gateway.launch();
            let log = gateway.gives_up().await;
            assert!(contains(log.as_bytes(), says.as_bytes()), "{name}: {log}");
        }
    }
}
