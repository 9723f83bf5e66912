//! Plain English: short sentences of short words, and nothing about the internals. Measured with
//! the Flesch-Kincaid grade (Kincaid and others, 1975), the school year that a text requires.
//! Syllables are counted by rule; the words that the rule gets wrong are listed. A number counts as
//! one word of one syllable, as spelling checkers do.

use loke::words::Languages;

use super::{languages, messages};

const LONGEST: usize = 20;
const GRADE: f64 = 5.0;
/// Words that no resident should have to read, in any letter case.
const JARGON: [&str; 9] = [
    "encrypt",
    "decrypt",
    "cryptograph",
    "cipher",
    "server",
    "metadata",
    "anonymous gateway",
    "ip address",
    "exif",
];
/// Words that the rule miscounts, with their syllables.
const BY_HAND: &[(&str, usize)] = &[
    ("area", 3),
    ("anyone", 3),
    ("being", 2),
    ("crimestoppers", 3),
    ("going", 2),
    ("hateful", 2),
    ("heic", 2),
    ("jpeg", 2),
    ("mb", 2),
    ("png", 3),
    ("someone", 2),
    ("something", 2),
    ("webp", 2),
    ("website", 2),
];

fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    if let Some((_, count)) = BY_HAND.iter().find(|(known, _)| *known == word) {
        return *count;
    }
    if word.contains('-') {
        return word.split('-').map(syllables).sum();
    }
    let vowel = |c: char| "aeiouy".contains(c);
    let mut count = word
        .chars()
        .zip(std::iter::once(' ').chain(word.chars()))
        .filter(|(c, before)| vowel(*c) && !vowel(*before))
        .count();
    let before = |ending: &str| {
        word.strip_suffix(ending)
            .and_then(|stem| stem.chars().next_back())
            .filter(|c| !vowel(*c))
    };
    // A final e is silent, but not in "little"; so is that of "used", but not of "wanted"; of
    // "homes", but not of "fences".
    let silent = before("e")
        .is_some_and(|c| c != 'l' || word.ends_with("ale") || word.ends_with("ile"))
        || before("ed").is_some_and(|c| !"dt".contains(c))
        || before("es").is_some_and(|c| !"sxzcgh".contains(c));
    if silent && count > 1 {
        count -= 1;
    }
    count.max(1)
}

fn words(sentence: &str) -> Vec<&str> {
    sentence
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn grade(words: usize, sentences: usize, syllables: usize) -> f64 {
    let [words, sentences, syllables] =
        [words, sentences, syllables].map(|n| u32::try_from(n).map(f64::from).unwrap());
    0.39 * words / sentences + 11.8 * syllables / words - 15.59
}

/// Faults of a text: too long, too hard, jargon. A text of fewer than five words without a final
/// mark, as on a button or beside a box, is a label and no sentence: the formula does not apply to
/// labels.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for sentence in text.split_inclusive(['.', '?', '!']) {
        let words = words(sentence);
        let label = words.len() < 5 && !text.ends_with(['.', '?', '!']);
        if words.is_empty() || label {
            continue;
        }
        let grade = grade(
            words.len(),
            1,
            words.iter().map(|word| syllables(word)).sum(),
        );
        if words.len() > LONGEST || grade > GRADE {
            faults.push(format!(
                "{} words, grade {grade:.1}: {}",
                words.len(),
                sentence.trim()
            ));
        }
    }
    faults.extend(
        JARGON
            .iter()
            .filter(|word| text.to_lowercase().contains(*word))
            .map(|word| format!("{word}: {text}")),
    );
    faults
}

#[test]
fn every_english_sentence_has_at_most_twenty_words_and_grade_five() {
    let read = Languages::read().unwrap();
    let english = &read.all()[0];
    let (_, file) = &languages()[0];
    let mut counts = [0; 3];
    let mut found = Vec::new();
    for (id, written) in messages(file) {
        let text = if written.contains('$') {
            english.say_count(id, &5)
        } else {
            english.say(id).to_owned()
        };
        found.extend(
            faults(&text)
                .into_iter()
                .map(|fault| format!("{id}: {fault}")),
        );
        for sentence in text
            .split_inclusive(['.', '?', '!'])
            .map(words)
            .filter(|words| !words.is_empty())
        {
            counts = [
                counts[0] + sentence.len(),
                counts[1] + 1,
                counts[2] + sentence.iter().map(|word| syllables(word)).sum::<usize>(),
            ];
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    let [words, sentences, syllables] = counts;
    assert!(words > 900, "only {words} words were read");
    println!(
        "all English: {words} words in {sentences} sentences and labels, grade {:.1}",
        grade(words, sentences, syllables)
    );
}

#[test]
fn the_measure_of_plain_english_knows_hard_from_plain() {
    for (word, count) in [
        ("photo", 2),
        ("little", 2),
        ("used", 1),
        ("wanted", 2),
        ("homes", 1),
        ("makes", 1),
        ("messages", 3),
        ("people", 2),
    ] {
        assert_eq!(syllables(word), count, "{word}");
    }
    for (word, count) in [
        ("hateful", 2),
        ("graffiti", 3),
        ("e-mail", 2),
        ("999", 1),
        ("possible", 3),
        ("demonstration", 4),
        ("vehicle", 3),
        ("file", 1),
    ] {
        assert_eq!(syllables(word), count, "{word}");
    }
    for bad in [
        "This is a demonstration.",
        "Communications are subsequently transmitted to the appropriate authority.",
        "We take it and we read it and we keep it and we send it and we do not tell who you are.",
        "Your words are encrypted.",
        "Please consider additional circumstances carefully",
    ] {
        assert!(!faults(bad).is_empty(), "{bad}");
    }
    assert!(
        faults("We do not ask who you are. Please do not tell us.").is_empty()
            && faults("Photos").is_empty(),
        "the control"
    );
}
