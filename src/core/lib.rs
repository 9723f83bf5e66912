//! What both zones share: a tip, its seal, a receipt, what passes between gateway and desk, words,
//! the log. It names no zone, and cannot open what it seals.
//!
//! | room | what happens there |
//! |---|---|
//! | [`tip`] | what a resident told us: `Tip`, `Topic`, `Lane`, `Priority` |
//! | [`seal`] | `Recipients`, `Sealed`, `seal()`: tar, pad to a size class, age-encrypt, MAC |
//! | [`receipt`] | the digits a resident keeps, and the reply box and reply key that follow from them |
//! | [`pickup`] | what passes between gateway and desk: the messages and the enrolment file |
//! | [`campaign`] | the code on a poster: it names an area, never a person |
//! | [`characters`] | which characters show nothing, which separate, which are digits |
//! | [`mod@words`], [`signs`], [`built_in`] | the sentences, one fluent file a language; the signs to look for, by code; the files themselves |
//! | [`clock`], [`config`], [`log`], [`random`], [`digest`] | the one reader of time; config files; the log; randomness; SHA-256 |
//! | [`build_tag`] | marks a report that `loke-gateway prove` sends |
//! | [`private_file`], [`sqlite`] | files that only their owner may read; how a database is opened |
//! | [`supervise`] | tasks that a program cannot do without |
//! | [`harden`], [`zeroing_alloc`] | no core dump, no reader beside, no swap; freed memory is zeros |
//! | [`terminal`] | what the programs print |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod build_tag;
pub mod built_in;
pub mod campaign;
pub mod characters;
pub mod clock;
pub mod config;
pub mod digest;
pub mod harden;
pub mod log;
pub mod pickup;
pub mod private_file;
pub mod random;
pub mod receipt;
pub mod seal;
pub mod signs;
pub mod sqlite;
pub mod supervise;
pub mod terminal;
pub mod tip;
pub mod words;
pub mod zeroing_alloc;
