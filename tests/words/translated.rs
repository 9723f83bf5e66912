//! Every language has the same content as English: the same sentences with the same numbers, in its
//! own words, with the right forms after a number. Each check also gets a file spoilt for it.

use std::collections::BTreeSet;

use loke::gateway::web::pages;
use loke::signs;
use loke::tip::Topic;
use loke::words::Languages;

use super::{languages, messages};

/// Messages that may be as in English: no words, or the same word.
const AS_IN_ENGLISH: [&str; 5] = ["date", "direction", "draft", "list-comma", "list-stop"];
const SAME_WORD: [(&str, &str); 1] = [("es", "no")];
/// Words that no sentence may contain: internals, for every language and for each one; and words of
/// another variant of the language.
const BANNED: [(&str, &[&str]); 9] = [
    (
        "",
        &[
            "crypt",
            "kript",
            "server",
            "metadata",
            "exif",
            "cuckoo",
            "county line",
            " the ",
            " your ",
            " you ",
            " and ",
        ],
    ),
    ("ar", &["تشفير", "مشفر", "خادم", "٠", "١", "٩"]),
    (
        "es",
        &["cifrad", "servidor", "metadatos", "vosotros", "celular"],
    ),
    ("hu", &["titkosít", "szerver", "kiszolgáló", "metaadat"]),
    ("lt", &["šifr", "kripto", "serveri", "metaduomen"]),
    ("pl", &["szyfr", "serwer", "metadan"]),
    (
        "pt",
        &[
            "cifrad",
            "encripta",
            "criptogr",
            "servidor",
            "metadados",
            "celular",
            "você",
            "tela",
            "arquivo",
            "usuário",
        ],
    ),
    ("ro", &["cifrat", "cripta", "metadate", "ş", "ţ"]),
    (
        "zh",
        &["加密", "密码", "服务器", "元数据", "們", "請", "這", "嗎"],
    ),
];
/// Whole numbers, and the plural form that each requires (CLDR). Hungarian and Chinese have one
/// form for all.
const FORMS: [(&str, &[(usize, &str)]); 7] = [
    ("en", &[(1, "one"), (2, "other")]),
    (
        "ar",
        &[
            (1, "one"),
            (2, "two"),
            (3, "few"),
            (11, "many"),
            (100, "other"),
        ],
    ),
    ("es", &[(1, "one"), (2, "other")]),
    ("lt", &[(1, "one"), (2, "few"), (10, "other")]),
    ("pl", &[(1, "one"), (2, "few"), (5, "many")]),
    ("pt", &[(1, "one"), (2, "other")]),
    ("ro", &[(1, "one"), (2, "few"), (20, "other")]),
];
/// The messages with a count, which need these forms.
const COUNTED: [&str; 2] = ["problem-long", "about-days"];

/// Names of variables, with their `$`.
fn variables(written: &str) -> BTreeSet<&str> {
    let name = |rest: &str| rest.bytes().take_while(|b| b.is_ascii_lowercase()).count();
    written
        .match_indices('$')
        .map(|(at, _)| &written[at..=at + name(&written[at + 1..])])
        .collect()
}

/// The numbers in a text, sorted: phone numbers, limits, counts.
fn numbers(text: &str) -> Vec<&str> {
    let mut all: Vec<_> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .collect();
    all.sort_unstable();
    all
}

/// Whether a text has a number in groups outside an isolate. In a line from right to left, its
/// groups would change their order.
fn has_loose_groups(text: &str) -> bool {
    let outside = text
        .split('\u{2066}')
        .map(|part| part.rsplit('\u{2069}').next().unwrap());
    let loose: Vec<char> = outside.collect::<Vec<_>>().join("|").chars().collect();
    loose
        .windows(3)
        .any(|c| c[0].is_ascii_digit() && c[1] == ' ' && c[2].is_ascii_digit())
}

#[test]
fn a_number_in_groups_is_loose_unless_it_is_isolated() {
    for (text, loose) in [
        ("اتصل: 0800 1111", true),
        ("اتصل: \u{2066}0800 1111\u{2069}.", false),
        ("\u{2066}0800 1111\u{2069} 0303 123", true),
        ("28 رقمًا, 999", false),
    ] {
        assert_eq!(has_loose_groups(text), loose, "{text}");
    }
}

/// Faults of a language's file, compared with the English one.
fn faults(english: &str, code: &'static str, text: &str) -> Vec<String> {
    let languages = match Languages::of(&[("en", english), (code, text)]) {
        Ok(languages) => languages,
        Err(bad) => return vec![bad.to_string()],
    };
    let [en, words] = languages.all() else {
        panic!("two languages")
    };
    let (wanted, there) = (messages(english), messages(text));
    let mut faults: Vec<String> = there
        .keys()
        .filter(|id| !wanted.contains_key(*id))
        .map(|id| format!("{id} is not in English"))
        .collect();
    if words.is_draft()
        && !text
            .lines()
            .next()
            .is_some_and(|line| line.starts_with("# DRAFT: no native reader"))
    {
        faults.push("the first comment does not say that it is a draft".to_owned());
    }
    for (id, written) in &wanted {
        let Some(translated) = there.get(id) else {
            faults.push(format!("{id} is missing"));
            continue;
        };
        if variables(written) != variables(translated) {
            faults.push(format!("{id} has other variables"));
        }
        let count = !variables(written).is_empty();
        let [here, said] = [en, words].map(|w| {
            if count {
                w.say_count(id, &7_777)
            } else {
                w.say(id).to_owned()
            }
        });
        if said.trim().is_empty() {
            faults.push(format!("{id} is empty"));
        }
        if here == said
            && !AS_IN_ENGLISH.contains(id)
            && !SAME_WORD.contains(&(code, id))
            && code != "en"
        {
            faults.push(format!("{id} is in English"));
        }
        if numbers(&here) != numbers(&said) {
            faults.push(format!("{id} has other numbers: {said}"));
        }
        if words.direction() == "rtl" && has_loose_groups(&said) {
            faults.push(format!("{id} has a number that is not isolated"));
        }
        let padded = format!(" {} ", said.to_lowercase());
        let banned = BANNED
            .iter()
            .filter(|(whose, _)| code != "en" && (whose.is_empty() || *whose == code))
            .flat_map(|(_, list)| *list);
        faults.extend(
            banned
                .filter(|word| padded.contains(*word))
                .map(|word| format!("{id} says {word}")),
        );
    }
    for (_, forms) in FORMS.iter().filter(|(whose, _)| *whose == code) {
        for id in COUNTED {
            let missing = forms.iter().filter(|(_, form)| {
                there
                    .get(id)
                    .is_some_and(|written| !written.contains(&format!("[{form}]")))
            });
            faults.extend(missing.map(|(_, form)| format!("{id} has no form [{form}]")));
        }
        let say = |(count, _): &(usize, &str)| {
            words
                .say_count("problem-long", count)
                .replace(&count.to_string(), "")
        };
        let said: BTreeSet<_> = forms.iter().map(say).collect();
        if said.len() < forms.len() {
            faults.push(format!(
                "problem-long says the same for unlike numbers: {said:?}"
            ));
        }
    }
    faults
}

#[test]
fn every_language_says_all_that_english_says_in_its_own_words() {
    let languages = languages();
    assert!(languages.len() >= 9);
    for (code, text) in &languages {
        let found = faults(&languages[0].1, code.clone().leak(), text);
        assert!(found.is_empty(), "{code}: {found:#?}");
    }
}

#[test]
fn a_spoilt_translation_is_found_out() {
    let languages = languages();
    let [english, polish] = ["en", "pl"].map(|code| {
        languages
            .iter()
            .find(|(c, _)| c == code)
            .unwrap()
            .1
            .as_str()
    });
    assert!(faults(english, "pl", polish).is_empty(), "the control");
    for (of, by, says) in [
        (
            "\nleave = Opuść teraz tę stronę\n",
            "\n",
            "leave is missing",
        ),
        (
            "\nyes = Tak\n",
            "\nyes = Tak\nmaybe = Może\n",
            "maybe is not in English",
        ),
        (
            "\ncheck-photo = Zdjęcie { $count }\n",
            "\ncheck-photo = Zdjęcie\n",
            "check-photo has other variables",
        ),
        ("\nyes = Tak\n", "\nyes = {\" \"}\n", "yes is empty"),
        ("\nyes = Tak\n", "\nyes = Yes\n", "yes is in English"),
        (
            "lede-danger = Czy komuś teraz coś grozi? Zadzwoń pod numer 999.",
            "lede-danger = Zadzwoń pod numer 998.",
            "lede-danger has other numbers",
        ),
        ("\nyes = Tak\n", "\nyes = Zaszyfrowane\n", "yes says szyfr"),
        ("\nyes = Tak\n", "\nyes = Tak, and no\n", "yes says  and "),
        (
            "    [few] Tekst jest za długi o { $count } znaki. Skróć go.\n",
            "",
            "problem-long has no form [few]",
        ),
        (
            "znaki. Skróć",
            "znaków. Skróć",
            "problem-long says the same",
        ),
        ("\nyes = Tak\n", "\nyes = { $count\n", "locales/pl.ftl"),
        ("# DRAFT", "# Draft", "the first comment"),
        ("\ndraft = yes\n", "\n", "draft is missing"),
    ] {
        assert_eq!(polish.matches(of).count(), 1, "{of}");
        let found = faults(english, "pl", &polish.replace(of, by));
        assert!(
            found.iter().any(|fault| fault.contains(says)),
            "{says}: {found:?}"
        );
    }
}

#[test]
fn a_file_that_does_not_say_that_it_was_read_is_a_draft() {
    let drafts = |text: &str| Languages::of(&[("en", text)]).unwrap().all()[0].is_draft();
    assert!(
        !drafts("draft = no\n")
            && drafts("draft = yes\n")
            && drafts("title = x\n")
            && drafts("draft = No\n")
    );
}

/// Every message name that the templates and the pages use.
fn asked_for() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: Vec<_> = std::fs::read_dir(root.join("templates/resident"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    sources.extend(
        [
            "web",
            "web/pages",
            "web/pages/help",
            "web/pages/report",
            "web/pages/summary",
            "web/about",
            "web/report",
            "web/send",
            "web/replies",
            "web/form",
            "web/site",
        ]
        .map(|f| root.join(format!("src/gateway/{f}.rs"))),
    );
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        // A message name is a lower-case word with a dash, or follows say("; both kinds are quoted.
        for quoted in text.split('"').skip(1).step_by(2) {
            let named = quoted.contains('-')
                && quoted.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
                && !quoted.ends_with('-');
            // The id of a mistake at a field is no message name.
            let named = named && !quoted.ends_with("-mistake");
            if named {
                ids.insert(quoted.to_owned());
            }
        }
    }
    let not_sentences = |id: &String| {
        [
            "code-",
            "content-",
            "cache-",
            "referrer-",
            "x-",
            "cross-",
            "no-",
            "same-",
            "multipart-",
            "clear-",
            "style-",
        ]
        .iter()
        .any(|p| id.starts_with(p))
    };
    ids.retain(|id| !not_sentences(id));
    ids.extend(pages::removed_ids());
    ids.extend(Topic::ALL.iter().map(|t| format!("topic-{t}")));
    ids.extend(
        Topic::ALL
            .iter()
            .flat_map(|t| signs::of(*t))
            .map(|s| format!("sign-{s}")),
    );
    ids.extend(
        [
            "email",
            "phone",
            "contact",
            "name",
            "home",
            "neighbour",
            "family",
            "work",
            "only",
        ]
        .map(|r| format!("mark-{r}")),
    );
    ids.extend(
        [
            "yes",
            "no",
            "unsure",
            "more",
            "leave",
            "title",
            "lede",
            "demo",
            "direction",
            "draft",
        ]
        .map(str::to_owned),
    );
    ids
}

#[test]
fn every_sentence_that_is_asked_for_is_there_in_every_language() {
    let languages = Languages::read().unwrap();
    let asked = asked_for();
    assert!(
        asked.len() > 120,
        "only {} names were found: the search is blind",
        asked.len()
    );
    for words in languages.all() {
        let missing: Vec<_> = asked.iter().filter(|id| !words.knows(id)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", words.code);
        assert!(!words.knows("a-name-that-no-page-asks-for"), "the control");
    }
}
