//! `loke-desk serve-partners` as it runs: it holds no key of the desk and connects to nobody.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use loke::desk::answer_code::AnswerCode;
use loke::desk::keys::Identity;

use super::REFERENCE;
use crate::house::desk_browser::exchange;
use crate::house::programs;

#[tokio::test]
async fn the_program_serves_on_loopback_notes_an_answer_and_opens_no_connection_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("answers");
    let file = place.path().join("partners.toml");
    let key = Identity::generate().recipient().unwrap();
    let text = format!("listen = \"127.0.0.1:0\"\nkey = \"{key}\"\nanswers = \"answers\"\n");
    std::fs::write(&file, text).unwrap();
    let start = || {
        let mut command = Command::new(programs::desk());
        command.arg("serve-partners").arg("--config").arg(&file);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let without = start().output().unwrap();
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert_eq!(without.status.code(), Some(1), "{said}");
    assert!(said.contains("is not there. Make it"), "{said}");
    std::fs::create_dir(&folder).unwrap();
    let mut program = start().spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("partner page: http://").unwrap();
    let address: SocketAddr = address.trim_end_matches('/').parse().unwrap();
    assert!(address.ip().is_loopback());
    let code = AnswerCode::random().unwrap().to_string().replace(' ', "");
    let body = format!("reference={REFERENCE}&code={code}&choice=done");
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let host = address.to_string();
    let noted = exchange(address, "", "POST", "/", &host, headers, &body).await;
    let sockets = sockets(program.id());
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(noted.status, 200, "{}", noted.text());
    assert_eq!(folder.read_dir().unwrap().count(), 1);
    assert!(!sockets.is_empty(), "the search is blind");
    for (local, remote) in sockets {
        // It listens, or answers somebody who connected to it.
        assert!(
            local.ends_with(&format!(":{:04X}", address.port())),
            "{local} {remote}"
        );
    }
}

/// The TCP sockets of a process: local and remote address, as in `/proc/net/tcp`.
fn sockets(process: u32) -> Vec<(String, String)> {
    let mut inodes = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{process}/fd")).unwrap() {
        let link = std::fs::read_link(entry.unwrap().path()).unwrap_or_default();
        let text = link.display().to_string();
        if let Some(inode) = text.strip_prefix("socket:[") {
            inodes.push(inode.trim_end_matches(']').to_owned());
        }
    }
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let table = std::fs::read_to_string(format!("/proc/{process}/net/{table}"));
        for row in table.unwrap_or_default().lines().skip(1) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            if inodes.iter().any(|inode| inode == cells[9]) {
                found.push((cells[1].to_owned(), cells[2].to_owned()));
            }
        }
    }
    found
}
