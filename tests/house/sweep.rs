//! The search that `loke-gateway prove` uses, so that the tests' results about it also apply to an
//! operator's run.

pub(crate) use loke::gateway::prove::sweep::Sweep;
