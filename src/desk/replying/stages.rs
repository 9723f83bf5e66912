//! Stages: how far a report is, as its page says. They change on one weekday only, so that the day of
//! a change tells nothing, and never because of another report.

use loke_core::clock::Day;
use loke_core::reply_rows::Stage;

/// Wednesday, from 0 for Monday.
const WEDNESDAY: usize = 2;
/// Days after the report's own for which it is only received.
const READ_AFTER: i32 = 3;

/// The stage that is shown on a day, for a report of the day `first`.
#[must_use]
pub fn stage_on(today: Day, first: Day, released: Option<(Stage, Day)>) -> Stage {
    if let Some((stage, _)) = released.filter(|(_, from)| today >= *from) {
        return stage;
    }
    match today >= wednesday_from(first.plus(READ_AFTER)) {
        true => Stage::Read,
        false => Stage::Received,
    }
}

/// The first day on which a stage that is released today is shown.
#[must_use]
pub fn shown_from(today: Day) -> Day {
    wednesday_from(today.plus(1))
}

fn wednesday_from(day: Day) -> Day {
    let mut day = day;
    while day.weekday() != WEDNESDAY {
        day = day.plus(1);
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn p16_a_stage_changes_on_wednesdays_only_and_not_because_of_another_report() {
        // 2026-11-25 and 2026-12-02 are Wednesdays.
        let first = day("2026-11-22");
        assert_eq!(stage_on(day("2026-11-24"), first, None), Stage::Received);
        assert_eq!(stage_on(day("2026-11-25"), first, None), Stage::Read);
        let first = day("2026-11-23");
        assert_eq!(stage_on(day("2026-12-01"), first, None), Stage::Received);
        assert_eq!(stage_on(day("2026-12-02"), first, None), Stage::Read);
        assert_eq!(shown_from(day("2026-11-24")), day("2026-11-25"));
        assert_eq!(shown_from(day("2026-11-25")), day("2026-12-02"));
        let released = Some((Stage::Finished, day("2026-12-02")));
        assert_eq!(
            stage_on(day("2026-12-01"), first, released),
            Stage::Received
        );
        assert_eq!(
            stage_on(day("2026-12-02"), first, released),
            Stage::Finished
        );
        let mut changes = Vec::new();
        let mut before = Stage::Received;
        for n in 0..40 {
            let today = first.plus(n);
            let now = stage_on(today, first, released);
            if now != before {
                changes.push(today.weekday());
                before = now;
            }
        }
        assert_eq!(changes, [WEDNESDAY]);
    }
}
