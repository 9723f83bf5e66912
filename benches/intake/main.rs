//! `cargo bench --bench intake`: the cost of a report, and how close the whole path comes to the
//! ceiling, all in one run. It sends requests to the real gateway binary over HTTP on loopback, web
//! and text messages, and measures CPU time as well as wall time, so that its figures hold on a
//! busy machine.
//!
//! `LOKE_BENCH_SECONDS` (default 4) is the duration of each load. `LOKE_BENCH_WAITING` (default
//! 100000) is the number of tips in the queue for the "full queue" row. PostgreSQL rows need
//! `LOKE_TEST_POSTGRES` (see `tests/postgres`); without it the bench prints that they are left out.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

mod costs;
mod gateway;
mod inside;
mod lines;
mod load;
#[expect(dead_code, reason = "it builds both programs, and this needs one")]
#[path = "../../tests/house/programs.rs"]
mod programs;

use std::time::Duration;

use gateway::{Gateway, Program};
use inside::Inside;
use lines::Blank;
use load::{Outcome, Way};

fn main() {
    if std::env::args().any(|a| a == "--photo") {
        return costs::photo_child();
    }
    if std::env::args().any(|a| a == "--bare") {
        return costs::bare_child();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if let Some(config) = std::env::args().skip_while(|a| a != "--plain").nth(1) {
        return runtime.block_on(gateway::plain(config.as_ref()));
    }
    if std::env::args().any(|a| a == "--blank") {
        let lengths: Vec<usize> = std::env::args()
            .skip_while(|a| a != "--blank")
            .skip(1)
            .map(|length| length.parse().unwrap())
            .collect();
        return runtime.block_on(lines::blank_child(lengths.try_into().unwrap()));
    }
    let seconds: u64 = setting("LOKE_BENCH_SECONDS", 4);
    let waiting: u32 = u32::try_from(setting("LOKE_BENCH_WAITING", 100_000)).unwrap();
    let cores = std::thread::available_parallelism().unwrap().get();
    println!("cores: {cores}");
    let floor = Floor::measure(&runtime);
    floor.print(cores);
    costs::photo();
    let time = Duration::from_secs(seconds);
    runtime.block_on(async {
        // As many as `init` makes.
        let usual = Gateway::start(Program::Shipped, "sqlite:queue.db", 10_000).await;
        println!(
            "start to first answer, 20,000 slots: {:.0} ms (goal: at most 100), {} KiB RSS",
            usual.first_answer.as_secs_f64() * 1e3,
            usual.memory("VmRSS")
        );
        usual.stop().await;
        heading();
        let sqlite = Gateway::start(Program::Shipped, "sqlite:queue.db", ROOM).await;
        // One-time work of the gateway must not count for a report.
        load::run(&sqlite, Way::Web, 64, WARM_UP).await;
        let mut outcomes = Vec::new();
        for connections in [64, 256] {
            let outcome = load::run(&sqlite, Way::Web, connections, time).await;
            outcome.print(
                &format!("SQLite, {connections} connections"),
                cores,
                floor.report(),
            );
            outcomes.push((connections, outcome));
        }
        let web = outcomes.first().map_or(0.0, |(_, outcome)| outcome.rate());
        println!(
            "gateway memory after that (no photos): {} KiB RSS, {} KiB at most (goal: 65536)",
            sqlite.memory("VmRSS"),
            sqlite.memory("VmHWM")
        );
        sqlite.stop().await;
        let plain = Gateway::start(Program::Plain, "sqlite:queue.db", ROOM).await;
        load::run(&plain, Way::Web, 64, WARM_UP).await;
        let outcome = load::run(&plain, Way::Web, 64, time).await;
        outcome.print("SQLite, 64, nothing wiped", cores, floor.report());
        plain.stop().await;
        let wiping = outcomes
            .first()
            .map_or(0.0, |(_, wiped)| wiped.cpu() - outcome.cpu());
        floor.explain(&outcomes, wiping).await;
        texts(web, time, cores, floor.report()).await;
        let full = Gateway::start(Program::Shipped, "sqlite:queue.db", waiting + ROOM).await;
        println!(
            "start to first answer, {} slots: {:.0} ms",
            2 * (waiting + ROOM),
            full.first_answer.as_secs_f64() * 1e3
        );
        full.fill(waiting).await;
        let outcome = load::run(&full, Way::Web, 64, time).await;
        outcome.print(
            &format!("SQLite, 64, {waiting} waiting"),
            cores,
            floor.report(),
        );
        full.stop().await;
        match std::env::var("LOKE_TEST_POSTGRES") {
            Ok(url) => {
                let url = gateway::new_database(&url).await;
                let postgres = Gateway::start(Program::Shipped, &url, ROOM).await;
                for connections in [64, 256] {
                    let outcome = load::run(&postgres, Way::Web, connections, time).await;
                    outcome.print(
                        &format!("PostgreSQL, {connections} connections"),
                        cores,
                        floor.report(),
                    );
                }
                postgres.stop().await;
            }
            Err(_) => println!("PostgreSQL: left out, LOKE_TEST_POSTGRES is not set"),
        }
    });
}

/// Room for the reports of all loads on one gateway.
const ROOM: u32 = 65_536;
/// Warm-up before a gateway is measured: it compiles patterns, and reads the queue's pages for the
/// first time.
const WARM_UP: Duration = Duration::from_secs(1);

/// The lower bound of a report in seconds of CPU, and the cost of its pages.
struct Floor {
    seal: f64,
    row: f64,
    /// A connection of the minimal server.
    bare: f64,
    /// A whole report in this process, without connections.
    inside: Inside,
    /// A row in commits of the same size as in `inside`.
    row_inside: f64,
}

impl Floor {
    fn measure(runtime: &tokio::runtime::Runtime) -> Self {
        let place = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let (seal, row, bare) = (
                costs::seal(),
                costs::row(costs::LARGEST).await,
                load::bare_connection().await,
            );
            let config = gateway::make(
                place.path(),
                "sqlite:queue.db",
                32_768,
                gateway::free_port(),
                gateway::free_port(),
            )
            .await;
            let inside = inside::report(&config).await;
            let row_inside = costs::row(inside.tips_in_a_commit.round() as usize).await;
            Self {
                seal,
                row,
                bare,
                inside,
                row_inside,
            }
        })
    }

    /// Seal, row and three bare connections.
    fn report(&self) -> f64 {
        self.seal + self.row + 3.0 * self.bare
    }

    /// Pages, forms, tokens and hints.
    fn pages(&self) -> f64 {
        self.inside.cpu - self.seal - self.row_inside
    }

    fn print(&self, cores: usize) {
        println!("seal (2 recipients, 16 KiB): {:.0} µs CPU", self.seal * 1e6);
        println!(
            "row  (SQLite, {} a commit): {:.0} µs CPU",
            costs::LARGEST,
            self.row * 1e6
        );
        println!(
            "a bare connection:           {:.0} µs CPU (accept, read, write a page, close; a report takes three)",
            self.bare * 1e6
        );
        println!(
            "a report without a network:  {:.0} µs CPU; its row in commits of {:.0}: {:.0} µs; so pages, forms, tokens and hints: {:.0} µs",
            self.inside.cpu * 1e6,
            self.inside.tips_in_a_commit,
            self.row_inside * 1e6,
            self.pages() * 1e6
        );
        println!(
            "floor of a report:           {:.0} µs CPU; ceiling, cores ÷ floor: {:.0} reports/s",
            self.report() * 1e6,
            cores as f64 / self.report()
        );
    }

    /// Prints where the gateway's CPU time for a report exceeds the floor, each part measured
    /// separately in this run. `wiping` is the extra cost compared with a gateway that neither
    /// zeroizes nor returns memory.
    async fn explain(&self, outcomes: &[(usize, Outcome)], wiping: f64) {
        let blank = Blank::start(self.inside.lengths).await;
        println!("where a report's CPU goes beyond the floor (bar: at most 150 µs unnamed):");
        for (connections, outcome) in outcomes {
            let tips = outcome.tips_in_a_commit().unwrap_or(1.0).round().max(1.0);
            let commits = costs::row(tips as usize).await - self.row;
            let lines = blank.report(*connections).await - 3.0 * self.bare;
            let beyond = outcome.cpu() - self.report();
            println!(
                "  {connections:>3} connections, {:.0} µs: pages, forms, tokens and hints {:.0} µs; commits of {tips:.0} and not of {}: {:.0} µs; its \
                 three connections beyond bare ones {:.0} µs; wiping {:.0} µs; unnamed {:.0} µs",
                beyond * 1e6,
                self.pages() * 1e6,
                costs::LARGEST,
                commits * 1e6,
                lines * 1e6,
                wiping * 1e6,
                (beyond - self.pages() - commits - lines - wiping) * 1e6
            );
        }
        blank.stop().await;
    }
}

/// The names of the columns of [`load::Outcome::print`].
fn heading() {
    println!(
        "\n{:<30} {:>9} {:>8} {:>8} {:>9} {:>9} {:>7} {:>8} {:>6} {:>8} {:>6} {:>8} {:>8}",
        "path (form, check, send)",
        "reports/s",
        "send p50",
        "send p99",
        "all p50",
        "all p99",
        "load %",
        "by clock",
        "by CPU",
        "CPU",
        "idle",
        "commits/s",
        "tips/commit"
    );
}

/// Text messages, each acknowledged after its commit, compared with the rate of the web path with
/// the same number of connections.
async fn texts(web: f64, time: Duration, cores: usize, cost: f64) {
    for (way, name) in [(Way::Notify, "Notify"), (Way::Kannel, "Kannel")] {
        let gateway = Gateway::start(Program::Shipped, "sqlite:queue.db", 65_536).await;
        let outcome = load::run(&gateway, way, 64, time).await;
        outcome.print(&format!("texts by {name}, SQLite, 64"), cores, cost);
        println!(
            "  webhooks ÷ reports of the web path at 64 connections: {:.2} (goal: at least 0.8)",
            outcome.rate() / web
        );
        gateway.stop().await;
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}
