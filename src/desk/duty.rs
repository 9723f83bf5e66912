//! The duty list: people on duty by day and hour, and those who are told after them.
//! `rules/duty.toml` is data: a file of the same name in the desk's folder replaces the built-in
//! one, in which nobody is on duty.

use std::collections::BTreeMap;
use std::path::Path;

use lettre::Address;
use serde::Deserialize;
use toml::Spanned;

use crate::database::Error;
use crate::register::Register;
use loke_core::clock::{Day, Weekday, Zone};
use loke_core::config::{ConfigError, Source};

const BUILT_IN: &str = include_str!("../../rules/duty.toml");
/// The path in the repository and in the desk's folder.
pub const NAME: &str = "rules/duty.toml";
/// Minutes between two times at which mails leave.
const MARK: u16 = 10;
/// Days that are searched for a working day.
const SEARCHED: i32 = 366;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    supervisors: Vec<Spanned<String>>,
    deputy: Option<Spanned<String>>,
    daily_at: Spanned<String>,
    #[serde(default)]
    daily_to: Vec<Spanned<String>>,
    #[serde(default)]
    closed: Vec<Spanned<String>>,
    duty: Spanned<Vec<ShiftEntry>>,
    #[serde(default)]
    addresses: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShiftEntry {
    on: Spanned<Vec<Weekday>>,
    from: Spanned<String>,
    until: Spanned<String>,
    people: Vec<Spanned<String>>,
    #[serde(default)]
    holidays: bool,
}

/// A person who is told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name in the file, usually that of an account.
    pub name: String,
    /// The e-mail address.
    pub address: String,
}

/// Some hours of a week, and who is on duty then.
#[derive(Debug, Clone)]
struct Shift {
    /// By weekday, Monday first.
    on: [bool; 7],
    /// Minutes of the day. If `until` is not after `from`, it is on the next day.
    from: u16,
    until: u16,
    people: Vec<Contact>,
    holidays: bool,
}

/// Who is on duty when.
#[derive(Debug, Clone)]
pub struct Duty {
    shifts: Vec<Shift>,
    closed: Vec<Day>,
    addresses: BTreeMap<String, String>,
    /// Told after the people on duty.
    pub supervisors: Vec<Contact>,
    /// Told last.
    pub deputy: Option<Contact>,
    /// The minute of the day at which the daily mail leaves.
    pub daily_at: u16,
    /// Who gets the daily mail.
    pub daily_to: Vec<Contact>,
}

/// The duty list that counts now. If the desk's file is wrong, it is the last good one, with the
/// problem.
///
/// # Errors
/// If the register fails.
pub async fn current(register: &Register) -> Result<(Duty, Option<ConfigError>), Error> {
    let problem = match Duty::read(register.folder()) {
        Ok((mut duty, text)) => {
            register.note_duty(&text).await?;
            duty.hand_on(&register.duty_handed_on().await?);
            return Ok((duty, None));
        }
        Err(problem) => problem,
    };
    let text = register.last_duty().await?;
    let last = text.and_then(|text| Duty::of(&Source::built_in(NAME, &text)).ok());
    let mut duty = match last {
        Some(duty) => duty,
        None => Duty::built_in().map_err(|_| Error::Row)?,
    };
    duty.hand_on(&register.duty_handed_on().await?);
    Ok((duty, Some(problem)))
}

impl Duty {
    fn built_in() -> Result<Self, ConfigError> {
        Self::of(&Source::built_in(NAME, BUILT_IN))
    }

    /// Reads the desk's own list, or else the built-in one. Returns its text too.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the desk's list is wrong.
    pub fn read(folder: &Path) -> Result<(Self, String), ConfigError> {
        let own = folder.join(NAME);
        if !own.exists() {
            return Ok((Self::built_in()?, BUILT_IN.to_owned()));
        }
        let source = Source::read(&own)?;
        Ok((Self::of(&source)?, source.text().to_owned()))
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let mut addresses = BTreeMap::new();
        for (name, address) in &file.addresses {
            addresses.insert(name.clone(), an_address(source, address)?);
        }
        let contacts = |names: &[Spanned<String>]| -> Result<Vec<Contact>, ConfigError> {
            let contacts = names.iter().map(|name| contact(source, name, &addresses));
            contacts.collect()
        };
        let supervisors = contacts(&file.supervisors)?;
        let deputy = file.deputy.as_ref();
        let deputy = deputy.map(|name| contact(source, name, &addresses));
        let deputy = deputy.transpose()?;
        let mut daily_to = contacts(&file.daily_to)?;
        if daily_to.is_empty() {
            daily_to = supervisors.iter().chain(&deputy).cloned().collect();
        }
        let entries = file.duty.get_ref();
        if entries.is_empty() {
            return Err(source.trouble(
                file.duty.span().start,
                "there is no [[duty]], so nobody would ever be told",
                "Write at least one, with `people = []` if nobody is on duty then",
            ));
        }
        let mut shifts = Vec::with_capacity(entries.len());
        for entry in entries {
            let on = Weekday::week(entry.on.get_ref()).ok_or_else(|| {
                source.trouble(
                    entry.on.span().start,
                    "this [[duty]] is on no day",
                    "Name at least one weekday, such as \"monday\"",
                )
            })?;
            shifts.push(Shift {
                on,
                from: a_time(source, &entry.from)?,
                until: a_time(source, &entry.until)?,
                people: contacts(&entry.people)?,
                holidays: entry.holidays,
            });
        }
        let daily_at = a_time(source, &file.daily_at)?;
        if !daily_at.is_multiple_of(MARK) {
            return Err(source.trouble(
                file.daily_at.span().start,
                "mails leave at whole ten minutes only",
                "Write a time such as \"08:00\" or \"08:10\"",
            ));
        }
        Ok(Self {
            shifts,
            closed: days(source, &file.closed)?,
            addresses,
            supervisors,
            deputy,
            daily_at,
            daily_to,
        })
    }

    /// Puts colleagues in the place of those who handed their work over. A colleague without an address
    /// takes nobody's place.
    fn hand_on(&mut self, handed_on: &[(String, String)]) {
        // Somebody may have handed on what another one handed over.
        for _ in 0..handed_on.len() {
            for (from, to) in handed_on {
                let Some(colleague) = self.contact(to) else {
                    continue;
                };
                let on_duty = self.shifts.iter_mut().flat_map(|shift| &mut shift.people);
                let told = on_duty
                    .chain(&mut self.supervisors)
                    .chain(&mut self.deputy)
                    .chain(&mut self.daily_to);
                for person in told.filter(|person| person.name == *from) {
                    *person = colleague.clone();
                }
            }
        }
    }

    /// Whether the hours of a `[[duty]]` entry include this second, with somebody on duty or not.
    #[must_use]
    pub fn is_open(&self, now: i64, zone: &Zone) -> bool {
        self.shifts.iter().any(|shift| self.runs(shift, now, zone))
    }

    /// The people on duty at this second, in the order in which they are told.
    #[must_use]
    pub fn on_duty(&self, now: i64, zone: &Zone) -> Vec<&Contact> {
        let running = self.shifts.iter().filter(|s| self.runs(s, now, zone));
        let mut people: Vec<&Contact> = Vec::new();
        for person in running.flat_map(|shift| &shift.people) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    fn runs(&self, shift: &Shift, now: i64, zone: &Zone) -> bool {
        let (today, minute) = (zone.day(now), zone.minute(now));
        if shift.from < shift.until {
            return self.begins_on(shift, today) && (shift.from..shift.until).contains(&minute);
        }
        (self.begins_on(shift, today) && minute >= shift.from)
            || (self.begins_on(shift, today.plus(-1)) && minute < shift.until)
    }

    fn begins_on(&self, shift: &Shift, day: Day) -> bool {
        let on = shift.on.get(day.weekday()).copied().unwrap_or_default();
        on && (shift.holidays || !self.closed.contains(&day))
    }

    /// The minute at which the desk opens on this day; `None` if it is no working day.
    #[must_use]
    pub fn opening(&self, day: Day) -> Option<u16> {
        let shifts = self.shifts.iter().filter(|s| self.begins_on(s, day));
        shifts.map(|shift| shift.from).min()
    }

    /// Whether a whole working day passed between two days.
    #[must_use]
    pub fn misses_a_working_day(&self, last: Day, today: Day) -> bool {
        (last.0.saturating_add(1)..today.0)
            .take(SEARCHED.unsigned_abs() as usize)
            .any(|day| self.opening(Day(day)).is_some())
    }

    /// The address of an account; `None` if the list has none.
    #[must_use]
    pub fn contact(&self, account: &str) -> Option<Contact> {
        self.addresses.get(account).map(|address| Contact {
            name: account.to_owned(),
            address: address.clone(),
        })
    }

    /// Everybody whom the list names for duty, as a supervisor or as the deputy.
    #[must_use]
    pub fn everybody(&self) -> Vec<&Contact> {
        let on_duty = self.shifts.iter().flat_map(|shift| &shift.people);
        let mut all: Vec<&Contact> = Vec::new();
        for person in on_duty.chain(&self.supervisors).chain(&self.deputy) {
            if !all.contains(&person) {
                all.push(person);
            }
        }
        all
    }
}

/// A person by the name under `[addresses]`, or by an address.
fn contact(
    source: &Source,
    name: &Spanned<String>,
    addresses: &BTreeMap<String, String>,
) -> Result<Contact, ConfigError> {
    let text = name.get_ref();
    if let Some(address) = addresses.get(text) {
        return Ok(Contact {
            name: text.clone(),
            address: address.clone(),
        });
    }
    if text.contains('@') {
        return Ok(Contact {
            name: text.clone(),
            address: an_address(source, name)?,
        });
    }
    Err(source.trouble(
        name.span().start,
        "this person has no address",
        "Add the name under [addresses], or write an e-mail address",
    ))
}

fn an_address(source: &Source, text: &Spanned<String>) -> Result<String, ConfigError> {
    match text.get_ref().parse::<Address>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => Err(source.trouble(
            text.span().start,
            "this is not an e-mail address",
            "Write it as \"name@example.org\"",
        )),
    }
}

/// The minute of the day of `HH:MM`.
fn a_time(source: &Source, text: &Spanned<String>) -> Result<u16, ConfigError> {
    let number = |digits: &str, below: u16| {
        let number = digits.parse::<u16>().ok()?;
        (digits.len() == 2 && number < below).then_some(number)
    };
    let time = text
        .get_ref()
        .split_once(':')
        .and_then(|(hour, minute)| Some(number(hour, 24)? * 60 + number(minute, 60)?));
    time.ok_or_else(|| {
        source.trouble(
            text.span().start,
            "this is not a time of day",
            "Write it as \"09:00\"",
        )
    })
}

fn days(source: &Source, texts: &[Spanned<String>]) -> Result<Vec<Day>, ConfigError> {
    let day = |text: &Spanned<String>| {
        text.get_ref().parse().map_err(|_| {
            source.trouble(
                text.span().start,
                "this is not a date",
                "Write it as YYYY-MM-DD, such as \"2026-12-25\"",
            )
        })
    };
    texts.iter().map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Friday, 2026-11-27, 00:00 in London.
    const FRIDAY: i64 = 1_795_737_600;
    const HOUR: i64 = 3_600;

    const OWN: &str = "supervisors = [\"ann\"]\ndeputy = \"cat@council.example\"\ndaily_at = \"07:30\"\nclosed = [\"2026-12-25\"]\n\
        [[duty]]\non = [\"friday\"]\nfrom = \"09:00\"\nuntil = \"17:00\"\npeople = [\"bob\", \"ann\"]\n\
        [[duty]]\non = [\"friday\"]\nfrom = \"22:00\"\nuntil = \"06:00\"\npeople = [\"bob\"]\nholidays = true\n\
        [addresses]\nann = \"ann@council.example\"\nbob = \"bob@police.example\"\n";

    fn duty(text: &str) -> Result<Duty, ConfigError> {
        Duty::of(&Source::built_in(NAME, text))
    }

    fn names(people: &[&Contact]) -> Vec<String> {
        people.iter().map(|person| person.name.clone()).collect()
    }

    #[test]
    fn who_is_on_duty_follows_weekday_hours_nights_and_holidays() {
        let (duty, london) = (duty(OWN).unwrap(), Zone::default());
        // Christmas Day 2026 is a Friday.
        let christmas = FRIDAY + 28 * 24 * HOUR;
        for (at, people) in [
            (FRIDAY + 9 * HOUR - 1, vec![]),
            (FRIDAY + 9 * HOUR, vec!["bob", "ann"]),
            (FRIDAY + 17 * HOUR - 1, vec!["bob", "ann"]),
            (FRIDAY + 17 * HOUR, vec![]),
            (FRIDAY + 22 * HOUR, vec!["bob"]),
            (FRIDAY + 30 * HOUR - 1, vec!["bob"]),
            (FRIDAY + 30 * HOUR, vec![]),
            (FRIDAY + 33 * HOUR, vec![]),
            (FRIDAY - 12 * HOUR, vec![]),
            (christmas + 10 * HOUR, vec![]),
            (christmas + 23 * HOUR, vec!["bob"]),
        ] {
            assert_eq!(names(&duty.on_duty(at, &london)), people, "{at}");
            assert_eq!(duty.is_open(at, &london), !people.is_empty(), "{at}");
        }
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(duty.opening(day("2026-11-27")), Some(9 * 60));
        assert_eq!(duty.opening(day("2026-12-25")), Some(22 * 60));
        assert_eq!(duty.opening(day("2026-11-28")), None);
        assert_eq!(
            names(&duty.everybody()),
            ["bob", "ann", "cat@council.example"]
        );
        assert_eq!(duty.daily_to.len(), 2, "supervisors and deputy");
    }

    #[test]
    fn a_weekend_and_a_holiday_are_no_working_days_in_the_built_in_list() {
        let duty = Duty::built_in().unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let misses = |last, today| duty.misses_a_working_day(day(last), day(today));
        assert!(!misses("2026-11-27", "2026-11-28"));
        assert!(!misses("2026-11-27", "2026-11-30"), "over the weekend");
        assert!(misses("2026-11-26", "2026-11-28"), "the Friday was missed");
        assert!(misses("2026-11-27", "2026-12-01"), "the Monday was missed");
        assert!(!misses("2026-11-30", "2026-11-30"));
        assert!(!misses("2026-12-24", "2026-12-29"), "Christmas");
        let london = Zone::default();
        assert!(duty.is_open(FRIDAY + 10 * HOUR, &london));
        assert!(duty.everybody().is_empty());
        assert!(duty.on_duty(FRIDAY + 10 * HOUR, &london).is_empty());
    }

    #[test]
    fn a_wrong_list_is_refused_with_its_line() {
        duty(OWN).unwrap();
        for (of, by, line) in [
            ("[\"ann\"]", "[\"anna\"]", 1),
            ("cat@council.example", "cat@", 2),
            ("07:30", "07:35", 3),
            ("07:30", "7:30", 3),
            ("2026-12-25", "25.12.2026", 4),
            ("[\"friday\"]\nfrom = \"09", "[]\nfrom = \"09", 6),
            ("[\"friday\"]\nfrom = \"09", "[\"fridays\"]\nfrom = \"09", 6),
            ("09:00", "24:00", 7),
            ("[\"bob\", \"ann\"]", "[\"bob\", \"eve\"]", 9),
            ("holidays", "holiday", 15),
            ("bob@police.example", "bob", 18),
        ] {
            let wrong = OWN.replacen(of, by, 1);
            assert_ne!(wrong, OWN, "{of}");
            let trouble = duty(&wrong).unwrap_err();
            assert_eq!(trouble.line, Some(line), "{by}: {trouble}");
            assert!(trouble.to_string().contains(NAME), "{trouble}");
        }
        let none = "supervisors = []\ndaily_at = \"08:00\"\nduty = []\n";
        assert_eq!(duty(none).unwrap_err().line, Some(3));
    }
}
