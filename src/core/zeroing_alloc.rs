//! What this process frees, it wipes: an allocator that writes zeros over every block before it
//! gives it back, so that nothing that a resident sent (promise P2), and no passphrase that an
//! officer typed, stays behind in memory. The one file with `unsafe`. It must never hand a block on
//! without wiping it, and so it never grows one in place: `realloc` is left to its default, which
//! takes a new block, copies, and comes back here for the old one.
//!
//! What it does not reach: what C code takes from the C library by itself (SQLite, which only ever
//! sees sealed tips), the stacks of threads, the kernel's socket buffers, and blocks that are still
//! in use.
#![expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait; no other file of Loke has any"
)]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, with every block wiped before it is freed. For `#[global_allocator]`.
pub struct Wiping;

// SAFETY: every call goes to `System` with the same layout, whose contract is the same; the only
// addition is writing to a block that the caller gives up, before it is given up. `realloc` and its
// safety are the trait's own default.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is `System`'s too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block that was allocated here with this layout: it is valid
        // for writes of that size, and nobody reads it any more.
        unsafe { wipe(block, layout.size()) };
        // SAFETY: as above; it came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Writes zeros that no optimisation may leave out.
///
/// # Safety
/// `block` is valid for writes of `size` bytes.
#[inline]
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: the caller says so.
    unsafe { block.write_bytes(0, size) };
    // SAFETY: no instruction at all. The compiler must take it that the block is read here: without
    // that it would see zeros written to memory that is freed next, and leave them out.
    unsafe {
        core::arch::asm!("/* {block} */", block = in(reg) block, options(nostack, preserves_flags))
    };
}

/// Pools that the C library (glibc) may keep for threads that allocate at once: it would make eight
/// for each core.
const POOLS: i32 = 4;
/// Bytes of free memory at a pool's end that are given back to the system. Left alone, glibc raises
/// the figure for good by what it sees a photo take.
const GIVE_BACK: i32 = 128 << 10;

/// Tells the C library to keep little memory that is free: what a burst took goes back to the
/// system. Called once, before there are threads. Without it a gateway stays as large as its
/// busiest second made it, and a sixth larger in that second.
pub fn keep_little() {
    #[cfg(target_env = "gnu")]
    for (setting, value) in [
        (libc::M_ARENA_MAX, POOLS),
        (libc::M_TRIM_THRESHOLD, GIVE_BACK),
    ] {
        // SAFETY: two numbers are handed over; no memory is. Where glibc refuses, it goes on as
        // before.
        unsafe { libc::mallopt(setting, value) };
    }
}

/// Bytes of the stack that [`scrub_stack`] overwrites: more than hashing, parsing or sorting a text
/// takes.
const DEEP: usize = 48 << 10;

/// Overwrites what calls that ended just now left behind on this thread's stack. A hash holds the
/// end of what it hashed in a block of its own, and returns without wiping it: call this from the
/// function that had it done.
#[inline(never)]
pub fn scrub_stack() {
    let mut below = [0_u8; DEEP];
    std::hint::black_box(&mut below);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wiped_is_zero_to_its_last_byte() {
        for size in [0, 1, 7, 64, 4_097] {
            let mut block = vec![0xa5_u8; size + 1];
            // SAFETY: the block has `size` bytes.
            unsafe { wipe(block.as_mut_ptr(), size) };
            assert!(block[..size].iter().all(|byte| *byte == 0) && block[size] == 0xa5);
        }
    }

    #[test]
    fn a_block_that_grows_moves_and_keeps_its_content() {
        let layout = Layout::from_size_align(64, 8).unwrap();
        // SAFETY: allocated, used and freed with its layouts, and never after.
        unsafe {
            let block = Wiping.alloc(layout);
            block.write_bytes(7, 64);
            let larger = Wiping.realloc(block, layout, 4_096);
            assert!((0..64).all(|at| *larger.add(at) == 7));
            Wiping.dealloc(larger, Layout::from_size_align(4_096, 8).unwrap());
        }
    }
}
