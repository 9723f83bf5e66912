//! Text messages: a provider's request becomes a sealed tip, and the number is forgotten before
//! anything is stored. The story in order: check that it is the provider, take the words, forget
//! the rest, sort, seal, put, answer.
//!
//! It must never keep, log or pass on a number or a provider's id, answer 2xx before the commit, or
//! give one that proved itself a 4xx: providers drop such a text for good.
//!
//! | file | what happens there |
//! |---|---|
//! | `provider` | what a provider is: its check, its shape, what it holds |
//! | `notify`, `twilio`, `telnyx`, `kannel`, `gammu` | one provider each. A further one is its file, and its line in each list here and in `settings` |
//! | `settings`, `secret` | `[sms]`, and the secrets that it names |
//! | `sort`, `thread`, `parts` | what a free text is about; which texts came in a row; making one fit |
//! | `known`, `keys` | what a text is known by when it comes again, and its receipt; the keys of each day, and their end |
//! | `json` | reading what a provider wrote, whatever shape a field has |
//! | `tips` | from a text to its tips |
//! | `call`, `media`, `charset`, `untaken`, `round` | calling the provider; further words and photos, and what is not taken; polling, and erasing |

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http_body_util::{BodyExt, Limited};
use tokio::sync::watch;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::site::Site;
use loke_core::random;
use loke_core::zeroing_alloc::scrub_stack;

mod call;
mod charset;
pub mod gammu;
mod json;
pub mod kannel;
pub mod keys;
mod known;
mod media;
pub mod notify;
mod parts;
pub mod provider;
mod round;
pub mod secret;
pub mod settings;
pub mod sort;
pub mod telnyx;
mod thread;
mod tips;
pub mod twilio;
mod untaken;

use call::Calls;
use keys::Keys;
use provider::{Opened, Refused, Webhook};
use settings::{Bad, Sms};
use sort::Lists;
use thread::Threads;

/// The headers that providers prove themselves by: `strip` leaves them, at this door alone.
pub const PROOFS: &[&str] = &[
    "authorization",
    "x-twilio-signature",
    "telnyx-signature-ed25519",
    "telnyx-timestamp",
];

/// Largest request that is read, in bytes: many times the longest text.
const MOST_BYTES: usize = 256 << 10;
/// How long photos may take where a round found the text: nobody waits.
const PATIENCE_OF_ROUND: Duration = Duration::from_secs(60);

/// What the SMS door needs.
pub struct Texts {
    site: Arc<Site>,
    settings: Sms,
    providers: Vec<Opened>,
    lists: Lists,
    threads: Threads,
    calls: Calls,
    keys: Keys,
}

/// Why the SMS door cannot open.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Something in `[sms]`.
    #[error("{0}")]
    Settings(#[from] Bad),
    /// A word list, or the keys.
    #[error(transparent)]
    File(#[from] loke_core::config::ConfigError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] random::NoRandomness),
    /// TLS.
    #[error("TLS cannot be set up ({0}). Report this as a flaw")]
    Tls(#[from] rustls::Error),
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is durably stored, now or before; the words for the phone, if any.
    Kept(Zeroizing<String>),
    /// Its readable parts are durably stored. It must come again: another part could not be read.
    Unread,
    /// Only a STOP.
    Stop,
    /// Nothing at all.
    Empty,
}

/// How a text came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The provider waits for an answer.
    Webhook,
    /// A round found it, and nobody waits.
    Round,
}

impl Texts {
    /// Opens the providers that `[sms]` names.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn new(settings: Sms, site: Arc<Site>) -> Result<Arc<Self>, Unusable> {
        let folder = &site.config.folder;
        let providers = settings.open(folder)?;
        let keys = Keys::open(folder, &providers, site.clock.today())?;
        Ok(Arc::new(Self {
            providers,
            lists: Lists::read(&site.languages, settings.words.as_deref())?,
            threads: Threads::new(settings.thread_minutes, site.clock.now())?,
            calls: Calls::new()?,
            keys,
            settings,
            site,
        }))
    }

    /// Starts going round the providers that hold texts for us, until `stop` says so.
    pub fn go_round(self: &Arc<Self>, tasks: &mut JoinSet<()>, stop: &watch::Receiver<bool>) {
        for (at, _) in self
            .providers
            .iter()
            .enumerate()
            .filter(|(_, opened)| opened.provider.holding().is_some())
        {
            tasks.spawn(round::run(Arc::clone(self), at, stop.clone()));
        }
    }

    /// Forgets what has lapsed in memory, and changes the keys at a new day. Called each minute.
    pub fn tidy(&self) {
        self.threads.tidy(self.site.clock.now());
        if let Err(problem) = self.keys.change(self.site.clock.today()) {
            tracing::error!(action = "change the keys", listener = "sms", problem = %problem.kind());
        }
    }
}

/// The route of every provider.
pub fn router(texts: Arc<Texts>) -> Router {
    Router::new()
        .route("/sms/{provider}/{secret}", any(receive))
        .fallback(stranger)
        .with_state(texts)
}

/// Whoever does not prove to be a provider learns nothing but that.
async fn stranger() -> StatusCode {
    StatusCode::FORBIDDEN
}

/// `POST /sms/{provider}/{secret}` (`GET` for Kannel too). Only who knows the secret learns that
/// another method is none.
async fn receive(
    State(texts): State<Arc<Texts>>,
    Path((name, secret)): Path<(String, String)>,
    request: Request,
) -> Response {
    let opened = texts.providers.iter().find(|opened| opened.name == name);
    let Some(opened) = opened.filter(|opened| opened.provider.path_secret().is(&secret)) else {
        return stranger().await.into_response();
    };
    let (head, body) = request.into_parts();
    if !(head.method == Method::POST || (head.method == Method::GET && opened.provider.takes_get()))
    {
        let allow = if opened.provider.takes_get() {
            "GET, POST"
        } else {
            "POST"
        };
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]).into_response();
    }
    let target = Zeroizing::new(
        head.uri
            .path_and_query()
            .map(|target| target.as_str().to_owned())
            .unwrap_or_default(),
    );
    let header = |name: &str| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let proofs: Vec<_> = PROOFS.iter().map(|name| (*name, header(name))).collect();
    let kind = header("content-type").to_ascii_lowercase();
    // Its path has proved it: what breaks off, comes late or is too large must come again, and a
    // 4xx would be the last of it.
    let Some(body) = read_body(body).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let webhook = Webhook {
        target: &target,
        proofs: &proofs,
        kind: &kind,
        body: &body,
        now: texts.site.clock.now(),
    };
    let read = opened.provider.read(&webhook);
    scrub_stack();
    let received = match read {
        Ok(received) => received,
        Err(Refused::Stranger) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(Refused::Unreadable) => {
            tracing::warn!(
                action = "receive",
                listener = "sms",
                kind = opened.name,
                problem = "its requests have a shape that we do not know"
            );
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut say = Zeroizing::new(String::new());
    for text in received {
        match texts.take(opened, text, By::Webhook).await {
            Ok(Taken::Kept(words)) => say = words,
            Ok(Taken::Stop | Taken::Empty) => {}
            // A provider that is asked for nothing gives no more the next time.
            Ok(Taken::Unread) if opened.provider.media().is_none() => {}
            // Nothing is said but that it must come again.
            Ok(Taken::Unread) | Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
    opened.stored.notify_one();
    opened.provider.answer(&say)
}

async fn read_body(body: Body) -> Option<Zeroizing<Vec<u8>>> {
    let mut body = Limited::new(body, MOST_BYTES);
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 << 10));
    while let Some(frame) = body.frame().await {
        bytes.extend_from_slice(&frame.ok()?.into_data().unwrap_or_default());
    }
    Some(bytes)
}
