//! How long a book keeps a tip, by lane and outcome (`rules/retention.toml`). A file of the same
//! name in the desk's folder replaces the built-in one.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::Day;
use loke_core::config::{ConfigError, Source};
use loke_core::tip::Lane;

/// The built-in periods, and their path in the repository and in the desk's folder.
const BUILT_IN: &str = include_str!("../../rules/retention.toml");
const NAME: &str = "rules/retention.toml";
/// The longest period in days.
const LONGEST: u16 = 3_650;

loke_core::words! {
    /// How a tip ended.
    Ending {
        /// A partner has it.
        Routed = "routed",
        /// The desk acted on it.
        Acted = "acted",
        /// The desk could not act.
        CouldNotAct = "could-not-act",
        /// Another tip tells the same.
        Duplicate = "duplicate",
        /// Advertising or nonsense.
        Spam = "spam",
        /// Written to harm somebody.
        Malicious = "malicious",
        /// Not for this partnership.
        NotOurs = "not-ours",
    }
}

/// The days of one lane.
#[derive(Debug, Clone, Copy)]
struct LaneDays {
    open: u16,
    routed: u16,
    acted: u16,
    could_not_act: u16,
    duplicate: u16,
    spam: u16,
    malicious: u16,
    not_ours: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LaneTable {
    open: Spanned<u16>,
    routed: Spanned<u16>,
    acted: Spanned<u16>,
    could_not_act: Spanned<u16>,
    duplicate: Spanned<u16>,
    spam: Spanned<u16>,
    malicious: Spanned<u16>,
    not_ours: Spanned<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    safeguarding: LaneTable,
    cuckooing: LaneTable,
    drugs: LaneTable,
    graffiti: LaneTable,
    other: LaneTable,
}

/// The periods.
#[derive(Debug, Clone)]
pub struct Periods {
    safeguarding: LaneDays,
    cuckooing: LaneDays,
    drugs: LaneDays,
    graffiti: LaneDays,
    other: LaneDays,
}

impl Periods {
    /// Reads the desk's own periods in `folder`, or else the built-in ones.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the desk's own file is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Self::of(&Source::built_in(NAME, BUILT_IN))
        }
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        Ok(Self {
            safeguarding: days_of(source, &file.safeguarding)?,
            cuckooing: days_of(source, &file.cuckooing)?,
            drugs: days_of(source, &file.drugs)?,
            graffiti: days_of(source, &file.graffiti)?,
            other: days_of(source, &file.other)?,
        })
    }

    /// The days that a tip of this lane is kept after this outcome; without one, the days after
    /// which somebody must have decided.
    #[must_use]
    pub fn days(&self, lane: Lane, outcome: Option<Ending>) -> u16 {
        let days = match lane {
            Lane::Safeguarding => &self.safeguarding,
            Lane::Cuckooing => &self.cuckooing,
            Lane::Drugs => &self.drugs,
            Lane::Graffiti => &self.graffiti,
            Lane::Other => &self.other,
        };
        match outcome {
            None => days.open,
            Some(Ending::Routed) => days.routed,
            Some(Ending::Acted) => days.acted,
            Some(Ending::CouldNotAct) => days.could_not_act,
            Some(Ending::Duplicate) => days.duplicate,
            Some(Ending::Spam) => days.spam,
            Some(Ending::Malicious) => days.malicious,
            Some(Ending::NotOurs) => days.not_ours,
        }
    }

    /// The last day from which a period that is over today can count.
    #[must_use]
    pub fn over_since(&self, lane: Lane, outcome: Option<Ending>, today: Day) -> Day {
        today.plus(-i32::from(self.days(lane, outcome)))
    }
}

fn days_of(source: &Source, table: &LaneTable) -> Result<LaneDays, ConfigError> {
    let days = |value: &Spanned<u16>| {
        if *value.get_ref() > LONGEST {
            return Err(source.trouble(
                value.span().start,
                format!("a period is longer than {LONGEST} days"),
                "Write fewer days",
            ));
        }
        Ok(*value.get_ref())
    };
    Ok(LaneDays {
        open: days(&table.open)?,
        routed: days(&table.routed)?,
        acted: days(&table.acted)?,
        could_not_act: days(&table.could_not_act)?,
        duplicate: days(&table.duplicate)?,
        spam: days(&table.spam)?,
        malicious: days(&table.malicious)?,
        not_ours: days(&table.not_ours)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Periods {
        Periods::of(&Source::built_in(NAME, BUILT_IN)).unwrap()
    }

    #[test]
    fn every_lane_and_outcome_has_its_own_days() {
        let distinct = BUILT_IN
            .lines()
            .scan(0, |n, line| {
                Some(match line.split_once(" = ") {
                    Some((key, _)) if !line.starts_with('#') => {
                        *n += 1;
                        format!("{key} = {n}\n")
                    }
                    _ => format!("{line}\n"),
                })
            })
            .collect::<String>();
        let periods = Periods::of(&Source::built_in(NAME, &distinct)).unwrap();
        let outcomes = std::iter::once(None).chain(Ending::ALL.iter().copied().map(Some));
        let outcomes: Vec<_> = outcomes.collect();
        let mut expected = 1..;
        for lane in Lane::ALL {
            for outcome in &outcomes {
                assert_eq!(periods.days(*lane, *outcome), expected.next().unwrap());
            }
        }
        assert_eq!(expected.next(), Some(41), "five lanes, eight states");
    }

    #[test]
    fn a_period_is_over_when_its_days_have_passed() {
        let periods = built_in();
        let today = Day(20_000);
        let days = i32::from(periods.days(Lane::Drugs, Some(Ending::Routed)));
        let over = periods.over_since(Lane::Drugs, Some(Ending::Routed), today);
        assert_eq!(over.plus(days), today);
    }

    #[test]
    fn a_broken_file_names_the_line() {
        let line = |from: &str, to: &str| {
            let text = BUILT_IN.replacen(from, to, 1);
            assert_ne!(text, BUILT_IN, "{from}");
            let broken = Periods::of(&Source::built_in(NAME, &text)).unwrap_err();
            let at = text.lines().position(|l| l.contains(to.trim())).unwrap() + 1;
            (broken.line, at, broken.to_string())
        };
        for (from, to) in [
            ("open = 30", "open = 3651"),
            ("open = 30", "open = -1"),
            ("open = 30", "open = \"canary\""),
            ("open = 30", "opened = 30"),
            ("acted = 365", "acted 365"),
        ] {
            let (line, at, sentence) = line(from, to);
            assert_eq!(line, Some(at), "{sentence}");
            assert!(!sentence.contains("canary"), "{sentence}");
        }
        let missing = BUILT_IN.replacen("spam = 30\n", "", 1);
        let broken = Periods::of(&Source::built_in(NAME, &missing)).unwrap_err();
        assert!(
            broken.to_string().contains("missing field 'spam'"),
            "{broken}"
        );
        assert!(broken.line.is_some());
    }
}
