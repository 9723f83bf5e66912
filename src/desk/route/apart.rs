//! When a further report about a tip leaves: on another day than the others, with a batch of the working
//! day that chance chooses. Two that leave together, or always as far apart, would show that they
//! belong together (P15). An urgent report does not wait for that.

use super::NotSent;
use crate::acting::Acting;
use crate::clocks::Clocks;
use crate::report::Draft;
use crate::settings::DeskSettings;
use loke_core::clock::{Day, Zone};
use loke_core::random;
use loke_core::tip::TipId;

/// Longest day in batches: one each minute.
const MOST: usize = 1_440;

impl Acting {
    /// The day on which a report about these tips leaves, because another one leaves today or on a
    /// later day. `None` if it need not wait for another day.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn other_day(&self, tips: &[TipId], draft: &Draft) -> Result<Option<Day>, NotSent> {
        // The partner is told that these belong to an earlier report.
        if draft.at_once || draft.replaces.is_some() || draft.answers.is_some() {
            return Ok(None);
        }
        let register = self.register();
        let (zone, today) = (register.clock().zone(), register.clock().today());
        let mut last = None;
        for tip in tips {
            for other in register.deliveries_of(*tip).await? {
                let day = zone.day(other.leaves_at);
                if other.taken_back_at.is_none() && day >= today {
                    last = last.max(Some(day));
                }
            }
        }
        Ok(last.map(|last| register.clocks().working_day_after(last, 1)))
    }

    /// A batch of this day.
    pub(super) fn batch_on(&self, desk: &DeskSettings, day: Day) -> Result<i64, NotSent> {
        let register = self.register();
        let batches = batches(desk, &register.clocks(), &register.clock().zone(), day);
        let chosen = random::below(batches.len().max(1) as u64)?;
        let chosen = usize::try_from(chosen).unwrap_or_default();
        let chosen = batches.get(chosen).copied();
        Ok(chosen.unwrap_or_else(|| desk.next_batch(register.clock().zone().at(day, 0) - 1)))
    }
}

/// The batches of a day in working hours, or all of them if none is.
fn batches(desk: &DeskSettings, clocks: &Clocks, zone: &Zone, day: Day) -> Vec<i64> {
    let first = desk.next_batch(zone.at(day, 0) - 1);
    let all = std::iter::successors(Some(first), |at| Some(desk.next_batch(*at)));
    let of_day = all.take(MOST).take_while(|at| zone.day(*at) == day);
    let all: Vec<i64> = of_day.collect();
    let working: Vec<i64> = all
        .iter()
        .copied()
        .filter(|at| clocks.is_working_time(zone, *at))
        .collect();
    match working.is_empty() {
        true => all,
        false => working,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_batches_of_a_day_are_those_of_its_working_hours() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.toml");
        let (clocks, zone) = (Clocks::built_in(), Zone::default());
        // A Monday in winter, and a Sunday.
        for (minutes, day, first, count) in [
            (60, Day(20_787), "09:00", 8),
            (30, Day(20_787), "09:00", 16),
            (1_440, Day(20_787), "00:00", 1),
            (60, Day(20_786), "00:00", 24),
        ] {
            std::fs::write(&file, format!("[batches]\nreports_minutes = {minutes}\n")).unwrap();
            let desk = DeskSettings::read(&file).unwrap();
            let found = batches(&desk, &clocks, &zone, day);
            assert_eq!(
                (zone.time(found[0]).as_str(), found.len()),
                (first, count),
                "{minutes} {day}"
            );
        }
    }
}
