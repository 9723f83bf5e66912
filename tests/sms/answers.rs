//! What a phone receives back: nothing, unless the operator configures it; then thanks, and a
//! receipt that reveals nothing else to anybody.

use loke::receipt::Receipt;
use ring::hmac;
use sqlx::Connection;

use super::phones::{PROVIDERS, Phones, Text};
use super::rest::{EARLIER, Media, Rest};
use crate::house::programs;

const FROM: &str = "+447700900123";

/// A house whose phones get a receipt.
async fn with_receipts() -> Phones {
    Phones::open(None, |config| {
        drop(
            config["sms"]
                .as_table_mut()
                .unwrap()
                .insert("answers".into(), "receipt".into()),
        )
    })
    .await
}

/// The receipt in a response.
fn receipt(said: &str) -> Receipt {
    Receipt::parse(
        &said
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>(),
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_back_to_the_phone_unless_the_operator_says_so() {
    let phones = Phones::open(None, |_| {}).await;
    for provider in PROVIDERS {
        let answer = phones
            .text(provider, &Text::new(FROM, "they deal here"))
            .await;
        let said = answer.text();
        assert!(
            said.is_empty() || said.ends_with("<Response></Response>"),
            "{provider}: {said}"
        );
    }
    phones.house.leaves(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_answers_are_on_they_are_neutral_in_the_texts_language_and_carry_a_receipt_that_repeats()
 {
    let phones = with_receipts().await;
    let text = Text::new(FROM, "Handlują narkotykami za sklepem każdego wieczoru");
    let said = phones.text("twilio", &text).await.text();
    assert!(
        said.contains("<Response><Message>Dziękujemy. ") && !said.contains("arkot"),
        "{said}"
    );
    assert_eq!(phones.text("twilio", &text).await.text(), said);
    let said_by_kannel = phones
        .text("kannel", &Text::new("", "they deal here"))
        .await
        .text();
    let digits: String = said_by_kannel
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    assert!(
        said_by_kannel.starts_with("Thank you. We have your message. Receipt number: ")
            && digits.len() == 28,
        "{said_by_kannel}"
    );
    // If the provider's protocol has no place for an answer, there is none.
    assert_eq!(
        phones
            .text("notify", &Text::new(FROM, "they deal"))
            .await
            .text(),
        ""
    );
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let receipt = Receipt::parse(&digits).unwrap();
    let tips = officer.tips().await;
    assert!(
        tips.iter().any(
            |tip| tip.reply_box.as_deref() == Some(&*hex::encode(receipt.reply_box().expose()))
        ),
        "the receipt is that of a tip"
    );
    // If the phone got no receipt, nobody can open an answer: staff must not be offered to write
    // one.
    for tip in &tips {
        let is_told = tip.what != "they deal";
        assert_eq!(
            (tip.reply_box.is_some(), tip.reply_key.is_some()),
            (is_told, is_told),
            "{}",
            tip.what
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_phone_waited_for_has_no_box_for_an_answer() {
    let rest = Rest::start(Media::Good, Vec::new()).await;
    rest.receive("found by a round", 0, EARLIER);
    let phones = Phones::open(Some(rest.address), |config| {
        let sms = config["sms"].as_table_mut().unwrap();
        sms.remove("notify");
        sms.insert("answers".into(), "receipt".into());
    })
    .await;
    rest.is_empty().await;
    assert_eq!(
        phones
            .text("twilio", &Text::new(FROM, "by webhook"))
            .await
            .status,
        200
    );
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| {
            (
                tip.what.clone(),
                tip.reply_box.is_some() && tip.reply_key.is_some(),
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            ("by webhook".to_owned(), true),
            ("found by a round".to_owned(), false)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_each_provider_keeps_and_which_cannot_answer() {
    let phones = Phones::open(None, |config| {
        config["sms"]
            .as_table_mut()
            .unwrap()
            .insert("answers".into(), "thanks".into());
    })
    .await;
    let check = |config: &std::path::Path| {
        let out = std::process::Command::new(programs::gateway())
            .args(["check", "--config"])
            .arg(config)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned()
    };
    let said = check(&phones.house.config);
    for says in [
        "Note: [sms.notify] GOV.UK Notify keeps the number and the words for 7 days",
        "Note: [sms.twilio] Twilio keeps each message and its photos until they are erased",
        "Note: [sms.telnyx] Telnyx keeps a record",
        "Note: [sms.kannel] The modem's box keeps nothing",
        "Note: [sms.gammu] The modem's box keeps a text in memory",
        "Note: a repeated text is recognised by a key of its day in sms.keys: of notify for 2 days, of twilio for 9 days, of telnyx for 2 days",
        "[sms.notify] has no way to answer",
        "[sms.telnyx] has no way to answer",
    ] {
        assert!(said.contains(says), "{says}: {said}");
    }
    assert!(
        !said.contains("[sms.twilio] has no way to answer"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_who_takes_folder_and_queue_cannot_compute_a_receipt() {
    let phones = with_receipts().await;
    let told = receipt(
        &phones
            .text("kannel", &Text::new("", "they deal here"))
            .await
            .text(),
    );
    let folder = phones.house.config.parent().unwrap();
    let key = hex::decode(
        std::fs::read_to_string(folder.join("sms.keys/kannel-2026-11-21"))
            .unwrap()
            .trim(),
    )
    .unwrap();
    let under: [u8; 32] = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &key),
        b"loke sms receipt 1",
    )
    .as_ref()
    .try_into()
    .unwrap();
    let mut db =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", folder.join("queue.db").display()))
            .await
            .unwrap();
    let stored: Vec<(Vec<u8>,)> = sqlx::query_as("select value from once")
        .fetch_all(&mut db)
        .await
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert!(
        stored
            .iter()
            .all(|(value,)| Receipt::derive(&under, value) != told),
        "the receipt follows from the queue"
    );
    phones.house.leaves(1);
}
