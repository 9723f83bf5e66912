//! The summary on the check page: each question that was answered, with its answer.

use std::borrow::Cow;

use crate::web::form::Typed;
use loke_core::tip::Topic;
use loke_core::words::Words;

/// Signs that the summary names. The others are counted, so that the page keeps to its size.
const SIGNS: usize = 5;

/// An answered question.
pub(super) struct Given<'a> {
    /// Id of the question.
    pub(super) label: &'static str,
    pub(super) answer: Cow<'a, str>,
    /// Whether these are the resident's own words.
    pub(super) typed: bool,
}

/// The answered questions, in the order of the form.
pub(super) fn summary<'a>(t: &'a Words, typed: &'a Typed) -> Vec<Given<'a>> {
    let ours = |label, prefix: &str, word: &str| {
        (!word.is_empty()).then(|| Given {
            label,
            answer: Cow::Borrowed(t.say_of(prefix, word)),
            typed: false,
        })
    };
    let own = |label, text: &'a str| {
        (!text.is_empty()).then_some(Given {
            label,
            answer: Cow::Borrowed(text),
            typed: true,
        })
    };
    [
        ours("topic-label", "topic-", &typed.topic),
        own("what-label", &typed.what),
        own("where-label", &typed.place),
        own("when-label", &typed.when),
        ours("danger-label", "", &typed.danger),
        ours("child-label", "", &typed.child),
        ours("ongoing-label", "", &typed.ongoing),
        signs(t, typed),
        ours("offensive-label", "", &typed.offensive),
        own("impact-label", &typed.impact),
        own("vehicle-label", &typed.vehicle),
        ours("how-label", "how-", &typed.how_known),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signs<'a>(t: &'a Words, typed: &Typed) -> Option<Given<'a>> {
    let names: Vec<&str> = typed
        .signs
        .iter()
        .take(SIGNS)
        .map(|sign| t.say_of("sign-", sign))
        .collect();
    let mut answer = names.join(t.say("list-comma"));
    let more = typed.signs.len().saturating_sub(SIGNS);
    if more > 0 {
        answer.push_str(&format!(" +{more}"));
    }
    (!names.is_empty()).then_some(Given {
        label: "signs-label",
        answer: Cow::Owned(answer),
        typed: false,
    })
}

/// Bytes by which this topic's name is shorter than the longest one.
pub(super) fn shorter_by(t: &Words, topic: Topic) -> usize {
    let length = |topic: &Topic| t.say_of("topic-", topic.word()).len();
    let longest = Topic::ALL.iter().map(length).max().unwrap_or_default();
    longest.saturating_sub(length(&topic))
}
