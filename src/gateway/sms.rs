//! Text messages: a provider's request becomes a sealed tip, and the number is forgotten before anything is stored. The story in
//! order: check that it is the provider, take the words, forget the rest, sort, seal, put, answer.
//!
//! It must never keep, log or pass on a number or a provider's id, answer 2xx before the commit, or give one that proved itself a 4xx:
//! providers drop such a text for good.
//!
//! | file | what happens there |
//! |---|---|
//! | `provider` | what a provider is: its check, its shape, what it holds |
//! | `notify`, `twilio`, `telnyx`, `kannel`, `gammu` | one provider each. A further one is its file, and its line in each list here and in `settings` |
//! | `settings`, `secret` | `[sms]`, and the secrets that it names |
//! | `sort`, `thread`, `parts` | what a free text is about; which texts came in a row; making one fit |
//! | `known` | what a text is known by when it comes again, and its receipt |
//! | `call`, `media`, `round` | calling the provider; photos; polling, and erasing what it still holds |

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

use super::keep::{By as Entering, keep, taker};
use super::listen::Door;
use super::private;
use super::site::Site;
use super::strip::Caller;
use super::triage;
use crate::characters::visible;
use crate::random;
use crate::receipt::Receipt;
use crate::store;
use crate::tip::{Channel, HowKnown, Photo, PhotoNote, SCHEMA, Tip, TipId};
use crate::zeroing_alloc::scrub_stack;

mod call;
pub mod gammu;
pub mod kannel;
mod known;
mod lossy;
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
pub mod twilio;

use call::Calls;
use known::Known;
use parts::{numbered, split, with_note};
use provider::{Opened, Received, Refused, Webhook};
use settings::{Answers, Bad, Sms};
use sort::{Lists, Sorted};
use thread::Threads;

/// The headers that providers prove themselves by: `strip` leaves them, at this door alone.
pub const PROOFS: &[&str] = &["authorization", "x-twilio-signature", "telnyx-signature-ed25519", "telnyx-timestamp"];

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
    known: Known,
}

/// Why the SMS door cannot open.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Something in `[sms]`.
    #[error("{0}")]
    Settings(#[from] Bad),
    /// A word list, or the key.
    #[error(transparent)]
    File(#[from] crate::config::Trouble),
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
        let known = Known::new(&*private::read_or_make_sms_key(folder)?);
        Ok(Arc::new(Self {
            providers,
            lists: Lists::read(&site.languages, settings.words.as_deref())?,
            threads: Threads::new(settings.thread_minutes, site.clock.now())?,
            calls: Calls::new()?,
            known,
            settings,
            site,
        }))
    }

    /// Starts going round the providers that hold texts for us, until `stop` says so.
    pub fn go_round(self: &Arc<Self>, tasks: &mut JoinSet<()>, stop: &watch::Receiver<bool>) {
        for (at, _) in self.providers.iter().enumerate().filter(|(_, opened)| opened.provider.holding().is_some()) {
            tasks.spawn(round::run(Arc::clone(self), at, stop.clone()));
        }
    }

    /// Forgets what has lapsed in memory. Called each minute.
    pub fn tidy(&self) {
        self.threads.tidy(self.site.clock.now());
    }
}

/// The route of every provider.
pub fn router(texts: Arc<Texts>) -> Router {
    Router::new().route("/sms/{provider}/{secret}", any(receive)).fallback(stranger).with_state(texts)
}

/// Whoever does not prove to be a provider learns nothing but that.
async fn stranger() -> StatusCode {
    StatusCode::FORBIDDEN
}

/// `POST /sms/{provider}/{secret}` (`GET` for Kannel too). Only who knows the secret learns that another method is none.
async fn receive(State(texts): State<Arc<Texts>>, Path((name, secret)): Path<(String, String)>, request: Request) -> Response {
    let opened = texts.providers.iter().find(|opened| opened.name == name);
    let Some(opened) = opened.filter(|opened| opened.provider.path_secret().is(&secret)) else { return stranger().await.into_response() };
    let (head, body) = request.into_parts();
    if !(head.method == Method::POST || (head.method == Method::GET && opened.provider.takes_get())) {
        let allow = if opened.provider.takes_get() { "GET, POST" } else { "POST" };
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]).into_response();
    }
    let target = Zeroizing::new(head.uri.path_and_query().map(|target| target.as_str().to_owned()).unwrap_or_default());
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let proofs: Vec<_> = PROOFS.iter().map(|name| (*name, header(name))).collect();
    let kind = header("content-type").to_ascii_lowercase();
    // Its path has proved it: what breaks off, comes late or is too large must come again, and a 4xx would be the last of it.
    let Some(body) = read_body(body).await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let webhook = Webhook { target: &target, proofs: &proofs, kind: &kind, body: &body, now: texts.site.clock.now() };
    let read = opened.provider.read(&webhook);
    scrub_stack();
    let received = match read {
        Ok(received) => received,
        Err(Refused::Stranger) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(Refused::Unreadable) => {
            tracing::warn!(action = "receive", listener = "sms", kind = opened.name, problem = "its requests have a shape that we do not know");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut say = Zeroizing::new(String::new());
    for text in received {
        match texts.take(opened, text, By::Webhook).await {
            Ok(Taken::Kept(words)) => say = words,
            Ok(Taken::Stop | Taken::Empty) => {}
            // Nothing is said but that it must come again.
            Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
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

impl Texts {
    /// Whether the whole of a text is stored.
    async fn knows(&self, opened: &Opened, text: &Received) -> Result<bool, store::Error> {
        // Parts are stored in their order: the last tells.
        let parts = split(&Zeroizing::new(visible(&text.words))).len();
        self.site.store.knows(self.known.once(opened.name, text, parts - 1)).await
    }

    /// Sorts, seals and stores one text. What is not the words (number, id, address of a photo) is dropped here.
    async fn take(&self, opened: &Opened, text: Received, by: By) -> Result<Taken, store::Error> {
        let words = Zeroizing::new(visible(&text.words));
        let sorted = self.lists.sort(&words, self.settings.keyword.as_deref());
        scrub_stack();
        if text.media.is_empty() && (words.is_empty() || sorted.is_stop) {
            return Ok(if words.is_empty() { Taken::Empty } else { Taken::Stop });
        }
        let receipt = self.receipt_of(opened, &text, by);
        if self.knows(opened, &text).await? {
            return Ok(Taken::Kept(self.words_for(&sorted, receipt.as_ref())));
        }
        let placed = self.threads.place(text.sender.as_deref().map(String::as_str), self.site.clock.now())?;
        let caller = Caller { bucket: placed.bucket, parent: 0, known: text.sender.is_some(), language: sorted.language, door: Door::Sms };
        let patience = if by == By::Webhook { opened.provider.patience() } else { PATIENCE_OF_ROUND };
        let (mut photos, lost) = media::gather(&self.site, &self.calls, &*opened.provider, &text.media, &caller, patience).await;
        let proven = self.site.limit.proves(&caller);
        let parts = split(&words);
        // Parts of one text belong together, whether or not we were told whose they are, and whichever attempt stores them.
        let thread = placed.thread.or_else(|| (parts.len() > 1).then(|| self.known.thread(opened.name, &text)));
        let of = parts.len();
        for (number, part) in parts.into_iter().enumerate() {
            // Keyword and code stand at the first part's start, and photos lie beside it.
            let (told, lost) = if number == 0 { (part.get(sorted.prefix..).unwrap_or_default(), lost) } else { (part, 0) };
            let what = with_note(&numbered(told, number + 1, of), lost);
            let photos = std::mem::take(&mut photos);
            let tip = self.make_tip(&sorted, what, &photos, thread.clone(), proven, receipt.as_ref())?;
            // A text cannot be asked to come again: whether it is proven makes no difference to its place.
            let by = Entering { once: self.known.once(opened.name, &text, number), taker: taker(&caller), proven };
            self.keep_one(tip, photos, by).await?;
        }
        Ok(Taken::Kept(self.words_for(&sorted, receipt.as_ref())))
    }

    /// Stores a tip; where the queue has no room for its photos, without them.
    async fn keep_one(&self, tip: Tip, photos: Vec<Photo>, by: Entering) -> Result<(), store::Error> {
        let lost = photos.len();
        match keep(&self.site, tip.clone(), photos, by).await {
            Err(why) if why.is_for_room() && lost > 0 => {
                let mut bare = tip.clone();
                bare.photos.clear();
                bare.what = with_note(&tip.what, lost);
                keep(&self.site, bare, Vec::new(), by).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    fn make_tip(
        &self,
        sorted: &Sorted,
        what: String,
        photos: &[Photo],
        thread: Option<String>,
        proven: bool,
        receipt: Option<&Receipt>,
    ) -> Result<Tip, store::Error> {
        Ok(Tip {
            schema: SCHEMA,
            id: TipId::random()?,
            channel: Channel::Sms,
            language: sorted.language.to_owned(),
            received: self.site.clock.today().to_string(),
            topic: sorted.answers.topic,
            lane: triage::lane(&sorted.answers),
            priority: triage::priority(&sorted.answers),
            what,
            place: None,
            when: None,
            ongoing: sorted.answers.ongoing,
            danger: sorted.answers.danger,
            child: sorted.answers.child,
            impact: None,
            vehicle: None,
            how_known: HowKnown::Unsaid,
            signs: Vec::new(),
            offensive: sorted.answers.offensive,
            campaign: sorted.campaign.clone(),
            proven,
            thread,
            photos: photos.iter().zip(1..).map(|(p, n)| PhotoNote { name: format!("photo-{n}.jpg"), removed: p.removed.clone() }).collect(),
            reply_key: receipt.map(|receipt| hex::encode(receipt.reply_key().expose())),
            reply_box: receipt.map(|receipt| hex::encode(receipt.reply_box().0)),
        })
    }

    /// The receipt of a text, where its phone gets one: staff must not answer into a box that nobody can open.
    fn receipt_of(&self, opened: &Opened, text: &Received, by: By) -> Option<Receipt> {
        let is_told = by == By::Webhook && opened.provider.can_say();
        (is_told && self.settings.answers == Answers::Receipt).then(|| self.known.receipt(opened.name, text))
    }

    /// What goes back to the phone: nothing, unless the operator says so.
    fn words_for(&self, sorted: &Sorted, receipt: Option<&Receipt>) -> Zeroizing<String> {
        let words = self.site.languages.pick(sorted.language);
        let (thanks, before_code) = (words.say("sms-answer"), words.say("sms-code"));
        Zeroizing::new(match (self.settings.answers, receipt) {
            (Answers::Off, _) => String::new(),
            (_, Some(receipt)) => format!("{thanks} {before_code} {}", receipt.groups().join(" ")),
            (_, None) => thanks.to_owned(),
        })
    }
}
