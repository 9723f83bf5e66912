//! What gateway and desk share: a tip, its seal, a receipt, the pickup protocol, the sentences and
//! the log. This crate depends on neither of them, and cannot open what it seals.
//!
//! | module | contents |
//! |---|---|
//! | [`tip`] | a resident's report: `Tip`, `Topic`, `Lane`, `Priority` |
//! | [`seal`] | `Recipients`, `Sealed`, `seal()`: tar, pad to a size class, age-encrypt, MAC |
//! | [`receipt`] | the resident's digits; reply box and reply key derived from them |
//! | [`reply_rows`] | the rows that a gateway keeps of replies: names, letters, stages |
//! | [`pickup`] | the messages between gateway and desk, and the enrolment file |
//! | [`campaign`] | the code on a poster: it names an area, never a person |
//! | [`characters`] | blank characters, separators and digits |
//! | [`mod@words`] | the sentences, one Fluent file per language |
//! | [`pii_hints`] | finds text that may identify its writer |
//! | [`usual_words`] | whether a text is plainly in the language of its page |
//! | [`signs`], [`built_in`] | the signs to look for, by code; the compiled-in data files |
//! | [`clock`], [`config`] | the only reader of the time; configuration files |
//! | [`log`], [`random`], [`digest`] | the log; random bytes; SHA-256 |
//! | [`build_tag`] | marks a report that `loke-gateway prove` sends |
//! | [`private_file`], [`sqlite`] | files that only their owner may read; opening a database |
//! | [`tls`] | TLS of a program's own pages |
//! | [`supervise`] | tasks that a program cannot do without |
//! | [`harden`] | no core dump, no other reader of memory, no swap |
//! | [`zeroing_alloc`] | zeroizes memory when it is freed |
//! | [`terminal`] | the output of both programs |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod answers;
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
pub mod pii_hints;
pub mod private_file;
pub mod random;
pub mod receipt;
pub mod reply_rows;
pub mod seal;
pub mod signs;
pub mod sqlite;
pub mod supervise;
pub mod terminal;
pub mod tip;
pub mod tls;
pub mod usual_words;
pub mod words;
pub mod zeroing_alloc;
