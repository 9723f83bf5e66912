//! Shuts this process off from those beside it: no core dump, no reading of its memory by other processes of the same user, and
//! no page of it in swap. It must never stop a gateway from serving: where the system refuses, that is said and the run-book
//! says what to do.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// With a lower limit on locked memory than this, locking later memory would make allocations fail: 1 GiB.
const ENOUGH: u64 = 1 << 30;

/// What the system granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secluded {
    /// No core is ever written, and only root can read the memory.
    pub no_core: bool,
    /// No page goes to swap.
    pub locked: bool,
}

/// Shuts the process off. Called once, before anything is read.
#[must_use]
pub fn seclude() -> Secluded {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let no_core = setrlimit(Resource::Core, none).is_ok() && set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    let limit = getrlimit(Resource::Memlock).current.unwrap_or(u64::MAX);
    // Pages are locked as they are first used: what is only reserved, as the stacks mostly are, takes no memory.
    let locked = limit >= ENOUGH && mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT).is_ok();
    Secluded { no_core, locked }
}
