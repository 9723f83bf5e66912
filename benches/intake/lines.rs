//! The three connections of a report through the gateway's own accept loop, with blank pages of the
//! real lengths: the cost of a report's connections without its pages.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use loke::clock::Clock;
use loke::gateway::listener::caller::Strip;
use loke::gateway::listener::{self, BoundListener, Listener};
use loke::gateway::settings::ClientAddress;
use loke::gateway::web::pages::with_headers;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::gateway::cpu_of;
use crate::load::{exchange, fields, post as request_of};

/// The lengths of the responses to form, check and send.
pub(crate) type Lengths = [usize; 3];

/// Reports of each resident.
const REPORTS: u32 = 60;

/// A process that serves blank pages.
pub(crate) struct Blank {
    child: Child,
    address: SocketAddr,
}

impl Blank {
    pub(crate) async fn start(lengths: Lengths) -> Self {
        let mut blank = Command::new(std::env::current_exe().unwrap());
        blank
            .arg("--blank")
            .args(lengths.map(|length| length.to_string()))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = blank.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .await
            .unwrap();
        Self {
            child,
            address: line.trim().parse().unwrap(),
        }
    }

    /// CPU seconds for the three connections of a report with this many concurrent residents: the
    /// best of three runs.
    pub(crate) async fn report(&self, residents: usize) -> f64 {
        let (id, address) = (self.child.id().unwrap(), self.address);
        let check = Arc::new(request_of("/check", &fields(&"-".repeat(140))));
        let mut best = f64::MAX;
        for _ in 0..3 {
            let (before, mut all) = (cpu_of(id), JoinSet::new());
            for _ in 0..residents {
                let check = Arc::clone(&check);
                all.spawn(async move {
                    for _ in 0..REPORTS {
                        exchange(address, b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n").await;
                        exchange(address, &check).await;
                        exchange(
                            address,
                            &[b"POST /send", check.strip_prefix(b"POST /check").unwrap()].concat(),
                        )
                        .await;
                    }
                });
            }
            all.join_all().await;
            best = best.min((cpu_of(id) - before) / (residents as f64 * f64::from(REPORTS)));
        }
        best
    }

    pub(crate) async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The main function of that process.
pub(crate) async fn blank_child(lengths: Lengths) {
    let [form, check, send] = lengths.map(|length| " ".repeat(length));
    let page = |text: String| with_headers((StatusCode::OK, text).into_response());
    let app = axum::Router::new()
        .route("/", get(async move || page(form)))
        .route("/check", post(async move |_: Bytes| page(check)))
        .route("/send", post(async move |_: Bytes| page(send)));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", socket.local_addr().unwrap());
    let strip = Strip::new(Clock::System, ClientAddress::Peer, loke::words::CODES).unwrap();
    let (_stop, stopped) = watch::channel(false);
    listener::serve(
        BoundListener {
            listener: Listener::Web,
            socket,
            tls: None,
            strip: Arc::new(strip),
        },
        app,
        stopped,
    )
    .await;
}
