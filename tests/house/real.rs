//! The real gateway program, as an operator runs it: made with `init`, started, killed or stopped,
//! and started again on the same folder and addresses. It must never leave a process behind.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use loke::clock::Clock;
use loke::desk::keys::Identity;
use loke::pickup::Enrolment;
use loke::random;
use tokio::process::{Child, Command};
use toml::Table;

use super::browser::Browser;
use super::{Officer, contains, make_gateway};

/// The polling interval, and the number of polls: half a minute in all.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: usize = 6_000;

/// A gateway program and its folder. Its log and its desk are in another folder.
pub(crate) struct RealGateway {
    pub(crate) browser: Browser,
    pub(crate) folder: PathBuf,
    place: PathBuf,
    pub(crate) pickup: SocketAddr,
    config: PathBuf,
    identity: Identity,
    /// The name of an ignored test of this binary that runs instead of the gateway.
    instead: Option<&'static str>,
    child: Option<Child>,
}

impl RealGateway {
    /// Makes it in `folder`, and does not start it.
    pub(crate) fn new(
        place: &Path,
        folder: PathBuf,
        database: &str,
        slots: &str,
        edit: impl FnOnce(&mut Table),
    ) -> Self {
        let [web, pickup] = [free_address(), free_address()];
        let (config, identity) = make_gateway(&folder, database, slots, [web, pickup], edit);
        Self {
            browser: Browser(web),
            folder,
            place: place.to_owned(),
            pickup,
            config,
            identity,
            instead: None,
            child: None,
        }
    }

    /// Runs an ignored test of this binary instead, from the next start on: a control.
    pub(crate) fn run_instead(&mut self, test: &'static str) {
        self.instead = Some(test);
    }

    /// Starts it without waiting.
    pub(crate) fn launch(&mut self) {
        self.launch_by(&[]);
    }

    /// Starts it through another program, which must execute it: `before` comes first on the
    /// command line.
    pub(crate) fn launch_by(&mut self, before: &[&str]) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let program = match self.instead {
            None => super::gateway_program(),
            Some(_) => std::env::current_exe().unwrap(),
        };
        let words = [before, &[program.to_str().unwrap()]].concat();
        let mut serve = Command::new(words[0]);
        serve.args(&words[1..]);
        match self.instead {
            None => serve.args(["serve", "--config"]).arg(&self.config),
            Some(test) => serve
                .args(["--ignored", "--exact", test])
                .env("LOKE_CONTROL_CONFIG", &self.config)
                .stdout(Stdio::null()),
        };
        std::fs::create_dir_all(self.temporary()).unwrap();
        serve
            .env("TMPDIR", self.temporary())
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        self.child = Some(serve.spawn().unwrap());
    }

    pub(crate) async fn start(&mut self) {
        self.launch();
        self.answers().await;
    }

    pub(crate) async fn answers(&mut self) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            // The SMS listener answers 403 to everybody except a provider.
            if self
                .browser
                .get("/")
                .await
                .is_ok_and(|page| matches!(page.status, 200 | 403))
            {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none(),
                "it does not start: {}",
                String::from_utf8_lossy(&self.log())
            );
        }
        panic!(
            "it does not answer: {}",
            String::from_utf8_lossy(&self.log())
        );
    }

    pub(crate) async fn kill(&mut self) {
        self.child.take().unwrap().kill().await.unwrap();
    }

    /// Waits until its log contains this word.
    pub(crate) async fn says(&self, word: &str) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            if contains(&self.log(), word.as_bytes()) {
                return;
            }
        }
        panic!(
            "it does not say {word}: {}",
            String::from_utf8_lossy(&self.log())
        );
    }

    /// Waits until it exits by itself, and returns its log.
    pub(crate) async fn gives_up(&mut self) -> String {
        let ended = self.child.take().unwrap().wait().await.unwrap();
        assert!(!ended.success(), "it ended well");
        String::from_utf8_lossy(&self.log()).into_owned()
    }

    /// Sends a stop signal, and waits until it has stopped.
    pub(crate) async fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        Command::new("kill")
            .args(["-TERM", &child.id().unwrap().to_string()])
            .status()
            .await
            .unwrap();
        assert!(
            child.wait().await.unwrap().success(),
            "{}",
            String::from_utf8_lossy(&self.log())
        );
    }

    /// An officer at a desk that is enrolled for all lanes.
    pub(crate) async fn officer(&self) -> Officer {
        Officer::enrol(
            &self.place,
            &self.config,
            self.pickup,
            &self.identity,
            Clock::System,
            ("desk", ""),
        )
        .await
    }

    pub(crate) fn config(&self) -> &Path {
        &self.config
    }

    /// The id of its process, while it runs.
    pub(crate) fn running(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    pub(crate) fn process(&self) -> u32 {
        self.running().unwrap()
    }

    pub(crate) fn temporary(&self) -> PathBuf {
        self.place.join("temporary")
    }

    /// Enrols a desk for all lanes. Its file contains the pickup's address.
    pub(crate) fn enrol(&self, name: &str) -> Enrolment {
        super::enrol(&self.place, &self.config, self.pickup, (name, ""))
    }

    /// Peak memory since its start, in bytes.
    pub(crate) fn most_memory(&self) -> u64 {
        super::memory::status(&self.process().to_string(), "VmHWM:")
    }

    /// Everything that it logged since it was made.
    pub(crate) fn log(&self) -> Vec<u8> {
        std::fs::read(self.log_file()).unwrap_or_default()
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.place.join("log")
    }
}

/// An address on loopback that stays free while the gateway is down: its port is outside the range
/// that the system assigns to connections, and no other test of this process gets it.
pub(crate) fn free_address() -> SocketAddr {
    const PORTS: u16 = 10_000;
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let from = random::below(PORTS.into()).unwrap();
        AtomicU16::new(u16::try_from(from).unwrap())
    });
    loop {
        let port = 10_000 + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        if let Ok(socket) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return socket.local_addr().unwrap();
        }
    }
}
