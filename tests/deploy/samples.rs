//! The samples, checked by the programs that read them. The real proxy shows what it would buffer,
//! log or forward about a caller.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{deploy, run};

mod system;

/// Longest time for anything that a proxy does here.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

fn sample(name: &str) -> String {
    std::fs::read_to_string(deploy().join(name)).unwrap()
}

/// Writes this text to a file in the test's folder. Returns its path.
fn file(place: &Path, name: &str, text: &str) -> String {
    let path = place.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Replaces a piece of text that must be there.
pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the sample");
    text.replace(from, to)
}

/// Whether this program is installed; if not, prints that the test is skipped.
pub(super) fn is_here(program: &str) -> bool {
    run(program, &["--version"]).is_some()
}

/// A proxy configured by the sample, in clear text on loopback. Stops on drop.
pub(super) struct Proxy {
    address: SocketAddr,
    child: Child,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Proxy {
    fn start(mut program: Command, address: SocketAddr) -> Self {
        let child = program
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut proxy = Self { address, child };
        let began = std::time::Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                proxy.child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE,
                "the proxy does not start"
            );
            std::thread::yield_now();
        }
        proxy
    }

    pub(super) fn nginx(
        place: &Path,
        upstream: SocketAddr,
        change: impl Fn(String) -> String,
    ) -> Self {
        let address = free();
        let mut text = swap(
            &sample("nginx.conf"),
            "listen 443 ssl;",
            &format!("listen {address};"),
        );
        for line in [
            "listen [::]:443 ssl;",
            "user www-data;",
            "ssl_certificate /etc/nginx/loke.crt;",
            "ssl_certificate_key /etc/nginx/loke.key;",
        ] {
            text = swap(&text, line, "");
        }
        text = swap(
            &swap(&text, "127.0.0.1:8080", &upstream.to_string()),
            "/run/",
            &format!("{}/", place.display()),
        );
        let text = change(swap(
            &text,
            "worker_processes auto;",
            "worker_processes 1; daemon off; master_process off;",
        ));
        let mut nginx = Command::new("nginx");
        nginx.args(["-e", "/dev/null", "-c", &file(place, "nginx.conf", &text)]);
        Self::start(nginx, address)
    }

    fn caddy(place: &Path, upstream: SocketAddr) -> Self {
        let address = free();
        let text = swap(
            &sample("Caddyfile"),
            "tell.example.org {",
            &format!("http://{address} {{"),
        );
        let config = file(
            place,
            "Caddyfile",
            &swap(&text, "127.0.0.1:8080", &upstream.to_string()),
        );
        let mut caddy = Command::new("caddy");
        caddy
            .args(["run", "--adapter", "caddyfile", "--config", &config])
            .env("HOME", place)
            .env("XDG_DATA_HOME", place)
            .env("XDG_CONFIG_HOME", place);
        Self::start(caddy, address)
    }

    /// Sends the head of a post and half of its body.
    pub(super) fn half_a_post(&self) -> TcpStream {
        let head = format!(
            "POST /check HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nAccept-Language: pl\r\nUser-Agent: canary-a\r\n\
             Referer: http://canary-b/\r\nCookie: c=canary-c\r\nX-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.8\r\nX-Real-IP: 203.0.113.9\r\n\
             Sec-CH-UA: canary-d\r\nSec-Fetch-Site: canary-e\r\nDNT: 1\r\nOrigin: http://canary-f\r\nVia: canary-g\r\n\r\nfirst-",
            self.address
        );
        self.send(&head)
    }

    /// Sends as much of this text as the proxy accepts.
    pub(super) fn send_what_it_takes(&self, text: &str) -> TcpStream {
        let mut caller = TcpStream::connect(self.address).unwrap();
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = caller.write_all(text.as_bytes());
        caller
    }

    /// Sends this text and leaves the connection open.
    pub(super) fn send(&self, text: &str) -> TcpStream {
        let mut caller = TcpStream::connect(self.address).unwrap();
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        caller.write_all(text.as_bytes()).unwrap();
        caller
    }
}

/// A free address.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Reads until `word` appears. Returns everything that was read.
fn read_until(stream: &mut TcpStream, word: &str) -> String {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&all).contains(word) {
        let read = stream
            .read(&mut piece)
            .unwrap_or_else(|e| panic!("{e} before {word}: {}", String::from_utf8_lossy(&all)));
        assert!(
            read > 0,
            "it ended before {word}: {}",
            String::from_utf8_lossy(&all)
        );
        all.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(all).unwrap()
}

/// Asserts that the proxy forwards the first part of a body before the rest arrives, so that it
/// buffers no body, and that it forwards nothing about the caller except an address.
fn passes_on_as_it_comes(name: &str, proxy: &Proxy, upstream: &TcpListener) {
    let mut caller = proxy.half_a_post();
    let (mut gateway, _) = upstream.accept().unwrap();
    let mut seen = read_until(&mut gateway, "first-").to_lowercase();
    caller.write_all(b"second").unwrap();
    if !seen.contains("second") {
        read_until(&mut gateway, "second");
    }
    gateway
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere")
        .unwrap();
    drop(gateway);
    let answer = read_until(&mut caller, "here").to_lowercase();
    assert!(
        !answer.contains("nginx/") && !answer.contains("alt-svc"),
        "{name}: {answer}"
    );
    seen.truncate(seen.find("\r\n\r\n").unwrap());
    let names: Vec<&str> = seen
        .lines()
        .skip(1)
        .filter_map(|line| line.split(':').next())
        .collect();
    let kept = [
        "host",
        "content-type",
        "content-length",
        "transfer-encoding",
        "accept-language",
        "accept-encoding",
        "connection",
        "x-forwarded-for",
    ];
    // Caddy sends its own User-Agent if it is configured to remove the caller's.
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| *name != "user-agent" || !seen.contains("user-agent: go-http-client/"))
        .collect();
    assert!(!seen.contains("canary"), "{name}: {seen}");
    assert!(
        names.iter().all(|name| kept.contains(name)),
        "{name} passes on {names:?}"
    );
    assert!(
        seen.contains("accept-language: pl")
            && seen.contains("x-forwarded-for: 127.0.0.1")
            && !seen.contains("203.0.113"),
        "{name}: {seen}"
    );
}

#[test]
fn p1_nginx_by_the_sample_keeps_no_body_and_tells_one_address() {
    if !is_here("nginx") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::nginx(place.path(), upstream.local_addr().unwrap(), |text| text);
    passes_on_as_it_comes("nginx", &proxy, &upstream);
    drop(proxy);
    let mut left: Vec<_> = std::fs::read_dir(place.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    left.retain(|path| {
        !["nginx.conf", "nginx.pid"].contains(&path.file_name().unwrap().to_str().unwrap())
    });
    assert!(left.is_empty(), "{left:?}");

    // The control: a proxy that buffers does not connect to the gateway before the body is
    // complete.
    let proxy = Proxy::nginx(place.path(), upstream.local_addr().unwrap(), |text| {
        swap(&text, "proxy_request_buffering off;", "")
    });
    let mut caller = proxy.half_a_post();
    caller.shutdown(std::net::Shutdown::Write).unwrap();
    caller.read_to_end(&mut Vec::new()).unwrap();
    upstream.set_nonblocking(true).unwrap();
    assert_eq!(upstream.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn p1_caddy_by_the_sample_keeps_no_body_and_tells_one_address() {
    if !is_here("caddy") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::caddy(place.path(), upstream.local_addr().unwrap());
    passes_on_as_it_comes("caddy", &proxy, &upstream);
}

#[test]
fn the_proxies_take_their_samples_as_they_are() {
    let place = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(["tell.example.org".to_owned()]).unwrap();
    let certificate = file(place.path(), "loke.crt", &pair.cert.pem());
    let key = file(place.path(), "loke.key", &pair.signing_key.serialize_pem());
    let mut text = swap(&sample("nginx.conf"), "/etc/nginx/loke.crt", &certificate);
    text = swap(
        &swap(&text, "/etc/nginx/loke.key", &key),
        "/run/",
        &format!("{}/", place.path().display()),
    );
    let config = file(
        place.path(),
        "nginx.conf",
        &swap(&text, "user www-data;", ""),
    );
    let tests = |config: &str| run("nginx", &["-t", "-e", "/dev/null", "-c", config]);
    if let Some((valid, said)) = tests(&config) {
        assert!(valid, "{said}");
        let wrong = file(
            place.path(),
            "wrong.conf",
            &text.replace("access_log off;", "acces_log off;"),
        );
        assert!(!tests(&wrong).unwrap().0, "the control");
    }
    for (name, most) in [
        ("client_header_timeout", 10),
        ("client_body_timeout", 10),
        ("send_timeout", 10),
        ("keepalive_timeout", 0),
        ("proxy_send_timeout", 10),
    ] {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(name)?.trim().strip_suffix(';'))
            .unwrap_or_else(|| panic!("no {name}"));
        assert!(
            line.trim_end_matches('s').parse::<u32>().unwrap() <= most,
            "{name} {line}"
        );
    }
    let config = deploy().join("Caddyfile");
    if let Some((valid, said)) = run(
        "caddy",
        &[
            "validate",
            "--adapter",
            "caddyfile",
            "--config",
            config.to_str().unwrap(),
        ],
    ) {
        assert!(valid && !said.contains("\"warn\""), "{said}");
    }
}

#[test]
fn tor_takes_its_sample_with_proof_of_work_on() {
    let place = tempfile::tempdir().unwrap();
    let text = swap(
        &sample("torrc"),
        "/var/lib/tor/loke/",
        &format!("{}/loke/", place.path().display()),
    );
    assert!(
        text.contains("HiddenServicePoWDefensesEnabled 1\n")
            && text.contains("HiddenServiceExportCircuitID haproxy\n")
    );
    let data = place.path().join("data").to_str().unwrap().to_owned();
    let verify = |name: &str, text: &str| {
        let config = file(place.path(), name, text);
        run(
            "tor",
            &[
                "--verify-config",
                "--defaults-torrc",
                "/dev/null",
                "-f",
                &config,
                "--DataDirectory",
                &data,
            ],
        )
    };
    let Some((valid, said)) = verify("torrc", &text) else {
        return;
    };
    assert!(valid && said.contains("Configuration was valid"), "{said}");
    assert!(
        !verify(
            "wrong",
            &text.replace("PoWDefensesEnabled", "PowDefencesEnabled")
        )
        .unwrap()
        .0,
        "the control"
    );
    assert!(
        !verify(
            "other",
            &text.replace("ExportCircuitID haproxy", "ExportCircuitID nginx")
        )
        .unwrap()
        .0,
        "the control of the circuits"
    );
}
