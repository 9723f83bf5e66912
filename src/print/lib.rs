//! Paper: laying out a sheet with the built-in fonts, and writing it as PDF or SVG. It knows
//! nothing of tips.
//!
//! | file | what happens there |
//! |---|---|
//! | [`paper`], [`text`], [`fonts`] | columns; lines and shaping; the built-in fonts |
//! | [`code`] | the square that a phone scans |
//! | [`pdf`], [`svg`] | writing it down |

pub mod code;
pub mod fonts;
pub mod paper;
pub mod pdf;
pub mod svg;
pub mod text;
