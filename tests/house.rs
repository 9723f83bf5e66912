//! A whole test system ("house") on loopback: a gateway with its queue, residents and officers, and
//! a hand-set clock. The methods are the actions of residents and officers. On drop it checks that
//! the queue has the number of tips that the test expects, and that no planted canary is in any
//! file of the gateway or in the log.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use indicatif::ProgressBar;
use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::book::{Book, Filter, QueueRow, View};
use loke::desk::keys::Identity;
use loke::desk::pull::{self, Collector, Tally};
use loke::gateway::listener::Listener;
use loke::gateway::serve::{self, Serving};
use loke::gateway::settings::GatewaySettings;
use loke::pickup::Enrolment;
use loke::store::Store;
use loke::tip::Tip;
use toml::Table;

pub(crate) mod books;
pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod chance;
pub(crate) mod clocks;
pub(crate) mod desk_browser;
pub(crate) mod memory;
pub(crate) mod partners;
pub(crate) mod pdf;
pub(crate) mod programs;
pub(crate) mod real;
pub(crate) mod skip;
pub(crate) mod staff;
pub(crate) mod sweep;

use browser::{Browser, Field, Page};

/// The time at which every house opens: 2026-11-21, 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_262_400;

/// A running gateway with its clock, store, configuration and folder.
pub(crate) struct House {
    /// Address of the web listener; in a house without it, of the SMS listener.
    pub(crate) web: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) config: PathBuf,
    dir: tempfile::TempDir,
    identity: Identity,
    serving: Option<Serving>,
    canaries: Mutex<Vec<String>>,
    /// Tips that the test expects in the queue at the end.
    left: Mutex<u64>,
}

impl House {
    /// A house on the embedded database: tips released at once, no dwell.
    pub(crate) async fn open() -> Self {
        Self::on("sqlite:queue.db", |_| {}).await
    }

    /// A house on this database; `edit` changes the configuration.
    pub(crate) async fn on(database: &str, edit: impl FnOnce(&mut Table)) -> Self {
        start_log();
        let dir = tempfile::tempdir().unwrap();
        let targets = ["127.0.0.1:0"; 2].map(|target| target.parse().unwrap());
        let (config, identity) = make_gateway(
            &dir.path().join("gateway"),
            database,
            "32,4,2,1,1",
            targets,
            edit,
        );
        let clock = Clock::by_hand(NOON);
        let read = GatewaySettings::read(&config).unwrap();
        let store = Store::open(&read.database, read.capacity).await.unwrap();
        let serving = serve::start(read, clock.clone()).await.unwrap();
        let web = serving
            .address(Listener::Web)
            .or(serving.address(Listener::Sms))
            .unwrap();
        Self {
            web,
            clock,
            store,
            config,
            dir,
            identity,
            serving: Some(serving),
            canaries: Mutex::default(),
            left: Mutex::new(0),
        }
    }

    /// Stops the gateway and starts it again, with its configuration read anew.
    pub(crate) async fn restart(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.stop().await;
        }
        let read = GatewaySettings::read(&self.config).unwrap();
        let serving = serve::start(read, self.clock.clone()).await.unwrap();
        self.web = serving
            .address(Listener::Web)
            .or(serving.address(Listener::Sms))
            .unwrap();
        self.serving = Some(serving);
    }

    /// A new canary. No file and no log line may contain it when the house is dropped.
    pub(crate) fn canary(&self, what: &str) -> String {
        let word = format!(
            "canary-{what}-{}",
            hex::encode(loke::random::bytes::<16>().unwrap())
        );
        self.canaries.lock().unwrap().push(word.clone());
        word
    }

    /// Sets the number of tips that the test expects in the queue at the end.
    pub(crate) fn leaves(&self, tips: u64) {
        *self.left.lock().unwrap() = tips;
    }

    pub(crate) fn address(&self, listener: Listener) -> SocketAddr {
        self.serving.as_ref().unwrap().address(listener).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        Browser(self.web).get(path).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, fields: &[Field]) -> Page {
        Browser(self.web).post(path, fields).await.unwrap()
    }

    /// Posts a form without a file field.
    pub(crate) async fn post_urlencoded(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Browser(self.web)
            .post_urlencoded(path, fields)
            .await
            .unwrap()
    }

    /// The token of a fresh form.
    pub(crate) async fn token(&self) -> String {
        Browser(self.web).token().await.unwrap()
    }

    /// Fills in a fresh form and opens the check page. Returns the page and the fields that it
    /// would send.
    pub(crate) async fn check(&self, fields: &[Field]) -> (Page, Vec<Field>) {
        Browser(self.web).check(fields).await.unwrap()
    }

    /// Reports: form, check, send. Returns the receipt's digits.
    pub(crate) async fn report(&self, fields: &[Field]) -> String {
        Browser(self.web).report(fields).await
    }

    /// An officer with a desk of their own, enrolled for these lanes (all lanes if empty).
    pub(crate) async fn officer(&self, name: &str, lanes: &str) -> Officer {
        let pickup = self
            .serving
            .as_ref()
            .unwrap()
            .address(Listener::Pickup)
            .unwrap();
        Officer::enrol(
            self.dir.path(),
            &self.config,
            pickup,
            &self.identity,
            self.clock.clone(),
            (name, lanes),
        )
        .await
    }

    /// An officer whose book `main` opens with this identity.
    pub(crate) async fn officer_with(&self, name: &str, identity: Identity) -> Officer {
        let pickup = self.address(Listener::Pickup);
        let (dir, config) = (self.dir.path(), &self.config);
        Officer::enrol(
            dir,
            config,
            pickup,
            &identity,
            self.clock.clone(),
            (name, ""),
        )
        .await
    }

    /// Enrols a desk for all lanes. Its file contains the pickup's address.
    pub(crate) fn enrol(&self, name: &str) -> Enrolment {
        enrol(
            self.dir.path(),
            &self.config,
            self.serving
                .as_ref()
                .unwrap()
                .address(Listener::Pickup)
                .unwrap(),
            (name, ""),
        )
    }

    /// Used slots of the text class and of the photo classes.
    pub(crate) async fn used(&self) -> u64 {
        self.store
            .room()
            .await
            .unwrap()
            .values()
            .map(|(used, _)| used)
            .sum()
    }
}

/// An officer at a desk.
pub(crate) struct Officer {
    pub(crate) acting: Acting,
}

impl Officer {
    /// Makes a desk in a new folder of `place` and enrols it under this name for these lanes
    /// (all lanes if empty).
    async fn enrol(
        place: &Path,
        config: &Path,
        pickup: SocketAddr,
        identity: &Identity,
        clock: Clock,
        (name, lanes): (&str, &str),
    ) -> Self {
        let folder = place.join(name);
        std::fs::create_dir(&folder).unwrap();
        let (acting, _) = staff::desk_in(&folder, clock, identity.clone()).await;
        let enrolment = enrol(place, config, pickup, (name, lanes));
        acting
            .register()
            .connect(&acting.actor(), &enrolment)
            .await
            .unwrap();
        Self { acting }
    }

    /// The only book.
    pub(crate) fn book(&self) -> &Book {
        &self.acting.books()[0]
    }

    /// Collects the waiting tips.
    pub(crate) async fn pull(&self) -> Tally {
        let into = Collector::of(&self.acting).await.unwrap();
        pull::once(&into, &ProgressBar::hidden()).await.unwrap()
    }

    /// Every tip in the book.
    pub(crate) async fn tips(&self) -> Vec<Tip> {
        let mut tips = Vec::new();
        for line in every_tip(self.book()).await {
            tips.push(
                serde_json::from_str(&self.book().view(line.id).await.unwrap().json).unwrap(),
            );
        }
        tips
    }

    /// The only tip.
    pub(crate) async fn the_tip(&self) -> Tip {
        let tally = self.pull().await;
        assert!(!tally.needs_a_person(), "{:?}", tally.troubles());
        let mut tips = self.tips().await;
        assert_eq!(tips.len(), 1);
        tips.pop().unwrap()
    }
}

/// A line for every tip of a book, also closed and folded ones.
pub(crate) async fn every_tip(book: &Book) -> Vec<QueueRow> {
    let all = Filter {
        view: View::All,
        ..Filter::default()
    };
    book.queue(&all).await.unwrap()
}

/// Enrols a desk under this name for these lanes (all lanes if empty), with its file in `place`.
fn enrol(
    place: &Path,
    config: &Path,
    pickup: SocketAddr,
    (name, lanes): (&str, &str),
) -> Enrolment {
    let file = place.join(format!("{name}.enrolment"));
    let mut enrol = vec![
        "enrol",
        name,
        "--config",
        config.to_str().unwrap(),
        "--out",
        file.to_str().unwrap(),
    ];
    if !lanes.is_empty() {
        enrol.extend(["--lanes", lanes]);
    }
    run(&enrol);
    Enrolment {
        pickup: pickup.to_string(),
        ..toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
    }
}

/// Makes a gateway's folder with `init`: tips released at once, no dwell, and the test's changes.
/// Returns the path of its configuration, and the identity that opens its tips.
fn make_gateway(
    folder: &Path,
    database: &str,
    slots: &str,
    [web, pickup]: [SocketAddr; 2],
    edit: impl FnOnce(&mut Table),
) -> (PathBuf, Identity) {
    let identity = Identity::generate();
    let recipient = format!("desk={}", identity.recipient().unwrap());
    let [web, pickup] = [web, pickup].map(|address| address.to_string());
    let mut init = vec![
        "init",
        "--dir",
        folder.to_str().unwrap(),
        "--recipient",
        &recipient,
        "--database",
        database,
    ];
    init.extend(["--slots", slots, "--web", &web, "--pickup", &pickup]);
    run(&init);
    let config = folder.join("gateway.toml");
    let mut table: Table = std::fs::read_to_string(&config).unwrap().parse().unwrap();
    table["pickup"]
        .as_table_mut()
        .unwrap()
        .insert("release_minutes".into(), 0.into());
    let web = table["web"].as_table_mut().unwrap();
    web.insert("min_dwell_seconds".into(), 0.into());
    // Replies are left by the tests themselves.
    web.insert("answers".into(), true.into());
    edit(&mut table);
    std::fs::write(&config, table.to_string()).unwrap();
    (config, identity)
}

/// Sets keys of the configuration's `[limits]`.
pub(crate) fn limit(table: &mut Table, limits: &[(&str, i64)]) {
    let limits = limits
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()));
    table
        .entry("limits")
        .or_insert_with(|| Table::new().into())
        .as_table_mut()
        .unwrap()
        .extend(limits);
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (store, serving) = (self.store.clone(), self.serving.take());
        // `drop` cannot await, and the test's runtime threads are busy here: use a thread of its
        // own.
        let used = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(async move {
                    let used: u64 = store
                        .room()
                        .await
                        .map_or(0, |room| room.values().map(|(used, _)| used).sum());
                    drop(serving);
                    used
                })
        });
        assert_eq!(
            used.join().unwrap(),
            *self.left.lock().unwrap(),
            "tips left in the queue"
        );
        let canaries = self.canaries.lock().unwrap();
        let finds = sweep(&self.dir.path().join("gateway"), &canaries);
        assert!(finds.is_empty(), "{finds:?}");
        let log = log().lock().unwrap();
        for canary in canaries.iter() {
            assert!(
                !contains(&log, canary.as_bytes()),
                "{} is in the log",
                &canary[..canary.len() - 32]
            );
        }
    }
}

/// Which canaries are in which files below a folder.
pub(crate) fn sweep(folder: &Path, canaries: &[String]) -> Vec<String> {
    let mut finds = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            finds.extend(sweep(&path, canaries));
        } else if let Ok(bytes) = std::fs::read(&path) {
            finds.extend(
                canaries
                    .iter()
                    .filter(|c| contains(&bytes, c.as_bytes()))
                    .map(|c| format!("{c} in {}", path.display())),
            );
        }
    }
    finds
}

pub(crate) fn contains(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// The gateway program; `LOKE_GATEWAY` names another one, for comparisons.
pub(crate) fn gateway_program() -> PathBuf {
    std::env::var_os("LOKE_GATEWAY").map_or_else(|| programs::gateway().into(), PathBuf::from)
}

/// Runs `loke-gateway` and expects it to succeed.
pub(crate) fn run(args: &[&str]) {
    let out = Command::new(gateway_program()).args(args).output().unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// The log of every house, at the finest level.
pub(crate) fn log() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOG.get_or_init(Arc::default)
}

#[derive(Clone)]
struct Into(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Into {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn start_log() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let log = Into(Arc::clone(log()));
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .try_init();
    });
}
