//! Short-lived state in memory. It is never written to disk, and a restart loses it.
//!
//! | file | contents |
//! |---|---|
//! | [`pending_photos`] | photos between check and send, each sealed with the key of its ticket |
//! | [`lately`] | recently sent reports, so that a second tap shows the same receipt again |
//! | [`daily_key`] | the key of the hash that distinguishes callers |

pub mod daily_key;
pub mod lately;
pub mod pending_photos;
