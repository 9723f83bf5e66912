//! Text messages: what a provider's request becomes, what is rejected, what is stored once, and
//! what is done at the provider. Real programs test the operator's own modem box: if Kannel or
//! Gammu is not installed, the test prints that it was skipped.

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
