//! `cargo bench --bench desk`: a desk with many tips. It prints how fast tips are imported, beside
//! the ceilings of the same run (opening alone, and bare SQLCipher rows with their full-text index),
//! and how long the queue, a tip, a search and a decision take with `LOKE_BENCH_TIPS` tips (default
//! 100000), of which 2,000 are open. The queue and a tip of a desk with 1,000 tips take turns with
//! them. Search runs with two readers and a writer. Then 50 officers sign in: their account checks
//! and the memory. Each figure is beside its goal; with `LOKE_DEEP` a missed goal fails the bench.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first surprise"
)]

#[path = "../../tests/house/staff.rs"]
mod staff;

mod ceilings;
mod filled;
mod goals;
mod http;
mod import;
mod officers;
mod pages;
mod words;

use filled::Filled;
use loke::zeroing_alloc::Wiping;

// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// Tips of the small desk.
const FEW: usize = 1_000;

fn main() {
    // First, as in the shipped program.
    assert!(loke::desk::c_memory::zeroize_c_memory());
    let tips: usize = std::env::var("LOKE_BENCH_TIPS").map_or(100_000, |n| n.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let few = Filled::with(FEW.min(tips)).await;
        let many = Filled::with(tips).await;
        pages::compare(&few, &many).await;
        few.close().await;
        pages::search_beside_a_writer(&many).await;
        pages::decide(&many).await;
        goals::at_most("memory in use", mib(resident()), 500.0, " MiB");
        officers::sign_in(&many).await;
        many.close().await;
    });
    goals::finish();
}

fn mib(bytes: u64) -> f64 {
    (bytes >> 20) as f64
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        << 10
}
