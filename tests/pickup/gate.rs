//! A gateway with a pickup on loopback, a hand-set clock and a small queue; the real program enrols
//! desks.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use loke::clock::Clock;
use loke::gateway::listener::Listener;
use loke::gateway::mac_key;
use loke::gateway::pickup::tls::{self, Pair};
use loke::gateway::serve::{self, Serving};
use loke::gateway::settings::GatewaySettings;
use loke::pickup::Enrolment;
use loke::private_file;
use loke::random;
use loke::seal::{MacKey, Recipient, Recipients, fuzz_expiry, seal};
use loke::store::{Once, QueueEntry, Store};
use sqlx::Connection;

use loke::tip::{Channel, HowKnown, Lane, Priority, SCHEMA, Tip, TipId, Topic, is_urgent};

use super::client::Client;
use crate::house::programs;
use crate::store::queue::another;

/// Noon of some day: a release time.
pub(crate) const NOON: i64 = 1_795_348_800;

pub(crate) struct Gate {
    folder: tempfile::TempDir,
    serving: Serving,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) mac_key: MacKey,
    recipients: Recipients,
    /// Whether [`Self::put`] stores tips as released.
    pub(crate) at_once: bool,
}

/// Runs the program as an operator does.
pub(crate) fn gateway(arguments: &[&str]) -> Output {
    Command::new(programs::gateway())
        .args(arguments)
        .output()
        .unwrap()
}

/// A new key pair as `age-keygen` would make it: secret, public.
pub(crate) fn keys() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    (
        age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned(),
        identity.to_public().to_string(),
    )
}

/// A new queue on each engine: SQLite always, PostgreSQL if `LOKE_TEST_POSTGRES` names a server on
/// which the tests may create databases.
pub(crate) async fn databases() -> Vec<String> {
    let mut urls = vec!["sqlite:queue.db".to_owned()];
    if let Ok(server) = std::env::var("LOKE_TEST_POSTGRES") {
        let name = format!("pickup_{}", hex::encode(random::bytes::<8>().unwrap()));
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        urls.push(format!("{}/{name}", server.rsplit_once('/').unwrap().0));
    }
    urls
}

impl Gate {
    pub(crate) async fn open(database: &str, release_minutes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let (mac_key, pair) = (MacKey::random().unwrap(), Pair::new("loke-pickup").unwrap());
        let recipient = keys().1;
        let text = format!(
            "database = \"{database}\"\n[capacity]\ntext = 256\nphotos = [0, 0, 0, 0]\n\
             [pickup]\nlisten = \"127.0.0.1:0\"\nrelease_minutes = {release_minutes}\nlease_seconds = 600\n\
             [[recipients]]\nname = \"desk\"\nkey = \"{recipient}\"\n"
        );
        let file = |name: &str, text: &str| {
            private_file::write_new(&folder.path().join(name), text.as_bytes()).unwrap()
        };
        file("gateway.toml", &text);
        file(mac_key::MAC_KEY, &mac_key::text(&mac_key));
        file(tls::CERTIFICATE, &pair.certificate);
        file(tls::KEY, &pair.key);
        let config = GatewaySettings::read(&folder.path().join("gateway.toml")).unwrap();
        let clock = Clock::by_hand(NOON + 60);
        let serving = serve::start(config.clone(), clock.clone()).await.unwrap();
        let store = Store::open(&config.database, config.capacity)
            .await
            .unwrap();
        let mut recipients = Recipients::default();
        let key: Recipient = recipient.parse().unwrap();
        Lane::ALL
            .iter()
            .for_each(|lane| recipients.add(*lane, key.clone()));
        Self {
            folder,
            serving,
            clock,
            store,
            mac_key,
            recipients,
            at_once: release_minutes == 0,
        }
    }

    /// A desk collected every lane at this second.
    pub(crate) async fn collected(&self, now: i64) {
        let today = Clock::by_hand(now).today();
        self.store
            .note_collection(Lane::ALL, now, today)
            .await
            .unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> String {
        self.path("gateway.toml").display().to_string()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.serving.address(Listener::Pickup).unwrap()
    }

    /// Enrols a desk; `lanes` as on the command line, all lanes if empty.
    pub(crate) fn enrol(&self, name: &str, lanes: &str) -> Enrolment {
        let file = self.path(&format!("{name}.enrolment"));
        let (config, out) = (self.config(), file.display().to_string());
        let mut arguments = vec!["enrol", name, "--config", &config, "--out", &out];
        if !lanes.is_empty() {
            arguments.extend(["--lanes", lanes]);
        }
        let done = gateway(&arguments);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    pub(crate) fn desk(&self, name: &str, lanes: &str) -> Client {
        Client::new(&self.enrol(name, lanes), self.address())
    }

    pub(crate) fn revoke(&self, name: &str) {
        assert!(
            gateway(&["revoke", name, "--config", &self.config()])
                .status
                .success()
        );
    }

    /// Seals a tip and stores it in the queue as the web form would.
    pub(crate) async fn put(&self, lane: Lane, priority: Priority) -> TipId {
        let tip = tip(lane, priority);
        let expiry = fuzz_expiry(self.clock.today(), 30).unwrap();
        let sealed = seal(&tip, &[], &self.recipients, &self.mac_key, expiry).unwrap();
        let once = Once {
            value: random::bytes().unwrap(),
            until: self.clock.today().plus(2),
        };
        let entry = QueueEntry {
            once,
            proven: true,
            taker: another(),
            released: self.at_once || is_urgent(lane, priority),
        };
        self.store.put(sealed, entry).await.unwrap();
        tip.id
    }

    pub(crate) async fn close(self) {
        self.serving.stop().await;
    }
}

fn tip(lane: Lane, priority: Priority) -> Tip {
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Web,
        language: "en".into(),
        received: "2026-11-22".into(),
        topic: Topic::Other,
        lane,
        priority,
        what: "A grey van parks by the garages every night and people come to its window.".into(),
        place: None,
        when: None,
        ongoing: None,
        danger: None,
        child: None,
        impact: None,
        vehicle: None,
        how_known: Some(HowKnown::Unsaid),
        signs: Vec::new(),
        offensive: None,
        campaign: None,
        proven: true,
        unproven: None,
        thread: None,
        photos: Vec::new(),
        reply_key: None,
        reply_box: None,
        follow_up: None,
    }
}
