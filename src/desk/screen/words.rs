//! Labels and phrases for the officer's page: every answer of a tip with a label in plain English.
//! No logic here.

pub(super) use crate::viewing::day_in_words as day;
use axum::http::StatusCode;

use super::{Refusal, broken, refusal};
use crate::acting::Acting;
use crate::book::{Outcome, State, WhyWithdraw};
use crate::database;
use crate::entering::Door;
use crate::partners::{Field, Way};
use crate::register::Delivery;
use crate::report::Target;
use crate::text::values::ValueKind;
use loke_core::clock::{Day, Zone};
use loke_core::signs;
use loke_core::tip::{Channel, HowKnown, Lane, Priority, Removed, Tip, TipId, Topic, YesNo};

/// The name of a tip at this desk.
pub(super) async fn name_of(acting: &Acting, tip: TipId) -> Result<String, Refusal> {
    let names = acting.register().names_of(&[tip]).await;
    let names = names.map_err(|e| broken(&e))?;
    Ok(names.get(&tip).cloned().unwrap_or_else(|| tip.to_string()))
}

/// The page for a tip that does not exist, or that the person may not see.
pub(super) fn no_such_tip() -> Refusal {
    refusal(
        StatusCode::NOT_FOUND,
        "Not here",
        "Tip not found. Check the reference.",
    )
}

/// The page for a tip that cannot be shown.
pub(super) fn not_shown(error: &database::Error) -> Refusal {
    match error {
        database::Error::NoTip(_) | database::Error::Ambiguous(_) => no_such_tip(),
        other => broken(other),
    }
}

/// An error, or a phrase, as a sentence.
pub(super) fn sentence(phrase: &impl std::fmt::Display) -> String {
    let mut text = phrase.to_string();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}

/// One answered question.
pub(super) struct Answered {
    pub(super) label: &'static str,
    pub(super) value: String,
    /// Whether the value is in the resident's words.
    pub(super) is_theirs: bool,
}

pub(super) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Graffiti => "Graffiti",
        Topic::Cuckooing => "A home taken over",
        Topic::Drugs => "Drug activity",
        Topic::Other => "Something else",
    }
}

pub(super) fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Safeguarding => "Safeguarding",
        Lane::Cuckooing => "Cuckooing",
        Lane::Drugs => "Drugs",
        Lane::Graffiti => "Graffiti",
        Lane::Other => "Other",
    }
}

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::New => "New",
        State::Taken => "Taken",
        State::Waiting => "Waiting",
        State::Routed => "Sent",
        State::Closed => "Closed",
    }
}

/// How a tip was closed, as a phrase.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Acted => "acted on",
        Outcome::CouldNotAct => "could not act",
        Outcome::Duplicate => "duplicate",
        Outcome::Spam => "no report",
        Outcome::Malicious => "sent to harm somebody",
        Outcome::NotOurs => "not ours",
    }
}

/// Why a report should be withdrawn, as a sentence.
pub(super) fn why_withdraw(why: WhyWithdraw) -> &'static str {
    match why {
        WhyWithdraw::WrongPartner => "It reached the wrong partner.",
        WhyWithdraw::Contested => "Somebody contests that the tip is accurate.",
        WhyWithdraw::Malicious => "The tip was sent to harm somebody.",
    }
}

/// The account that works on a tip, as a phrase.
pub(super) fn taken_by(owner: Option<&str>) -> String {
    format!("{} has it", owner.unwrap_or("Somebody"))
}

/// The wait of a tip, as a phrase.
pub(super) fn waits(for_whom: Option<&str>, until: Option<Day>) -> String {
    format!(
        "Waits for {} until {}",
        for_whom.unwrap_or("somebody"),
        until.map(|until| day(&until)).unwrap_or_default()
    )
}

pub(super) fn urgency(priority: Priority) -> &'static str {
    match priority {
        Priority::Now => "Look now",
        Priority::Soon => "Soon",
        Priority::Routine => "Routine",
    }
}

/// The answer to a question, or none.
enum Reply {
    Given(String),
    Unsure,
    Open,
}

impl Reply {
    fn of(answer: Option<String>) -> Self {
        answer.map_or(Self::Open, Self::Given)
    }

    fn yes_no(answer: Option<YesNo>) -> Self {
        match answer {
            Some(YesNo::Yes) => Self::Given("Yes".to_owned()),
            Some(YesNo::No) => Self::Given("No".to_owned()),
            Some(YesNo::Unsure) => Self::Unsure,
            None => Self::Open,
        }
    }
}

fn how_known(how: HowKnown) -> String {
    match how {
        HowKnown::Saw => "Saw or heard it themselves",
        HowKnown::Told => "Was told by someone",
        HowKnown::Guess => "Thinks so",
        HowKnown::Unsaid => "Chose not to say",
    }
    .to_owned()
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "Web form",
        Channel::Sms => "Text message",
        Channel::Onion => "Onion service",
        Channel::Desk => "Telephone, letter or in person",
    }
}

/// How a report reached the team.
pub(super) fn door(door: Door) -> &'static str {
    match door {
        Door::Telephone => "By telephone",
        Door::Letter => "By letter",
        Door::InPerson => "In person",
        Door::Warden => "From a warden",
        Door::Councillor => "From a councillor",
        Door::Crimestoppers => "On a Crimestoppers sheet",
    }
}

/// A value that ties tips together.
pub(super) fn value_kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Place => "place",
        ValueKind::Plate => "number plate",
        ValueKind::Phone => "phone number",
        ValueKind::Email => "e-mail address",
        ValueKind::Name => "name",
    }
}

/// Languages of the form, and others that people write: their codes.
pub(super) const LANGUAGES: [&str; 10] =
    ["pl", "lt", "ro", "pt", "ar", "hu", "es", "zh", "bg", "ru"];

/// The English name of a language, or its tag.
pub(super) fn language(tag: &str) -> &str {
    match tag {
        "en" => "English",
        "pl" => "Polish",
        "lt" => "Lithuanian",
        "ro" => "Romanian",
        "pt" => "Portuguese",
        "ar" => "Arabic",
        "hu" => "Hungarian",
        "es" => "Spanish",
        "zh" => "Chinese",
        "bg" => "Bulgarian",
        "ru" => "Russian",
        other => other,
    }
}

fn removed(what: Removed) -> &'static str {
    match what {
        Removed::Gps => "where it was taken",
        Removed::Camera => "camera details",
        Removed::Time => "when it was taken",
        Removed::Text => "names and captions",
        Removed::Thumbnail => "a small copy of the picture",
        Removed::Profile => "colour profile",
        Removed::Trailer => "data hidden behind the picture",
        Removed::Other => "other data",
    }
}

/// The metadata that was removed from a photo, as one phrase; empty if there was none.
pub(super) fn taken_off(what: &[Removed]) -> String {
    what.iter()
        .map(|r| removed(*r))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A tip's answers with their labels. The main text (`what`) is shown separately.
pub(super) struct Answers {
    pub(super) answered: Vec<Answered>,
    /// The labels of questions answered with "not sure".
    pub(super) unsure: Vec<&'static str>,
    /// The labels of unanswered questions.
    pub(super) open: Vec<&'static str>,
}

/// Sorts a tip's questions by what the resident answered.
pub(super) fn answers(tip: &Tip) -> Answers {
    let text = |words: &Option<String>| words.clone().filter(|w| !w.trim().is_empty());
    let signs = (!tip.signs.is_empty()).then(|| signs::in_english(&tip.signs).join("; "));
    let mut questions = vec![
        ("Where", Reply::of(text(&tip.place))),
        ("When it happens", Reply::of(text(&tip.when))),
        ("Still going on", Reply::yes_no(tip.ongoing)),
        ("Someone in danger", Reply::yes_no(tip.danger)),
        ("A child may be at risk", Reply::yes_no(tip.child)),
        (
            "How it affects them or the area",
            Reply::of(text(&tip.impact)),
        ),
        ("Vehicle", Reply::of(text(&tip.vehicle))),
        ("How they know", Reply::of(tip.how_known.map(how_known))),
        ("Signs they ticked", Reply::of(signs)),
    ];
    if tip.offensive.is_some() || tip.topic == Topic::Graffiti {
        let offensive = Reply::yes_no(tip.offensive.map(YesNo::from));
        questions.push(("Offensive or threatening", offensive));
    }
    let typed = [&tip.place, &tip.when, &tip.impact, &tip.vehicle].map(Option::as_deref);
    let mut answered = Vec::new();
    let (mut unsure, mut open) = (Vec::new(), Vec::new());
    for (label, value) in questions {
        match value {
            Reply::Given(value) => answered.push(Answered {
                is_theirs: typed.contains(&Some(value.as_str())),
                label,
                value,
            }),
            Reply::Unsure => unsure.push(label),
            // A text message has no questions.
            Reply::Open if tip.channel == Channel::Sms => {}
            Reply::Open => open.push(label),
        }
    }
    answered.push(Answered {
        label: "Sent by",
        value: format!("{}, in {}", channel(tip.channel), language(&tip.language)),
        is_theirs: false,
    });
    if let Some(campaign) = text(&tip.campaign) {
        answered.push(Answered {
            label: "Poster campaign",
            value: campaign,
            is_theirs: false,
        });
    }
    Answers {
        answered,
        unsure,
        open,
    }
}

/// A part of a report.
pub(super) fn field(field: Field) -> &'static str {
    match field {
        Field::Text => "the words",
        Field::Priority => "the urgency",
        Field::Place => "the place",
        Field::Grade => "the grade",
        Field::Handling => "the handling code",
        Field::Conditions => "what they must not do",
        Field::Safety => "safety on the spot",
        Field::Ask => "what you ask them to do",
        Field::AnswerCode => "the answer code",
        Field::Photos => "the photos",
    }
}

/// By when a work order is to be done.
pub(super) fn target(target: Target, due: Option<&str>) -> String {
    let due = due.map(day).unwrap_or_default();
    match target {
        Target::Urgent => format!("2 hours, on {due}"),
        Target::Usual => format!("14 working days, by {due}"),
        Target::OnRelease => "When the police release it".to_owned(),
    }
}

/// A partner's way, as a sentence.
pub(super) fn way(way: &Way) -> String {
    match way {
        Way::Folder(_) => "Encrypted, into their folder.".to_owned(),
        Way::Mail(address) => format!("Encrypted, by e-mail to {address}."),
        Way::Print => "On paper, by hand.".to_owned(),
        Way::Page => "Encrypted, to their accounts on the partner page.".to_owned(),
        Way::OpenMail(address) => format!(
            "The document in the clear, by e-mail to {address}, as the sharing agreement allows."
        ),
    }
}

/// How far a report has come: a word for its class, and a sentence.
pub(super) fn delivery(delivery: &Delivery, zone: &Zone, now: i64) -> (&'static str, String) {
    let at = |seconds: i64| moment(zone, seconds);
    let minutes = ((delivery.due - now).max(0) + 59) / 60;
    let next = if minutes <= 1 {
        "within a minute".to_owned()
    } else {
        format!("in {minutes} minutes")
    };
    let about = match (&delivery.replaces, delivery.is_lead) {
        (Some(_), _) => " (replaces an earlier report)",
        (None, false) => " (for information alone)",
        (None, true) => "",
    };
    if let Some(taken) = delivery.taken_back_at {
        return (
            "taken-back",
            format!("was taken back on {}.{about}", at(taken)),
        );
    }
    if let Some(done) = delivery.done {
        let confirmed = match (&delivery.replaces, delivery.confirmed_at) {
            (Some(_), None) => " They have not confirmed it.",
            (Some(_), Some(_)) => " They confirmed it.",
            (None, _) => "",
        };
        return (
            "arrived",
            format!("has it since {}.{about}{confirmed}", at(done)),
        );
    }
    match &delivery.problem {
        Some(problem) if delivery.needs_officer => (
            "stuck",
            format!(
                "does not have it yet, and this needs you: {problem}. It is tried again {next}.{about}"
            ),
        ),
        Some(problem) => (
            "waiting",
            format!("does not have it yet: {problem}. It is tried again {next}.{about}"),
        ),
        None if delivery.way == "print" => (
            "waiting",
            format!("waits until somebody hands it over on paper.{about}"),
        ),
        None if delivery.way == "open-mail" && delivery.leaves_at <= now => (
            "waiting",
            format!("waits for somebody to sign in: it leaves only while its book is open.{about}"),
        ),
        None if delivery.leaves_at > now => {
            let when = later(zone, delivery.leaves_at, now);
            ("waiting", format!("gets it {when}.{about}"))
        }
        None => ("waiting", format!("gets it within a minute.{about}")),
    }
}

/// The first words of a text, for the list.
pub(super) fn first_words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words: String = line.chars().take(140).collect();
    if line.chars().nth(140).is_some() {
        words.push('…');
    }
    words
}

/// The day and time of this second (since 1970-01-01 UTC), for an officer.
pub(super) fn when(screen: &super::Screen, at: i64) -> String {
    moment(&screen.clock().zone(), at)
}

/// A moment to come: `at 10:40`, or `on` another day.
pub(super) fn later(zone: &Zone, at: i64, now: i64) -> String {
    match zone.day(at) == zone.day(now) {
        true => format!("at {}", zone.time(at)),
        false => format!("on {}", moment(zone, at)),
    }
}

pub(super) fn moment(zone: &Zone, at: i64) -> String {
    format!("{}, {}", day(&zone.day(at)), zone.time(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_sure_stands_apart_from_not_answered() {
        let tip: Tip = serde_json::from_str(
            r#"{"schema":1,"id":"00000000000000000000000000000000","channel":"web","language":"en","received":"2026-11-21",
            "topic":"drugs","lane":"drugs","priority":"routine","what":"x","where":null,"when":null,"ongoing":false,
            "danger":"unsure","child":null,"impact":null,"vehicle":null,"how_known":"unsaid","signs":[],"offensive":null,
            "campaign":null,"proven":true,"thread":null,"photos":[],"reply_key":null,"reply_box":null}"#,
        )
        .unwrap();
        let Answers {
            answered,
            unsure,
            open,
        } = answers(&tip);
        assert_eq!(unsure, ["Someone in danger"]);
        assert!(open.contains(&"A child may be at risk") && !open.contains(&"Someone in danger"));
        let said = |label| {
            let found = answered.iter().find(|answer| answer.label == label);
            found.map(|answer| answer.value.as_str())
        };
        assert_eq!(said("Still going on"), Some("No"));
        assert_eq!(said("How they know"), Some("Chose not to say"));
        assert_eq!(said("Someone in danger"), None, "the control");
    }
}
