//! A book for practice: made-up tips for people who learn the desk. Every tip begins with the word
//! PRACTICE, and nothing of the book leaves the desk: no copy to a partner, no alert, no move into
//! another book ([`crate::book`] refuses each).

use crate::book::Book;
use crate::entering::{self, NotEntered, Report};
use loke_core::tip::{HowKnown, Topic, YesNo};

/// A made-up tip: topic, words, place, danger, child, days ago.
type Made = (Topic, &'static str, &'static str, bool, bool, i32);

/// No place and no person in these exists.
const TIPS: [Made; 10] = [
    (
        Topic::Cuckooing,
        "The man in the ground floor flat has not been seen for a week. Two others have his keys and let people in all night.",
        "Flat 1, Imaginary House, Example Road",
        true,
        false,
        0,
    ),
    (
        Topic::Cuckooing,
        "Different people come and go at the flat next to the bins, always for five minutes. The tenant looks frightened.",
        "Flat 1, Imaginary House, Example Road",
        false,
        false,
        1,
    ),
    (
        Topic::Drugs,
        "A grey car stops by the garages every evening at six. Somebody goes to the window and walks away quickly.",
        "Garages behind Sample Close",
        false,
        false,
        1,
    ),
    (
        Topic::Drugs,
        "Boys of about thirteen carry small bags between the play area and a blue door.",
        "Play area, Sample Close",
        false,
        true,
        0,
    ),
    (
        Topic::Graffiti,
        "A large red tag on the wall of the subway. It was not there last week.",
        "Subway at Nowhere Lane",
        false,
        false,
        3,
    ),
    (
        Topic::Graffiti,
        "The same red tag, now also on the bus shelter.",
        "Bus shelter, Nowhere Lane",
        false,
        false,
        2,
    ),
    (
        Topic::Drugs,
        "It smells of cannabis on the stairs every night. The window of the top flat is covered with foil.",
        "Imaginary House, Example Road",
        false,
        false,
        5,
    ),
    (
        Topic::Other,
        "Somebody leaves rubbish behind the shop every Friday.",
        "Behind the shop, Example Road",
        false,
        false,
        4,
    ),
    (Topic::Other, "asdf asdf asdf", "", false, false, 1),
    (
        Topic::Cuckooing,
        "I rang about Imaginary House before. Now they shout at him through the door and he does not answer.",
        "Imaginary House, Example Road",
        true,
        false,
        0,
    ),
];

/// Puts the made-up tips into a book for practice.
///
/// # Errors
/// [`NotEntered`].
pub(crate) async fn fill(book: &Book) -> Result<(), NotEntered> {
    let today = book.register().clock().today();
    let reports = TIPS
        .iter()
        .map(|(topic, words, place, danger, child, ago)| {
            let yes = |ticked: bool| ticked.then_some(YesNo::Yes);
            Report {
                place: (*place).to_owned(),
                danger: yes(*danger),
                child: yes(*child),
                how_known: Some(HowKnown::Saw),
                ..Report::about(*topic, &format!("PRACTICE. {words}"), today.plus(-ago))
            }
        });
    entering::enter_into(book, reports.collect()).await
}
