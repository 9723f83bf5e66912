//! The interface of a provider: authenticating its requests, turning them into a [`Received`], and
//! listing the texts that it still stores. Each provider's file converts its own format into these
//! types; the code behind it does not depend on the provider.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::response::Response;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::call::{Calls, Failed, Origins};
use super::secret::Secret;

/// A provider's request, with what `Strip` left.
pub struct Webhook<'a> {
    /// The path and query, unchanged.
    pub target: &'a str,
    /// The headers that authenticate the provider: see [`super::PROOFS`].
    pub proofs: &'a [(&'static str, String)],
    /// The content type, in lower case.
    pub kind: &'a str,
    /// The body, unchanged.
    pub body: &'a [u8],
    /// Seconds since 1970.
    pub now: i64,
}

impl Webhook<'_> {
    /// The header of this name; empty if it is missing.
    #[must_use]
    pub fn proof(&self, name: &str) -> &str {
        self.proofs
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, value)| value)
    }

    /// The query, without its question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// One text, in the common format. It exists until it is sealed, and is zeroized.
#[derive(Default)]
pub struct Received {
    /// The provider's id of the text. The value that detects repeats is derived from it. If it is
    /// empty, words and sender identify the text until a restart.
    pub id: Zeroizing<String>,
    /// The phone's number, if the provider sends it. It gives texts in a row the same thread, and
    /// goes no further.
    pub sender: Option<Zeroizing<String>>,
    /// The words of the text.
    pub words: Zeroizing<String>,
    /// The media of the text.
    pub media: Vec<Media>,
}

/// A part of a text that the provider stores.
pub struct Media {
    /// Its URL; empty if the provider gives none.
    pub url: Zeroizing<String>,
    /// Its media type from the provider, in lower case; empty if there is none.
    pub kind: String,
}

/// Why a request gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookRefused {
    /// It is not authenticated.
    Stranger,
    /// It is authenticated but has an unknown format: the provider must retry, and a person must
    /// investigate.
    Unreadable,
}

/// A call to a provider.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// A provider with its secrets loaded.
pub trait Provider: Send + Sync {
    /// The secret after the name in the path. Only the provider and the gateway have it.
    fn path_secret(&self) -> &Secret;

    /// Whether the text is in the URL, so that the provider uses GET. POST is accepted from every
    /// provider.
    fn takes_get(&self) -> bool {
        false
    }

    /// Authenticates the request and returns its texts. It returns none for a request about
    /// something else.
    ///
    /// # Errors
    /// [`WebhookRefused`].
    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, WebhookRefused>;

    /// The response of success. `say` goes to the phone if the provider forwards it; empty
    /// sends nothing.
    fn answer(&self, say: &str) -> Response;

    /// Whether [`Provider::answer`] can send words to the phone.
    fn can_say(&self) -> bool {
        false
    }

    /// Where to fetch its media, and with what credentials. `None` if it has no media.
    fn media(&self) -> Option<&Origins> {
        None
    }

    /// How long fetching a text's photos may take in total while the provider waits for the
    /// response. Some wait two seconds and then retry.
    fn patience(&self) -> Duration {
        Duration::from_millis(1_500)
    }

    /// The texts that it stores for our number, if it can list them.
    fn holding(&self) -> Option<&dyn Holding> {
        None
    }

    /// For how many days after the day of storing a text the provider may repeat it. The keys that
    /// recognise it live as long.
    fn repeats_for(&self) -> i32 {
        1
    }

    /// What it keeps, for how long, and what cannot be erased there. For `check`.
    fn keeps(&self) -> &'static str;
}

/// A configured provider, under its name in the path.
pub struct Opened {
    /// Its name.
    pub name: &'static str,
    /// The provider.
    pub provider: Box<dyn Provider>,
    /// Notified when a text was stored.
    pub(crate) stored: Notify,
}

impl Opened {
    pub(super) fn new(name: &'static str, provider: Box<dyn Provider>) -> Self {
        Self {
            name,
            provider,
            stored: Notify::new(),
        }
    }
}

/// A provider that can list the texts that it still stores for our number.
pub trait Holding: Send + Sync {
    /// One page of its list: the first, or the one in [`TextPage::next`].
    fn page<'a>(&'a self, calls: &'a Calls, from: Option<&'a str>) -> Asked<'a, TextPage>;

    /// The media of a message with [`Held::photos`]. Called only if the message is not stored yet.
    fn media_of<'a>(&'a self, _calls: &'a Calls, _id: &'a str) -> Asked<'a, Vec<Media>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Whether stored messages can be erased.
    fn erases(&self) -> bool;

    /// Erases one message and its media. Also succeeds if it does not exist.
    fn erase<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, ()>;

    /// Seconds between two polls.
    fn every(&self) -> u64;
}

/// A page of a provider's list.
pub struct TextPage {
    /// The messages.
    pub held: Vec<Held>,
    /// The next page; `None` on the last page.
    pub next: Option<String>,
    /// Whether part of it has an unknown format. The rest is used all the same.
    pub is_odd: bool,
}

/// One message that a provider stores.
pub struct Held {
    /// The provider's id of the message.
    pub id: Zeroizing<String>,
    /// Unix time when the provider received it.
    pub at: i64,
    /// The text; `None` if it was sent from our number.
    pub text: Option<Received>,
    /// Whether it has media, which [`Holding::media_of`] returns.
    pub photos: bool,
}

/// Whether this is a complete phone number. If a provider masks numbers ("+44770*******",
/// "+44770090XXXX"), many phones share the rest.
pub(super) fn is_number(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 7
        && !text.contains(|c: char| c == '*' || c.is_alphabetic())
}

/// The sender, if there is one.
pub(super) fn sender(text: Zeroizing<String>) -> Option<Zeroizing<String>> {
    Some(text).filter(|text| !text.is_empty())
}
