//! A browser at the desk's page: it keeps its cookies, sends the forms of the page, and computes the
//! one-time codes as a phone does.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A person at a browser. Its cookies are as a `Cookie` header has them.
pub(crate) struct DeskBrowser {
    pub(crate) address: SocketAddr,
    pub(crate) cookie: String,
}

/// An answer of the desk's page.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The target of a redirect.
    pub(crate) fn location(&self) -> &str {
        let (_, rest) = self.head.split_once("location: ").unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }

    /// The value of the hidden or visible field with this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no field {name}: {text}"));
        rest.split('"').next().unwrap().to_owned()
    }

    /// The secret of the one-time codes on the set-up page.
    pub(crate) fn code_secret(&self) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once("id=\"totp-secret\">")
            .unwrap_or_else(|| panic!("no secret: {text}"));
        let shown = rest.split("</code>").next().unwrap();
        shown.replace("<span>", "").replace("</span>", "")
    }
}

impl DeskBrowser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookie: String::new(),
        }
    }

    /// The browser of a session that has begun, with its `Set-Cookie` value.
    pub(crate) fn in_session(address: SocketAddr, set_cookie: &str) -> Self {
        let cookie = set_cookie.split(';').next().unwrap().to_owned();
        Self { address, cookie }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send("POST", path, &body).await
    }

    /// Signs in at the page: the answer is a redirect if it worked.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str, code: &str) -> Answer {
        let fields = [("name", name), ("password", password), ("code", code)];
        self.post("/sign-in", &fields).await
    }

    /// The first sign-in of an account with its own passphrase. Returns the secret of its codes.
    pub(crate) async fn first_sign_in(&mut self, name: &str, password: &str, now: i64) -> Vec<u8> {
        let page = self.sign_in(name, password, "").await;
        let secret = from_base32(&page.code_secret());
        let (token, code) = (page.field("token"), code(&secret, now));
        let done = self
            .post("/sign-in/set-up", &[("token", &token), ("code", &code)])
            .await;
        assert_eq!(
            (done.status, done.location()),
            (303, "/"),
            "{}",
            done.text()
        );
        secret
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let address = self.address;
        let headers = format!(
            "Origin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        );
        let host = address.to_string();
        let answer = exchange(address, &self.cookie, method, path, &host, &headers, body).await;
        for set in answer
            .head
            .lines()
            .filter_map(|l| l.strip_prefix("set-cookie: "))
        {
            assert!(set.contains("HttpOnly; SameSite=Strict; Path=/"), "{set}");
            let (pair, _) = set.split_once(';').unwrap();
            let (name, _) = pair.split_once('=').unwrap();
            let kept = self
                .cookie
                .split("; ")
                .filter(|old| !old.is_empty() && !old.starts_with(&format!("{name}=")));
            self.cookie = kept.chain([pair]).collect::<Vec<_>>().join("; ");
        }
        answer
    }
}

/// One request to the desk's page on a connection of its own. `headers` are whole lines.
pub(crate) async fn exchange(
    address: SocketAddr,
    cookie: &str,
    method: &str,
    path: &str,
    host: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let body = body.as_bytes();
    exchange_bytes(address, cookie, method, path, host, headers, body).await
}

/// The same with a body of any bytes.
pub(crate) async fn exchange_bytes(
    address: SocketAddr,
    cookie: &str,
    method: &str,
    path: &str,
    host: &str,
    headers: &str,
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let split = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8(all[..split].to_vec()).unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        body: all[split..].to_vec(),
        head,
    }
}

/// RFC 4648 base32, without padding.
pub(crate) fn from_base32(text: &str) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u64, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("not base32: {text}"),
        };
        bits = (bits << 5) | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// The code of a phone at `now` (RFC 6238).
pub(crate) fn code(secret: &[u8], now: i64) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = ring::hmac::sign(&key, &(now / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let word = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
