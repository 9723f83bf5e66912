//! How many answers the page takes in an hour: from one network, and from all together. It counts
//! by 12 bits of a keyed hash of the network. The key is in memory and lasts as long as the process,
//! and the counts for an hour, so there is no list of senders.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ring::hmac;

use loke_core::random::{self, NoRandomness};

/// Answers of one network in an hour.
pub(super) const OF_ONE: u16 = 20;
/// Answers of all in an hour.
pub(super) const OF_ALL: u32 = 400;
/// Answers that wait for the desk.
pub(super) const WAITING: usize = 2_000;
/// Buckets: 12 bits.
const BUCKETS: usize = 1 << 12;
const HOUR: i64 = 3_600;

/// The counts of this hour.
pub(super) struct Bounds {
    key: hmac::Key,
    counts: Mutex<Counts>,
}

struct Counts {
    hour: i64,
    all: u32,
    buckets: Vec<u16>,
}

impl Bounds {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()?),
            counts: Mutex::new(Counts {
                hour: 0,
                all: 0,
                buckets: vec![0; BUCKETS],
            }),
        })
    }

    /// Counts one answer. False if there were too many in this hour.
    pub(super) fn admit(&self, sender: IpAddr, now: i64) -> bool {
        let bucket = self.bucket(sender);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.hour != now.div_euclid(HOUR) {
            counts.hour = now.div_euclid(HOUR);
            counts.all = 0;
            counts.buckets.fill(0);
        }
        if counts.all >= OF_ALL {
            return false;
        }
        let Some(count) = counts.buckets.get_mut(bucket) else {
            return false;
        };
        if *count >= OF_ONE {
            return false;
        }
        *count += 1;
        counts.all += 1;
        true
    }

    /// The bucket of a network: of a /24 or a /56.
    fn bucket(&self, sender: IpAddr) -> usize {
        let network: Vec<u8> = match sender.to_canonical() {
            IpAddr::V4(address) => address.octets().into_iter().take(3).collect(),
            IpAddr::V6(address) => address.octets().into_iter().take(7).collect(),
        };
        let tag = hmac::sign(&self.key, &network);
        let bits = tag.as_ref().iter().take(2);
        bits.fold(0, |sum, byte| (sum << 8) | usize::from(*byte)) % BUCKETS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_is_bounded_alone_and_all_together_and_an_hour_later_both_begin_anew() {
        let bounds = Bounds::new().unwrap();
        let of = |n: u32| IpAddr::from((0x0a00_0000 + (n << 8) + 7).to_be_bytes());
        for n in 0..OF_ONE {
            assert!(bounds.admit(of(0), 100), "{n}");
        }
        assert!(!bounds.admit(of(0), 3_599));
        // Its neighbour in the same network.
        assert!(!bounds.admit("10.0.0.200".parse().unwrap(), 3_599));
        let mut taken = u32::from(OF_ONE);
        for n in 1..2_000 {
            taken += u32::from(bounds.admit(of(n), 3_599));
        }
        assert_eq!(taken, OF_ALL);
        assert!(bounds.admit(of(0), 3_600));
    }
}
