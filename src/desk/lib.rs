//! The staff zone: it collects, opens, triages and routes. It must never listen to the public.
//!
//! | room | what happens there |
//! |---|---|
//! | [`setup`] | making a desk, and unlocking it |
//! | [`keys`] | the identity and the casebook's key, both wrapped by the passphrase |
//! | [`casebook`] | the encrypted database: every SQL statement of the desk |
//! | [`audit`] | the hash-chained log of who did what |
//! | [`open`] | opening a sealed tip, hostile headers refused |
//! | [`viewing`] | what an officer looks at, each with its audit row |
//! | [`pull`] | collecting from the gateways: keep, open, acknowledge |
//! | [`route`], [`deliver`] | a partner's copy, and the ways it travels |
//! | [`campaign`] | posters and organisations with a code: what may have one |
//! | [`mod@print`] | posters, cards, stickers and briefings, as PDF and SVG |
//! | [`screen`] | the officer's page on loopback |
//! | [`cli`] | the commands of `loke-desk` |

pub mod audit;
pub mod campaign;
pub mod casebook;
pub mod cli;
pub mod deliver;
pub mod keys;
pub mod open;
pub mod print;
pub mod pull;
pub mod route;
pub mod screen;
pub mod settings;
pub mod setup;
pub mod viewing;
