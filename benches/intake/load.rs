//! The load generator: residents who each fetch the form, check it and send it, or providers that
//! deliver texts. Each request has its own connection and follows the response to the one before.
//! It measures its own CPU, so that its share can be subtracted.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::gateway::{Gateway, SECRET, cpu_of};

/// About 1 kB of text, as a resident may write.
const WORDS: &str = "Two men come to the ground floor flat most evenings after nine. They have their own key now. The old man who lives there has not been seen since Tuesday and his curtains stay shut. ";

/// How reports arrive.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// A resident's form, check and send.
    Web,
    /// A callback of GOV.UK Notify.
    Notify,
    /// A modem's `get-url`.
    Kannel,
}

/// The result of a load.
pub(crate) struct Outcome {
    reports: usize,
    took: Duration,
    cpu: Duration,
    sends: Vec<Duration>,
    journeys: Vec<Duration>,
    /// CPU seconds of the gateway for each report.
    gateway: f64,
    /// Commits of the queue during the load; `None` on PostgreSQL.
    commits: Option<u32>,
}

/// CPU seconds of the minimal server ([`crate::costs::bare_child`]) for one connection: a lower
/// bound for each of a report's three.
pub(crate) async fn bare_connection() -> f64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("--bare")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .await
        .unwrap();
    let (address, id) = (line.trim().parse().unwrap(), child.id().unwrap());
    let mut best = f64::MAX;
    for _ in 0..3 {
        let before = cpu_of(id);
        connect(address, "/leave").await;
        best = best.min((cpu_of(id) - before) / f64::from(CONNECTIONS));
    }
    child.kill().await.unwrap();
    best
}

/// Connections of one measurement.
const CONNECTIONS: u32 = 8_000;

/// Fetches a page [`CONNECTIONS`] times, 16 at once.
async fn connect(address: SocketAddr, path: &'static str) {
    let mut residents = JoinSet::new();
    for _ in 0..16 {
        residents.spawn(async move {
            for _ in 0..CONNECTIONS / 16 {
                exchange(
                    address,
                    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").as_bytes(),
                )
                .await;
            }
        });
    }
    residents.join_all().await;
}

/// Runs `connections` residents or providers for `time`.
pub(crate) async fn run(
    gateway: &Gateway,
    way: Way,
    connections: usize,
    time: Duration,
) -> Outcome {
    let (web, sms, gateway_before, commits) =
        (gateway.web, gateway.sms, gateway.cpu(), gateway.commits());
    let stop = Arc::new(AtomicBool::new(false));
    let (began, cpu) = (Instant::now(), ProcessTime::now());
    let mut residents = JoinSet::new();
    for _ in 0..connections {
        let stop = Arc::clone(&stop);
        residents.spawn(async move {
            let (mut sends, mut journeys) = (Vec::new(), Vec::new());
            while !stop.load(Ordering::Relaxed) {
                let journey = Instant::now();
                sends.push(match way {
                    Way::Web => report(web).await,
                    Way::Notify | Way::Kannel => webhook(sms, way).await,
                });
                journeys.push(journey.elapsed());
            }
            (sends, journeys)
        });
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let (mut sends, mut journeys) = (Vec::new(), Vec::new());
    while let Some(resident) = residents.join_next().await {
        let (s, j) = resident.unwrap();
        sends.extend(s);
        journeys.extend(j);
    }
    let (took, cpu) = (began.elapsed(), cpu.elapsed());
    sends.sort();
    journeys.sort();
    let gateway_cpu = (gateway.cpu() - gateway_before) / sends.len() as f64;
    let gateway_commits = gateway.commits();
    let commits = gateway_commits
        .zip(commits)
        .map(|(after, before)| after.wrapping_sub(before));
    Outcome {
        reports: sends.len(),
        took,
        cpu,
        sends,
        journeys,
        gateway: gateway_cpu,
        commits,
    }
}

/// Sends one report from form to receipt. Returns the duration of the send.
async fn report(web: SocketAddr) -> Duration {
    let form = exchange(web, b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n").await;
    let checked = exchange(web, &post("/check", &fields(&token_of(&form)))).await;
    let request = post("/send", &fields(&token_of(&checked)));
    let send = Instant::now();
    let receipt = exchange(web, &request).await;
    let took = send.elapsed();
    assert!(
        receipt.windows(12).any(|w| w == b"id=\"receipt\""),
        "no receipt: {}",
        String::from_utf8_lossy(&receipt[..400.min(receipt.len())])
    );
    took
}

/// The form fields of a simulated resident.
pub(crate) fn fields(token: &str) -> Vec<(&'static str, String)> {
    let answers = [
        ("token", token),
        ("language", "en"),
        ("topic", "cuckooing"),
        ("where", "Larkman Lane"),
        ("when", "after nine"),
    ];
    let mut fields = answers
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec();
    fields.push(("what", WORDS.repeat(5)));
    fields
}

/// Delivers one text, from a random phone, which is acknowledged after its commit. Returns the
/// duration.
async fn webhook(sms: SocketAddr, way: Way) -> Duration {
    let id = hex::encode(loke::random::bytes::<16>().unwrap());
    let request = match way {
        Way::Kannel => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("id", &id)
                .append_pair("text", WORDS)
                .append_pair("coding", "0")
                .finish();
            format!("GET /sms/kannel/{SECRET}?{query} HTTP/1.1\r\nHost: bench\r\n\r\n")
        }
        _ => {
            let number = format!("4477009{:05}", loke::random::below(100_000).unwrap());
            let body = serde_json::json!({
                "id": id, "source_number": number, "destination_number": "447700900999", "message": WORDS, "date_received": "2026-11-21T12:00:00.000000Z",
            });
            let body = body.to_string();
            let head = format!(
                "Host: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: {}",
                body.len()
            );
            format!("POST /sms/notify/{SECRET} HTTP/1.1\r\n{head}\r\n\r\n{body}")
        }
    };
    let began = Instant::now();
    let answer = exchange(sms, request.as_bytes()).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "not taken: {}",
        String::from_utf8_lossy(&answer)
    );
    began.elapsed()
}

/// The token of a page.
pub(crate) fn token_of(page: &[u8]) -> String {
    let mark = b"name=\"token\" value=\"";
    let from = page
        .windows(mark.len())
        .position(|w| w == mark)
        .expect("the form has a token")
        + mark.len();
    String::from_utf8_lossy(&page[from..])
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

/// A form's body as a browser sends it, with no photo chosen.
pub(crate) fn form_body(fields: &[(&str, String)]) -> String {
    let mut body = String::with_capacity(2_048);
    for (name, value) in fields {
        body.push_str(&format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--b0undary\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b0undary--\r\n");
    body
}

/// The request of a form.
pub(crate) fn post(path: &str, fields: &[(&str, String)]) -> Vec<u8> {
    let body = form_body(fields);
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends one request over its own connection and returns the whole response.
pub(crate) async fn exchange(web: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(web).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::with_capacity(16 << 10);
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

impl Outcome {
    pub(crate) fn cpu(&self) -> f64 {
        self.gateway
    }

    /// Tips for each commit; `None` on PostgreSQL.
    pub(crate) fn tips_in_a_commit(&self) -> Option<f64> {
        self.commits
            .map(|commits| self.reports as f64 / f64::from(commits.max(1)))
    }

    /// Reports or texts per second.
    pub(crate) fn rate(&self) -> f64 {
        self.reports as f64 / self.took.as_secs_f64()
    }

    /// Prints one row. `by clock` is the rate divided by what the cores that the generator left
    /// free could do at `floor` seconds for each report. `by CPU` is the floor divided by the
    /// gateway's CPU time for a report, and depends neither on the disk nor on other users of the
    /// machine.
    ///
    /// `idle` is the part of the cores that none of our processes used. Commits and tips for each
    /// commit are SQLite's.
    pub(crate) fn print(&self, name: &str, cores: usize, floor: f64) {
        let rate = self.rate();
        let own = self.cpu.as_secs_f64() / self.took.as_secs_f64();
        let busy = own + rate * self.gateway;
        let by_clock = rate / ((cores as f64 - own) / floor);
        let at = |all: &[Duration], share: f64| {
            all[((all.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
        };
        let commits = self.commits.map_or_else(
            || " ".repeat(17),
            |commits| {
                let commits = f64::from(commits.max(1));
                format!(
                    "{:>8.0} {:>8.1}",
                    commits / self.took.as_secs_f64(),
                    self.reports as f64 / commits
                )
            },
        );
        println!(
            "{name:<30} {rate:>9.0} {:>5.1} ms {:>5.1} ms {:>6.1} ms {:>6.1} ms {:>6.0}% {by_clock:>8.2} {:>6.2} {:>5.0} µs {:>5.0}% {commits}",
            at(&self.sends, 0.5),
            at(&self.sends, 0.99),
            at(&self.journeys, 0.5),
            at(&self.journeys, 0.99),
            own * 100.0,
            floor / self.gateway,
            self.gateway * 1e6,
            (cores as f64 - busy).max(0.0) * 100.0,
        );
    }
}
