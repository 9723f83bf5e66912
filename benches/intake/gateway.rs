//! Runs the real gateway binary in a fresh folder and stops it by its process id.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use loke::clock::Day;
use loke::random;
use loke::seal::{Sealed, SizeClass};
use loke::store::{Capacity, Once, QueueEntry, Store, Taker};
use loke::tip::{Lane, Priority, TipId};
use tokio::process::{Child, Command};

use crate::programs;

/// Which gateway to run.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// The shipped binary.
    Shipped,
    /// This bench as a child process, with the system's allocator, which does not zeroize.
    Plain,
}

/// The main function of [`Program::Plain`].
pub(crate) async fn plain(config: &Path) {
    let config = loke::gateway::settings::GatewaySettings::read(config).unwrap();
    let signals = loke::gateway::serve::Signals::listen().unwrap();
    let serving = loke::gateway::serve::start(config, loke::clock::Clock::System)
        .await
        .unwrap();
    signals.come().await;
    serving.stop().await;
}

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) web: SocketAddr,
    /// The listener for text messages: `[sms]` with providers that need no outgoing calls, so that
    /// it may be in this process.
    pub(crate) sms: SocketAddr,
    pub(crate) first_answer: Duration,
    child: Child,
    dir: tempfile::TempDir,
    slots: u32,
    database: String,
}

impl Gateway {
    /// Makes a gateway with two recipients and room for `slots` text tips, starts it and waits for
    /// its first response.
    pub(crate) async fn start(program: Program, database: &str, slots: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // All reports come from one address, which has no limit below half of the queue.
        let slots = slots * 2;
        let config = dir.path().join("gateway/gateway.toml");
        let (web, sms) = (free_port(), free_port());
        make(dir.path(), database, slots, web, sms).await;
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        // The first start allocates the slots. The second one is like each later restart.
        let mut first = serve(program, &config, &log);
        wait_for(web).await;
        terminate(&mut first).await;
        let began = Instant::now();
        let child = serve(program, &config, &log);
        wait_for(web).await;
        let first_answer = began.elapsed();
        let database = match database.strip_prefix("sqlite:") {
            Some(file) => format!("sqlite:{}", dir.path().join("gateway").join(file).display()),
            None => database.to_owned(),
        };
        Self {
            web,
            sms,
            first_answer,
            child,
            dir,
            slots,
            database,
        }
    }

    /// A line of `/proc/PID/status`, in KiB.
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        status
            .lines()
            .find(|l| l.starts_with(line))
            .and_then(|l| l.split_whitespace().nth(1))
            .unwrap()
            .parse()
            .unwrap()
    }

    /// CPU seconds since its start.
    pub(crate) fn cpu(&self) -> f64 {
        cpu_of(self.child.id().unwrap())
    }

    /// Transactions that changed the queue since it was opened: see [`commits`].
    pub(crate) fn commits(&self) -> Option<u32> {
        commits(&self.database)
    }

    /// Puts tips into the queue from this process while the gateway runs.
    pub(crate) async fn fill(&self, tips: u32) {
        let store = Store::open(
            &self.database,
            Capacity {
                text: self.slots,
                photos: [1, 1, 1, 1],
            },
        )
        .await
        .unwrap();
        let mut puts = tokio::task::JoinSet::new();
        for _ in 0..tips {
            let store = store.clone();
            puts.spawn(async move { store.put(random_tip(), entry()).await.unwrap() });
            if puts.len() >= 1_024 {
                puts.join_next().await.unwrap().unwrap();
            }
        }
        puts.join_all().await;
    }

    pub(crate) async fn stop(mut self) {
        terminate(&mut self.child).await;
        drop(self.dir);
    }
}

/// Transactions that changed a queue since it was opened, from the counter in SQLite's WAL index
/// (https://www.sqlite.org/walformat.html, "iChange"). `None` on PostgreSQL.
pub(crate) fn commits(database: &str) -> Option<u32> {
    let index = std::fs::read(format!("{}-shm", database.strip_prefix("sqlite:")?)).ok()?;
    Some(u32::from_ne_bytes(*index.get(8..)?.first_chunk()?))
}

/// Makes a gateway's folder in `place` with two recipients and room for `slots` text tips. Returns
/// the path of its configuration.
pub(crate) async fn make(
    place: &Path,
    database: &str,
    slots: u32,
    web: SocketAddr,
    sms: SocketAddr,
) -> PathBuf {
    let folder = place.join("gateway");
    let recipients =
        ["a", "b"].map(|n| format!("{n}={}", age::x25519::Identity::generate().to_public()));
    let mut init = Command::new(programs::gateway());
    init.args(["init", "--dir"]).arg(&folder).args([
        "--web",
        &web.to_string(),
        "--pickup",
        &free_port().to_string(),
    ]);
    init.args([
        "--database",
        database,
        "--recipient",
        &recipients[0],
        "--recipient",
        &recipients[1],
    ]);
    init.args(["--slots", &format!("{slots},1,1,1,1")]);
    let out = init.output().await.unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let config = folder.join("gateway.toml");
    set(&config, sms);
    config
}

/// CPU seconds that a process used, from `/proc/PID/stat` (fields 14 and 15, in hundredths).
pub(crate) fn cpu_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// A sealed tip of random bytes. The queue cannot distinguish it from a real one.
pub(crate) fn random_tip() -> Sealed {
    let mut bytes = vec![0; 16_384 + 500];
    random::fill(&mut bytes).unwrap();
    Sealed {
        id: TipId::random().unwrap(),
        lane: Lane::Drugs,
        priority: Priority::Soon,
        expiry: Day(21_000),
        class: SizeClass::Text,
        bytes,
        mac: [0; 32],
    }
}

/// A typical queue entry.
pub(crate) fn entry() -> QueueEntry {
    QueueEntry {
        once: Once {
            value: random::bytes().unwrap(),
            until: Day(21_000),
        },
        proven: true,
        taker: Taker::Network {
            bucket: 1,
            parent: 1,
        },
        released: false,
    }
}

/// The secret of every provider, for its path and its token.
pub(crate) const SECRET: &str = "a-secret-for-the-bench";

/// Lifts the rate limits, because all residents of a bench come from one address at once, and adds
/// the SMS listener.
fn set(config: &Path, sms: SocketAddr) {
    let mut table: toml::Table = std::fs::read_to_string(config).unwrap().parse().unwrap();
    let limits = toml::Table::from_iter(
        [
            ("requests_per_minute", 100_000_000),
            ("reports_per_hour", 100_000_000),
        ]
        .map(|(k, v)| (k.to_owned(), v.into())),
    );
    table.insert("limits".into(), limits.into());
    table["web"]
        .as_table_mut()
        .unwrap()
        .insert("min_dwell_seconds".into(), 0.into());
    let sms = format!(
        "listen = \"{sms}\"\n[notify]\npath_secret = \"file:secret\"\nbearer_token = \"file:secret\"\n[kannel]\npath_secret = \"file:secret\"\n"
    );
    table.insert("sms".into(), sms.parse::<toml::Table>().unwrap().into());
    std::fs::write(config, table.to_string()).unwrap();
    std::fs::write(config.with_file_name("secret"), SECRET).unwrap();
}

fn serve(program: Program, config: &Path, log: &std::fs::File) -> Child {
    let mut serve = match program {
        Program::Shipped => Command::new(programs::gateway()),
        Program::Plain => Command::new(std::env::current_exe().unwrap()),
    };
    match program {
        Program::Shipped => serve.args(["serve", "--config"]),
        Program::Plain => serve.arg("--plain"),
    };
    serve
        .arg(config)
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn terminate(child: &mut Child) {
    let id = child.id().unwrap().to_string();
    Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .await
        .unwrap();
    child.wait().await.unwrap();
}

/// Waits until the gateway serves the form.
async fn wait_for(web: SocketAddr) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for _ in 0..120_000 {
        if let Ok(mut stream) = tokio::net::TcpStream::connect(web).await {
            let mut answer = Vec::new();
            if stream
                .write_all(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
                .await
                .is_ok()
                && stream.read_to_end(&mut answer).await.is_ok()
                && answer.starts_with(b"HTTP/1.1 200")
            {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the gateway did not answer");
}

pub(crate) fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Creates a new database in the cluster of `url`.
pub(crate) async fn new_database(url: &str) -> String {
    use sqlx::{Connection, Executor};
    let name = format!("bench_{}", hex::encode(random::bytes::<6>().unwrap()));
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!("create database {name}")))
        .await
        .unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
