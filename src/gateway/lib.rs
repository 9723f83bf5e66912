//! The public zone. It strips, seals and queues; it must never hold an identity, log what was sent, or panic on input.
//!
//! | room | what happens there |
//! |---|---|
//! | [`listen`] | one accept loop for every listener: deadlines, TLS, one request a connection |
//! | [`strip`] | turns who calls into 12 bits and a language; nothing behind it can see more |
//! | [`rotating`] | the key that callers are told apart by: in memory, never for long |
//! | [`limit`] | how much one caller may ask for, and what is then marked unproven |
//! | [`site`] | the resident's pages: routes and what they share |
//! | [`form`] | reading a posted form, in whatever state it comes |
//! | [`report`], [`send`] | the form and check page; the receipt |
//! | [`sms`] | text messages: a provider's request becomes a tip, and the number is forgotten |
//! | [`keep`] | sealing a tip and putting it into the queue, from either |
//! | [`replies`], [`leave`] | looking for an answer; leaving; signs to look for |
//! | [`about`] | what this place is and keeps, what stays on the phone, privacy, accessibility: by the configuration |
//! | [`pii_hints`], [`triage`] | what may identify the writer; lane and priority |
//! | [`token`], [`lately`] | what a page carries, and what a report is known by; showing its digits again |
//! | [`pages`], [`words`] | templates and headers; every sentence, one file a language |
//! | [`photo`], [`parking`] | cleaning photos, and keeping them sealed between check and send |
//! | [`pickup`] | the desks' listener: claim, ack, renew, reply; enrolment |
//! | [`housekeeping`] | release times, expiry, rewriting |
//! | [`serve`] | a running gateway: all listeners, one queue, one housekeeping |
//! | [`private`] | files that only the gateway's user may read |
//! | [`prove`] | searches a running gateway for what it must not keep |
//! | [`cli`] | the commands of `loke-gateway` |

pub mod about;
pub mod cli;
pub mod form;
pub mod housekeeping;
pub mod keep;
pub mod lately;
pub mod leave;
pub mod limit;
pub mod listen;
pub mod pages;
pub mod parking;
pub mod patience;
pub mod pickup;
pub mod pii_hints;
pub mod private;
pub mod prove;
pub mod replies;
pub mod report;
pub mod rotating;
pub mod send;
pub mod serve;
pub mod settings;
pub mod site;
pub mod sms;
pub mod store;
pub mod strip;
pub mod token;
pub mod triage;
