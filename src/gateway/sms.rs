//! Text messages: turns a provider's request into a sealed tip, and drops the number before
//! anything is stored. In order: authenticate the provider, take the text, drop the rest, sort,
//! seal, store, respond.
//!
//! It must never store, log or forward a number or a provider's id, return 2xx before the commit,
//! or return 4xx to an authenticated provider: providers then drop the text for good.
//!
//! | file | content |
//! |---|---|
//! | `sort`, `thread`, `parts` | topic; texts that came in a row; cutting to size |
//! | `known`, `keys` | recognising a repeated text; the daily keys and their destruction |
//! | `tips` | from a text to its tips |
//! | `media`, `charset`, `untaken`, `round` | media; left-out parts; polling |
//!
//! The providers themselves are in [`crate::providers`].

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

use crate::providers::PROOFS;
use crate::providers::call::Calls;
use crate::providers::provider::{Opened, Webhook, WebhookRefused};
use crate::providers::settings::{Bad, Sms};
use crate::state::Gateway;
use loke_core::random;
use loke_core::zeroing_alloc::scrub_stack;

mod charset;
pub mod keys;
mod known;
mod media;
mod parts;
mod round;
pub mod sort;
mod thread;
mod tips;
mod untaken;

use keys::Keys;
use sort::Lists;
use thread::Threads;

/// Limit of a request body in bytes: many times the longest text.
const MOST_BYTES: usize = 256 << 10;
/// How long photos may take when polling found the text: no request waits for them.
const PATIENCE_OF_ROUND: Duration = Duration::from_secs(60);

/// The state of the SMS listener.
pub struct TextMessages {
    gateway: Arc<Gateway>,
    settings: Sms,
    providers: Vec<Opened>,
    lists: Lists,
    threads: Threads,
    calls: Calls,
    keys: Keys,
}

/// Why the SMS listener cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// An invalid setting in `[sms]`.
    #[error("{0}")]
    Settings(#[from] Bad),
    /// An invalid word list, or the keys.
    #[error(transparent)]
    File(#[from] loke_core::config::ConfigError),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] random::NoRandomness),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up ({0}). Report this as a flaw")]
    Tls(#[from] rustls::Error),
}

/// What happened to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Durably stored, now or before, with the answer to the phone, which may be empty.
    Kept(Zeroizing<String>),
    /// The readable parts are durably stored. Another part could not be read, so the text must come
    /// again.
    Unread,
    /// Not stored, because nobody reads. The answer to the phone says so; if it is empty, the phone
    /// was not told.
    Refused(Zeroizing<String>),
    /// Only a STOP.
    Stop,
    /// No content.
    Empty,
}

/// How a text arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// From a webhook: the provider waits for a response.
    Webhook,
    /// From polling: nobody waits.
    Round,
}

impl TextMessages {
    /// Opens the providers in `[sms]`.
    ///
    /// # Errors
    /// [`SmsError`].
    pub fn new(settings: Sms, gateway: Arc<Gateway>) -> Result<Arc<Self>, SmsError> {
        let folder = &gateway.config.folder;
        let providers = settings.open(folder)?;
        let keys = Keys::open(folder, &providers, gateway.clock.today())?;
        Ok(Arc::new(Self {
            providers,
            lists: Lists::read(&gateway.languages, settings.words.as_deref())?,
            threads: Threads::new(settings.thread_minutes, gateway.clock.now())?,
            calls: Calls::new()?,
            keys,
            settings,
            gateway,
        }))
    }

    /// Starts polling each provider that stores texts for us, until `stop` changes.
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

    /// Drops expired entries from memory, and changes the keys on a new day. Called each minute.
    pub fn tidy(&self) {
        self.threads.tidy(self.gateway.clock.now());
        if let Err(problem) = self.keys.change(self.gateway.clock.today()) {
            tracing::error!(action = "change the keys", listener = "sms", problem = %problem.kind());
        }
    }
}

/// The route of every provider.
pub fn router(texts: Arc<TextMessages>) -> Router {
    Router::new()
        .route("/sms/{provider}/{secret}", any(receive))
        .fallback(stranger)
        .with_state(texts)
}

/// A caller that is not authenticated gets 403 and nothing else.
async fn stranger() -> StatusCode {
    StatusCode::FORBIDDEN
}

/// `POST /sms/{provider}/{secret}` (also `GET` for Kannel). Only a caller with the right secret
/// sees 405 for a wrong method.
async fn receive(
    State(texts): State<Arc<TextMessages>>,
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
    // The path has authenticated the provider. If the body breaks off, is late or is too large, the
    // text must come again, and after a 4xx it would not.
    let Some(body) = read_body(body).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let webhook = Webhook {
        target: &target,
        proofs: &proofs,
        kind: &kind,
        body: &body,
        now: texts.gateway.clock.now(),
    };
    let read = opened.provider.read(&webhook);
    scrub_stack();
    let received = match read {
        Ok(received) => received,
        Err(WebhookRefused::Stranger) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(WebhookRefused::Unreadable) => {
            tracing::warn!(
                action = "receive",
                listener = "sms",
                kind = opened.name,
                problem = "its requests have an unknown format"
            );
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut say = Zeroizing::new(String::new());
    let mut refused = None;
    for text in received {
        match texts.take(opened, text, By::Webhook).await {
            Ok(Taken::Kept(words)) => say = words,
            // The phone cannot be told: the provider keeps the text and sends it again.
            Ok(Taken::Refused(words)) if words.is_empty() => {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            Ok(Taken::Refused(words)) => refused = Some(words),
            Ok(Taken::Stop | Taken::Empty) => {}
            // A provider without media would send the same parts again.
            Ok(Taken::Unread) if opened.provider.media().is_none() => {}
            // The response must not reveal more than that the text must come again.
            Ok(Taken::Unread) | Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
    opened.stored.notify_one();
    opened.provider.answer(&refused.unwrap_or(say))
}

async fn read_body(body: Body) -> Option<Zeroizing<Vec<u8>>> {
    let mut body = Limited::new(body, MOST_BYTES);
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 << 10));
    while let Some(frame) = body.frame().await {
        bytes.extend_from_slice(&frame.ok()?.into_data().unwrap_or_default());
    }
    Some(bytes)
}
