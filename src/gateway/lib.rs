//! The public zone. It strips, seals and queues; it must never hold an identity, log what was sent,
//! or panic on input.
//!
//! | room | what happens there |
//! |---|---|
//! | [`listener`] | one accept loop for every listener: deadlines, TLS, one request a connection; a caller becomes 12 bits and a language; limits |
//! | [`web`] | the resident's pages: form, check page, receipt, answers, the quick exit |
//! | [`sms`] | text messages: a provider's request becomes a tip, and the number is forgotten |
//! | [`intake`] | sealing a tip and putting it into the queue, from either |
//! | [`triage`] | lane and priority, from the answers |
//! | [`store`] | the queue: every SQL statement; it takes only `Sealed` |
//! | [`pickup`] | the desks' listener: claim, ack, renew, reply; enrolment |
//! | [`memory`] | what is kept for a while in memory alone: pending photos, receipts just shown, the daily key |
//! | [`site`] | what the rooms share |
//! | [`housekeeping`] | release times, expiry, rewriting |
//! | [`serve`] | a running gateway: all listeners, one queue, one housekeeping |
//! | [`settings`] | `gateway.toml` |
//! | [`mac_key`] | the key of the queue's MACs |
//! | [`prove`] | searches a running gateway for what it must not keep |
//! | [`cli`] | the commands of `loke-gateway` |

pub mod cli;
pub mod housekeeping;
pub mod intake;
pub mod listener;
pub mod mac_key;
pub mod memory;
pub mod pickup;
pub mod prove;
pub mod serve;
pub mod settings;
pub mod site;
pub mod sms;
pub mod store;
pub mod triage;
pub mod web;
