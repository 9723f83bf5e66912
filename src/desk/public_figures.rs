//! Figures that anybody may read: no count under 10, each rounded to 5 (the ONS "10-5" rule), by the
//! finest level that keeps 10 in every cell.
//!
//! A district splits into teams, a team into wards, and a ward's quarter into months, only if each
//! part keeps 10. So the cells of a subject never overlap, and no cell is the difference of two
//! others. A level beside a finer one is never published, nor a year beside one of its quarters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::months::{Month, Period};
use crate::wards::Wards;
use loke_core::tip::Lane;

/// The smallest count of a cell.
pub const FEWEST: usize = 10;
/// Counts are rounded to this.
const STEP: usize = 5;

loke_core::words! {
    /// A deed about a matter, as the public figures say it.
    Deed {
        /// A partner that acts has a report.
        Passed = "passed",
        /// Something was done.
        Acted = "acted",
        /// A place was cleaned.
        Cleaned = "cleaned",
        /// A property was secured.
        Secured = "secured",
        /// Support was given.
        Support = "support",
        /// Police or a court acted.
        Enforced = "enforced",
    }
}

loke_core::words! {
    /// How fine a figure is.
    Level {
        /// A ward and a month.
        WardMonth = "ward-month",
        /// A ward and a quarter.
        WardQuarter = "ward-quarter",
        /// A neighbourhood team and a quarter.
        TeamQuarter = "team-quarter",
        /// The district and a quarter.
        CityQuarter = "city-quarter",
        /// The district and a year.
        CityYear = "city-year",
    }
}

/// So many matters of a lane, a month and a ward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The subject.
    pub lane: Lane,
    /// The month of the first tip.
    pub month: Month,
    /// The ward, if it is known.
    pub ward: Option<String>,
    /// The deed; none for what was reported.
    pub deed: Option<Deed>,
    /// How many.
    pub matters: usize,
}

/// For how many of a cell's matters something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// A count, rounded.
    About(usize),
    /// For all but fewer than 10: the rest would be a small count.
    Most,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicFigure {
    /// The subject.
    pub lane: Lane,
    /// How fine it is.
    pub level: Level,
    /// The ward, the team or the district.
    pub area: String,
    /// The first month.
    #[serde(serialize_with = "as_text")]
    pub first: Month,
    /// The last month.
    #[serde(serialize_with = "as_text")]
    pub last: Month,
    /// Matters that were reported, rounded.
    pub reported: usize,
    /// The deeds about them. A deed for fewer than 10 is not there.
    pub done: BTreeMap<Deed, Share>,
}

/// The exact counts of a cell. They never leave this file.
#[derive(Default)]
struct Exact {
    reported: usize,
    done: BTreeMap<Deed, usize>,
}

/// The cells of a period. `taken`: lanes that have a figure of some of these months already.
#[must_use]
pub fn figures(
    counted: &[Counted],
    wards: &Wards,
    period: Period,
    taken: impl Fn(Lane) -> bool,
) -> Vec<PublicFigure> {
    let lanes = Lane::ALL
        .iter()
        .filter(|lane| **lane != Lane::Safeguarding && !taken(**lane));
    let cells = lanes.flat_map(|lane| {
        let of_lane: Vec<&Counted> = counted.iter().filter(|one| one.lane == *lane).collect();
        Subject {
            lane: *lane,
            counted: of_lane,
            wards,
        }
        .cells(period)
    });
    cells.collect()
}

struct Subject<'a> {
    lane: Lane,
    counted: Vec<&'a Counted>,
    wards: &'a Wards,
}

impl Subject<'_> {
    fn cells(&self, period: Period) -> Vec<PublicFigure> {
        let (first, last) = (period.first(), period.last());
        let level = match period {
            Period::Quarter(_) => Level::CityQuarter,
            Period::Year(_) => Level::CityYear,
        };
        let city = self.cell(level, self.wards.district(), (first, last), |_| true);
        // Homes that were taken over are few: a ward's figure would be about one address.
        let splits = matches!(period, Period::Quarter(_)) && self.lane != Lane::Cuckooing;
        let teams = if splits { self.teams(first) } else { None };
        teams.unwrap_or_else(|| city.into_iter().collect())
    }

    /// The cells of the teams, each split further if it can be; `None` if a team has too few.
    fn teams(&self, first: Month) -> Option<Vec<PublicFigure>> {
        let mut cells = Vec::new();
        for team in self.wards.teams() {
            let in_team = |ward: &str| team.wards.iter().any(|of| of == ward);
            let span = (first, first.plus(2));
            let whole = self.cell(Level::TeamQuarter, &team.name, span, |ward| {
                ward.is_some_and(in_team)
            })?;
            let wards: Option<Vec<_>> = team
                .wards
                .iter()
                .map(|ward| self.ward(ward, first))
                .collect();
            match wards {
                Some(wards) => cells.extend(wards.into_iter().flatten()),
                None => cells.push(whole),
            }
        }
        Some(cells)
    }

    /// The cells of a ward: three months, or one quarter; `None` if the quarter has too few.
    fn ward(&self, ward: &str, first: Month) -> Option<Vec<PublicFigure>> {
        let here = |of: Option<&str>| of == Some(ward);
        let quarter = self.cell(Level::WardQuarter, ward, (first, first.plus(2)), here)?;
        let months = (0..3).map(|after| {
            let month = first.plus(after);
            self.cell(Level::WardMonth, ward, (month, month), here)
        });
        Some(
            months
                .collect::<Option<Vec<_>>>()
                .unwrap_or_else(|| vec![quarter]),
        )
    }

    /// A cell; `None` if it has fewer than 10.
    fn cell(
        &self,
        level: Level,
        area: &str,
        (first, last): (Month, Month),
        in_area: impl Fn(Option<&str>) -> bool,
    ) -> Option<PublicFigure> {
        let mut exact = Exact::default();
        for one in &self.counted {
            if one.month < first || one.month > last || !in_area(one.ward.as_deref()) {
                continue;
            }
            match one.deed {
                None => exact.reported += one.matters,
                Some(deed) => *exact.done.entry(deed).or_default() += one.matters,
            }
        }
        (exact.reported >= FEWEST).then(|| PublicFigure {
            lane: self.lane,
            level,
            area: area.to_owned(),
            first,
            last,
            reported: rounded(exact.reported),
            done: exact.shares(),
        })
    }
}

impl Exact {
    fn shares(&self) -> BTreeMap<Deed, Share> {
        let shares = self.done.iter().filter_map(|(deed, count)| {
            let rest = self.reported.saturating_sub(*count);
            match (*count, rest) {
                (count, _) if count < FEWEST => None,
                (_, rest) if rest < FEWEST => Some((*deed, Share::Most)),
                (count, _) => Some((*deed, Share::About(rounded(count)))),
            }
        });
        shares.collect()
    }
}

fn rounded(count: usize) -> usize {
    (count + STEP / 2) / STEP * STEP
}

fn as_text<S: serde::Serializer>(month: &Month, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(month)
}

#[cfg(test)]
mod tests;
