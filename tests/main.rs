//! Loke's tests: one linked binary, one file per subject, each test named for the promise or rule
//! that it checks.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod browser;
mod cmd;
mod crash;
mod day;
mod demo;
mod deploy;
mod desk;
mod docs;
mod documents;
mod form;
mod house;
mod linkage;
mod listen;
mod log;
mod page;
mod partner_page;
mod photo;
mod pickup;
mod print;
mod reading;
mod report;
mod retention;
mod route;
mod seal;
mod silence;
mod sms;
mod store;
mod terminal;
mod triage;
mod trouble;
mod words;
