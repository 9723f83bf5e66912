//! The public zone: it strips, seals and queues tips. It must never have an identity, log what a
//! caller sent, or panic on input.
//!
//! | room | contents |
//! |---|---|
//! | [`listener`] | deadlines, TLS; reduces a caller to 12 bits and a language; limits |
//! | [`web`] | the resident's pages: form, check page, receipt, answers, the quick exit |
//! | [`providers`] | the SMS providers: `[sms]`, their formats, the calls to them |
//! | [`sms`] | text messages: turns a provider's request into a tip and drops the number |
//! | [`intake`] | seals a tip and stores it in the queue, for every channel |
//! | [`store`] | the queue: every SQL statement; it accepts only `Sealed` |
//! | [`pickup`] | the desks' listener: claim, ack, renew, reply; enrolment |
//! | [`memory`] | short-lived state: pending photos, receipts just shown, the daily key |
//! | [`reading_days`] | days on which messages are read; what follows if nobody collects |
//! | [`state`] | state that the rooms share |
//! | [`housekeeping`] | release times, expiry, rewriting |
//! | [`serve`] | a running gateway: all listeners, one queue, one housekeeping task |
//! | [`settings`] | `gateway.toml` |
//! | [`mac_key`] | key of the queue's MACs |
//! | [`prove`] | searches a running gateway for data that it must not keep |
//! | [`cli`] | the commands of `loke-gateway` |

pub mod cli;
pub mod housekeeping;
pub mod intake;
pub mod listener;
pub mod mac_key;
pub mod memory;
pub mod pickup;
pub mod prove;
pub mod providers;
pub mod reading_days;
pub mod serve;
pub mod settings;
pub mod sms;
pub mod state;
pub mod store;
pub mod web;
