//! The serving process of the desk: the page, the pulls, the outbox and the alerts. Only one process may serve a
//! desk's folder, because only one may know who has which book open.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::backup;
use crate::jobs::{
    self, Step, alert, answers, collect::Collect, count, deliver, grants, purge::Purge, replies,
    rules,
};
use crate::open_books::OpenBooks;
use crate::register::Register;
use crate::screen::{self, PageAddress, Screen};
use crate::settings::DeskSettings;
use loke_core::clock::{Clock, Uptime};
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
    /// Routes of a program that embeds the desk. The program that ships has none.
    own: Router,
    _alone: File,
}

impl Serving {
    /// Starts to listen.
    ///
    /// # Errors
    /// If another process serves this desk, the address is in use, it is not loopback and there is no
    /// TLS, or the files of TLS are unusable.
    pub async fn start(
        register: Register,
        desk: DeskSettings,
        config: &Path,
        listen: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let address = listen.unwrap_or(desk.listen);
        if desk.tls.is_none() && !address.ip().is_loopback() {
            bail!(
                "the desk's page would be open to the network at {address} in the clear. Listen on 127.0.0.1 or [::1], or set public_url, tls_cert and tls_key in {}",
                config.display()
            );
        }
        let lock = desk.folder.join(LOCK);
        let alone = match private_file::lock(&lock) {
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                let holder = std::fs::read_to_string(&lock).unwrap_or_default();
                bail!(
                    "another `loke-desk serve` (process {}) runs on {}. Stop it first: only one may know who has which book open",
                    holder.trim(),
                    desk.folder.display()
                )
            }
            locked => locked?,
        };
        backup::clear(&desk.folder)?;
        note_holder(&alone).with_context(|| format!("cannot write {}", lock.display()))?;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!(
                "cannot listen on {address}: another program uses it. Choose another with --listen"
            )
        })?;
        let open = Arc::new(OpenBooks::new(register));
        let address = match &desk.tls {
            None => listener.local_addr()?.into(),
            Some(files) => {
                let tls = loke_core::tls::server(&files.cert, &files.key)?;
                PageAddress::OverTls(files.host.clone(), tls)
            }
        };
        let screen = Screen::new(Arc::clone(&open), config.to_owned(), address, desk.demo);
        screen.read_sessions().await?;
        Ok(Self {
            screen,
            open,
            listener,
            config: config.to_owned(),
            own: Router::new(),
            _alone: alone,
        })
    }

    /// The same with routes of its own, as the demo has them.
    #[must_use]
    pub fn with_routes(self, own: Router) -> Self {
        Self { own, ..self }
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
                if let failed @ Step::Failed(_) = deliver::open_mails(&book, &self.config).await {
                    return failed;
                }
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
        let grants_step = async || grants::step(&self.open).await;
        let mut purge = Purge::new(&self.open);
        let purge_step = async || purge.step().await;
        let replies_step = async || replies::step(&self.open, &self.config).await;
        let rules_step = async || rules::step(&register);
        let mut watch = Watch::new(clock);
        let watch_step = async || watch.step(&self.screen).await;
        let mut terminate = signal(SignalKind::terminate())?;
        let ended = tokio::select! {
            never = screen::serve_beside(Arc::clone(&self.screen), self.listener, self.own) => never,
            () = jobs::run_or_woken("collect", clock, self.open.opened(), collect_step) => Ok(()),
            () = jobs::run("deliver", clock, deliver_step) => Ok(()),
            () = jobs::run("count", clock, count_step) => Ok(()),
            () = jobs::run("alert", clock, alert_step) => Ok(()),
            () = jobs::run("answers", clock, answers_step) => Ok(()),
            () = jobs::run("grants", clock, grants_step) => Ok(()),
            () = jobs::run("purge", clock, purge_step) => Ok(()),
            () = jobs::run("replies", clock, replies_step) => Ok(()),
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

/// Writes this process's number into its lock file, for whoever is refused.
fn note_holder(mut lock: &File) -> std::io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

/// One look at both clocks of the machine.
#[derive(Clone, Copy)]
struct Look {
    /// Seconds since 1970-01-01 UTC.
    at: i64,
    up: Uptime,
}

impl Look {
    /// Whether the machine slept since an earlier look, or somebody set its clock.
    fn is_torn_from(self, earlier: Self) -> bool {
        let total = self.up.total.saturating_sub(earlier.up.total);
        let awake = self.up.awake.saturating_sub(earlier.up.awake);
        total.saturating_sub(awake).unsigned_abs() > TOLERANCE || self.set_by(earlier).is_some()
    }

    /// The seconds by which somebody set the clock since an earlier look.
    fn set_by(self, earlier: Self) -> Option<i64> {
        let total = self.up.total.saturating_sub(earlier.up.total);
        let by_clock = self.at.saturating_sub(earlier.at);
        let seconds = by_clock.saturating_sub(total);
        (seconds.unsigned_abs() > TOLERANCE).then_some(seconds)
    }
}

/// Ends sessions that are over. If the clock jumped, or the machine slept, every session ends: then
/// nobody knows how long a page stood open.
struct Watch(Look);

impl Watch {
    fn new(clock: &Clock) -> Self {
        Self(look(clock))
    }

    async fn step(&mut self, screen: &Screen) -> Step {
        let now = look(screen.clock());
        if now.is_torn_from(self.0) {
            tracing::warn!("the clock jumped or the machine slept, so every session ended");
            screen
                .end_all("the clock jumped or the machine slept")
                .await;
        }
        if let Some(seconds) = now.set_by(self.0)
            && let Err(problem) = screen.note_clock_jump(seconds).await
        {
            return Step::Failed(problem.to_string());
        }
        self.0 = now;
        match screen.end_sessions().await {
            // Often: a book stays open until its last session is over.
            Ok(()) => Step::Retry(now.at + 5),
            Err(problem) => Step::Failed(problem.to_string()),
        }
    }
}

fn look(clock: &Clock) -> Look {
    Look {
        at: clock.now(),
        up: Uptime::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p14_a_sleep_and_a_clock_that_jumps_end_every_session_and_a_slow_step_does_not() {
        let at = |at, total, awake| Look {
            at,
            up: Uptime { total, awake },
        };
        let start = at(1_800_000_000, 50_000, 40_000);
        for (by_clock, total, awake, torn) in [
            (5, 5, 5, false),
            (65, 6, 5, false),
            // Ten minutes asleep between two steps, and the clock agrees or was set back by as much.
            (605, 605, 5, true),
            (5, 605, 5, true),
            // Set back, and set forward.
            (-3_600, 5, 5, true),
            (86_400, 5, 5, true),
            // The program itself was held up, and the clocks agree.
            (900, 900, 900, false),
        ] {
            let later = at(start.at + by_clock, 50_000 + total, 40_000 + awake);
            let what = format!("{by_clock} {total} {awake}");
            assert_eq!(later.is_torn_from(start), torn, "{what}");
            let is_set = (by_clock - total).abs() > 60;
            let seconds = is_set.then_some(by_clock - total);
            assert_eq!(later.set_by(start), seconds, "{what}");
        }
        let [end, beginning] = [i64::MAX, i64::MIN].map(|s| at(s, s, s));
        assert!(!end.is_torn_from(beginning), "no overflow");
    }
}
