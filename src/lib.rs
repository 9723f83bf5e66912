//! Loke, an anonymous resident reporting gateway: the map of the house.
//!
//! **The trust rule.** Two zones share one small core and never each other. `gateway` faces the public: it sees a tip for
//! the moment it takes to seal it, and cannot open it again. `desk` belongs to the partnership: it holds the identities
//! and never listens to the public. What passes between them is sealed.
//!
//! | room | what happens there |
//! |---|---|
//! | [`tip`] | what a resident told us: `Tip`, `Topic`, `Lane`, `Priority` |
//! | [`seal`] | `Recipients`, `Sealed`, `seal()`: tar, pad to a size class, age-encrypt, MAC |
//! | [`receipt`] | the digits a resident keeps, and the reply box and reply key that follow from them |
//! | [`characters`] | which characters show nothing, which separate, which are digits |
//! | [`campaign`] | the code on a poster: it names an area, never a person |
//! | [`store`] | the queue: every SQL statement; it takes only `Sealed` |
//! | [`pickup`] | what passes between gateway and desk: the messages and the enrolment file |
//! | [`words`], [`signs`] | the sentences, one fluent file a language; the signs to look for, by code |
//! | [`clock`], [`config`], [`log`], [`random`] | the one reader of time; config files; the log; randomness |
//! | [`harden`], [`zeroing_alloc`] | no core dump, no reader beside, no swap; freed memory is zeros |
//! | [`terminal`] | what the programs print |
//! | `gateway` | listen, strip, limit, form, photo, send, pickup, replies, housekeeping (feature `gateway`) |
//! | `desk` | keys, pull, open, casebook, audit, route, deliver, screen (feature `desk`) |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod campaign;
pub mod characters;
pub mod clock;
pub mod config;
#[cfg(any(feature = "gateway", feature = "desk"))]
pub mod harden;
pub mod log;
pub mod mark;
pub mod pickup;
pub mod random;
pub mod receipt;
pub mod seal;
#[cfg(any(feature = "gateway", feature = "desk"))]
pub mod signs;
#[cfg(feature = "gateway")]
pub mod store;
pub mod terminal;
pub mod tip;
#[cfg(any(feature = "gateway", feature = "desk"))]
pub mod words;

#[cfg(feature = "desk")]
pub mod desk;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(any(feature = "gateway", feature = "desk"))]
pub mod zeroing_alloc;
