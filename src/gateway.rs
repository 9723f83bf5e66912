//! The public zone. It strips, seals and queues; it must never hold an identity, log what was sent, or panic on input.
//!
//! | room | what happens there |
//! |---|---|
//! | [`listen`] | one accept loop for every listener: deadlines, TLS, one request a connection |
//! | [`strip`] | turns who calls into 12 bits and a language; nothing behind it can see more |
//! | [`limit`] | how much one caller may ask for, and what is then marked unproven |
//! | [`site`] | the resident's pages: routes, headers, what they share |
//! | [`photo`], [`parking`] | cleaning photos, and keeping them sealed between check and send |
//! | [`pickup`] | the desks' listener: claim, ack, renew, reply; enrolment |
//! | [`housekeeping`] | release times, expiry, rewriting |
//! | [`serve`] | a running gateway: all listeners, one queue, one housekeeping |
//! | [`private`] | files that only the gateway's user may read |
//! | [`cli`] | the commands of `loke-gateway` |

pub mod cli;
pub mod housekeeping;
pub mod limit;
pub mod listen;
pub mod parking;
pub mod photo;
pub mod pickup;
pub mod private;
pub mod serve;
pub mod site;
pub mod strip;
