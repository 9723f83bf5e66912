//! Silence: the gateway keeps nothing that identifies a resident. The tests send canaries through
//! every channel and leave reports in every possible state. Afterwards no canary may be in files,
//! log, other people's responses, memory or a core dump. Each sweep has a control that finds them.

mod alike;
mod canaries;
mod control;
mod memory;
mod prove;
mod storm;
mod texts;
mod visits;
