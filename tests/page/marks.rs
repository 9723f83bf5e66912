//! The PII hints in a report's words: the share of identifying reports in which the identifying
//! words are marked, and the share of plain reports in which anything is marked. All reports were
//! written for this test. Of the English ones, the first hundred of each kind were used while the
//! patterns were made; the fifty of each "unseen" kind were not, so their figure is the reliable
//! one.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use cpu_time::ThreadTime;
use loke::clock::Clock;
use loke::gateway::serve;
use loke::gateway::settings::GatewaySettings;
use loke::gateway::web::pii_hints::{Found, MOST, REASONS, Rules};
use loke::words::{CODES, Languages};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::characters::cases;
use crate::house::browser::text;
use crate::house::programs;
use crate::house::{House, NOON};

/// Reports that identify their writer, one per line, with the identifying words in square brackets.
const TELLING: &str = include_str!("marks/telling.txt");
const TELLING_UNSEEN: &str = include_str!("marks/telling-unseen.txt");
/// Reports that do not.
const PLAIN: &str = include_str!("marks/plain.txt");
const PLAIN_UNSEEN: &str = include_str!("marks/plain-unseen.txt");
/// Numbers, addresses and names as pasted from word processors, PDF files and contact lists.
const PASTED: &str = include_str!("cases/pasted-numbers.json");

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(&Languages::read().unwrap(), Path::new("no folder")).unwrap());

fn find(text: &str, language: &str) -> Found {
    RULES.find(text, language)
}

/// A language's own reports of one kind.
fn reports(language: &str, kind: &str) -> &'static str {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/page/marks/{language}-{kind}.txt"));
    std::fs::read_to_string(&file)
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()))
        .leak()
}

/// The reports in which none of the words in brackets is marked.
fn missed(reports: &'static str, language: &str) -> Vec<&'static str> {
    let is_marked = |line: &str| {
        let (from, to) = (line.find('[').unwrap(), line.find(']').unwrap() - 1);
        let text = line.replace(['[', ']'], "");
        find(&text, language)
            .hints
            .iter()
            .any(|hint| hint.place.start < to && from < hint.place.end)
    };
    reports.lines().filter(|line| !is_marked(line)).collect()
}

/// The reports in which anything is marked, with the marked text.
fn false_marks(reports: &'static str, language: &str) -> Vec<(&'static str, &'static str)> {
    reports
        .lines()
        .filter_map(|line| {
            Some((
                line,
                &line[find(line, language).hints.first()?.place.clone()],
            ))
        })
        .collect()
}

/// The share in percent.
fn percent(part: usize, reports: &str) -> usize {
    part * 100 / reports.lines().count()
}

#[test]
fn nine_in_ten_of_what_tells_who_wrote_is_marked_and_one_in_twenty_of_what_does_not() {
    assert_eq!(
        [TELLING, PLAIN, TELLING_UNSEEN, PLAIN_UNSEEN].map(|reports| reports.lines().count()),
        [100, 100, 50, 50]
    );
    let (missing, wrong) = (missed(TELLING, "en"), false_marks(PLAIN, "en"));
    let marked = 100 - percent(missing.len(), TELLING);
    println!(
        "marks: {marked} % of telling reports, {} % of plain ones",
        percent(wrong.len(), PLAIN)
    );
    let unseen = 100 - percent(missed(TELLING_UNSEEN, "en").len(), TELLING_UNSEEN);
    let wrong_unseen = percent(false_marks(PLAIN_UNSEEN, "en").len(), PLAIN_UNSEEN);
    println!("marks, unseen reports: {unseen} % of telling ones, {wrong_unseen} % of plain ones");
    assert!(marked >= 96, "{missing:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The message lists none of them: tuning the patterns to these reports would leave none unseen.
    assert!(unseen >= 90 && wrong_unseen <= 5);
}

#[test]
fn every_language_of_the_page_marks_as_much_in_its_own_words() {
    for language in CODES.iter().skip(1) {
        let (telling, plain) = (reports(language, "telling"), reports(language, "plain"));
        assert_eq!(
            (telling.lines().count(), plain.lines().count()),
            (50, 50),
            "{language}"
        );
        let (missing, wrong) = (missed(telling, language), false_marks(plain, language));
        println!(
            "marks, {language}: {} % of telling reports, {} % of plain ones",
            100 - percent(missing.len(), telling),
            percent(wrong.len(), plain)
        );
        assert!(
            percent(missing.len(), telling) <= 10,
            "{language}: {missing:#?}"
        );
        assert!(percent(wrong.len(), plain) <= 5, "{language}: {wrong:#?}");
        // The English page also recognizes some of them.
        let known = telling
            .lines()
            .filter(|line| {
                !find(&line.replace(['[', ']'], "").repeat(3), "en")
                    .hints
                    .is_empty()
            })
            .count();
        println!(
            "marks, {language} on the English page: {} %",
            percent(known, telling)
        );
        assert!(percent(known, telling) >= 80, "{language}: {known}");
    }
}

#[test]
fn the_count_of_marks_knows_a_miss_and_a_false_mark() {
    assert_eq!(
        missed(
            "It is near [my house].\nSeen by [somebody] near my house.\nSeen by [somebody].",
            "en"
        ),
        ["Seen by [somebody] near my house.", "Seen by [somebody]."]
    );
    assert_eq!(
        false_marks("It is near my house.\nIt is near the house.", "en"),
        [("It is near my house.", "my house")]
    );
    assert_eq!((percent(1, "a\nb\nc\nd"), percent(0, "a")), (25, 0));
}

#[test]
fn every_built_in_file_is_usable_and_every_language_has_one() {
    assert_eq!(
        Rules::check_built_in().map_err(|e| e.to_string()),
        Ok(CODES.len())
    );
    assert!(CODES.iter().all(|code| RULES.are_complete(code)) && !RULES.are_complete("uk"));
}

#[test]
fn what_tells_who_wrote_is_marked_with_its_reason() {
    for (text, reason) in [
        ("ring me on 07700 900123 after six", "contact"),
        ("the number is 07700 900 123", "phone"),
        ("the number is (01603) 123456.", "phone"),
        ("zadzwoń +48 600 123 456", "phone"),
        ("write to jo.smith@example.org", "email"),
        ("пишите: иван@пример.рф", "email"),
        ("My name is Jo", "name"),
        ("I live at the end of the lane", "home"),
        ("it is next door to me", "neighbour"),
        ("I live next door to him, ring me on 07700 900123", "home"),
        ("the flat above us", "neighbour"),
        ("I can smell it in my flat", "home"),
        ("my son saw them", "family"),
        ("I work in the shop opposite", "work"),
        ("only I have a key", "only"),
        ("I work for the council", "work"),
        ("I’m the one who rang", "only"),
        ("it’s me, my name’s Jo", "name"),
    ] {
        let found = find(text, "en");
        assert!(
            found
                .hints
                .iter()
                .any(|hint| hint.reason == reason && REASONS.contains(&reason)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn plain_sightings_are_left_alone() {
    for text in [
        "Two men swapped the lock at flat 12 on Tuesday at 21:30.",
        "A red tag, KZ7, on the wall of the bus station, about 2 metres high.",
        "Cars stop for a minute, 10 or 15 times a night. AB12 CDE is one.",
        "The old man has not been seen since the 14th.",
        "I am a bit worried, and in my opinion it’s getting worse.",
        "It was 01/11/2026 21:30, and again on 02.11.2026 20.15 and 03-11-26 19-45.",
        "Number 447, then 77, and 900 or 123 people.",
    ] {
        assert_eq!(
            find(text, "en"),
            Found {
                steps: find(text, "en").steps,
                ..Found::default()
            },
            "{text}"
        );
    }
}

#[test]
fn numbers_addresses_and_names_are_marked_as_they_are_pasted() {
    let (before, now) = (
        cases(PASTED, "marked today"),
        cases(PASTED, "not marked today"),
    );
    assert_eq!((before.len(), now.len()), (7, 17));
    for pasted in before.iter().chain(&now) {
        for text in [
            pasted.clone(),
            format!("Seen at nine. {pasted}, says the note"),
        ] {
            let hints = find(&text, "en").hints;
            let reason = match pasted {
                p if p.starts_with("my") => "name",
                p if p.starts_with("jo") => "email",
                _ => "phone",
            };
            let [hint] = hints.as_slice() else {
                panic!("{text:?}: {hints:?}")
            };
            let visible = |text: &str| {
                text.chars()
                    .filter(|c| c.is_alphanumeric())
                    .collect::<String>()
            };
            let marked = visible(&text[hint.place.clone()]);
            assert!(
                hint.reason == reason && !marked.is_empty() && visible(pasted).starts_with(&marked),
                "{text:?}: {hint:?}"
            );
            assert!(
                reason == "name" || marked == visible(pasted),
                "{text:?}: all of it, and nothing else: {marked}"
            );
        }
    }
    for glued in [
        "tel07700900123",
        "07700900123call",
        "电话07700900123。",
        "ring_07700900123_",
    ] {
        assert_eq!(find(glued, "en").hints.len(), 1, "{glued}");
    }
    // The digits of many scripts, with many separators.
    for zero in ['0', '٠', '۰', '०', '০', '๐', '၀', '０', '𝟎'] {
        let digits: String = "07700900123"
            .chars()
            .map(|c| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap())
            .collect();
        for separator in [
            "", " ", "\u{2011}", "\u{202f}", "/", ".", "\u{200e}", "\u{ad}", ") ", "_", "|", "\\",
            "] [", " - ",
        ] {
            let text: String = digits
                .chars()
                .flat_map(|c| std::iter::once(c).chain(separator.chars()))
                .collect();
            assert_eq!(find(&text, "en").hints.len(), 1, "{text:?}");
        }
    }
}

/// Whether a position is inside a word or a grapheme cluster: between two ASCII letters or digits,
/// or between the characters of one cluster.
fn cuts(text: &str, at: usize) -> bool {
    let spaced = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    spaced(text[..at].chars().next_back()) && spaced(text[at..].chars().next())
        || at < text.len() && text.grapheme_indices(true).all(|(start, _)| start != at)
}

#[test]
fn a_hint_and_the_words_around_it_begin_and_end_at_words() {
    let shown = |text: &'static str| {
        let hint = find(text, "en").hints.swap_remove(0);
        (&text[hint.shown.clone()], &text[hint.place.clone()])
    };
    // An earlier version showed "at at 14 Vauxhall Tower".
    let (all, marked) =
        shown("Somebody at the flat at 14 Vauxhall Tower, I live at 14 Vauxhall Tower, knocked");
    assert!(
        all.starts_with("at 14 Vauxhall")
            && marked == "I live at 14 Vauxhall Tower"
            && all.ends_with("knocked"),
        "{all}"
    );
    assert_eq!(
        shown("e\u{301}te\u{301} my fla\u{301}t \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}.").1,
        "my fla\u{301}t"
    );
}

proptest! {
    #[test]
    fn no_word_and_no_cluster_of_any_text_is_cut(
        parts in prop::collection::vec(
            prop_oneof![
                Just("my flat ".to_owned()), Just("call me".to_owned()), Just("07700 900123".to_owned()), Just("jo@example.org".to_owned()),
                Just("我家门口".to_owned()), Just("أسكن في الطابق".to_owned()), Just("my\u{200b}  son\n".to_owned()), Just("👨\u{200d}👩\u{200d}👧".to_owned()),
                Just("e\u{301}".to_owned()), Just("\u{600}5 ".to_owned()), Just("กำ".to_owned()), "\\PC{0,12}", "[a-z ]{0,30}", any::<String>(),
            ],
            0..12,
        ),
        language in prop::sample::select(CODES),
    ) {
        let text = parts.concat();
        let found = find(&text, language);
        prop_assert!(found.hints.len() <= MOST);
        prop_assert!(found.hints.windows(2).all(|pair| pair[0].place.end <= pair[1].place.start), "they overlap");
        for hint in &found.hints {
            prop_assert!(hint.shown.start <= hint.place.start && hint.place.start < hint.place.end && hint.place.end <= hint.shown.end);
            for at in [hint.place.start, hint.place.end, hint.shown.start, hint.shown.end] {
                prop_assert!(!cuts(&text, at), "{at} of {text:?}");
            }
            let around = text[hint.shown.start..hint.place.start].chars().count().max(text[hint.place.end..hint.shown.end].chars().count());
            prop_assert!(around <= 24);
        }
    }
}

/// The work beyond one pass per pattern grows no faster than the text, and stops at twenty hints.
#[test]
fn the_work_on_a_text_grows_no_faster_than_the_text() {
    for part in [
        "my son ",
        "a",
        "a@",
        "0 ",
        "my my ",
        "I live ",
        "call me my ",
        "我家",
        "jo@a.b ",
        "أسكن ",
        "i have a bit ",
        "01/02/2026 12 ",
        "\u{301}",
        "i am a bit ",
    ] {
        let steps = |times: usize| find(&part.repeat(times), "en").steps;
        let (some, double) = (steps(1_000), steps(2_000));
        assert!(
            double <= 2 * some + 2 * MOST && some <= 1_000 * (MOST + 1) * part.len(),
            "{part:?}: {some}, then {double}"
        );
        assert!(find(&part.repeat(2_000), "en").hints.len() <= MOST);
    }
    let many = find(&"my son, ".repeat(MOST + 1), "en");
    assert_eq!((many.hints.len(), many.more), (MOST, true));
    let few = find(&"my son, ".repeat(MOST), "en");
    assert_eq!((few.hints.len(), few.more), (MOST, false), "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_twenty_hints_and_says_if_there_are_more() {
    let house = House::open().await;
    let page = async |what: &str, place: &str| {
        house
            .check(&[
                text("topic", "drugs"),
                text("what", what),
                text("where", place),
            ])
            .await
            .0
            .text()
    };
    let many = page(&"my son, ".repeat(15), &"my son, ".repeat(6)).await;
    assert_eq!(
        (
            many.matches("<mark>").count(),
            many.contains("And there are more like these.")
        ),
        (20, true)
    );
    let few = page(&"my son, ".repeat(15), &"my son, ".repeat(5)).await;
    assert_eq!(
        (
            few.matches("<mark>").count(),
            few.contains("And there are more like these.")
        ),
        (20, false),
        "the control"
    );
    let none = page("a red tag", "").await;
    assert!(none.contains("We found no words that show who you are.") && !none.contains("<mark>"));
    // A long report is searched on a thread beside the server's, as completely as a short one.
    let long = page(
        &format!("{}my son", "a red tag ".repeat(150)),
        &"x ".repeat(100),
    )
    .await;
    assert!(
        long.contains("<bdi>a red tag a red tag <mark>my son</mark></bdi>")
            || long.contains("red tag <mark>my son</mark>"),
        "{long}"
    );
}

#[test]
fn an_operators_own_rules_replace_the_built_in_ones_and_an_unusable_file_is_named() {
    let languages = Languages::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("rules/hints/pl.toml");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    let file = |patterns: &str| {
        format!(
            "contact = []\nname = [{patterns}]\nhome = []\nneighbour = []\nfamily = []\nwork = []\nonly = []\nmine = []\neverybodys = []\n"
        )
    };
    std::fs::write(&own, file("'zażółć'")).unwrap();
    let rules = Rules::read(&languages, folder.path()).unwrap();
    let marked = |text: &str| rules.find(text, "pl").hints.len();
    assert_eq!(
        (
            marked("ZAZOLC gesla"),
            marked("Mieszkam tutaj"),
            find("Mieszkam tutaj", "pl").hints.len()
        ),
        (1, 0, 1)
    );
    for (broken, line, says) in [
        (file("\n'a', '(b'"), 3, "not a valid regular expression"),
        (format!("{}\nnames = []", file("")), 11, "unknown field"),
        ("name = []\n".to_owned(), 1, "missing field"),
    ] {
        std::fs::write(&own, &broken).unwrap();
        let trouble = Rules::read(&languages, folder.path()).err().unwrap();
        assert!(
            trouble.line == Some(line) && trouble.what.contains(says) && trouble.file == own,
            "{trouble}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_with_unusable_rules_does_not_start_and_check_says_why() {
    let house = House::open().await;
    let start = async || {
        serve::start(
            GatewaySettings::read(&house.config).unwrap(),
            Clock::by_hand(NOON),
        )
        .await
    };
    let check = || {
        Command::new(programs::gateway())
            .args(["check", "--config"])
            .arg(&house.config)
            .output()
            .unwrap()
    };
    let says = |output: &Output| {
        String::from_utf8_lossy(&output.stdout)
            .contains("rules/hints/pl.toml, line 1: missing field")
    };
    start().await.unwrap().stop().await;
    assert!(!says(&check()), "the control");
    let folder = house.config.parent().unwrap().join("rules/hints");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("pl.toml"), "name = []\n").unwrap();
    let error = start().await.err().unwrap().to_string();
    assert!(
        error.contains("rules/hints/pl.toml, line 1: missing field"),
        "{error}"
    );
    assert!(says(&check()));
}

/// The longest possible report takes a few milliseconds of CPU. Always printed; only `.ci/deep`
/// judges it.
#[test]
fn what_finding_hints_in_the_longest_reports_costs() {
    for part in [
        "they deal above the shop every night, my son saw them. ",
        "my ",
        "0 1 2 ",
        "a@",
        "他们每天晚上在楼上，",
        "رجلان عند الباب كل ليلة، ",
        "handlują co noc, ",
    ] {
        for language in ["en", "pl", "zh", "ar"] {
            let text = |chars: usize| part.chars().cycle().take(chars).collect::<String>();
            let (short, longest) = (text(500), text(3_060));
            let cost = |text: &str| {
                let _ = find(text, language);
                let start = ThreadTime::now();
                (0..10).for_each(|_| drop(find(text, language)));
                start.elapsed().as_micros() / 10
            };
            let (some, most) = (cost(&short), cost(&longest));
            println!(
                "hints, {part:?} on {language}: {some} µs for 500 characters, {most} µs for 3,060"
            );
            assert!(
                std::env::var_os("LOKE_DEEP").is_none() || most < 20_000,
                "{part:?} on {language}: {most} µs"
            );
        }
    }
}
