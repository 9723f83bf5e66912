//! Randomness: every random byte in Loke comes from the operating system through ring. Nothing here
//! may be seeded.

use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gave no random bytes. Nothing that needs a secret can go on.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes: check that /dev/urandom can be read")]
pub struct NoRandomness;

/// Fills `bytes` from the operating system.
///
/// # Errors
/// Where the operating system has none to give.
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    SystemRandom::new().fill(bytes).map_err(|_| NoRandomness)
}

/// `N` random bytes.
///
/// # Errors
/// Where the operating system has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// A number in `0..below`, each alike; 0 where `below` is 0. Bias is under `below` / 2^64.
///
/// # Errors
/// Where the operating system has none to give.
pub fn below(below: u64) -> Result<u64, NoRandomness> {
    let wide = u128::from(u64::from_le_bytes(bytes()?)) * u128::from(below);
    Ok((wide >> 64) as u64)
}

/// Puts `items` in random order (Fisher-Yates).
///
/// # Errors
/// Where the operating system has no random bytes to give.
pub fn shuffle<T>(items: &mut [T]) -> Result<(), NoRandomness> {
    for i in (1..items.len()).rev() {
        items.swap(i, below(i as u64 + 1)? as usize);
    }
    Ok(())
}
