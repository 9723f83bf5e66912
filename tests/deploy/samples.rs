//! The samples, by the programs that read them. What a proxy would buffer, log or tell of a caller
//! is tried with the real proxy.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{deploy, run};

/// Longest that a proxy may take for anything here.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

fn sample(name: &str) -> String {
    std::fs::read_to_string(deploy().join(name)).unwrap()
}

/// A file with this text, in a folder of the test.
fn file(place: &Path, name: &str, text: &str) -> String {
    let path = place.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Replaces a piece that must be there.
pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the sample");
    text.replace(from, to)
}

/// Whether this program is on this machine; says so where it is not.
pub(super) fn is_here(program: &str) -> bool {
    run(program, &["--version"]).is_some()
}

/// A proxy as the sample makes it, in clear text on loopback; stopped when it is dropped.
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

    /// nginx in front of `upstream`.
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

    /// Caddy in front of `upstream`.
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

    /// Sends as much of this as is taken.
    pub(super) fn send_what_it_takes(&self, text: &str) -> TcpStream {
        let mut caller = TcpStream::connect(self.address).unwrap();
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = caller.write_all(text.as_bytes());
        caller
    }

    /// Sends this, and leaves the line open.
    pub(super) fn send(&self, text: &str) -> TcpStream {
        let mut caller = TcpStream::connect(self.address).unwrap();
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        caller.write_all(text.as_bytes()).unwrap();
        caller
    }
}

/// An address that is free now.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Reads until this stands in what was read; the connection must be `upstream`'s.
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

/// A proxy that passes on what came while the rest is still to come keeps no body; and of the
/// caller it tells an address alone.
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
    // Caddy says its own name where it was told to leave out the caller's.
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

    // The control: one that buffers calls nobody before the body is whole.
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

#[test]
fn the_firewall_is_read_by_nft_and_lets_the_pages_call_nobody() {
    let place = tempfile::tempdir().unwrap();
    let text = sample("nftables.conf");
    let reject = "meta skuid { \"loke-web\", \"loke-pickup\" } reject";
    let rules = || {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
    };
    assert!(rules().any(|rule| rule == "meta skuid \"loke-sms\" reject"));
    assert!(
        rules().any(|rule| rule == reject)
            && !rules().any(|rule| rule
                .split(' ')
                .any(|word| word == "log" || word == "counter"))
    );
    // Residents are in no table of connections, in neither direction, and answers to them still go
    // out.
    for rule in [
        "tcp dport 443 notrack",
        "tcp sport 443 notrack",
        "ct state untracked tcp sport 443 accept",
    ] {
        assert!(rules().any(|line| line == rule), "{rule}");
    }
    let answers = text
        .find("ct state untracked tcp sport 443 accept")
        .unwrap();
    assert!(
        answers < text.find(reject).unwrap(),
        "the answer is rejected before it is let out"
    );
    // The users are not on the machine where the tests run.
    let text = swap(
        &text,
        "{ \"loke-web\", \"loke-pickup\" }",
        "{ \"nobody\", \"daemon\" }",
    )
    .replace("\"loke-sms\"", "\"mail\"");
    if !is_here("nft") {
        return;
    }
    let check = |name: &str, text: &str| {
        run(
            "unshare",
            &[
                "--user",
                "--map-root-user",
                "--net",
                "nft",
                "-c",
                "-f",
                &file(place.path(), name, text),
            ],
        )
    };
    let Some((valid, said)) = check("good", &text) else {
        return;
    };
    if said.contains("unshare") {
        println!("skipped: this machine lets nobody make a network to check a firewall in");
        return;
    }
    assert!(valid, "{said}");
    assert!(
        !check("wrong", &text.replace("policy drop", "policy dorp"))
            .unwrap()
            .0,
        "the control"
    );
}

/// What the kernel may remember of callers: no table of their lines, and no closed or vanished one
/// for longer than some seconds.
#[test]
fn p8_the_kernel_keeps_no_list_of_callers_by_the_sample() {
    let text = sample("loke-sysctl.conf");
    let values: Vec<(&str, u32)> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.split_once(" = ")
                .map(|(key, value)| (key, value.parse().unwrap()))
                .unwrap_or_else(|| panic!("{line}"))
        })
        .collect();
    let value = |key: &str| {
        values
            .iter()
            .find(|(name, _)| *name == key)
            .unwrap_or_else(|| panic!("no {key}"))
            .1
    };
    assert_eq!(value("net.ipv4.tcp_no_metrics_save"), 1);
    assert!(value("net.netfilter.nf_conntrack_tcp_timeout_established") <= 300);
    for state in [
        "syn_recv",
        "fin_wait",
        "close_wait",
        "last_ack",
        "time_wait",
    ] {
        assert!(
            value(&format!("net.netfilter.nf_conntrack_tcp_timeout_{state}")) <= 15,
            "{state}"
        );
    }
    for what in ["timestamp", "acct", "log_invalid"] {
        assert_eq!(value(&format!("net.netfilter.nf_conntrack_{what}")), 0);
    }
    // The kernel knows each; those of the table of connections are there once a firewall was
    // loaded.
    for (key, _) in &values {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        let is_there = Path::new(&path).exists();
        assert!(
            is_there
                || (key.contains("nf_conntrack")
                    && !Path::new("/proc/sys/net/netfilter/nf_conntrack_max").exists()),
            "{key}"
        );
    }
}

/// The settings of PostgreSQL that the promises need, as the server itself reads them.
#[test]
fn p7_postgres_by_its_settings_keeps_no_archive_standby_or_old_log() {
    let settings = [
        ("wal_level", "minimal"),
        ("archive_mode", "off"),
        ("max_wal_senders", "0"),
        ("max_replication_slots", "0"),
        ("wal_keep_size", "0"),
        ("wal_recycle", "off"),
        ("track_commit_timestamp", "off"),
        ("log_statement", "none"),
        ("fsync", "on"),
    ];
    let text = sample("postgresql.conf");
    let said = |name: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
            .collect::<Vec<_>>()
    };
    for (name, value) in settings {
        assert_eq!(said(name), [value], "{name}");
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").map(|all| {
        all.map(|e| e.unwrap().path().join("bin/postgres"))
            .collect::<Vec<_>>()
    });
    let Some(server) = versions
        .unwrap_or_default()
        .into_iter()
        .find(|path| path.exists())
    else {
        println!("skipped: PostgreSQL is not on this machine");
        return;
    };
    // It reads its settings and prints one; it refuses to do even that as root.
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(
        place.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let read = |name: &str, text: &str| {
        let config = file(place.path(), name, text);
        let (server, option) = (server.to_str().unwrap(), format!("--config-file={config}"));
        let others = ["data_directory", "hba_file", "ident_file"]
            .map(|name| format!("--{name}={}", place.path().display()));
        let mut words = vec![server, "-C", "max_wal_senders", &option];
        words.extend(others.iter().map(String::as_str));
        if am_root() {
            run("runuser", &[&["-u", "nobody", "--"], &words[..]].concat())
        } else {
            run(server, &words[1..])
        }
        .unwrap()
    };
    let (valid, said) = read("postgresql.conf", &text);
    assert!(valid && said.lines().any(|line| line == "0"), "{said}");
    assert!(
        !read(
            "wrong.conf",
            &text.replace("wal_recycle = off", "wal_recycle = sometimes")
        )
        .0,
        "the control"
    );
}

fn am_root() -> bool {
    run("id", &["-u"]).is_some_and(|(_, id)| id.trim() == "0")
}

/// The container builds the gateway alone, from files that are there, and from no server that is
/// named here.
#[test]
fn the_containerfile_builds_the_gateway_alone() {
    let text = sample("Containerfile");
    assert!(text.contains("cargo build --release --locked -p loke-gateway"));
    let root = deploy().join("..");
    let copied: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.starts_with("--from"))
        .collect();
    let sources = copied.iter().flat_map(|line| line.split(' ').rev().skip(1));
    let place = tempfile::tempdir().unwrap();
    let sources: Vec<&str> = sources.collect();
    assert!(sources.len() > 8, "{sources:?}");
    for built_in in ["locales", "migrations", "rules", "templates"] {
        assert!(
            sources.contains(&built_in),
            "{built_in} is built into the program"
        );
    }
    for source in &sources {
        let copy = Command::new("cp")
            .args([
                "-r",
                root.join(source).to_str().unwrap(),
                place.path().to_str().unwrap(),
            ])
            .status();
        assert!(copy.unwrap().success(), "{source}");
    }
    // Cargo finds all that it wants.
    let manifest = place.path().join("Cargo.toml");
    let (valid, said) = run(
        env!("CARGO"),
        &[
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--offline",
            "--manifest-path",
            manifest.to_str().unwrap(),
        ],
    )
    .unwrap();
    assert!(valid, "{said}");
    for image in text.lines().filter_map(|line| line.strip_prefix("FROM ")) {
        assert!(
            !image.split(' ').next().unwrap().contains(['/', '@']),
            "{image} names a server"
        );
    }
    assert!(
        text.lines().any(|line| line.starts_with("USER ")),
        "it would run as root"
    );
}
