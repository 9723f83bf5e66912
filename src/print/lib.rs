//! Lays out sheets of paper with the built-in fonts, and writes them as PDF or SVG. This crate does
//! not use tips.
//!
//! | module | contents |
//! |---|---|
//! | [`paper`], [`text`], [`fonts`] | columns; lines and shaping; the built-in fonts |
//! | [`code`] | the QR code |
//! | [`pdf`], [`svg`] | the output formats |

pub mod code;
pub mod fonts;
pub mod paper;
pub mod pdf;
pub mod svg;
pub mod text;
