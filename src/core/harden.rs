//! Hardening, the same for both programs: no core dump, no reading of the process's memory by other
//! processes of the same user, and no page of it in swap. It must never stop a program from
//! working: if the system refuses, the program logs it, and the run-book has the remedy.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// The hardening that the system granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hardened {
    /// No core is ever written, and only root can read the memory.
    pub no_core: bool,
    /// No page goes to swap.
    pub locked: bool,
}

/// Hardens this process. Called once, before anything is read. Memory is locked only if `needs`
/// bytes may be: with a lower limit, allocations that come later would fail.
#[must_use]
pub fn harden(needs: u64) -> Hardened {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Each is tried, whatever becomes of the other: a filter of system calls may refuse either.
    let limited = setrlimit(Resource::Core, none).is_ok();
    let no_core = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok() && limited;
    let limit = getrlimit(Resource::Memlock).current.unwrap_or(u64::MAX);
    // Pages are locked as they are first used: what is only reserved, as the stacks mostly are,
    // takes no memory.
    let locked = limit >= needs
        && mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
            .is_ok();
    Hardened { no_core, locked }
}

impl Hardened {
    /// Logs what the system refused.
    pub fn log(self) {
        if !self.no_core {
            tracing::warn!(
                action = "harden",
                "the system does not let this process forbid core dumps: see deploy/README.md"
            );
        }
        if !self.locked {
            tracing::warn!(
                action = "harden",
                "this process's memory may go to swap: raise its limit of locked memory, or switch swap off"
            );
        }
    }
}
