//! Lays out sheets of paper with the built-in fonts, and writes them as PDF or SVG. This crate does
//! not use tips.
//!
//! | module | contents |
//! |---|---|
//! | [`paper`], [`text`], [`fonts`] | columns; lines and shaping; the built-in fonts |
//! | [`sheet`] | a finished sheet: its pieces, each with its role for the reader |
//! | [`code`], [`logo`] | the QR code; the logo of an organisation, from a file |
//! | [`pdf`], [`svg`] | the output formats |

pub mod code;
pub mod fonts;
pub mod logo;
pub mod paper;
pub mod pdf;
pub mod sheet;
pub mod svg;
pub mod text;
