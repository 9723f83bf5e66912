//! The serving process of the desk: the page, the pulls, the outbox and the alerts. Only one process may serve a
//! desk's folder, because only one may know who has which book open.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::jobs::{
    self, Step, alert, answers, collect::Collect, count, deliver, purge::Purge, rules,
};
use crate::open_books::OpenBooks;
use crate::register::Register;
use crate::screen::{self, Screen};
use crate::settings::DeskSettings;
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::random;

/// The lock file in the desk's folder.
const LOCK: &str = "serve.lock";
/// The clock may differ by this many seconds from the time that passed.
const TOLERANCE: u64 = 60;

/// A desk that listens.
pub struct Serving {
    screen: Arc<Screen>,
    open: Arc<OpenBooks>,
    listener: TcpListener,
    config: PathBuf,
    _alone: File,
}

impl Serving {
    /// Starts to listen.
    ///
    /// # Errors
    /// If another process serves this desk, or the address is in use or not loopback.
    pub async fn start(
        register: Register,
        desk: DeskSettings,
        config: &Path,
        listen: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let address = listen.unwrap_or(desk.listen);
        if !address.ip().is_loopback() {
            bail!(
                "the desk's page would be open to the network at {address}. Listen on 127.0.0.1 or [::1]"
            );
        }
        let lock = desk.folder.join(LOCK);
        let alone = match private_file::lock(&lock) {
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => bail!(
                "another `loke-desk serve` runs on {}. Stop it first: only one may know who has which book open",
                desk.folder.display()
            ),
            locked => locked?,
        };
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!(
                "cannot listen on {address}: another program uses it. Choose another with --listen"
            )
        })?;
        let open = Arc::new(OpenBooks::new(register));
        let screen = Screen::new(
            Arc::clone(&open),
            config.to_owned(),
            listener.local_addr()?,
            desk.demo,
        );
        Ok(Self {
            screen,
            open,
            listener,
            config: config.to_owned(),
            _alone: alone,
        })
    }

    /// The page.
    #[must_use]
    pub fn screen(&self) -> &Arc<Screen> {
        &self.screen
    }

    /// Serves until Ctrl-C or SIGTERM, then ends every session and closes every book.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn run(self) -> anyhow::Result<()> {
        let register = self.open.register().clone();
        let clock = register.clock();
        let mut collect = Collect::new(&self.open);
        let page = Arc::clone(&self.screen);
        let collect_step = async || collect.step(|outcome| page.note_collected(outcome)).await;
        let deliver_step = async || {
            let sent = deliver::step(&register, &self.config).await;
            for book in self.open.all() {
                if let Err(problem) = book.note_arrivals().await {
                    return Step::Failed(problem.to_string());
                }
            }
            sent
        };
        let count_step = async || {
            let counted = count::step(&register).await;
            match self.screen.read_notices().await {
                Ok(()) => counted,
                Err(problem) => Step::Failed(problem.to_string()),
            }
        };
        let alert_step = async || alert::step(&register, &self.config, &mut random::below).await;
        let answers_step = async || answers::step(&self.open, &self.config).await;
        let mut purge = Purge::new(&self.open);
        let purge_step = async || purge.step().await;
        let rules_step = async || rules::step(&register);
        let mut watch = Watch::new(clock);
        let watch_step = async || watch.step(&self.screen).await;
        let mut terminate = signal(SignalKind::terminate())?;
        let ended = tokio::select! {
            served = screen::serve(Arc::clone(&self.screen), self.listener) => served.map_err(Into::into),
            () = jobs::run("collect", clock, collect_step) => Ok(()),
            () = jobs::run("deliver", clock, deliver_step) => Ok(()),
            () = jobs::run("count", clock, count_step) => Ok(()),
            () = jobs::run("alert", clock, alert_step) => Ok(()),
            () = jobs::run("answers", clock, answers_step) => Ok(()),
            () = jobs::run("purge", clock, purge_step) => Ok(()),
            () = jobs::run("rules", clock, rules_step) => Ok(()),
            () = jobs::run("sessions", clock, watch_step) => Ok(()),
            stop = tokio::signal::ctrl_c() => stop.map_err(Into::into),
            _ = terminate.recv() => Ok(()),
        };
        self.screen.end_all("the program stopped").await;
        register.close().await;
        ended
    }
}

/// Whether the clock went on by other seconds than those for which the machine was awake.
fn is_torn(by_clock: i64, awake: i64) -> bool {
    by_clock.saturating_sub(awake).unsigned_abs() > TOLERANCE
}

/// Ends sessions that are over. If the clock jumped, or the machine slept, every session ends: then
/// nobody knows how long a page stood open.
struct Watch {
    began: Instant,
    at: i64,
}

impl Watch {
    fn new(clock: &Clock) -> Self {
        Self {
            began: Instant::now(),
            at: clock.now(),
        }
    }

    async fn step(&mut self, screen: &Screen) -> Step {
        let now = screen.clock().now();
        // Linux does not count a sleep in an `Instant`, and does in the clock.
        let passed = i64::try_from(self.began.elapsed().as_secs()).unwrap_or(i64::MAX);
        if is_torn(now.saturating_sub(self.at), passed) {
            tracing::warn!("the clock jumped or the machine slept, so every session ended");
            screen
                .end_all("the clock jumped or the machine slept")
                .await;
        }
        *self = Self {
            began: Instant::now(),
            at: now,
        };
        match screen.end_sessions().await {
            // Often: a book stays open until its last session is over.
            Ok(()) => Step::Retry(now + 5),
            Err(problem) => Step::Failed(problem.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p14_a_sleep_and_a_clock_that_jumps_end_every_session_and_a_slow_step_does_not() {
        for (by_clock, awake, torn) in [
            (5, 5, false),
            (65, 5, false),
            // Ten minutes asleep between two steps.
            (605, 5, true),
            // Set back, and set forward.
            (-3_600, 5, true),
            (86_400, 5, true),
            // The program itself was held up, and the clock agrees.
            (900, 900, false),
            (i64::MIN, i64::MAX, true),
        ] {
            assert_eq!(is_torn(by_clock, awake), torn, "{by_clock} {awake}");
        }
    }
}
