//! An allocator that zeroizes every block before it frees it, so that nothing that a resident sent
//! (promise P2), and no passphrase that an officer typed, stays in freed memory. Beside the desk's
//! `c_memory.rs`, this is the only file with `unsafe`. It must never release a block without
//! zeroizing it, so it never grows a block in place: `realloc` keeps the default of the trait, which
//! allocates a new block, copies, and frees the old one here.
//!
//! It does not cover memory that C code allocates from the C library directly (at the gateway
//! SQLite, which gets only sealed tips), thread stacks, the kernel's socket buffers, and blocks that
//! are still in use.
#![expect(unsafe_code, reason = "an allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system allocator, which zeroizes every block before freeing it. For `#[global_allocator]`.
pub struct Wiping;

// SAFETY: every call goes to `System` with the same layout and the same contract. The only addition
// is a write to a block that the caller frees, before it is freed. `realloc` is the default of the
// trait, and so is its safety.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc`, which is `System`'s too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller frees a block that was allocated here with this layout, so it is valid
        // for writes of that size, and nothing reads it any more.
        unsafe { wipe(block, layout.size()) };
        // SAFETY: as above; the block came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Writes zeros that the optimizer cannot remove.
///
/// # Safety
/// `block` is valid for writes of `size` bytes.
#[inline]
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: the caller guarantees it.
    unsafe { block.write_bytes(0, size) };
    // SAFETY: this executes no instruction. It makes the compiler assume that the block is read
    // here. Without it the compiler would see writes to memory that is freed next, and remove them.
    unsafe {
        core::arch::asm!("/* {block} */", block = in(reg) block, options(nostack, preserves_flags))
    };
}

/// Most arenas of the C library (glibc). The default is eight for each core.
const POOLS: i32 = 4;
/// Free bytes at the end of an arena from which glibc returns them to the system. Without this
/// setting glibc raises the threshold permanently when it sees the allocations of a photo.
const GIVE_BACK: i32 = 128 << 10;

/// Makes the C library keep little free memory, so that the memory of a burst returns to the
/// system. Call it once, before any thread starts. Without it a gateway stays as large as its
/// busiest second made it, and is a sixth larger in that second.
pub fn keep_little() {
    #[cfg(target_env = "gnu")]
    for (setting, value) in [
        (libc::M_ARENA_MAX, POOLS),
        (libc::M_TRIM_THRESHOLD, GIVE_BACK),
    ] {
        // SAFETY: the call takes two numbers and no memory. If glibc refuses, it keeps its
        // defaults.
        unsafe { libc::mallopt(setting, value) };
    }
}

/// Bytes of stack that [`scrub_stack`] overwrites: more than hashing, parsing or sorting a text
/// uses.
const DEEP: usize = 48 << 10;

/// Overwrites what finished calls left on this thread's stack. A hash function keeps the end of its
/// input in a block of its own, and returns without zeroizing it: call this from the function that
/// called the hash.
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
        // SAFETY: the block is allocated, used and freed with its own layouts, and not used after
        // that.
        unsafe {
            let block = Wiping.alloc(layout);
            block.write_bytes(7, 64);
            let larger = Wiping.realloc(block, layout, 4_096);
            assert!((0..64).all(|at| *larger.add(at) == 7));
            Wiping.dealloc(larger, Layout::from_size_align(4_096, 8).unwrap());
        }
    }
}
