//! The memory of a process, as Linux tells it.

use std::path::Path;
use std::process::Command;

/// Bytes by a line of `/proc/PROCESS/status`, such as `VmRSS:`.
pub(crate) fn status(process: &str, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let found = status.lines().find(|text| text.starts_with(line));
    let kilobytes = found.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() << 10
}

/// A core dump of a running process, with the registers of its threads; `None` if gdb's gcore is
/// not installed.
pub(crate) fn core_of(process: u32, place: &Path) -> Option<Vec<u8>> {
    let made = Command::new("gcore")
        .arg("-o")
        .arg(place.join("core"))
        .arg(process.to_string())
        .output()
        .ok()?;
    let file = place.join(format!("core.{process}"));
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let core = std::fs::read(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    Some(core)
}
