//! A browser that knows one cookie: each request has a connection of its own.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A signed-in browser.
pub(crate) struct Browser {
    pub(crate) address: SocketAddr,
    cookie: String,
}

impl Browser {
    /// The browser of a session: `cookie` is what its answer sets.
    pub(crate) fn in_session(address: SocketAddr, cookie: &str) -> Self {
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self { address, cookie }
    }

    /// The page at this path, with its head.
    pub(crate) async fn get(&self, path: &str) -> String {
        let Self { address, cookie } = self;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        );
        let answer = send(*address, &request).await;
        is_there(path, answer)
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, form: &str) -> String {
        let Self { address, cookie } = self;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        );
        let answer = send(*address, &request).await;
        is_there(path, answer)
    }
}

fn is_there(path: &str, answer: String) -> String {
    assert!(
        answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 303"),
        "{path}: {}",
        answer.chars().take(300).collect::<String>()
    );
    answer
}

/// Sends a request, and returns the whole answer.
pub(crate) async fn send(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
