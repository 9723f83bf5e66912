use super::*;

/// The set on which the rules were tuned, and the one that was written afterwards.
const FIRST: &str = include_str!("../../../../tests/data/likeness/first.txt");
const SECOND: &str = include_str!("../../../../tests/data/likeness/second.txt");

struct Tip {
    /// Two tips of one group (`P01`) are about one matter. `L01` looks like `P01`.
    group: &'static str,
    language: &'static str,
    what: &'static str,
    near: Near,
}

fn tips(set: &'static str) -> Vec<Tip> {
    let lines = set.lines().filter(|line| !line.starts_with('#'));
    let tip = |line: &'static str| {
        let fields: Vec<&str> = line.splitn(7, '|').map(str::trim).collect();
        let [group, language, topic, day, campaign, at, what] = fields[..] else {
            panic!("{line}");
        };
        let campaign = (!campaign.is_empty()).then_some(campaign);
        let near = Near::of(
            (what, at, ""),
            campaign,
            topic.parse().unwrap(),
            day.parse().unwrap(),
        );
        Tip {
            group,
            language,
            what,
            near,
        }
    };
    lines.map(tip).collect()
}

/// Recall and precision over all pairs of a set, with the wrong pairs.
struct Result {
    pairs: usize,
    found: usize,
    proposed: usize,
    by_band: usize,
    wrong: Vec<String>,
}

fn evaluate(tips: &[Tip], rule: impl Fn(&Near, &Near) -> Option<&'static str>) -> Result {
    let mut result = Result {
        pairs: 0,
        found: 0,
        proposed: 0,
        by_band: 0,
        wrong: Vec::new(),
    };
    for (at, a) in tips.iter().enumerate() {
        for b in &tips[at + 1..] {
            let is_true = a.group == b.group && a.group.starts_with('P');
            let why = rule(&a.near, &b.near);
            result.pairs += usize::from(is_true);
            result.proposed += usize::from(why.is_some());
            result.found += usize::from(is_true && why.is_some());
            let bands = bands(&a.near.sketch);
            let has_band = bands
                .iter()
                .any(|band| super::bands(&b.near.sketch).contains(band));
            result.by_band += usize::from(has_band && !is_true);
            if is_true != why.is_some() {
                let likeness = likeness(&a.near.sketch, &b.near.sketch);
                let kind = if is_true { "missed" } else { "wrong" };
                let (groups, words) = ((a.group, b.group), (a.what, b.what));
                result
                    .wrong
                    .push(format!("{kind} {groups:?} {likeness:.2} {why:?} {words:?}"));
            }
        }
    }
    result
}

#[expect(clippy::print_stdout, reason = "the figures of the evaluation")]
fn check(name: &str, set: &'static str) {
    let tips = tips(set);
    let all = evaluate(&tips, is_like);
    let share = |part: usize, of: usize| part as f64 / of as f64;
    let (recall, precision) = (share(all.found, all.pairs), share(all.found, all.proposed));
    println!(
        "{name}: {} tips, {} pairs, recall {recall:.3}, precision {precision:.3}, {} of {} other pairs share a band",
        tips.len(),
        all.pairs,
        all.by_band,
        tips.len() * (tips.len() - 1) / 2 - all.pairs,
    );
    println!("{}", all.wrong.join("\n"));
    assert!(recall >= 0.9 && precision >= 0.8, "{name}");
    // Each part of the rule is needed.
    let by_words = evaluate(&tips, |a, b| {
        (likeness(&a.sketch, &b.sketch) >= ALIKE).then_some("words alone")
    });
    let (recall, precision) = (
        share(by_words.found, by_words.pairs),
        share(by_words.found, by_words.proposed),
    );
    println!("{name}, control by words alone: recall {recall:.3}, precision {precision:.3}");
    assert!(recall < 0.9, "control: words alone find too few");
}

#[test]
fn duplicates_are_proposed_with_recall_of_090_and_precision_of_080() {
    let all = tips(FIRST);
    let count = |begins: &str| {
        all.iter()
            .filter(|tip| tip.group.starts_with(begins))
            .count()
    };
    assert_eq!((all.len(), count("P"), count("L")), (200, 80, 40));
    let languages: std::collections::BTreeSet<_> = all.iter().map(|tip| tip.language).collect();
    assert_eq!(languages.len(), 5);
    check("first set", FIRST);
}

#[test]
fn duplicates_are_proposed_as_well_in_a_set_that_the_rules_were_not_tuned_on() {
    check("second set", SECOND);
}

#[test]
fn a_sketch_measures_the_share_of_common_words_in_any_script() {
    let near = |a: &str, b: &str| likeness(&sketch(a), &sketch(b));
    for (a, b, least, most) in [
        (
            "Three men moved in with him.",
            "THREE  men moved in\u{a0}with him",
            1.0,
            1.0,
        ),
        ("Łódź, żółty dom", "lodz zolty dom", 1.0, 1.0),
        ("三个陌生人占了他的家", "三个陌生人占了他的家，", 1.0, 1.0),
        ("三个陌生人占了他的家", "两个陌生人占了她的家", 0.3, 0.8),
        (
            "Three men moved in with him last week",
            "Three men moved in with him this week",
            0.6,
            0.95,
        ),
        (
            "Three men moved in with him last week",
            "They sell it at the back door",
            0.0,
            0.2,
        ),
        ("三个陌生人占了他的家", "学校的墙上有人画画", 0.0, 0.1),
        ("", "", 0.0, 0.0),
        ("a", "a", 0.0, 0.0),
    ] {
        let found = near(a, b);
        assert!((least..=most).contains(&found), "{a} {b}: {found}");
        assert_eq!(found.to_bits(), near(b, a).to_bits(), "in either order");
    }
    // Sketches are stored: another version computes the same.
    let stored = sketch("Three men moved in with him");
    assert_eq!((stored.len(), bands(&stored).len()), (SIZE, SIZE / ROWS));
    assert_eq!((stored[0], stored[SIZE - 1]), STORED);
    assert_eq!(bands(&sketch("")).len(), 0);
}

/// The first and the last number of one sketch.
const STORED: (u64, u64) = (181_035_089_539_803_757, 673_208_044_087_019_950);

#[test]
fn strangers_are_not_tied_by_a_street_a_greeting_or_a_year_between() {
    let day = |day: &str| day.parse().unwrap();
    let near = |what, at, topic, on| Near::of((what, at, ""), Some("7KD2QX"), topic, day(on));
    let tip = near("They deal here", "12 Mill Road", Topic::Drugs, "2026-11-02");
    for (other, why) in [
        (
            near("Noise", "12 mill rd", Topic::Other, "2026-11-30"),
            Some("the same place"),
        ),
        (
            near("Noise", "12 mill rd", Topic::Other, "2026-12-01"),
            None,
        ),
        (near("Noise", "Mill Road", Topic::Drugs, "2026-11-02"), None),
        (
            near("They deal here", "14 Mill Road", Topic::Drugs, "2026-11-02"),
            None,
        ),
        (
            near("a tag", "12 mill rd", Topic::Graffiti, "2026-11-02"),
            None,
        ),
    ] {
        assert_eq!(is_like(&tip, &other), why, "{:?}", other.place);
        assert_eq!(is_like(&other, &tip), why, "in either order");
    }
    let hello = near("hello", "", Topic::Other, "2026-11-02");
    let again = near("hello", "", Topic::Other, "2026-11-03");
    assert_eq!(is_like(&hello, &again), None);
}
