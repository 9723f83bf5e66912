//! The whole path: phones, a simulated modem, a real Kannel, the real gateway, a desk.

use loke::tip::Channel;
use toml::Table;

use super::kannel::thousand;
use super::modem::Modem;
use super::network::Text;
use crate::house::limit;
use crate::house::real::{RealGateway, free_address};

const SECRET: &str = "a-secret-of-the-tests-own";

/// A text as staff see it: trimmed, with uniform line ends, and control characters as symbols.
fn shown(text: &Text) -> String {
    let words = text
        .words()
        .trim()
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let picture = |letter: char| {
        if letter.is_ascii_control() && letter != '\n' {
            char::from_u32(0x2400 + u32::from(letter)).unwrap()
        } else {
            letter
        }
    };
    words.chars().map(picture).collect()
}

/// Half of the texts come while the gateway is away.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_thousand_texts_through_kannel_become_a_thousand_tips_with_every_character_right() {
    let place = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "1200,1,1,1,1",
        |table| {
            let kannel =
                Table::from_iter([("path_secret".to_owned(), "file:kannel.secret".into())]);
            let sms = Table::from_iter([
                ("listen".to_owned(), address.to_string().into()),
                ("kannel".to_owned(), kannel.into()),
            ]);
            table.insert("sms".to_owned(), sms.into());
            // All texts come through one SIM card, but are no flood from one caller here.
            limit(table, &[("reports_per_hour", 10_000)]);
        },
    );
    std::fs::write(gateway.folder.join("kannel.secret"), SECRET).unwrap();
    let (folder, texts) = (place.path().to_owned(), thousand());
    let (first, second) = (texts[..500].to_vec(), texts[500..].to_vec());
    let modem = tokio::task::spawn_blocking(move || {
        let mut modem = Modem::start(&folder, address.port(), SECRET)?;
        modem.deliver(&first);
        Some(modem)
    });
    let Some(mut modem) = modem.await.unwrap() else {
        return;
    };
    gateway.start().await;
    let modem = tokio::task::spawn_blocking(move || {
        modem.deliver(&second);
        modem
    });
    let modem = modem.await.unwrap();
    let officer = gateway.officer().await;
    let began = std::time::Instant::now();
    let mut tips = Vec::new();
    while tips.len() < texts.len() {
        assert!(
            began.elapsed() < super::sink::PATIENCE * 2,
            "{} of {}",
            tips.len(),
            texts.len()
        );
        let tally = officer.pull().await;
        assert!(!tally.needs_a_person(), "{:?}", tally.troubles());
        tips = officer.tips().await;
    }
    drop(modem);
    gateway.stop().await;
    assert!(
        tips.iter()
            .all(|tip| tip.channel == Channel::Sms && tip.thread.is_none())
    );
    let mut got: Vec<String> = tips.into_iter().map(|tip| tip.what.clone()).collect();
    let mut wanted: Vec<String> = texts.iter().map(shown).collect();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted);
}
