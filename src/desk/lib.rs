//! The staff side: collects, opens, triages and routes tips. It must never listen to the public.
//!
//! | module | contents |
//! |---|---|
//! | [`setup`], [`people`], [`granting`] | creating a desk, its accounts and its books; who is let in |
//! | [`keys`] | a member's identity, a book's secrets, passphrases, one-time codes |
//! | [`register`] | the encrypted file without content: accounts, books, outbox, campaigns |
//! | [`book`] | an encrypted file with everything that its members may read |
//! | [`acting`] | an account with its open books: the only way to a book |
//! | [`open_books`], `session`, `sign_in` | who is signed in to the page, and what is open for them |
//! | [`backup`], [`custodians`] | the whole desk, sealed to the custodians; opening it when all members are gone |
//! | [`c_memory`] | SQLCipher and OpenSSL zeroize what they free |
//! | [`audit`] | the hash-chained logs of who did what |
//! | [`open`] | opening a sealed tip; hostile headers are refused |
//! | [`alerts`], [`duty`], `notes` | who is told, and when, that something urgent waits |
//! | [`entering`], `practice` | reports by telephone, letter or in person, and the old spreadsheet; made-up ones |
//! | [`moving`], [`leaving`] | moving a tip to another book; handing over all work of an account |
//! | [`periods`], [`retention`] | how long tips are kept; holds and purges |
//! | [`check`] | what is wrong with a desk |
//! | [`reasons`] | the reasons for closing a tip |
//! | [`triage`] | the queue, decisions, a second look, undo |
//! | [`viewing`] | showing a tip or a photo, each with its audit row |
//! | [`covering`] | covering parts of a photo before it leaves |
//! | [`pull`] | collecting from the gateways: open, store, acknowledge |
//! | [`answer_code`], [`answers`] | a partner's answer without an account: its code, and how it travels |
//! | [`partner_page`] | the page for partners: a process of its own, without the desk's keys |
//! | [`partners`], [`partner_accounts`] | the directory of those who receive reports, and their people's accounts |
//! | [`route`], [`outbox`], [`ways`] | sending a report, its queue, and how it travels |
//! | [`incidents`], [`figures`] | reports that reached the wrong partner; what became of tips, in numbers |
//! | [`you_said`], [`public_figures`] | the public pages of what was reported and done |
//! | [`wards`], [`months`] | the areas and the periods of public figures |
//! | [`report`], [`documents`] | a report to a partner: its contents, and as PDF, text and CSV |
//! | [`replying`], [`guard`], [`library`] | replies to residents: who may write what, what is held, and what leaves word for word |
//! | [`serving`], [`jobs`] | the serving process, and its work by the clock |
//! | [`clocks`], [`text`] | deadlines and working hours; words as the desk compares and finds them |
//! | [`welfare`] | whom to ring first about danger or a child |
//! | [`campaign`] | the rules for posters and organisations with a code |
//! | [`mod@print`] | posters, cards, stickers and briefings, as PDF and SVG |
//! | [`screen`] | the officer's page on loopback |
//! | [`cli`] | the commands of `loke-desk` |

pub mod acting;
pub mod age_header;
pub mod alerts;
pub mod answer_code;
pub mod answers;
pub mod audit;
pub mod backup;
pub mod book;
pub mod c_memory;
pub mod campaign;
pub mod check;
pub mod cli;
pub mod clocks;
pub mod covering;
pub mod custodians;
pub mod database;
pub mod documents;
pub mod duty;
pub mod entering;
pub mod figures;
pub mod granting;
pub mod guard;
pub mod incidents;
pub mod jobs;
pub mod keys;
pub mod leaving;
pub mod library;
mod listening;
pub mod months;
pub mod moving;
mod notes;
pub mod open;
pub mod open_books;
pub mod outbox;
mod page_headers;
pub mod partner_accounts;
pub mod partner_page;
pub mod partners;
pub mod people;
pub mod periods;
mod practice;
mod preparing;
pub mod print;
pub mod public_figures;
pub mod pull;
pub mod reasons;
pub mod register;
mod reminders;
pub mod replying;
pub mod report;
pub mod retention;
pub mod route;
pub mod screen;
pub mod serving;
mod session;
pub mod settings;
pub mod setup;
mod sign_in;
pub mod text;
pub mod triage;
mod typed;
mod upload;
pub mod viewing;
pub mod wards;
pub mod ways;
pub mod welfare;
pub mod you_said;
