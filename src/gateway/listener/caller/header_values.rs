//! Reads a caller's network and accepted languages for `caller`. Every header value gives a result;
//! none causes an error.

#![expect(
    clippy::disallowed_types,
    reason = "the only place that names an address; it returns only network prefixes, to be hashed"
)]

use std::net::{IpAddr, SocketAddr};

/// Inputs of a caller's two hashes: the network and the network above it.
pub(super) fn networks(address: IpAddr) -> ([u8; 7], [u8; 5]) {
    (network(address), parent(address))
}

/// Bytes of a caller's network: 4 and the first 24 bits, or 6 and the first 48. An IPv4-mapped IPv6
/// address counts as IPv4.
fn network(address: IpAddr) -> [u8; 7] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            [4, a, b, c, 0, 0, 0]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, ..] = v6.octets();
            [6, a, b, c, d, e, f]
        }
    }
}

/// Bytes of the network above: 4 and the first 16 bits, or 6 and the first 32. An owner of a whole
/// provider's range has many networks, but few of these.
fn parent(address: IpAddr) -> [u8; 5] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            [4, a, b, 0, 0]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.octets();
            [6, a, b, c, d]
        }
    }
}

/// The last address of a forwarding header: our own proxy added it, so it is the only one that a
/// caller cannot forge. Accepts `X-Forwarded-For` lists, single addresses, addresses with ports,
/// and `Forwarded` (RFC 7239).
pub(super) fn last_address(value: &str) -> Option<IpAddr> {
    let entry = value.rsplit(',').next()?.trim();
    let forwarded_for = |pair: &'_ str| -> Option<String> {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim().to_owned())
    };
    let address = entry
        .split(';')
        .find_map(forwarded_for)
        .unwrap_or_else(|| entry.to_owned());
    let address = address.trim_matches('"');
    let bare = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| address.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

/// Best match of `ours` for an `Accept-Language` value (RFC 9110 §12.5.4, lookup of RFC 4647 §3.4:
/// `ar-IQ` finds `ar`); the first of `ours` if none matches.
///
/// Own code, since two existing crates have faults: fluent-langneg ignores the weights, and
/// accept-language sorts by a float, so that a weight of `nan` can make the standard library's sort
/// panic.
pub(super) fn best_language(asked: &str, ours: &'static [&'static str]) -> &'static str {
    let default = ours.first().copied().unwrap_or("en");
    let mut wishes: Vec<(u16, &str)> = asked.split(',').take(32).filter_map(wish).collect();
    wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wishes
        .iter()
        .find_map(|(_, tag)| {
            if *tag == "*" {
                Some(default)
            } else {
                lookup(tag, ours)
            }
        })
        .unwrap_or(default)
}

/// Parses one entry of the header: weight in thousandths, and tag. `None` if the weight is zero or
/// invalid.
fn wish(entry: &str) -> Option<(u16, &str)> {
    let mut parts = entry.split(';').map(str::trim);
    let tag = parts.next().filter(|t| !t.is_empty())?;
    let weight = match parts.find_map(|p| p.strip_prefix("q=").or(p.strip_prefix("Q="))) {
        None => 1_000,
        Some(text) => {
            let number = text
                .parse::<f32>()
                .ok()
                .filter(|n| (0.0..=1.0).contains(n))?;
            (number * 1_000.0) as u16
        }
    };
    (weight > 0).then_some((weight, tag))
}

/// The one of `ours` that equals the tag or its longest matching prefix.
fn lookup(tag: &str, ours: &'static [&'static str]) -> Option<&'static str> {
    let mut range = tag;
    loop {
        if let Some(found) = ours.iter().find(|code| code.eq_ignore_ascii_case(range)) {
            return Some(found);
        }
        range = range.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &[&str] = &["en", "ar", "pl", "pt-BR", "zh"];

    #[test]
    fn the_best_language_wins_by_weight_then_by_order() {
        for (asked, found) in [
            ("", "en"),
            ("ar-IQ,ar;q=0.9,en;q=0.8", "ar"),
            ("fr, pl;q=0.2, zh-Hant-TW;q=0.7", "zh"),
            ("PL", "pl"),
            ("pt-br", "pt-BR"),
            ("pt", "en"),
            ("pl;q=0, ar;q=0.1", "ar"),
            ("de, *;q=0.5", "en"),
            ("pl;q=nan, ar;q=-1, zh;q=1e9", "en"),
            (";;;,,,q=1,-,--;q=", "en"),
        ] {
            assert_eq!(best_language(asked, OURS), found, "{asked:?}");
        }
    }

    #[test]
    fn the_last_address_of_a_forwarding_header_counts() {
        for (value, found) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("1.1.1.1, 203.0.113.9", Some("203.0.113.9")),
            ("1.1.1.1,203.0.113.9:4711", Some("203.0.113.9")),
            ("1.1.1.1, [2001:db8::7]:443", Some("2001:db8::7")),
            ("2001:db8::7", Some("2001:db8::7")),
            (
                "for=1.1.1.1, For=\"[2001:db8::7]:99\";proto=https",
                Some("2001:db8::7"),
            ),
            ("203.0.113.9, unknown", None),
            ("", None),
        ] {
            assert_eq!(
                last_address(value).map(|a| a.to_string()).as_deref(),
                found,
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_network_is_24_bits_of_ipv4_or_48_of_ipv6() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("203.0.113.1"), of("203.0.113.254"));
        assert_ne!(of("203.0.113.1"), of("203.0.114.1"));
        assert_eq!(of("203.0.113.1"), of("::ffff:203.0.113.200"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:ffff::9"));
        assert_ne!(of("2001:db8:1::1"), of("2001:db8:2::1"));
    }

    #[test]
    fn a_parent_is_16_bits_of_ipv4_or_32_of_ipv6() {
        let of = |text: &str| parent(text.parse().unwrap());
        assert_eq!(of("203.0.113.1"), of("203.0.200.254"));
        assert_ne!(of("203.0.113.1"), of("203.1.113.1"));
        assert_eq!(of("203.0.113.1"), of("::ffff:203.0.7.200"));
        assert_eq!(of("2001:db8:1::1"), of("2001:db8:ffff::9"));
        assert_ne!(of("2001:db8::1"), of("2001:db9::1"));
    }
}
