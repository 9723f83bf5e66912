//! A text that is plainly in the language of its page is not detected. The results stay as they were
//! with detection, or detection was wrong.

use super::*;

const GUARD: [&str; 3] = [
    include_str!("../../../../../tests/data/guard/seen.tsv"),
    include_str!("../../../../../tests/data/guard/unseen.tsv"),
    include_str!("../../../../../tests/data/guard/sixth_writer.tsv"),
];
const OTHER_LANGUAGES: &str =
    include_str!("../../../../../tests/data/usual-words/other-languages.txt");

/// The result of a look, and its result if every text were detected.
fn looked(language: &str, text: &str) -> [Found; 2] {
    let plain = Plain::of(text);
    let sample: String = text.chars().take(SAMPLE).collect();
    let detected = SHIPPED.detected(&sample, &plain);
    let before = SHIPPED.look_in(language, text, &plain, detected);
    [look(language, text), before]
}

/// Texts in the languages of the pages, each with its language.
fn own_texts() -> Vec<(&'static str, &'static str)> {
    let threats = THREATS_IN
        .iter()
        .map(|(language, text, _)| (*language, *text));
    let replies = GUARD.iter().flat_map(|set| set.lines());
    let replies = replies.filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [language, _, text] => Some((language, text)),
        _ => None,
    });
    threats
        .chain(HARMLESS)
        .chain(LIKENESS.iter().flat_map(|set| reports(set)))
        .chain(replies)
        .collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn p17_a_text_plainly_in_its_own_language_gets_the_result_of_detection_or_a_better_one() {
    let (mut all, mut plain, mut corrected) = (0, 0, Vec::new());
    let mut wrong = Vec::new();
    for (language, text) in own_texts() {
        let [now, before] = looked(language, text);
        all += 1;
        let sample: String = text.chars().take(SAMPLE).collect();
        plain += usize::from(is_plainly(language, &sample));
        match (&now, &before) {
            (now, before) if now == before => {}
            // The text is in its page's language, which has rules.
            (Found::Nothing, Found::NotCovered) => corrected.push(text),
            _ => wrong.push(format!("{language} {text}: {now:?}, before {before:?}")),
        }
    }
    println!(
        "{all} texts: {plain} plainly in their language, {} of them were not covered before",
        corrected.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        plain * 3 > all && !corrected.is_empty(),
        "the control: {plain}"
    );
}

#[test]
fn p17_a_text_in_a_language_without_rules_goes_to_a_second_look_on_every_page() {
    let mut not_covered = 0;
    for line in OTHER_LANGUAGES
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (language, text) = line.split_once(" | ").unwrap();
        for page in loke_core::words::CODES {
            let [now, before] = looked(page, text);
            assert_eq!(now, before, "{language} on page {page}: {text}");
            not_covered += usize::from(now == Found::NotCovered);
        }
        assert_eq!(looked("xx", text)[0], looked("xx", text)[1]);
    }
    assert!(not_covered > 300, "{not_covered}");
}

#[test]
fn p17_a_threat_in_another_of_our_languages_than_the_page_is_found() {
    let mut wrong = Vec::new();
    for (language, text, words) in THREATS_IN {
        for page in loke_core::words::CODES {
            let [now, before] = looked(page, text);
            if now != before {
                wrong.push(format!(
                    "{language} on page {page}, {words}: {now:?}, before {before:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The second half is in another language than the page and the first half.
    for (page, text, words) in [
        (
            "en",
            "There are people at the door every night. Wczoraj wieczorem jeden z nich wyciągnął nóż i groził sąsiadce, a potem uciekł przez podwórko",
            "nóż",
        ),
        (
            "en",
            "They sell something behind the shops. Wczoraj wieczorem jeden z nich wyciagnal noz i pokazywal go dzieciom pod blokiem, a potem uciekl w strone przystanku i krzyczal ze jeszcze tu wroci",
            "noz",
        ),
        (
            "pl",
            "Codziennie wieczorem ktoś stoi przy bramie. Last night one of them had a gun and he was shouting at the woman from the second floor",
            "gun",
        ),
        (
            "es",
            "Hay gente en la puerta todas las noches. Ontem um deles tinha uma faca na mão e não deixou sair a senhora que mora no segundo andar",
            "faca",
        ),
        (
            "en",
            "There are people at the door: 他身上有一把刀，每天晚上都在楼下走来走去，邻居们都很害怕，我们不敢出门，孩子也不敢去上学",
            "刀",
        ),
    ] {
        assert_eq!(look(page, text), Found::Threat(words.into()), "{text}");
    }
}
