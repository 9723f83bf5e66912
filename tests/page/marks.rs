//! What of a report's words is marked as telling who wrote: the share of reports that give their writer away in which just that is
//! marked, and the share of plain sightings in which anything is. All were written for this test. The first hundred of each kind
//! were at hand while the patterns were made; the fifty of each "unseen" kind were not, so theirs is the figure to believe.

use loke::gateway::marks::find;

/// Reports that give their writer away, one a line, the words that do it in square brackets.
const TELLING: &str = include_str!("marks/telling.txt");
const TELLING_UNSEEN: &str = include_str!("marks/telling-unseen.txt");
/// Reports that do not.
const PLAIN: &str = include_str!("marks/plain.txt");
const PLAIN_UNSEEN: &str = include_str!("marks/plain-unseen.txt");

/// The reports in which none of the words in brackets is marked.
fn missed(reports: &'static str) -> Vec<&'static str> {
    let is_marked = |line: &str| {
        let (from, to) = (line.find('[').unwrap(), line.find(']').unwrap() - 1);
        let text = line.replace(['[', ']'], "");
        find(&text).iter().any(|mark| mark.place.start < to && from < mark.place.end)
    };
    reports.lines().filter(|line| !is_marked(line)).collect()
}

/// The reports in which anything is marked, and what.
fn false_marks(reports: &'static str) -> Vec<(&'static str, &'static str)> {
    reports.lines().filter_map(|line| Some((line, &line[find(line).first()?.place.clone()]))).collect()
}

/// How many of a hundred.
fn percent(part: usize, reports: &str) -> usize {
    part * 100 / reports.lines().count()
}

#[test]
fn nine_in_ten_of_what_tells_who_wrote_is_marked_and_one_in_twenty_of_what_does_not() {
    assert_eq!([TELLING, PLAIN, TELLING_UNSEEN, PLAIN_UNSEEN].map(|reports| reports.lines().count()), [100, 100, 50, 50]);
    let (missing, wrong) = (missed(TELLING), false_marks(PLAIN));
    let marked = 100 - percent(missing.len(), TELLING);
    println!("marks: {marked} % of telling reports, {} % of plain ones", percent(wrong.len(), PLAIN));
    let unseen = 100 - percent(missed(TELLING_UNSEEN).len(), TELLING_UNSEEN);
    let wrong_unseen = percent(false_marks(PLAIN_UNSEEN).len(), PLAIN_UNSEEN);
    println!("marks, unseen reports: {unseen} % of telling ones, {wrong_unseen} % of plain ones");
    assert!(marked >= 90, "{missing:#?}");
    assert!(percent(wrong.len(), PLAIN) <= 5, "{wrong:#?}");
    // Without a word of which: who mends the patterns by these has none left that are unseen.
    assert!(unseen >= 90 && wrong_unseen <= 5);
}

#[test]
fn the_count_of_marks_knows_a_miss_and_a_false_mark() {
    assert_eq!(
        missed("It is near [my house].\nSeen by [somebody] near my house.\nSeen by [somebody]."),
        ["Seen by [somebody] near my house.", "Seen by [somebody]."]
    );
    assert_eq!(false_marks("It is near my house.\nIt is near the house."), [("It is near my house.", "my house")]);
    assert_eq!((percent(1, "a\nb\nc\nd"), percent(0, "a")), (25, 0));
}
