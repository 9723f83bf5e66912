//! Keys and values of table `fact`: numbers about the queue itself.

use super::code_of;
use loke_core::seal::SizeClass;
use loke_core::tip::Lane;

/// A number about the queue.
#[derive(Clone, Copy)]
pub(super) enum Fact {
    /// When a desk last collected, in seconds since 1970.
    LastCollection,
    /// 2 or 3 in turn, so that a commit changes a page without tips.
    Blur,
    /// A [`Gate`].
    Gate,
    /// The number of slots over which the class's tips were last spread.
    SpreadOver(SizeClass),
    /// The day of the lane's last collection.
    LaneCollected(Lane),
}

impl Fact {
    /// Its key in the table.
    pub(super) const fn key(self) -> i64 {
        match self {
            Self::LastCollection => 1,
            Self::Blur => 2,
            Self::Gate => 3,
            Self::SpreadOver(class) => 10 + code_of(class as u8),
            Self::LaneCollected(lane) => 20 + code_of(lane as u8),
        }
    }
}

/// Whether the operator closed the gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Tips are stored.
    Open = 2,
    /// Nothing is stored.
    Closed = 3,
}

impl Gate {
    /// Its value in the table.
    pub(super) const fn code(self) -> i64 {
        self as i64
    }
}
