//! The search that `loke-gateway prove` uses: what the tests show of it holds for what an operator
//! runs.

pub(crate) use loke::gateway::prove::sweep::Sweep;
