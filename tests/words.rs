//! The sentences: every one that a template or a page asks for is there in every language, and the English is plain.

use std::collections::BTreeSet;

use loke::gateway::words::Languages;
use loke::gateway::{pages, signs};
use loke::tip::Topic;

/// Every name that the templates and the pages ask for.
fn asked_for() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: Vec<_> = std::fs::read_dir(root.join("templates/resident")).unwrap().map(|e| e.unwrap().path()).collect();
    sources.extend(["pages", "report", "send", "replies", "site", "form"].map(|f| root.join(format!("src/gateway/{f}.rs"))));
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        // A sentence's name is a lower-case word with a dash, or follows say("; both kinds are quoted.
        for quoted in text.split('"').skip(1).step_by(2) {
            let named = quoted.contains('-') && quoted.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !quoted.ends_with('-');
            if named {
                ids.insert(quoted.to_owned());
            }
        }
    }
    let not_sentences = |id: &String| {
        ["code-", "content-", "cache-", "referrer-", "x-", "cross-", "no-", "same-", "multipart-", "clear-", "style-"]
            .iter()
            .any(|p| id.starts_with(p))
    };
    ids.retain(|id| !not_sentences(id));
    ids.extend(pages::removed_ids());
    ids.extend(Topic::ALL.iter().map(|t| format!("topic-{t}")));
    ids.extend(Topic::ALL.iter().flat_map(|t| signs::of(*t)).map(|s| format!("sign-{s}")));
    ids.extend(["email", "phone", "contact", "name", "home", "neighbour", "family", "work", "only"].map(|r| format!("mark-{r}")));
    ids.extend(["yes", "no", "unsure", "more", "leave", "title", "lede", "demo", "direction"].map(str::to_owned));
    ids
}

#[test]
fn every_sentence_that_is_asked_for_is_there_in_every_language() {
    let languages = Languages::read().unwrap();
    let asked = asked_for();
    assert!(asked.len() > 120, "only {} names were found: the search is blind", asked.len());
    for words in languages.all() {
        let missing: Vec<_> = asked.iter().filter(|id| !words.knows(id)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", words.code);
        assert!(!words.knows("a-name-that-no-page-asks-for"), "the control");
    }
}

#[test]
fn no_english_sentence_is_over_twenty_words_or_names_how_it_works_inside() {
    let text = include_str!("../locales/en.ftl");
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let Some((id, value)) = line.split_once(" = ") else { continue };
        for sentence in value.split_inclusive(['.', '?', '!']) {
            let words = sentence.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count();
            assert!(words <= 20, "{id}: {words} words: {sentence}");
        }
        for jargon in ["encrypt", "server", "metadata", "cryptograph", "anonymous gateway", "IP address", "EXIF"] {
            assert!(!value.to_lowercase().contains(&jargon.to_lowercase()), "{id} says {jargon}");
        }
    }
}
