//! Blank characters, separators and digits: the lists compared with Unicode's own, and blank words
//! through both listeners.

use loke::characters::{digit, is_blank, is_invisible, is_space, plain_separator, separates};
use regex::Regex;
use serde_json::Value;

use crate::house::House;
use crate::house::browser::text;
use crate::sms::phones::{PROVIDERS, Phones, Text};

/// Words by kind, collected from phones and word processors.
const EMPTY_WORDS: &str = include_str!("cases/empty-words.json");

pub(crate) fn cases(json: &str, kind: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(json).unwrap();
    all[kind]
        .as_array()
        .unwrap()
        .iter()
        .map(|words| words.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_lists_hold_all_that_unicode_has_of_their_kind() {
    let all = |property: &str| {
        let regex = Regex::new(&format!("^{property}$")).unwrap();
        ('\0'..=char::MAX)
            .filter(|c| regex.is_match(c.encode_utf8(&mut [0; 4])))
            .collect::<Vec<_>>()
    };
    let (digits, ignorable, spaces, dashes) = (
        all(r"\p{Nd}"),
        all(r"\p{Default_Ignorable_Code_Point}"),
        all(r"\p{White_Space}"),
        all(r"\p{Pd}"),
    );
    assert!(
        digits.len() >= 760 && ignorable.len() > 4_000 && spaces.len() == 25 && dashes.len() >= 26,
        "the tables are there"
    );
    assert!(
        digits
            .into_iter()
            .all(|c| digit(c).is_some() && !separates(c) && !is_blank(c))
    );
    let fillers = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
    for c in ignorable {
        assert!(
            is_blank(c) && separates(c) && is_invisible(c) != fillers.contains(&c),
            "{c:?}"
        );
    }
    for c in spaces {
        assert!(
            is_blank(c) && is_space(c) && plain_separator(c) == Some(' ') && !is_invisible(c),
            "{c:?}"
        );
    }
    for c in dashes {
        assert!(plain_separator(c) == Some('-') && !is_blank(c), "{c:?}");
    }
    // The control: a visible character is not blank, and a letter is not a separator.
    let (letters, ink) = (
        all(r"[\p{L}--\p{Default_Ignorable_Code_Point}]"),
        all(r"[\p{S}\p{P}--[\u{2800}\u{1d159}]]"),
    );
    assert!(letters.into_iter().all(|c| !is_blank(c) && !separates(c)));
    assert!(ink.len() > 8_000 && ink.into_iter().all(|c| !is_blank(c)));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_show_nothing_are_asked_for_again_and_make_no_tip() {
    let house = House::open().await;
    let empty: Vec<_> = ["words that show nothing", "words that are blank already"]
        .into_iter()
        .flat_map(|kind| cases(EMPTY_WORDS, kind))
        .collect();
    let something = cases(EMPTY_WORDS, "words that are something");
    assert!(empty.len() == 12 && something.len() == 3);
    for words in &empty {
        let (page, _) = house
            .check(&[text("topic", "drugs"), text("what", words)])
            .await;
        assert_eq!(
            (page.status, page.text().contains("Tell us what you saw.")),
            (422, true),
            "{words:?}"
        );
    }
    for words in &something {
        assert_eq!(
            house
                .check(&[text("topic", "drugs"), text("what", words)])
                .await
                .0
                .status,
            200,
            "{words:?}: the control"
        );
    }
    for provider in PROVIDERS {
        let phones = Phones::open(None, |_| {}).await;
        for words in &empty {
            assert_eq!(
                phones
                    .text(provider, &Text::new("+447700900123", words))
                    .await
                    .status,
                200,
                "{provider}: {words:?}"
            );
        }
        assert_eq!(phones.house.used().await, 0, "{provider}");
        for words in &something {
            assert_eq!(
                phones
                    .text(provider, &Text::new("+447700900123", words))
                    .await
                    .status,
                200,
                "{provider}: {words:?}"
            );
        }
        assert_eq!(phones.house.used().await, 3, "{provider}: the control");
        phones.house.leaves(3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invisible_characters_that_a_script_needs_reach_the_desk() {
    let house = House::open().await;
    let words =
        "می\u{200c}خواهم کمک کنم 👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} \u{200f}رقم\u{200e} co\u{ad}op";
    house
        .report(&[text("topic", "drugs"), text("what", words)])
        .await;
    assert_eq!(
        house.officer("officer", "").await.the_tip().await.what,
        words
    );
}
