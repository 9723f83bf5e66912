//! Text messages: what a provider's request becomes, what is refused, what is kept once, and what
//! is done at the provider. A modem box of one's own is tried with real programs: where Kannel or
//! Gammu is not on this machine, the test says that it was skipped.

mod answers;
mod fields;
mod gammu;
mod kannel;
mod keys;
mod mms;
pub(crate) mod modem;
mod network;
pub(crate) mod phones;
mod poll;
pub(crate) mod rest;
mod rules;
mod sink;
mod whole;
