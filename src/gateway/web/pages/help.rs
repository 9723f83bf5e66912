//! Help for a resident whose own home was taken over, and whom to tell about a member of staff. A
//! page of another topic has as many blanks in the same place, so that its length does not reveal
//! the topic.

use askama::Template;

use super::Frame;
use crate::settings::Signposts;
use loke_core::tip::Topic;
use loke_core::words::Words;

#[derive(Template)]
#[template(path = "resident/help.html")]
struct HelpBox<'a> {
    t: &'a Words,
    /// Id of the words before each number, and the number.
    numbers: Vec<(&'static str, &'a str)>,
    contact: Option<&'a str>,
    /// The resident added photos.
    photos: bool,
}

/// The markup of the box, or blanks of the same length.
pub(super) fn help(frame: &Frame<'_>, topic: Topic, photos: bool) -> String {
    let Signposts {
        victims,
        slavery,
        housing,
        debt,
    } = &frame.help.cuckooing;
    let numbers = [
        ("help-victims", victims),
        ("help-slavery", slavery),
        ("help-housing", housing),
        ("help-debt", debt),
    ];
    let page = HelpBox {
        t: frame.t,
        numbers: numbers
            .into_iter()
            .filter_map(|(id, number)| Some((id, number.as_deref()?)))
            .collect(),
        contact: frame.contact,
        photos,
    };
    // A `String` never fails to grow, so the markup is complete.
    let html = page.render().unwrap_or_default();
    if topic == Topic::Cuckooing {
        html
    } else {
        " ".repeat(html.len())
    }
}
