//! What `check` reports about how the gateway identifies callers behind a proxy, and how the real
//! nginx treats slow clients.

use std::io::Read;
use std::net::TcpListener;

use loke::desk::keys::Identity;
use toml::Table;

use super::run;
use super::samples::{Proxy, is_here, swap};
use crate::house::programs;

/// The output of `check` for a gateway with this change to its configuration.
fn checked(edit: impl FnOnce(&mut Table)) -> String {
    let place = tempfile::tempdir().unwrap();
    let (folder, recipient) = (
        place.path().join("gateway"),
        format!("desk={}", Identity::generate().recipient().unwrap()),
    );
    let gateway = programs::gateway();
    let (made, said) = run(
        gateway,
        &[
            "init",
            "--dir",
            folder.to_str().unwrap(),
            "--recipient",
            &recipient,
            "--slots",
            "32,1,1,1,1",
        ],
    )
    .unwrap();
    assert!(made, "{said}");
    let file = folder.join("gateway.toml");
    let mut table: Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    edit(&mut table);
    std::fs::write(&file, table.to_string()).unwrap();
    run(gateway, &["check", "--config", file.to_str().unwrap()])
        .unwrap()
        .1
}

fn web(table: &mut Table, pairs: &[(&str, &str)]) {
    table["web"].as_table_mut().unwrap().extend(
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).into())),
    );
}

#[test]
fn check_notices_a_proxy_without_client_address_and_a_header_that_callers_can_write() {
    let (behind, open) = ("client_address is not set", "which any caller can forge");
    let https = [
        ("listen", "127.0.0.1:9000"),
        ("public_url", "https://tell.example.org"),
    ];
    let said = checked(|table| web(table, &https));
    assert!(
        said.contains(behind) && said.contains("forwarded:X-Forwarded-For") && !said.contains(open),
        "{said}"
    );
    let said = checked(|table| {
        web(
            table,
            &[
                &https[..],
                &[("client_address", "forwarded:X-Forwarded-For")],
            ]
            .concat(),
        )
    });
    assert!(!said.contains(behind) && !said.contains(open), "{said}");
    for fine in [
        &[("listen", "127.0.0.1:9000")][..],
        &[
            ("listen", "127.0.0.1:9000"),
            ("public_url", "http://localhost:9000"),
        ],
    ] {
        assert!(
            !checked(|table| web(table, fine)).contains(behind),
            "{fine:?}"
        );
    }
    let said = checked(|table| {
        web(
            table,
            &[
                ("listen", "0.0.0.0:9000"),
                ("client_address", "forwarded:X-Forwarded-For"),
            ],
        )
    });
    assert!(said.contains(open), "{said}");
}

#[test]
fn check_says_what_the_torrc_must_hold() {
    let onion = |circuits: Option<bool>| {
        let mut table = Table::from_iter([("listen".to_owned(), "127.0.0.1:8083".into())]);
        table.extend(circuits.map(|known| ("circuits".to_owned(), known.into())));
        checked(|config| drop(config.insert("onion".into(), table.into())))
    };
    let line = "HiddenServiceExportCircuitID haproxy";
    assert!(
        onion(Some(true)).contains("the torrc must contain") && onion(Some(true)).contains(line)
    );
    for circuits in [None, Some(false)] {
        let said = onion(circuits);
        assert!(
            said.contains("circuits = true under [onion]") && said.contains(line),
            "{said}"
        );
    }
    assert!(!checked(|_| {}).contains(line), "the control");
}

/// If the gateway is down, or if the request is malformed, nginx responds itself: with a page that
/// has the quick exit and names no program.
#[test]
fn what_nginx_answers_by_itself_names_no_program_and_shows_the_way_out() {
    if !is_here("nginx") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let proxy = Proxy::nginx(place.path(), nobody, |text| text);
    for asked in [
        "GET / HTTP/1.1\r\nHost: canary\r\n\r\n",
        "POST /check HTTP/1.1\r\nHost: canary\r\nContent-Length: 6\r\n\r\ncanary",
        "canary canary canary\r\n\r\n",
        "GET / HTTP/1.1\r\nHost canary\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: canary\r\n\r\n",
        &format!(
            "GET / HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n",
            "canary".repeat(20_000)
        ),
    ] {
        let mut answer = Vec::new();
        // nginx resets a client that still sends; the response was read by then.
        let _ = proxy.send_what_it_takes(asked).read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let shown: String = asked.chars().take(40).collect();
        assert!(
            answer.starts_with("HTTP/1.1 503 ") && answer.contains(">Leave this page now</a>"),
            "{shown:?}: {answer}"
        );
        assert!(
            answer.contains("Cache-Control: no-store")
                && answer.contains("Content-Security-Policy: "),
            "{shown:?}: {answer}"
        );
        assert!(
            !answer.contains("canary")
                && !answer
                    .to_lowercase()
                    .replace("server: nginx\r\n", "")
                    .contains("nginx"),
            "{shown:?}: {answer}"
        );
    }
}

/// The sample's timeouts with the real nginx: with one second instead of ten, nginx closes a client
/// that sends half a head or half a body, and its own connection to the gateway.
#[test]
fn p2_nginx_by_the_sample_lets_go_who_does_not_move() {
    if !is_here("nginx") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let hasty = |text: String| {
        let text = swap(
            &text,
            "client_header_timeout 10s;",
            "client_header_timeout 1s;",
        );
        swap(&text, "client_body_timeout 10s;", "client_body_timeout 1s;")
    };
    let proxy = Proxy::nginx(place.path(), upstream.local_addr().unwrap(), hasty);
    let mut head = proxy.send("GET / HTTP/1.1\r\nHost: ");
    let mut all = Vec::new();
    // A read timeout is an error; an end of stream or a reset is not.
    let ended = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
    assert!(
        head.read_to_end(&mut all)
            .map_or_else(|e| ended(&e), |_| true),
        "half a head is still open"
    );
    let mut body = proxy.half_a_post();
    let (mut gateway, _) = upstream.accept().unwrap();
    gateway
        .set_read_timeout(Some(super::samples::PATIENCE))
        .unwrap();
    assert!(
        gateway
            .read_to_end(&mut all)
            .map_or_else(|e| ended(&e), |_| true),
        "the gateway's line is still open"
    );
    assert!(
        body.read_to_end(&mut all)
            .map_or_else(|e| ended(&e), |_| true),
        "half a body is still open"
    );
}
