//! Silence: the gateway keeps nothing that identifies a resident. Canaries go in by every channel
//! and in every state a report can be left in; nothing of them may be found afterwards in files,
//! log, others' answers, memory or a core. Each sweep has a control that finds them.

mod alike;
mod canaries;
mod control;
mod memory;
mod prove;
mod storm;
mod texts;
mod visits;
