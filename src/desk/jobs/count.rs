//! Asks the gateways how many tips wait. It runs with nobody signed in, since it needs no key.

use super::Step;
use crate::pull::{self, Error};
use crate::register::Register;

/// One question to every gateway.
pub async fn step(register: &Register) -> Step {
    match pull::count(register).await {
        Ok(()) | Err(Error::NoGateway) => Step::Done,
        Err(problem) => Step::Failed(problem.to_string()),
    }
}
