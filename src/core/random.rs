//! Random bytes. All of them come from the operating system through ring. Nothing here may be
//! seeded.

use ring::rand::{SecureRandom, SystemRandom};

/// The operating system returned no random bytes. Code that needs a secret must stop.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes: check that /dev/urandom can be read")]
pub struct NoRandomness;

/// Fills `bytes` from the operating system.
///
/// # Errors
/// If the operating system returns none.
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    SystemRandom::new().fill(bytes).map_err(|_| NoRandomness)
}

/// Returns `N` random bytes.
///
/// # Errors
/// If the operating system returns none.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// Returns a uniform number in `0..below`, or 0 if `below` is 0. The bias is less than `below` /
/// 2^64.
///
/// # Errors
/// If the operating system returns no random bytes.
pub fn below(below: u64) -> Result<u64, NoRandomness> {
    let wide = u128::from(u64::from_le_bytes(bytes()?)) * u128::from(below);
    Ok((wide >> 64) as u64)
}

/// Shuffles `items` (Fisher-Yates).
///
/// # Errors
/// If the operating system returns no random bytes.
pub fn shuffle<T>(items: &mut [T]) -> Result<(), NoRandomness> {
    for i in (1..items.len()).rev() {
        items.swap(i, below(i as u64 + 1)? as usize);
    }
    Ok(())
}
