//! The line that tor sends before each connection of an onion service with
//! `HiddenServiceExportCircuitID haproxy`: PROXY protocol version 1, with the circuit number in
//! place of an address. Only tor's exact format is accepted. A line that a caller writes comes
//! after tor's, as the start of the request.

/// Most bytes of the line, line end included (PROXY protocol version 1, section 2.1).
pub const CIRCUIT_LINE: usize = 107;

/// Parses the circuit number of a line without its line end: `PROXY TCP6
/// fc00:dead:beef:4dad::AABB:CCDD ::1 SRCPORT DSTPORT`.
#[must_use]
pub fn read_circuit(line: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(line)
        .ok()?
        .strip_prefix("PROXY TCP6 fc00:dead:beef:4dad::")?;
    let mut words = text.split(' ');
    let (high, low) = words.next()?.split_once(':')?;
    let half = |hex: &str| {
        hex.bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then(|| u16::from_str_radix(hex, 16).ok())?
    };
    let circuit = u32::from(half(high)?) << 16 | u32::from(half(low)?);
    let is_port = |word: Option<&str>| {
        word.is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()) && w.parse::<u16>().is_ok())
    };
    (words.next() == Some("::1")
        && is_port(words.next())
        && is_port(words.next())
        && words.next().is_none())
    .then_some(circuit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tors_own_line_is_read() {
        for (line, circuit) in [
            (
                "PROXY TCP6 fc00:dead:beef:4dad::AABB:CCDD ::1 65535 42",
                Some(0xaabb_ccdd),
            ),
            ("PROXY TCP6 fc00:dead:beef:4dad::0:1f ::1 31 80", Some(31)),
            (
                "PROXY TCP6 fc00:dead:beef:4dad::ffff:ffff ::1 65535 80",
                Some(u32::MAX),
            ),
            ("PROXY TCP4 192.0.2.1 127.0.0.1 1 80", None),
            ("PROXY TCP6 2001:db8::1 ::1 1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2 ::1 1", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2 ::1 1 80 ", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2 ::1 1 80000", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2 ::1 +1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2 ::2 1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::1:2:3 ::1 1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::: ::1 1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::+1:2 ::1 1 80", None),
            ("PROXY TCP6 fc00:dead:beef:4dad::10000:2 ::1 1 80", None),
            ("PROXY UNKNOWN", None),
            ("proxy tcp6 fc00:dead:beef:4dad::1:2 ::1 1 80", None),
            ("", None),
        ] {
            assert_eq!(read_circuit(line.as_bytes()), circuit, "{line}");
        }
        assert_eq!(read_circuit(b"PROXY TCP6 \xff"), None);
    }
}
