use super::*;

const WRITTEN: &str = include_str!("../../../tests/data/guard/written.tsv");
const SEEN: &str = include_str!("../../../tests/data/guard/seen.tsv");
const UNSEEN: &str = include_str!("../../../tests/data/guard/unseen.tsv");

/// The tip that the replies of the test sets belong to.
fn facts() -> Facts {
    Facts::of(
        [
            "A man called Darren Pike sells something from the back door every night. A blue van comes at ten.",
            "AB12 CDE",
        ],
        "Flat 3, 14 Mill Lane",
    )
}

fn lines(set: &str) -> impl Iterator<Item = (&str, bool, &str)> {
    set.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split('\t');
            let mut next = || parts.next().unwrap();
            (next(), next() != "ok", next())
        })
}

/// How many of the set are held, of how many that must be; and how many are held wrongly, of how
/// many that must not be.
fn measured(name: &str, set: &str) -> [usize; 4] {
    let (guard, facts) = (Guard::built_in(), facts());
    let mut counts = [0; 4];
    for (language, must, text) in lines(set) {
        let looked = guard.look(language, text, &facts);
        let at = if must { 0 } else { 2 };
        counts[at] += usize::from(looked.is_held());
        counts[at + 1] += 1;
        if looked.is_held() != must {
            println!("{name}: {language} {text} {:?}", looked.finds);
        }
    }
    println!(
        "{name}: held {} of {}, wrongly held {} of {}",
        counts[0], counts[1], counts[2], counts[3]
    );
    counts
}

#[test]
fn p16_the_guard_holds_what_it_must_of_the_150_replies_written_for_it() {
    let [held, must, wrongly, clean] = measured("written", WRITTEN);
    assert_eq!((must, clean), (75, 75));
    assert!(held * 100 >= must * 95, "held {held} of {must}");
    assert!(
        wrongly * 100 <= clean * 5,
        "wrongly held {wrongly} of {clean}"
    );
    let tells = WRITTEN.matches("\tothers\t").count() + WRITTEN.matches("\tpolice\t").count();
    assert!(tells >= 20, "{tells}");
    let [held, must, wrongly, clean] = measured("seen", SEEN);
    assert!(held * 100 >= must * 95, "held {held} of {must}");
    assert!(
        wrongly * 100 <= clean * 5,
        "wrongly held {wrongly} of {clean}"
    );
}

/// The goal is 95 of 100 held and at most 5 of 100 held wrongly, as for the texts above. The rules
/// reach less on words that they never saw: `docs/promises/p16-a-reply-never-tasks.md` says so.
#[test]
fn p16_the_guard_is_measured_on_100_replies_that_no_rule_was_tuned_on() {
    let [held, must, wrongly, clean] = measured("unseen", UNSEEN);
    assert_eq!((must, clean), (50, 50));
    assert!(held * 100 >= must * 80, "held {held} of {must}");
    assert!(
        wrongly * 100 <= clean * 20,
        "wrongly held {wrongly} of {clean}"
    );
}

#[test]
fn p16_a_find_marks_its_phrase_with_the_reason() {
    let (guard, facts) = (Guard::built_in(), facts());
    let text = "Thank you. Could you follow him to the car?";
    let looked = guard.look("en", text, &facts);
    let marked: Vec<&str> = looked
        .pieces(text)
        .into_iter()
        .filter(|(_, reason)| reason.is_some())
        .map(|(piece, _)| piece)
        .collect();
    assert!(marked.concat().contains("follow"), "{marked:?}");
    let pieces: String = looked
        .pieces(text)
        .iter()
        .map(|(piece, _)| *piece)
        .collect();
    assert_eq!(pieces, text, "nothing is lost");
    for (text, reason) in [
        ("We know about AB12CDE.", Reason::Plate),
        ("Is it at Mill Lane?", Reason::Place),
        ("Was Darren there?", Reason::Person),
        (
            "It says: sells something from the back door.",
            Reason::Passage,
        ),
        ("That is worth £20 to us.", Reason::Reward),
        ("Ring 01603 555123.", Reason::Contact),
    ] {
        let finds = guard.look("en", text, &facts).finds;
        assert!(
            finds.iter().any(|find| find.reason == reason),
            "{text} {finds:?}"
        );
    }
    let looked = guard.look("en", "You can ring 999 or 0800 555 111.", &facts);
    assert!(!looked.is_held(), "control: helplines. {looked:?}");
}

#[test]
fn p16_a_language_without_rules_is_always_held() {
    let looked = Guard::built_in().look("bg", "Благодаря.", &facts());
    assert!(looked.is_held() && !looked.is_covered);
}

#[test]
fn an_own_file_replaces_a_language_and_a_broken_one_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("rules/guard");
    std::fs::create_dir_all(&own).unwrap();
    let (_, good) = loke_core::built_in::GUARD[0];
    let changed = good.replace("topic = [\n", "topic = [\n    '''catapults?''',\n");
    std::fs::write(own.join("en.toml"), &changed).unwrap();
    let text = "We like catapults.";
    let finds = |guard: &Guard| guard.look("en", text, &Facts::default()).finds;
    let own_rules = Guard::read(folder.path()).unwrap();
    let topic = |find: &Find| find.reason == Reason::Topic;
    assert!(finds(&own_rules).iter().any(topic));
    assert!(!finds(&Guard::built_in()).iter().any(topic), "control");
    let line = changed
        .lines()
        .position(|line| line.contains("catapults"))
        .unwrap()
        + 1;
    std::fs::write(
        own.join("en.toml"),
        changed.replace("catapults?", "catapults("),
    )
    .unwrap();
    let error = Guard::read(folder.path()).err().unwrap();
    assert_eq!(error.line, Some(line), "{error}");
    for (code, text) in loke_core::built_in::GUARD {
        let read = Set::read(&loke_core::config::Source::built_in(code, text));
        assert!(read.is_ok(), "{}", read.err().unwrap());
    }
}

#[test]
fn p16_a_writer_who_says_they_are_under_18_is_noticed() {
    let guard = Guard::built_in();
    for (language, text) in [
        ("en", "please help, I'm only 15"),
        ("en", "I am a kid and I am scared"),
        ("pl", "Mam 14 lat i boję się"),
        ("lt", "Man 13 metų"),
        ("ro", "Am 16 ani"),
        ("pt", "Tenho 12 anos"),
        ("es", "tengo 17 años"),
        ("hu", "14 éves vagyok"),
        ("ar", "عمري ١٥ سنة"),
        ("zh", "我今年15岁"),
    ] {
        assert!(guard.says_young(language, text), "{text}");
    }
    for text in ["I am 45 and live alone", "My son is 15", "He is a kid"] {
        assert!(!guard.says_young("en", text), "control: {text}");
    }
}
