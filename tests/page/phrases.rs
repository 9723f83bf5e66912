//! The phrases that identify a writer in every language: name, home, neighbour, "call me", "I am
//! the caretaker". A language whose rules find them all is complete. On every other page, and for a
//! text in a language of no page, the check page says that words are not checked, with and without
//! hints.

use std::path::Path;

use loke::gateway::web::pii_hints::Rules;
use loke::words::{CODES, Languages};

use crate::house::House;
use crate::house::browser::text;

/// Sentences in languages that no page has: Ukrainian, Russian, Greek, Hindi, Dutch and Turkish.
const FOREIGN: [&str; 6] = [
    "Мене звати Оксана, я живу поруч з ними і чую, як вони кричать щовечора.",
    "Меня зовут Иван, я живу в соседней квартире и каждый вечер слышу крики.",
    "Με λένε Μαρία και μένω δίπλα τους, τους ακούω κάθε βράδυ να φωνάζουν.",
    "मेरा नाम सुनीता है और मैं उनके बगल में रहती हूँ, हर रात शोर होता है।",
    "Ik heet Jan en ik woon naast deze mensen, ik hoor ze elke avond schreeuwen in het trappenhuis.",
    "Benim adım Ayşe, onların yanındaki dairede oturuyorum ve her akşam bağırışlarını duyuyorum.",
];

fn rules(folder: &Path) -> Rules {
    Rules::read(&Languages::read().unwrap(), folder).unwrap()
}

/// A file of rules that finds nothing.
fn empty(complete: bool) -> String {
    let kinds = [
        "contact",
        "name",
        "home",
        "neighbour",
        "family",
        "work",
        "only",
        "mine",
        "everybodys",
    ];
    format!("complete = {complete}\n") + &kinds.map(|kind| format!("{kind} = []\n")).concat()
}

/// The phrases of a language whose words in brackets are not all marked for their reason.
fn missed(rules: &Rules, code: &str) -> Vec<String> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/page/marks/{code}-phrases.txt"));
    let phrases = std::fs::read_to_string(file).unwrap();
    assert!(phrases.lines().count() >= 25, "{code}");
    let is_missed = |line: &&str| {
        let (reason, phrase) = line.split_once('\t').unwrap();
        let (from, to) = (phrase.find('[').unwrap(), phrase.find(']').unwrap() - 1);
        let hints = rules.find(&phrase.replace(['[', ']'], ""), code).hints;
        !hints
            .iter()
            .any(|hint| hint.reason == reason && hint.place.start <= from && to <= hint.place.end)
    };
    let lines = phrases.lines().filter(is_missed);
    lines.map(str::to_owned).collect()
}

#[test]
fn every_complete_language_marks_the_phrases_that_show_who_wrote() {
    let built_in = rules(Path::new("nowhere"));
    for code in CODES {
        assert!(built_in.are_complete(code), "{code}");
        let missed = missed(&built_in, code);
        assert!(missed.is_empty(), "{code}: {missed:#?}");
    }
    assert!(!built_in.are_complete("uk"));
    // The control: rules that find nothing miss them all.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("rules/hints")).unwrap();
    std::fs::write(folder.path().join("rules/hints/pl.toml"), empty(true)).unwrap();
    assert!(missed(&rules(folder.path()), "pl").len() >= 25);
}

/// A file of an operator that does not say that it is complete is not.
#[test]
fn rules_are_complete_only_if_their_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules/hints/pl.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    for (text, complete) in [
        (empty(true), true),
        (empty(false), false),
        (empty(false).replace("complete = false\n", ""), false),
    ] {
        std::fs::write(&file, text).unwrap();
        let rules = rules(folder.path());
        let polish = "Codziennie wieczorem krzyczą na klatce schodowej i trzaskają drzwiami.";
        assert_eq!(
            (rules.are_complete("pl"), rules.cover(polish, "pl")),
            (complete, complete)
        );
        // A Polish text on the English page needs the Polish rules too.
        assert_eq!(rules.cover(polish, "en"), complete);
        assert!(rules.are_complete("en") && rules.cover("A tag on the wall.", "en"));
    }
}

#[test]
fn a_text_in_a_language_of_no_page_is_not_covered_and_the_others_are() {
    let rules = rules(Path::new("nowhere"));
    for foreign in FOREIGN {
        for page in ["en", "ar"] {
            assert!(!rules.cover(foreign, page), "{foreign}");
        }
    }
    let mut wrong = Vec::new();
    for code in CODES {
        let prefix = if *code == "en" {
            String::new()
        } else {
            format!("{code}-")
        };
        for kind in ["telling", "plain"] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("tests/page/marks/{prefix}{kind}.txt"));
            let reports = std::fs::read_to_string(file)
                .unwrap()
                .replace(['[', ']'], "");
            let lines = reports.lines().filter(|line| !rules.cover(line, code));
            wrong.extend(lines.map(|line| format!("{code}: {line}")));
        }
    }
    // Of 1,000 reports.
    println!("reports taken for another language: {}", wrong.len());
    assert!(wrong.len() <= 10, "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_that_words_are_not_checked_with_and_without_hints() {
    let words = Languages::read().unwrap();
    let built_in = House::open().await;
    for complete in [true, false] {
        let mut house = House::open().await;
        let folder = house.config.parent().unwrap().join("rules/hints");
        std::fs::create_dir_all(&folder).unwrap();
        for code in CODES {
            std::fs::write(folder.join(format!("{code}.toml")), empty(complete)).unwrap();
        }
        house.restart().await;
        for language in words.all() {
            let page = async |house: &House, what: &str| {
                let fields = [
                    text("language", language.code),
                    text("topic", "drugs"),
                    text("what", what),
                ];
                house.check(&fields).await.0.text()
            };
            let says = |page: &str, id: &str| page.contains(language.say(id));
            for (what, marks) in [("xyz", false), ("xyz 07700 900123", true)] {
                let page = page(&house, what).await;
                assert_eq!(
                    (
                        says(&page, "check-unread"),
                        says(&page, "check-clear"),
                        page.contains("<mark>")
                    ),
                    (!complete, complete && !marks, marks),
                    "{} {what}",
                    language.code
                );
            }
            // The built-in rules, with a text in a language of no page.
            for (what, foreign) in [(FOREIGN[0], true), ("xyz", false)] {
                let page = page(&built_in, what).await;
                assert_eq!(
                    (says(&page, "check-unread"), says(&page, "check-clear")),
                    (foreign, !foreign),
                    "{} {what}",
                    language.code
                );
            }
        }
    }
}

/// R15: the label of a group is a heading, the words around a hint are cut at spaces, and an
/// ellipsis stands where the line goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_hint_has_a_heading_and_shows_where_its_line_goes_on() {
    let house = House::open().await;
    let page = async |what: &str| {
        let fields = [text("topic", "drugs"), text("what", what)];
        house.check(&fields).await.0.text()
    };
    let long = page(
        "The warden-controlled door is never shut. You can ring me after six o'clock-ish, any evening.",
    )
    .await;
    assert!(
        long.contains("<h3>A way to reach you:</h3>")
            && long.contains("<bdi>…is never shut. You can <mark>ring me</mark> after six o&#39;clock-ish,…</bdi>"),
        "{long}"
    );
    let short = page("Please ring me\nat six. My name is Karen.").await;
    assert!(
        short.contains("<bdi>Please <mark>ring me</mark></bdi>")
            && short.contains("<bdi>at six. <mark>My name is Karen</mark>.</bdi>"),
        "the control: {short}"
    );
}
