//! Hardening, the same for both programs: no core dump, no other process of the same user can read
//! this process's memory, and no page goes to swap. Hardening must never stop a program from
//! working: if the system refuses, the program logs it, and the run-book gives the remedy.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// The hardening that the system granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hardened {
    /// The process writes no core dump, and only root can read its memory.
    pub no_core: bool,
    /// No page goes to swap.
    pub locked: bool,
}

/// Hardens this process. Call it once, before the program reads anything. Locks memory only if the
/// limit is at least `needs` bytes: with a lower limit, later allocations would fail.
#[must_use]
pub fn harden(needs: u64) -> Hardened {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Try both, even if one fails: a system call filter may refuse either.
    let limited = setrlimit(Resource::Core, none).is_ok();
    let no_core = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok() && limited;
    let limit = getrlimit(Resource::Memlock).current.unwrap_or(u64::MAX);
    // ONFAULT locks a page when it is first used. Reserved pages, such as most of each stack, take
    // no memory.
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
                "the system refused to disable core dumps: see deploy/README.md"
            );
        }
        if !self.locked {
            tracing::warn!(
                action = "harden",
                "this process's memory may be swapped to disk: raise its limit of locked memory, or switch swap off"
            );
        }
    }
}
