//! A receiver of texts on a loopback port: it records each request as it is on the wire, and
//! answers as configured.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Longest time for anything here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A request, octet for octet.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
    /// The response status.
    pub(crate) status: u16,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    /// Requests that it will still reject.
    refuse: usize,
}

pub(crate) struct Sink {
    pub(crate) port: u16,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Sink {
    /// Rejects the first `refuse` requests with 503, and answers 200 from then on.
    pub(crate) fn start(refuse: usize) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), refuse)
    }

    pub(crate) fn on(listener: TcpListener, refuse: usize) -> Self {
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new((
            Mutex::new(Seen {
                refuse,
                ..Seen::default()
            }),
            Condvar::new(),
        ));
        let shared = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let seen = shared.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &seen));
            }
        });
        Self { port, seen }
    }

    /// Waits until this many different requests were answered with 200, and returns every request
    /// so far. On a busy machine the sender may time out before the response, and then send the
    /// same request again.
    pub(crate) fn wait(&self, taken: usize) -> Vec<Request> {
        let (began, (seen, changed)) = (Instant::now(), &*self.seen);
        let mut seen = seen.lock().unwrap();
        let different = |seen: &Seen| {
            let taken = seen.requests.iter().filter(|request| request.status == 200);
            taken
                .map(|request| (request.line.clone(), request.body.clone()))
                .collect::<HashSet<_>>()
                .len()
        };
        while different(&seen) < taken {
            assert!(
                began.elapsed() < PATIENCE,
                "{} requests, {taken} wanted; the last {:?}",
                seen.requests.len(),
                seen.requests.last()
            );
            seen = changed
                .wait_timeout(seen, Duration::from_secs(1))
                .unwrap()
                .0;
        }
        seen.requests.clone()
    }
}

fn serve(stream: TcpStream, seen: &(Mutex<Seen>, Condvar)) {
    let mut answers = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut headers) = (String::new(), String::new());
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        while !headers.ends_with("\r\n\r\n") && headers != "\r\n" {
            if reader.read_line(&mut headers).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = headers.lines().find_map(|header| {
            header
                .to_lowercase()
                .strip_prefix("content-length: ")?
                .trim()
                .parse()
                .ok()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).unwrap();
        let mut all = seen.0.lock().unwrap();
        let status = if all.refuse > 0 { 503 } else { 200 };
        all.refuse = all.refuse.saturating_sub(1);
        all.requests.push(Request {
            line: line.trim_end().to_owned(),
            headers,
            body,
            status,
        });
        drop(all);
        seen.1.notify_all();
        let _ = answers
            .write_all(format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n").as_bytes());
    }
}

/// The values of this name in a form, as octets.
pub(crate) fn values(form: &[u8], name: &str) -> Vec<Vec<u8>> {
    let fields = form
        .split(|octet| *octet == b'&')
        .filter_map(|field| field.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    fields.map(unescape).collect()
}

fn unescape(value: &[u8]) -> Vec<u8> {
    let (mut rest, mut plain) = (value, Vec::new());
    while let [first, after @ ..] = rest {
        rest = after;
        plain.push(match first {
            b'+' => b' ',
            b'%' => {
                rest = &after[2..];
                u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap()
            }
            other => *other,
        });
    }
    plain
}
