//! Text messages: what a provider's request becomes, what is refused, what is kept once, and what is done at the provider.

pub(crate) mod phones;
mod poll;
pub(crate) mod rest;
mod rules;
