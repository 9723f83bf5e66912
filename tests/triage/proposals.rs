//! Tips that may be about the same, as the page proposes them: recall and precision over two sets,
//! through the book.

use std::collections::{BTreeSet, HashMap};

use loke::tip::TipId;

use super::{Team, routine, with};

/// The set on which the rules were tuned, and the one that was written afterwards.
const FIRST: &str = include_str!("../data/likeness/first.txt");
const SECOND: &str = include_str!("../data/likeness/second.txt");

type Pair = (TipId, TipId);

/// Stores a set in a book. Returns its tips, and the pairs that are about one matter.
async fn stored(team: &Team, set: &str) -> (Vec<TipId>, BTreeSet<Pair>) {
    let mut groups: HashMap<&str, Vec<TipId>> = HashMap::new();
    let mut all = Vec::new();
    for line in set.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.splitn(7, '|').map(str::trim).collect();
        let [group, language, topic, day, campaign, at, what] = fields[..] else {
            panic!("{line}");
        };
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let tip = with(routine(what), |tip| {
            tip.language = language.to_owned();
            tip.topic = topic.parse().unwrap();
            tip.received = day.to_owned();
            tip.campaign = given(campaign);
            tip.place = given(at);
        });
        let id = team.keep(&tip).await;
        all.push(id);
        if group.starts_with('P') {
            groups.entry(group).or_default().push(id);
        }
    }
    let mut pairs = BTreeSet::new();
    for group in groups.values() {
        for (at, one) in group.iter().enumerate() {
            pairs.extend(group[at + 1..].iter().map(|two| pair(*one, *two)));
        }
    }
    (all, pairs)
}

fn pair(one: TipId, two: TipId) -> Pair {
    (one.min(two), one.max(two))
}

#[expect(clippy::print_stdout, reason = "the figures of the evaluation")]
async fn check(name: &str, set: &str) {
    let team = Team::new().await;
    let (all, pairs) = stored(&team, set).await;
    let mut proposed = BTreeSet::new();
    for tip in &all {
        let alike = team.book().alike(*tip).await.unwrap();
        proposed.extend(alike.iter().map(|other| pair(*tip, other.tip)));
    }
    let found = proposed.intersection(&pairs).count();
    let share = |of: usize| found as f64 / of as f64;
    let (recall, precision) = (share(pairs.len()), share(proposed.len()));
    println!(
        "{name}: {} tips, {} pairs, {} proposed, recall {recall:.3}, precision {precision:.3}",
        all.len(),
        pairs.len(),
        proposed.len()
    );
    assert!(
        recall >= 0.9 && precision >= 0.8,
        "{name}: {recall} {precision}"
    );
    // The control: a proposal can be lost. Without those that share a value, recall falls.
    let mut by_words = BTreeSet::new();
    for tip in &all {
        let alike = team.book().alike(*tip).await.unwrap();
        let words = alike.iter().filter(|other| other.kind.is_none());
        by_words.extend(words.map(|other| pair(*tip, other.tip)));
    }
    assert!(by_words.intersection(&pairs).count() < found, "the control");
}

#[tokio::test]
async fn the_book_proposes_duplicates_with_recall_of_090_and_precision_of_080() {
    check("first set", FIRST).await;
}

#[tokio::test]
async fn the_book_proposes_duplicates_as_well_in_a_set_that_the_rules_were_not_tuned_on() {
    check("second set", SECOND).await;
}
