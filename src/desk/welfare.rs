//! Whom to ring first about danger or a child, and when they answer (`rules/welfare.toml`). News of
//! somebody's danger once lay for days in a portal for intelligence, because no rule said what to do
//! with it: so the call comes before any report, in every lane.

mod file;

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::clocks::Clocks;
use loke_core::clock::{Day, Zone};
use loke_core::config::{ConfigError, Source};

/// The built-in file, and its path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../rules/welfare.toml");
const NAME: &str = "rules/welfare.toml";

static SHIPPED: LazyLock<WelfareRules> = LazyLock::new(|| {
    WelfareRules::of(&Source::built_in(NAME, BUILT_IN)).unwrap_or(WelfareRules::EMPTY)
});

/// The person whom a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A child.
    Child,
    /// An adult.
    Adult,
}

/// A service with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The service, as officers call it.
    pub who: String,
    /// Its number, as people read it.
    pub number: String,
    /// Whom it is for.
    pub about: Vec<About>,
    /// One sentence more, or nothing.
    pub note: Option<String>,
    hours: Hours,
}

/// When a service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hours {
    Always,
    /// The hours of a week, and whether holidays are without.
    Week(Vec<Shift>, bool),
    /// While the number at this place in the list does not answer.
    WhenClosed(usize),
}

/// Some hours of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shift {
    /// By weekday, Monday first.
    on: [bool; 7],
    /// Minutes after midnight. If `until` is not after `from`, it is on the next day.
    from: u16,
    until: u16,
}

/// A question that the service will ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub text: String,
    about: Vec<About>,
}

/// A duty in law to tell somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Its name.
    pub heading: String,
    /// The sentence of the duty.
    pub text: String,
    about: Vec<About>,
    police: bool,
}

/// The numbers, the questions and the duties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelfareRules {
    /// The numbers, in the order of the file.
    pub numbers: Vec<Number>,
    asked: Vec<Asked>,
    duties: Vec<Duty>,
}

impl WelfareRules {
    /// Nothing. A test shows that the built-in file is valid, so nobody ever sees this.
    const EMPTY: Self = Self {
        numbers: Vec::new(),
        asked: Vec::new(),
        duties: Vec::new(),
    };

    /// Reads the operator's file in `folder`, or else the built-in one. After an error, keep the
    /// rules that were read before.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the operator's file is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Ok(SHIPPED.clone())
        }
    }

    /// Whether somebody answers this number at this second.
    #[must_use]
    pub fn answers(&self, number: &Number, clocks: &Clocks, zone: &Zone, at: i64) -> bool {
        match &number.hours {
            Hours::Always => true,
            // Only a number above can be named, so this ends.
            Hours::WhenClosed(other) => self
                .numbers
                .get(*other)
                .is_none_or(|other| !self.answers(other, clocks, zone, at)),
            Hours::Week(shifts, closed_on_holidays) => {
                let (today, minute) = (zone.day(at), zone.minute(at));
                let begins = |shift: &Shift, day: Day| {
                    shift.on.get(day.weekday()).copied().unwrap_or_default()
                        && !(*closed_on_holidays && clocks.is_holiday(day))
                };
                shifts.iter().any(|shift| {
                    if shift.from < shift.until {
                        return begins(shift, today) && (shift.from..shift.until).contains(&minute);
                    }
                    (begins(shift, today) && minute >= shift.from)
                        || (begins(shift, today.plus(-1)) && minute < shift.until)
                })
            }
        }
    }

    /// When a number answers, in words.
    #[must_use]
    pub fn hours(&self, number: &Number) -> String {
        match &number.hours {
            Hours::Always => "At any hour".to_owned(),
            Hours::WhenClosed(other) => match self.numbers.get(*other) {
                Some(other) => format!("When {} is closed", other.who),
                None => String::new(),
            },
            Hours::Week(shifts, closed_on_holidays) => {
                let mut parts: Vec<String> = shifts.iter().map(Shift::in_words).collect();
                if *closed_on_holidays {
                    parts.push("not on holidays".to_owned());
                }
                parts.join(", ")
            }
        }
    }

    /// The questions of the service, in order.
    #[must_use]
    pub fn asked(&self, about: &[About]) -> Vec<&Asked> {
        let asked = self.asked.iter();
        asked.filter(|asked| meet(&asked.about, about)).collect()
    }

    /// The duties of an account. `police`: whether its organisation is the police.
    #[must_use]
    pub fn duties(&self, about: &[About], police: bool) -> Vec<&Duty> {
        let duties = self.duties.iter();
        duties
            .filter(|duty| meet(&duty.about, about) && (police || !duty.police))
            .collect()
    }
}

impl Number {
    /// Whether it is for one of these.
    #[must_use]
    pub fn is_for(&self, about: &[About]) -> bool {
        meet(&self.about, about)
    }

    /// The number as a telephone dials it.
    #[must_use]
    pub fn dialled(&self) -> String {
        self.number.chars().filter(|c| *c != ' ').collect()
    }
}

impl Shift {
    /// `Mon to Thu 09:00 to 17:00`.
    fn in_words(&self) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (day, _) in self.on.iter().enumerate().filter(|(_, on)| **on) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => runs.push((day, day)),
            }
        }
        let name = |day: usize| DAYS.get(day).copied().unwrap_or_default();
        let runs = runs.iter().map(|(first, last)| match last - first {
            0 => name(*first).to_owned(),
            _ => format!("{} to {}", name(*first), name(*last)),
        });
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        format!(
            "{} {} to {}",
            runs.collect::<Vec<_>>().join(", "),
            time(self.from),
            time(self.until)
        )
    }
}

/// Whether an organisation of an account is the police.
#[must_use]
pub fn is_police(organisation: &str) -> bool {
    organisation.to_lowercase().contains("police")
}

/// The second of a day and a time of day, in the desk's zone.
#[must_use]
pub fn moment(zone: &Zone, day: &str, time: &str) -> Option<i64> {
    let day: Day = day.trim().parse().ok()?;
    let (hours, minutes) = time.trim().split_once(':')?;
    let part = |text: &str, below: u16| {
        let number = text.parse::<u16>().ok();
        number.filter(|number| text.len() == 2 && *number < below)
    };
    Some(zone.at(day, part(hours, 24)? * 60 + part(minutes, 60)?))
}

fn meet(one: &[About], other: &[About]) -> bool {
    one.iter().any(|about| other.contains(about))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CADS: &str = "Children's Advice and Duty Service (CADS)";

    fn open_at(day: &str, minutes: u16) -> Vec<String> {
        let (rules, clocks, zone) = (&*SHIPPED, Clocks::built_in(), Zone::default());
        let at = zone.at(day.parse().unwrap(), minutes);
        let numbers = rules.numbers.iter();
        numbers
            .filter(|number| number.is_for(&[About::Child]))
            .filter(|number| rules.answers(number, &clocks, &zone, at))
            .map(|number| number.who.clone())
            .collect()
    }

    #[test]
    fn the_built_in_file_is_valid_and_ships_the_norfolk_numbers() {
        let rules = WelfareRules::of(&Source::built_in(NAME, BUILT_IN)).unwrap();
        assert_eq!(rules, *SHIPPED);
        let number = |who: &str| {
            let found = rules.numbers.iter().find(|number| number.who == who);
            found.unwrap().dialled()
        };
        assert_eq!(number(CADS), "03448008021");
        assert_eq!(number("Emergency Duty Team"), "03448008020");
        assert_eq!(number("Modern Slavery Helpline"), "08000121700");
    }

    #[test]
    fn a_child_s_number_is_cads_by_day_and_the_emergency_duty_team_otherwise() {
        let (cads, night) = (CADS.to_owned(), "Emergency Duty Team".to_owned());
        for (day, minutes, who) in [
            // Thursday and Friday, 26 and 27 November 2026.
            ("2026-11-26", 540, &cads),
            ("2026-11-26", 539, &night),
            ("2026-11-26", 1_019, &cads),
            ("2026-11-26", 1_020, &night),
            ("2026-11-27", 16 * 60 + 34, &cads),
            ("2026-11-27", 16 * 60 + 35, &night),
            ("2026-11-28", 720, &night),
            // A bank holiday: Boxing Day's substitute, a Monday.
            ("2026-12-28", 720, &night),
            ("2026-12-29", 720, &cads),
        ] {
            let open = open_at(day, minutes);
            assert!(open.contains(who), "{day} {minutes}: {open:?}");
            let other = if who == &cads { &night } else { &cads };
            assert!(!open.contains(other), "{day} {minutes}: {open:?}");
        }
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let text = BUILT_IN.replace("until = \"16:35\"", "until = \"02:00\"");
        let rules = WelfareRules::of(&Source::built_in(NAME, &text)).unwrap();
        let (clocks, zone) = (Clocks::built_in(), Zone::default());
        let cads = &rules.numbers[0];
        let open = |day: &str, minutes| {
            rules.answers(cads, &clocks, &zone, zone.at(day.parse().unwrap(), minutes))
        };
        assert!(open("2026-11-27", 1_400) && open("2026-11-28", 119));
        assert!(!open("2026-11-28", 120) && !open("2026-11-27", 119));
        let words = "Mon to Thu 09:00 to 17:00, Fri 09:00 to 02:00, not on holidays";
        assert_eq!(rules.hours(cads), words);
    }

    #[test]
    fn a_broken_file_names_its_line() {
        for (from, to, line, what) in [
            (
                "\"0344 800 8021\"",
                "\"ring us\"",
                19,
                "not a telephone number",
            ),
            ("about = [\"child\"]", "about = []", 20, "about nobody"),
            ("until = \"17:00\"", "until = \"25:00\"", 27, "time of day"),
            (
                "when_closed = \"Children's",
                "when_closed = \"No",
                55,
                "no number above",
            ),
            ("police = true", "polise = true", 0, "unknown field"),
            ("\"adult\"", "\"child\"", 0, "no number is for an adult"),
        ] {
            let text = BUILT_IN.replace(from, to);
            assert_ne!(text, BUILT_IN, "{from} is not in the file");
            let problem = WelfareRules::of(&Source::built_in(NAME, &text)).unwrap_err();
            assert!(problem.what.contains(what), "{from}: {problem}");
            let found = problem.line.unwrap();
            assert!(line == 0 || found == line, "{from}: line {found}");
        }
    }

    #[test]
    fn a_duty_of_constables_is_shown_to_the_police_alone() {
        let headings = |police| {
            let duties = SHIPPED.duties(&[About::Child], police);
            duties
                .iter()
                .map(|duty| duty.heading.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(headings(false).len(), 1);
        assert!(headings(false)[0].contains("Modern slavery"));
        assert!(headings(true)[1].contains("child sex offences"));
        assert!(is_police("Norfolk Police") && is_police("police"));
        assert!(!is_police("council"), "the control");
    }

    #[test]
    fn an_adult_is_asked_for_consent_and_a_child_is_not() {
        let asked = |about| {
            let asked = SHIPPED.asked(&[about]);
            asked
                .iter()
                .map(|asked| asked.text.clone())
                .collect::<String>()
        };
        assert!(asked(About::Adult).contains("adult agrees"));
        assert!(!asked(About::Child).contains("adult agrees"));
        assert!(asked(About::Child).contains("parent was asked"));
    }
}
