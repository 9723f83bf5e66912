//! The staff side: collects, opens, triages and routes tips. It must never listen to the public.
//!
//! | module | contents |
//! |---|---|
//! | [`setup`] | creating and unlocking a desk |
//! | [`keys`] | the identity and the casebook's key, both encrypted with the passphrase |
//! | [`casebook`] | the encrypted database: every SQL statement of the desk |
//! | [`audit`] | the hash-chained log of who did what |
//! | [`open`] | opening a sealed tip; hostile headers are refused |
//! | [`viewing`] | showing a tip or a photo, each with its audit row |
//! | [`pull`] | collecting from the gateways: open, store, acknowledge |
//! | [`route`], [`outbox`], [`ways`] | a partner's copy, its queue, and how it travels |
//! | [`jobs`] | work by the clock |
//! | `session` | who is signed in to the page |
//! | [`campaign`] | the rules for posters and organisations with a code |
//! | [`mod@print`] | posters, cards, stickers and briefings, as PDF and SVG |
//! | [`screen`] | the officer's page on loopback |
//! | [`cli`] | the commands of `loke-desk` |

pub mod audit;
pub mod campaign;
pub mod casebook;
pub mod cli;
pub mod jobs;
pub mod keys;
pub mod open;
pub mod outbox;
pub mod print;
pub mod pull;
pub mod route;
pub mod screen;
mod session;
pub mod settings;
pub mod setup;
pub mod viewing;
pub mod ways;
