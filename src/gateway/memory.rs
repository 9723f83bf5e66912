//! What the gateway keeps for a while, in memory alone. Nothing here is ever written down, and a
//! restart forgets it.
//!
//! | file | what is kept |
//! |---|---|
//! | [`pending_photos`] | photos between check and send, each sealed with the key of its ticket |
//! | [`lately`] | the receipt of a report that was just sent, so that a second tap shows it again |
//! | [`daily_key`] | the key that callers are told apart by |

pub mod daily_key;
pub mod lately;
pub mod pending_photos;
