//! The memory of a process, as Linux tells it.

/// Bytes by a line of `/proc/PROCESS/status`, such as `VmRSS:`.
pub(crate) fn status(process: &str, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let found = status.lines().find(|text| text.starts_with(line));
    let kilobytes = found.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() << 10
}
