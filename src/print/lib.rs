//! Lays out sheets of paper with the built-in fonts, and writes them as PDF or SVG. This crate does
//! not use tips.
//!
//! | module | contents |
//! |---|---|
//! | [`paper`], [`text`], [`fonts`] | columns; lines and shaping; the built-in fonts |
//! | [`document`] | a document of several pages: headings, pairs, paragraphs, photos |
//! | [`sheet`] | a finished sheet: its pieces, each with its role for the reader |
//! | [`code`], [`logo`], [`photo`] | the QR code; the logo of an organisation; a JPEG |
//! | [`pdf`], [`svg`] | the output formats |

pub mod code;
pub mod document;
pub mod fonts;
pub mod logo;
pub mod paper;
pub mod pdf;
pub mod photo;
pub mod sheet;
pub mod svg;
pub mod text;
