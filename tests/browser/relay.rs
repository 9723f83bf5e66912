//! A relay on loopback between a browser and the gateway. It counts requests and bytes. On request
//! it removes the page's protections against Back, so that a test can show that it would see the
//! words.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One request: its first line, the bytes up, the bytes down.
pub(super) type Passed = (String, usize, usize);

/// The relay. It stops on drop.
pub(super) struct Relay {
    pub(super) address: SocketAddr,
    passed: Arc<Mutex<Vec<Passed>>>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Forwards everything unchanged.
    pub(super) async fn to(gateway: SocketAddr) -> Self {
        Self::start(gateway, false).await
    }

    /// Removes the protections against Back, and makes the quick exit a single plain redirect. The request
    /// names the other side's address.
    pub(super) async fn careless(gateway: SocketAddr) -> Self {
        Self::start(gateway, true).await
    }

    async fn start(gateway: SocketAddr, careless: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passed: Arc<Mutex<Vec<Passed>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let seen = Arc::clone(&passed);
        tasks.spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let own = careless.then_some(address);
                visits.spawn(pass(stream, gateway, own, Arc::clone(&seen)));
            }
        });
        Self {
            address,
            passed,
            _tasks: tasks,
        }
    }

    /// The requests since the last call.
    pub(super) fn passed(&self) -> Vec<Passed> {
        std::mem::take(&mut self.passed.lock().unwrap())
    }
}

/// Handles one connection, which is one request. A broken connection counts as none. `careless` is the
/// relay's own address.
async fn pass(
    mut browser: TcpStream,
    gateway: SocketAddr,
    careless: Option<SocketAddr>,
    passed: Arc<Mutex<Vec<Passed>>>,
) -> Option<()> {
    let mut asked = whole_request(&mut browser).await?;
    let up = asked.len();
    let first = String::from_utf8_lossy(&asked).lines().next()?.to_owned();
    if let Some(own) = careless {
        asked = named(&asked, own, gateway)?;
        if first.starts_with("GET /leave ") {
            asked = String::from_utf8_lossy(&asked)
                .replacen("/leave", "/leave/away", 1)
                .into_bytes();
        }
    }
    let mut stream = TcpStream::connect(gateway).await.ok()?;
    stream.write_all(&asked).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    if careless.is_some() {
        answer = without_care(&answer)?;
    }
    passed.lock().unwrap().push((first, up, answer.len()));
    browser.write_all(&answer).await.ok()?;
    browser.shutdown().await.ok()
}

/// The request with another address in its head. The connection closes after the answer.
fn named(asked: &[u8], from: SocketAddr, to: SocketAddr) -> Option<Vec<u8>> {
    let head = memchr::memmem::find(asked, b"\r\n\r\n")?;
    let named = String::from_utf8_lossy(&asked[..head])
        .replace(&from.to_string(), &to.to_string())
        .replace("keep-alive", "close");
    Some([named.as_bytes(), &asked[head..]].concat())
}

/// Reads a whole request, by its content-length.
async fn whole_request(browser: &mut TcpStream) -> Option<Vec<u8>> {
    let mut asked = Vec::new();
    loop {
        if let Some(head) = memchr::memmem::find(&asked, b"\r\n\r\n") {
            let lines = String::from_utf8_lossy(&asked[..head]).to_ascii_lowercase();
            let length = lines
                .lines()
                .find_map(|line| {
                    line.strip_prefix("content-length: ")?
                        .trim()
                        .parse::<usize>()
                        .ok()
                })
                .unwrap_or(0);
            if asked.len() >= head + 4 + length {
                return Some(asked);
            }
        }
        if browser.read_buf(&mut asked).await.ok()? == 0 {
            return None;
        }
    }
}

/// The response without its headers against Back, and with fields that a browser may remember.
fn without_care(answer: &[u8]) -> Option<Vec<u8>> {
    let head = memchr::memmem::find(answer, b"\r\n\r\n")?;
    let body = String::from_utf8_lossy(&answer[head + 4..])
        .replace(" autocomplete=\"off\"", "")
        .replace(" autocomplete=off", "");
    // Firefox also does not cache a page with an opener policy for Back.
    let care = [
        "cache-control",
        "clear-site-data",
        "cross-origin-opener-policy",
        "content-length",
    ];
    let kept = |line: &&str| {
        !care
            .iter()
            .any(|name| line.to_ascii_lowercase().starts_with(name))
    };
    let lines: Vec<String> = String::from_utf8_lossy(&answer[..head])
        .split("\r\n")
        .filter(kept)
        .map(str::to_owned)
        .collect();
    Some(
        format!(
            "{}\r\ncontent-length: {}\r\n\r\n{body}",
            lines.join("\r\n"),
            body.len()
        )
        .into_bytes(),
    )
}

/// A harmless page at another host name than the gateway's. It answers until the runtime ends.
pub(super) async fn cover() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                whole_request(&mut stream).await?;
                let page =
                    "<!doctype html><html lang=en><title>Weather</title><h1 id=weather>Fair</h1>";
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    page.len()
                );
                stream
                    .write_all(format!("{head}{page}").as_bytes())
                    .await
                    .ok()?;
                stream.shutdown().await.ok()
            });
        }
    });
    format!("http://localhost:{port}/")
}
