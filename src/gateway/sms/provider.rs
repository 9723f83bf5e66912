//! What a provider is to Loke: how its requests are told from a stranger's, how its shape becomes a
//! [`Received`], and what it still holds. A provider's file turns its own shape into these at the
//! edge; nothing behind it knows whose text it was.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::response::Response;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::call::{Calls, Failed, Origins};
use super::secret::Secret;

/// A provider's request, as far as `strip` left it.
pub struct Webhook<'a> {
    /// The path and query, as they came.
    pub target: &'a str,
    /// What is in the headers that the provider proves itself by: see [`super::PROOFS`].
    pub proofs: &'a [(&'static str, String)],
    /// The content type, in lower case.
    pub kind: &'a str,
    /// The body, as it came.
    pub body: &'a [u8],
    /// Seconds since 1970.
    pub now: i64,
}

impl Webhook<'_> {
    /// The header of this name; empty where there was none.
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

/// One text, in the one shape that Loke knows. It lives for as long as it takes to seal it, and is
/// wiped.
#[derive(Default)]
pub struct Received {
    /// The provider's id for it: the value that stops repeats follows from it. If it is empty, the
    /// words and the sender serve, until a restart.
    pub id: Zeroizing<String>,
    /// The phone's number, where we are told: texts in a row get the same thread by it. It goes no
    /// further.
    pub sender: Option<Zeroizing<String>>,
    /// What they wrote.
    pub words: Zeroizing<String>,
    /// What came with it.
    pub media: Vec<Media>,
}

/// Something that came with a text and lies at the provider.
pub struct Media {
    /// Where; empty if the provider does not say.
    pub url: Zeroizing<String>,
    /// Its kind by the provider, in lower case; empty if the provider names none.
    pub kind: String,
}

/// Why a request gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It did not prove that it comes from the provider.
    Stranger,
    /// It did, and its shape is not the one that we know: the provider must try again, and a person
    /// must look.
    Unreadable,
}

/// Something that a provider is asked for.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// A provider, opened: its secrets are read.
pub trait Provider: Send + Sync {
    /// What stands behind its name in the path, and is known to it and us alone.
    fn path_secret(&self) -> &Secret;

    /// Whether its texts stand in the address, so that it asks with GET. POST is taken from every
    /// provider.
    fn takes_get(&self) -> bool {
        false
    }

    /// Checks that the request is the provider's and takes the texts out of it: none where it
    /// speaks of something else.
    ///
    /// # Errors
    /// [`Refused`].
    fn read(&self, webhook: &Webhook<'_>) -> Result<Vec<Received>, Refused>;

    /// The answer of success. `say` goes back to the phone, where the provider takes such words in
    /// its answer; empty: nothing does.
    fn answer(&self, say: &str) -> Response;

    /// Whether [`Provider::answer`] can carry words to the phone.
    fn can_say(&self) -> bool {
        false
    }

    /// Where its media may be fetched from, and what to show there; none where it has none.
    fn media(&self) -> Option<&Origins> {
        None
    }

    /// How long a text's photos may take in all, while it waits for our answer: some wait two
    /// seconds and then try again.
    fn patience(&self) -> Duration {
        Duration::from_millis(1_500)
    }

    /// What it holds for our number, where it can be asked.
    fn holding(&self) -> Option<&dyn Holding> {
        None
    }

    /// For how many days after the one on which a text was stored the provider may bring it again:
    /// the keys that it is known by live as long.
    fn repeats_for(&self) -> i32 {
        1
    }

    /// What it keeps, for how long, and what cannot be erased there: for `check`.
    fn keeps(&self) -> &'static str;
}

/// A provider that is configured, under the name that stands in its path.
pub struct Opened {
    /// Its name.
    pub name: &'static str,
    /// The provider.
    pub provider: Box<dyn Provider>,
    /// Told when a text was stored.
    pub(super) stored: Notify,
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

/// A provider that can be asked what it still holds for our number.
pub trait Holding: Send + Sync {
    /// One page of it: the first, or the one that the page before named.
    fn page<'a>(&'a self, calls: &'a Calls, from: Option<&'a str>) -> Asked<'a, Page>;

    /// What lies beside a message of which [`Held::photos`] is true. Asked for only where the
    /// message is not stored yet.
    fn media_of<'a>(&'a self, _calls: &'a Calls, _id: &'a str) -> Asked<'a, Vec<Media>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Whether what it holds can be erased.
    fn erases(&self) -> bool;

    /// Erases one message and what came with it. Success where it is gone already.
    fn erase<'a>(&'a self, calls: &'a Calls, id: &'a str) -> Asked<'a, ()>;

    /// Seconds between two times of asking.
    fn every(&self) -> u64;
}

/// Some of what a provider holds.
pub struct Page {
    /// The messages.
    pub held: Vec<Held>,
    /// The next page; none where this is the last.
    pub next: Option<String>,
    /// Whether something on it has a shape that we do not know. The rest is taken all the same.
    pub is_odd: bool,
}

/// One message that a provider holds.
pub struct Held {
    /// Its id there.
    pub id: Zeroizing<String>,
    /// Seconds since 1970 at which it came to the provider.
    pub at: i64,
    /// The text; none where it went out from our number.
    pub text: Option<Received>,
    /// Whether something lies beside it, which [`Holding::media_of`] names.
    pub photos: bool,
}

/// Whether this is a phone's whole number. Where a provider masks numbers ("+44770*******",
/// "+44770090XXXX"), many phones share what is left.
pub(super) fn is_number(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 7
        && !text.contains(|c: char| c == '*' || c.is_alphabetic())
}

/// A sender, where one is told.
pub(super) fn sender(text: Zeroizing<String>) -> Option<Zeroizing<String>> {
    Some(text).filter(|text| !text.is_empty())
}
