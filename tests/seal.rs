//! What a seal shows from outside: a size class and nothing else (promise P4), and an expiry day
//! with a random offset (P7).

mod tars;

use std::collections::BTreeSet;
use std::io::Read;

use loke::clock::Day;
use loke::seal::{MacKey, Recipient, Recipients, Sealed, SizeClass, fuzz_expiry, seal};
use loke::tip::{
    Channel, HowKnown, Lane, Photo, PhotoNote, Priority, Removed, SCHEMA, Tip, TipId, Topic,
    Unproven, YesNo, limits,
};

/// A tip with every free-text answer filled with as much of `text` as the limits allow.
fn full(text: &str) -> Tip {
    let fill = |limit: usize| text.chars().cycle().take(limit).collect::<String>();
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Onion,
        language: "zh".into(),
        received: "2026-11-21".into(),
        topic: Topic::Cuckooing,
        lane: Lane::Safeguarding,
        priority: Priority::Routine,
        what: fill(limits::WHAT),
        place: Some(fill(limits::WHERE)),
        when: Some(fill(limits::WHEN)),
        ongoing: Some(YesNo::Unsure),
        danger: Some(YesNo::Unsure),
        child: Some(YesNo::Unsure),
        impact: Some(fill(limits::IMPACT)),
        vehicle: Some(fill(limits::VEHICLE)),
        how_known: Some(HowKnown::Unsaid),
        signs: vec!["shortstops".into(); limits::SIGNS],
        offensive: Some(false),
        campaign: Some("ABCDEFGHIJKL".into()),
        proven: false,
        unproven: Some(Unproven::ALL.to_vec()),
        thread: Some("0".repeat(32)),
        photos: Vec::new(),
        reply_key: Some("0".repeat(64)),
        reply_box: Some("0".repeat(32)),
        follow_up: None,
    }
}

fn plaintext(identity: &age::x25519::Identity, sealed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let opened = age::Decryptor::new_buffered(sealed)
        .unwrap()
        .decrypt(std::iter::once(identity as &dyn age::Identity));
    opened.unwrap().read_to_end(&mut plain).unwrap();
    plain
}

fn plain_length(identity: &age::x25519::Identity, sealed: &Sealed) -> usize {
    plaintext(identity, &sealed.bytes).len()
}

fn keys() -> (age::x25519::Identity, Recipients, MacKey) {
    let identity = age::x25519::Identity::generate();
    let mut recipients = Recipients::default();
    for lane in Lane::ALL {
        recipients.add(*lane, identity.to_public().to_string().parse().unwrap());
    }
    (identity, recipients, MacKey::random().unwrap())
}

#[test]
fn p4_every_text_tip_has_one_plaintext_size_from_one_word_to_the_limit_in_any_script() {
    let (identity, recipients, key) = keys();
    // The last entries are the longest in JSON: two bytes for one, and four bytes of UTF-8.
    for text in [
        "x",
        "ż",
        "سيارة",
        "灰色",
        "\"",
        "\\\n\t",
        "🚗",
        "\u{10ffff}",
    ] {
        let mut short = full("");
        short.what = text.into();
        for tip in [full(text), short] {
            let sealed = seal(&tip, &[], &recipients, &key, Day(21_000)).unwrap();
            assert_eq!(
                (sealed.class, plain_length(&identity, &sealed)),
                (SizeClass::Text, 16_384),
                "{text:?}"
            );
            assert!(sealed.bytes.len() <= SizeClass::Text.sealed());
        }
    }
    // The control: without the limits it would not fit.
    let mut over = full("🚗");
    over.what = "🚗".repeat(4_000);
    assert!(seal(&over, &[], &recipients, &key, Day(21_000)).is_err());
}

#[test]
fn p4_tips_with_photos_fall_in_four_classes() {
    let (identity, recipients, key) = keys();
    for (bytes, class) in [
        (1, SizeClass::One),
        (900_000, SizeClass::One),
        (1_100_000, SizeClass::Two),
        (2_000_000, SizeClass::Two),
    ] {
        let mut tip = full("x");
        tip.photos = vec![PhotoNote {
            name: "photo-1.jpg".into(),
            removed: Removed::ALL.to_vec(),
        }];
        let sealed = seal(
            &tip,
            &[Photo {
                jpeg: vec![7; bytes],
                removed: vec![],
                thumbnail: Vec::new(),
            }],
            &recipients,
            &key,
            Day(21_000),
        )
        .unwrap();
        assert_eq!(
            (sealed.class, plain_length(&identity, &sealed)),
            (class, class.plain()),
            "{bytes} bytes"
        );
    }
    let mut tip = full("🚗");
    tip.photos = (1..=4)
        .map(|n| PhotoNote {
            name: format!("photo-{n}.jpg"),
            removed: Removed::ALL.to_vec(),
        })
        .collect();
    let four = vec![
        Photo {
            jpeg: vec![7; loke::photo::MAX_CLEAN_BYTES],
            removed: vec![],
            thumbnail: Vec::new(),
        };
        4
    ];
    assert_eq!(
        seal(&tip, &four, &recipients, &key, Day(21_000))
            .unwrap()
            .class,
        SizeClass::Eight,
        "four of the largest photos fit"
    );
}

#[test]
fn p7_the_expiry_day_is_the_retention_moved_by_random_days_either_way() {
    let days: BTreeSet<i32> = (0..2_000)
        .map(|_| fuzz_expiry(Day(20_000), 30).unwrap().0 - 20_000)
        .collect();
    assert_eq!(days, (24..=36).collect());
    let shortest: BTreeSet<i32> = (0..200)
        .map(|_| fuzz_expiry(Day(20_000), 1).unwrap().0 - 20_000)
        .collect();
    assert_eq!(shortest, (0..=2).collect());
}

#[test]
fn a_row_that_was_changed_swapped_or_forged_does_not_hold() {
    let (_, recipients, key) = keys();
    let row = seal(&full("x"), &[], &recipients, &key, Day(21_000)).unwrap();
    let other = seal(&full("y"), &[], &recipients, &key, Day(21_000)).unwrap();
    assert!(key.holds(&row) && key.holds(&other), "the control");
    let forged = [
        Sealed {
            id: other.id,
            ..row.clone()
        },
        Sealed {
            lane: Lane::Graffiti,
            ..row.clone()
        },
        Sealed {
            priority: Priority::Now,
            ..row.clone()
        },
        Sealed {
            expiry: Day(21_001),
            ..row.clone()
        },
        Sealed {
            bytes: other.bytes.clone(),
            ..row.clone()
        },
    ];
    for (i, forged) in forged.iter().enumerate() {
        assert!(!key.holds(forged), "{i}");
    }
    assert!(!MacKey::random().unwrap().holds(&row));
}

#[test]
fn p12_a_tip_for_one_key_has_as_many_recipients_as_its_lane() {
    let key = || -> Recipient {
        let public = age::x25519::Identity::generate().to_public();
        public.to_string().parse().unwrap()
    };
    let (mine, mut all) = (key(), Recipients::default());
    for _ in 0..3 {
        all.add(Lane::Drugs, key());
    }
    let alone = all.alone(Lane::Drugs, &mine).unwrap();
    let keys = |of: &Recipients| -> Vec<String> {
        let keys = of.of(Lane::Drugs).iter();
        keys.map(ToString::to_string).collect()
    };
    let (filled, lane) = (keys(&alone), keys(&all));
    assert!(filled.contains(&mine.to_string()));
    assert!(!filled.iter().any(|key| lane.contains(key)));
    let stanzas = |of: &Recipients| {
        let sealed = loke::seal::encrypt_to(of.of(Lane::Drugs), b"x").unwrap();
        let stanza = b"-> X25519 ";
        let parts = sealed.windows(stanza.len());
        parts.filter(|part| part == stanza).count()
    };
    assert_eq!((stanzas(&alone), stanzas(&all)), (3, 3));
}
