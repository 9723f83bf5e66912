//! PII hints on the check page. The rules are in `loke_core::pii_hints`; `finder` runs them on a
//! thread of their own if a text is long.

mod finder;

pub use finder::{Finder, Hints, Searched};
pub use loke_core::pii_hints::{Found, Hint, MOST, REASONS, Rules};
