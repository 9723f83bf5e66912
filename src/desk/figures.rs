//! Figures over the open books: what came, what was sent to partners, what became of it, and how long
//! it took against the clocks. They count matters: a tip with everything that is folded into it. No
//! figure is about one officer. Days count from the day of the tip, because nothing tells more.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::acting::Acting;
use crate::answers::Choice;
use crate::audit::Action;
use crate::book::{Book, Matter, Outcome, State};
use crate::database::Error;
use loke_core::clock::{Day, Zone};
use loke_core::tip::{Lane, Topic};

/// Days of the usual period: a quarter.
pub const USUAL: i32 = 91;

loke_core::words! {
    /// A target of `rules/clocks.toml`.
    Target {
        /// Offensive graffiti: working hours.
        OffensiveGraffiti = "offensive-graffiti",
        /// Danger, a child, or safeguarding.
        HighRisk = "high-risk",
        /// Other graffiti.
        OtherGraffiti = "other-graffiti",
        /// Everything else.
        Standard = "standard",
    }
}

/// How matters with one target did. The day on which a partner acted counts, not the hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AgainstClock {
    /// A partner acted in time, or the matter was closed in time and no partner acted.
    pub met: usize,
    /// The same, too late.
    pub missed: usize,
    /// Open or with a partner, and in time.
    pub open: usize,
    /// Open or with a partner, and too late.
    pub overdue: usize,
    /// The first report to a partner that acts left in time.
    pub sent_in_time: usize,
    /// It left too late.
    pub sent_late: usize,
}

/// Times of matters, in days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Days {
    /// The matters that it is known of.
    pub of: usize,
    /// Half of them took at most so many days.
    pub half: Option<i32>,
    /// Nine of ten took at most so many.
    pub nine_of_ten: Option<i32>,
}

/// One lane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LaneFigures {
    /// Tips that came.
    pub tips: usize,
    /// Matters: tips that are folded together count once.
    pub matters: usize,
    /// Matters of which a partner that acts has a report.
    pub routed: usize,
    /// From the day of the tip to the first report.
    pub days_to_route: Days,
    /// From the first report to the first action that the partner told of.
    pub days_to_act: Days,
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The first day. A matter counts by the day of the tip that shows the others.
    pub first: Day,
    /// The last day.
    pub last: Day,
    /// By lane.
    pub lanes: BTreeMap<Lane, LaneFigures>,
    /// By target.
    pub clocks: BTreeMap<Target, AgainstClock>,
    /// Matters with each disposition, each matter once for each. Only partners that act count.
    pub dispositions: BTreeMap<Choice, usize>,
    /// How matters were closed.
    pub closed: BTreeMap<Outcome, usize>,
    /// Reports that left in these days.
    pub reports: i64,
    /// Those of them that were withdrawn or corrected.
    pub taken_from: i64,
    /// Incidents that were opened in these days: a report reached the wrong partner.
    pub incidents: i64,
}

impl Acting {
    /// The figures of the open books, without those for practice. The look is in each book's log.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn figures(&self, first: Day, last: Day) -> Result<Figures, Error> {
        let now = self.register().clock().now();
        let mut matters = Vec::new();
        let (mut reports, mut taken_from) = (0, 0);
        for book in self.books().iter().filter(|book| !book.is_practice()) {
            let period = format!("figures of {first} to {last}");
            book.record(Action::View, book.name(), &period).await?;
            matters.extend(book.matters(first, last).await?);
            let (left, taken) = book.reports_left(first, last).await?;
            reports += left;
            taken_from += taken;
        }
        let zone = self.register().clock().zone();
        let mut figures = of(&matters, (first, last), (now, &zone));
        (figures.reports, figures.taken_from) = (reports, taken_from);
        let books: Vec<&str> = self.books().iter().map(Book::name).collect();
        let span = (zone.at(first, 0), zone.at(last.plus(1), 0));
        figures.incidents = self.register().incidents_between(&books, span).await?;
        Ok(figures)
    }
}

/// The figures of these matters at `now`.
fn of(matters: &[Matter], (first, last): (Day, Day), (now, zone): (i64, &Zone)) -> Figures {
    let mut figures = Figures {
        first,
        last,
        lanes: BTreeMap::new(),
        clocks: BTreeMap::new(),
        dispositions: BTreeMap::new(),
        closed: BTreeMap::new(),
        reports: 0,
        taken_from: 0,
        incidents: 0,
    };
    for lane in Lane::ALL {
        let of_lane: Vec<&Matter> = matters.iter().filter(|m| m.lane == *lane).collect();
        if of_lane.is_empty() {
            continue;
        }
        let to_route = |m: &&Matter| Some(m.routed_on?.0 - m.received.0);
        let to_act = |m: &&Matter| Some(m.acted_on?.0 - m.routed_on?.0);
        let lane_figures = LaneFigures {
            tips: of_lane.iter().map(|m| m.tips).sum(),
            matters: of_lane.len(),
            routed: of_lane.iter().filter(|m| m.routed_on.is_some()).count(),
            days_to_route: days(of_lane.iter().filter_map(to_route)),
            days_to_act: days(of_lane.iter().filter_map(to_act)),
        };
        figures.lanes.insert(*lane, lane_figures);
    }
    for matter in matters {
        let clock = figures.clocks.entry(target(matter)).or_default();
        clock.count(matter, now, zone);
        for choice in &matter.dispositions {
            *figures.dispositions.entry(*choice).or_default() += 1;
        }
        if let (State::Closed, Some(outcome)) = (matter.state, matter.outcome) {
            *figures.closed.entry(outcome).or_default() += 1;
        }
    }
    figures
}

impl AgainstClock {
    fn count(&mut self, matter: &Matter, now: i64, zone: &Zone) {
        let Some(at) = matter.deadline else { return };
        let last = zone.day(at);
        match matter.routed_on {
            Some(day) if day <= last => self.sent_in_time += 1,
            Some(_) => self.sent_late += 1,
            None => {}
        }
        // The arrival of a report ends the desk's part. The matter is done when the partner acted.
        let done_in_time = match (matter.state, matter.acted_on) {
            (State::Routed | State::Closed, Some(day)) => Some(day <= last),
            (State::Routed, None) => None,
            _ => matter.met,
        };
        match done_in_time {
            Some(true) => self.met += 1,
            Some(false) => self.missed += 1,
            None if at < now => self.overdue += 1,
            None => self.open += 1,
        }
    }
}

/// The target that decides a matter's deadline in most cases: of two, the nearer one.
fn target(matter: &Matter) -> Target {
    match matter.topic {
        Topic::Graffiti if matter.hours => Target::OffensiveGraffiti,
        _ if matter.high_risk => Target::HighRisk,
        Topic::Graffiti => Target::OtherGraffiti,
        _ => Target::Standard,
    }
}

fn days(times: impl Iterator<Item = i32>) -> Days {
    // A partner can have acted on the telephone before the report left.
    let mut times: Vec<i32> = times.map(|days| days.max(0)).collect();
    times.sort_unstable();
    let part = |tenths: usize| {
        let at = (times.len() * tenths).div_ceil(10);
        times.get(at.checked_sub(1)?).copied()
    };
    Days {
        of: times.len(),
        half: part(5),
        nine_of_ten: part(9),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn matter(lane: Lane, routed: Option<i32>, acted: Option<i32>) -> Matter {
        Matter {
            tip: loke_core::tip::TipId([0; 16]),
            lane,
            topic: Topic::Drugs,
            received: Day(100),
            hours: false,
            high_risk: false,
            state: State::New,
            outcome: None,
            met: None,
            deadline: Some(1_000),
            tips: 1,
            routed_on: routed.map(Day),
            acted_on: acted.map(Day),
            dispositions: BTreeSet::new(),
        }
    }

    #[test]
    fn half_and_nine_of_ten_are_days_that_a_matter_took() {
        let of = |times: &[i32]| {
            let days = days(times.iter().copied());
            (days.of, days.half, days.nine_of_ten)
        };
        assert_eq!(of(&[]), (0, None, None));
        assert_eq!(of(&[4]), (1, Some(4), Some(4)));
        assert_eq!(of(&[9, 1, 2, 3]), (4, Some(2), Some(9)));
        let ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 90];
        assert_eq!(of(&ten), (10, Some(4), Some(8)));
        assert_eq!(of(&[-3]), (1, Some(0), Some(0)));
    }

    #[test]
    fn each_matter_counts_once_in_its_lane_and_by_its_target() {
        let mut first = matter(Lane::Drugs, Some(102), Some(105));
        first.tips = 3;
        first.met = Some(true);
        first.dispositions = BTreeSet::from([Choice::Warrant, Choice::Arrest]);
        let mut second = matter(Lane::Drugs, Some(110), None);
        second.high_risk = true;
        second.met = Some(false);
        second.dispositions = BTreeSet::from([Choice::NoAction]);
        let mut third = matter(Lane::Graffiti, None, None);
        (third.topic, third.hours) = (Topic::Graffiti, true);
        let late = matter(Lane::Other, None, None);
        let all = [first, second, third, late];
        let zone = Zone::default();
        let figures = of(&all, (Day(1), Day(200)), (999, &zone));
        let drugs = &figures.lanes[&Lane::Drugs];
        assert_eq!((drugs.tips, drugs.matters, drugs.routed), (4, 2, 2));
        assert_eq!(drugs.days_to_route.half, Some(2));
        assert_eq!(drugs.days_to_route.nine_of_ten, Some(10));
        assert_eq!((drugs.days_to_act.of, drugs.days_to_act.half), (1, Some(3)));
        assert_eq!(figures.dispositions[&Choice::Arrest], 1);
        assert_eq!(figures.dispositions.get(&Choice::Closure), None);
        let clock = |target| figures.clocks[&target];
        assert_eq!(clock(Target::HighRisk).missed, 1);
        assert_eq!(clock(Target::OffensiveGraffiti).open, 1);
        let standard = clock(Target::Standard);
        assert_eq!((standard.met, standard.open), (1, 1));
        let later = of(&all, (Day(1), Day(200)), (1_001, &zone));
        assert_eq!(later.clocks[&Target::Standard].overdue, 1);
    }

    #[test]
    fn a_matter_is_in_time_by_the_day_on_which_the_partner_acted_and_not_by_its_report() {
        let zone = Zone::default();
        // Each report arrived in time. The deadline is on day 115.
        let sent = |acted, state| Matter {
            deadline: Some(zone.at(Day(115), 12 * 60)),
            met: Some(true),
            state,
            ..matter(Lane::Graffiti, Some(101), acted)
        };
        let against = |matter: Matter, today| {
            let now = zone.at(Day(today), 0);
            let figures = of(&[matter], (Day(1), Day(200)), (now, &zone));
            figures.clocks[&Target::Standard]
        };
        for (acted, today, met, missed, open, overdue) in [
            (Some(115), 120, 1, 0, 0, 0),
            (Some(116), 120, 0, 1, 0, 0),
            (None, 110, 0, 0, 1, 0),
            (None, 120, 0, 0, 0, 1),
        ] {
            let clock = against(sent(acted, State::Routed), today);
            let counted = (clock.met, clock.missed, clock.open, clock.overdue);
            assert_eq!(counted, (met, missed, open, overdue), "{acted:?}, {today}");
            assert_eq!((clock.sent_in_time, clock.sent_late), (1, 0));
        }
        // Closed without a word of the partner: the close counts.
        assert_eq!(against(sent(None, State::Closed), 120).met, 1);
        let late = Matter {
            routed_on: Some(Day(116)),
            ..sent(Some(117), State::Closed)
        };
        let clock = against(late, 120);
        assert_eq!(
            (clock.missed, clock.sent_late, clock.sent_in_time),
            (1, 1, 0)
        );
    }
}
