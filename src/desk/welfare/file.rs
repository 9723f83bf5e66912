//! Reads `rules/welfare.toml`. Each error names the line and says what to write there.

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::Weekday;
use loke_core::config::{ConfigError, Source};

use super::{About, Asked, Duty, Hours, Number, Shift, WelfareRules};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    numbers: Spanned<Vec<NumberEntry>>,
    asked: Vec<AskedEntry>,
    #[serde(default)]
    duties: Vec<DutyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberEntry {
    who: Spanned<String>,
    number: Spanned<String>,
    about: Spanned<Vec<About>>,
    note: Option<String>,
    when_closed: Option<Spanned<String>>,
    #[serde(default)]
    closed_on_holidays: bool,
    #[serde(default)]
    hours: Vec<HoursEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursEntry {
    on: Spanned<Vec<Weekday>>,
    from: Spanned<String>,
    until: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedEntry {
    text: String,
    about: Spanned<Vec<About>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyEntry {
    heading: String,
    text: String,
    about: Spanned<Vec<About>>,
    #[serde(default)]
    police: bool,
}

impl WelfareRules {
    /// The rules in a file.
    pub(super) fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let mut numbers: Vec<Number> = Vec::new();
        for entry in file.numbers.get_ref() {
            let number = number(source, entry, &numbers)?;
            numbers.push(number);
        }
        for (about, whom) in [(About::Child, "a child"), (About::Adult, "an adult")] {
            if !numbers.iter().any(|number| number.about.contains(&about)) {
                return Err(source.trouble(
                    file.numbers.span().start,
                    format!("no number is for {whom}"),
                    "Add one",
                ));
            }
        }
        let mut asked = Vec::with_capacity(file.asked.len());
        for entry in file.asked {
            let about = whom(source, &entry.about)?;
            let text = entry.text;
            asked.push(Asked { text, about });
        }
        let mut duties = Vec::with_capacity(file.duties.len());
        for entry in file.duties {
            duties.push(Duty {
                about: whom(source, &entry.about)?,
                heading: entry.heading,
                text: entry.text,
                police: entry.police,
            });
        }
        Ok(Self {
            numbers,
            asked,
            duties,
        })
    }
}

fn number(source: &Source, entry: &NumberEntry, above: &[Number]) -> Result<Number, ConfigError> {
    let digits = entry.number.get_ref();
    let plain = digits.strip_prefix('+').unwrap_or(digits);
    let is_number = plain.bytes().all(|b| b.is_ascii_digit() || b == b' ')
        && plain.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if !is_number {
        return Err(source.trouble(
            entry.number.span().start,
            "this is not a telephone number",
            "Write digits and spaces, such as \"0344 800 8021\"",
        ));
    }
    let who = entry.who.get_ref().trim();
    if who.is_empty() || above.iter().any(|other| other.who == who) {
        return Err(source.trouble(
            entry.who.span().start,
            "this name is empty or stands twice",
            "Give each number a name of its own",
        ));
    }
    let hours = match (&entry.when_closed, entry.hours.is_empty()) {
        (Some(other), true) => {
            let place = above.iter().position(|n| n.who == *other.get_ref());
            let place = place.filter(|place| {
                let hours = above.get(*place).map(|number| &number.hours);
                matches!(hours, Some(Hours::Week(..)))
            });
            Hours::WhenClosed(place.ok_or_else(|| {
                source.trouble(
                    other.span().start,
                    "no number above with hours has this name",
                    "Write the `who` of a number that stands above",
                )
            })?)
        }
        (Some(other), false) => {
            return Err(source.trouble(
                other.span().start,
                "a number has hours or `when_closed`, not both",
                "Remove one of them",
            ));
        }
        (None, true) => Hours::Always,
        (None, false) => {
            let shifts = entry.hours.iter().map(|hours| shift(source, hours));
            Hours::Week(shifts.collect::<Result<_, _>>()?, entry.closed_on_holidays)
        }
    };
    Ok(Number {
        who: who.to_owned(),
        number: digits.clone(),
        about: whom(source, &entry.about)?,
        note: entry.note.clone(),
        hours,
    })
}

fn shift(source: &Source, entry: &HoursEntry) -> Result<Shift, ConfigError> {
    let on = Weekday::week(entry.on.get_ref()).ok_or_else(|| {
        source.trouble(
            entry.on.span().start,
            "these hours are on no day",
            "Name at least one weekday, such as \"monday\"",
        )
    })?;
    Ok(Shift {
        on,
        from: source.minutes("from", &entry.from)?,
        until: match entry.until.get_ref().as_str() {
            "24:00" => 24 * 60,
            _ => source.minutes("until", &entry.until)?,
        },
    })
}

fn whom(source: &Source, about: &Spanned<Vec<About>>) -> Result<Vec<About>, ConfigError> {
    if about.get_ref().is_empty() {
        return Err(source.trouble(
            about.span().start,
            "this is about nobody",
            "Write [\"child\"], [\"adult\"], or both",
        ));
    }
    Ok(about.get_ref().clone())
}
