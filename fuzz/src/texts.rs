//! The five SMS providers, opened as a gateway opens them, with known secrets; and the whole path
//! of a text, from the request to the tip that its recipient opens.

use std::cell::{Cell, LazyCell};
use std::io::Read;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use loke_core::clock::{Clock, Zone};
use loke_core::pickup::LeaseToken;
use loke_core::seal::{MacKey, Recipients};
use loke_core::tip::{Lane, Tip};
use loke_gateway::listener::Listener;
use loke_gateway::listener::caller::Caller;
use loke_gateway::providers::provider::{Opened, Received, Webhook, WebhookRefused};
use loke_gateway::providers::settings::Sms;
use loke_gateway::settings::{GatewaySettings, Limits};
use loke_gateway::sms::{self, TextMessages};
use loke_gateway::state::Gateway;
use loke_gateway::store::{Capacity, Store};
use ring::signature::{Ed25519KeyPair, KeyPair};
use tower::ServiceExt;

/// The time of all requests.
pub const NOW: i64 = 1_795_262_400;
/// The public URL, and the secrets shared with each provider.
pub const PUBLIC_URL: &str = "https://sms.example.org";
pub const PATH_SECRET: &str = "the-secret-of-the-path";
pub const BEARER: &str = "the-token-of-the-callback";
pub const TWILIO_TOKEN: &str = "12345678901234567890123456789012";
/// The sender, and the provider's id of the text. They must never be in a tip.
pub const SENDER: &str = "447700900123";
pub const ID: &str = "id4711canary";

struct Opening {
    providers: Vec<Opened>,
    _folder: tempfile::TempDir,
}

thread_local! {
    static OPENING: LazyCell<Opening> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        Opening { providers: settings(folder.path()).open(folder.path()).map_err(|e| e.to_string()).expect("providers"), _folder: folder }
    });
    static STORY: LazyCell<Story> = LazyCell::new(Story::open);
}

/// Telnyx's key pair.
#[must_use]
pub fn telnyx() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key pair")
}

/// `[sms]` with every provider, and its secrets in files. No setting makes outgoing calls.
fn settings(folder: &Path) -> Sms {
    for (name, text) in [
        ("path", PATH_SECRET),
        ("bearer", BEARER),
        ("token", TWILIO_TOKEN),
    ] {
        std::fs::write(folder.join(name), text).expect("written");
    }
    let key = STANDARD.encode(telnyx().public_key());
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"{PUBLIC_URL}\"\n\
         [notify]\npath_secret = \"file:path\"\nbearer_token = \"file:bearer\"\n\
         [twilio]\npath_secret = \"file:path\"\naccount = \"AC1\"\nauth_token = \"file:token\"\nnumber = \"+441603000000\"\n\
         [telnyx]\npath_secret = \"file:path\"\npublic_key = \"{key}\"\n\
         [kannel]\npath_secret = \"file:path\"\n[gammu]\npath_secret = \"file:path\"\n"
    );
    toml::from_str(&text).expect("settings")
}

/// Returns what a provider's `read` makes of a request.
pub fn read(
    provider: &str,
    query: &str,
    proofs: &[(&'static str, String)],
    kind: &str,
    body: &[u8],
) -> Result<Vec<Received>, WebhookRefused> {
    let target = target(provider, query);
    OPENING.with(|opening| {
        let opened = opening
            .providers
            .iter()
            .find(|opened| opened.name == provider)
            .expect("it is configured");
        opened.provider.read(&Webhook {
            target: &target,
            proofs,
            kind,
            body,
            now: NOW,
        })
    })
}

/// The path and query of a provider's request.
#[must_use]
pub fn target(provider: &str, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/sms/{provider}/{PATH_SECRET}{mark}{query}")
}

/// Checks that a text has the id, sender and words with which it was sent.
pub fn is(
    received: Result<Vec<Received>, WebhookRefused>,
    id: &str,
    sender: Option<&str>,
    words: &str,
) {
    let received = received
        .map_err(|why| format!("{why:?}"))
        .expect("it is read");
    assert_eq!(received.len(), 1);
    assert_eq!(
        (received[0].id.as_str(), received[0].words.as_str()),
        (id, words)
    );
    assert_eq!(received[0].sender.as_deref().map(String::as_str), sender);
}

/// A text with one bit altered, so that it always differs.
#[must_use]
pub fn altered(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let bit = at % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A gateway that accepts texts, and the identity of its recipient.
struct Story {
    runtime: tokio::runtime::Runtime,
    routes: Router,
    store: Store,
    identity: age::x25519::Identity,
    count: Cell<u64>,
    _folder: tempfile::TempDir,
}

impl Story {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // In memory if that folder exists: each text is a commit.
        let folder = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .expect("a folder");
        let identity = age::x25519::Identity::generate();
        let mut recipients = Recipients::default();
        let key: loke_core::seal::Recipient =
            identity.to_public().to_string().parse().expect("a key");
        Lane::ALL
            .iter()
            .for_each(|lane| recipients.add(*lane, key.clone()));
        let capacity = Capacity {
            text: 64,
            photos: [0; 4],
        };
        let database = format!("sqlite:{}", folder.path().join("queue.db").display());
        let settings = settings(folder.path());
        let config = GatewaySettings {
            folder: folder.path().to_owned(),
            zone: Zone::default(),
            database: database.clone(),
            retention_days: 30,
            capacity,
            limits: Limits {
                requests_per_minute: u32::MAX,
                reports_per_hour: u32::MAX,
                ..Limits::default()
            },
            web: None,
            onion: None,
            sms: Some(settings.clone()),
            pickup: None,
            recipients,
            holders: Vec::new(),
            languages_read: Vec::new(),
            help: loke_gateway::settings::Help::default(),
            demo: false,
        };
        let (routes, store) = runtime.block_on(async {
            let store = Store::open(&database, capacity).await.expect("a queue");
            let gateway = Gateway::new(
                config,
                store.clone(),
                MacKey::new([7; 32]),
                Clock::by_hand(NOW),
            )
            .expect("a gateway");
            (
                sms::router(
                    TextMessages::new(settings, gateway)
                        .map_err(|e| e.to_string())
                        .expect("texts"),
                ),
                store,
            )
        });
        Self {
            runtime,
            routes,
            store,
            identity,
            count: Cell::new(0),
            _folder: folder,
        }
    }

    async fn send(&self, head: &Request<()>, body: &str) -> StatusCode {
        let mut request = Request::builder().method(head.method()).uri(head.uri());
        for (name, value) in head.headers() {
            request = request.header(name, value);
        }
        let mut request = request
            .body(Body::from(body.to_owned()))
            .expect("a request");
        request.extensions_mut().insert(Caller {
            bucket: 1,
            parent: 0,
            known: true,
            language: "en",
            listener: Listener::Sms,
        });
        self.routes
            .clone()
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {})
            .status()
    }

    /// Takes every tip out of the queue and opens it.
    async fn collect(&self) -> Vec<String> {
        self.store.release().await.expect("released");
        let token = LeaseToken(loke_core::random::bytes().expect("randomness"));
        let sealed = self
            .store
            .claim(Lane::ALL, token, 64, 64 << 20, NOW, NOW + 60)
            .await
            .expect("claimed");
        let ids: Vec<_> = sealed.iter().map(|tip| tip.id).collect();
        assert!(
            self.store
                .ack(token, &ids)
                .await
                .expect("acknowledged")
                .left
                .is_empty()
        );
        sealed.iter().map(|tip| self.unseal(&tip.bytes)).collect()
    }

    /// `tip.json` of a sealed tip, which must contain no other file.
    fn unseal(&self, sealed: &[u8]) -> String {
        let mut plain = Vec::new();
        let opened = age::Decryptor::new_buffered(sealed)
            .and_then(|d| d.decrypt([&self.identity as &dyn age::Identity].into_iter()));
        opened
            .unwrap_or_else(|e| panic!("{e}"))
            .read_to_end(&mut plain)
            .expect("to its end");
        let mut archive = tar::Archive::new(plain.as_slice());
        let entries = archive
            .entries()
            .expect("a tar")
            .map(|entry| entry.expect("a whole one"));
        let mut files =
            entries.filter(|entry| entry.header().entry_type() != tar::EntryType::XGlobalHeader);
        let mut json = String::new();
        files
            .next()
            .expect("a file")
            .read_to_string(&mut json)
            .expect("UTF-8");
        assert!(files.next().is_none());
        json
    }
}

/// Sends a text twice through the whole listener, like a provider that missed the first response,
/// and returns the resulting tips. With a sender the provider is Notify; without one it is Kannel,
/// which sends no number.
#[must_use]
pub fn sent(words: &str, with_sender: bool) -> Vec<Tip> {
    STORY.with(|story| {
        story.count.set(story.count.get() + 1);
        let id = format!("{ID}{}", story.count.get());
        let (head, body) = if with_sender {
            let head = Request::post(target("notify", ""))
                .header("authorization", format!("Bearer {BEARER}"));
            let body = serde_json::json!({ "id": id, "source_number": SENDER, "message": words })
                .to_string();
            (head.header("content-type", "application/json"), body)
        } else {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("id", &id)
                .append_pair("coding", "0")
                .append_pair("text", words)
                .finish();
            (Request::get(target("kannel", &query)), String::new())
        };
        // A URI of more than 64 kB is not valid. A listener rejects it long before.
        let Ok(head) = head.body(()) else {
            return Vec::new();
        };
        story.runtime.block_on(async {
            assert_eq!(story.send(&head, &body).await, StatusCode::OK);
            let tips = story.collect().await;
            assert_eq!(story.send(&head, &body).await, StatusCode::OK);
            assert!(
                story.collect().await.is_empty(),
                "a text that came again was stored again"
            );
            for json in &tips {
                assert!(
                    words.contains(SENDER) || !json.contains(SENDER),
                    "the sender is in the tip"
                );
                assert!(
                    words.contains(ID) || !json.contains(ID),
                    "the id is in the tip"
                );
            }
            tips.iter()
                .map(|json| serde_json::from_str(json).expect("a tip"))
                .collect()
        })
    })
}
