//! The pickup protocol between gateway and desk, and the enrolment file. JSON over HTTP/1.1 over
//! mutual TLS, with both certificates pinned. It carries only sealed tips and sealed rows.
//!
//! | request | body | response |
//! |---|---|---|
//! | `POST /claim` | [`Claim`] | [`Claimed`]; the same token returns the same tips |
//! | `POST /count` | [`Count`] | [`Counted`]; it is no collection |
//! | `POST /ack` | [`Ack`] | [`Acked`]; a tip that is already deleted counts as gone |
//! | `POST /renew` | [`Renew`] | [`Renewed`] |
//! | `POST /rows` | [`AskRows`] | [`Rows`] |
//! | `POST /replies` | [`Replace`] | empty; a repeat writes the same rows |
//!
//! All other outcomes are a status of 400 or higher and a [`Problem`].

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::Day;
use crate::random::{self, NoRandomness};
use crate::seal::{Sealed, SizeClass};
use crate::tip::{Lane, Priority, TipId};

/// Most tips in one claim.
pub const MOST: u16 = 64;
/// Most bytes of sealed tips in one claim. The first tip is sent even if it is larger.
pub const MOST_BYTES: usize = 16 << 20;

/// Bytes as hex in JSON.
pub mod as_hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes a fixed-size array as lower-case hex.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    /// Reads a fixed-size array from hex.
    ///
    /// # Errors
    /// If the text is not hex or has another length.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let mut out = [0; N];
        hex::decode_to_slice(text.as_ref(), &mut out).map_err(|_| D::Error::custom("wrong hex"))?;
        Ok(out)
    }
}

/// Bytes as base64 in JSON.
pub mod as_base64 {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes bytes as base64.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads bytes from base64.
    ///
    /// # Errors
    /// If the text is not base64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_ref())
            .map_err(|_| D::Error::custom("wrong base64"))
    }
}

/// Bytes of a sealed reply row: nonce, ciphertext, tag.
pub const ROW_SEALED: usize = 2_048;

/// The name of a reply row. It is random to everybody without the reply box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowName(#[serde(with = "as_hex")] pub [u8; 16]);

/// The desk's random name for one lease: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseToken(#[serde(with = "as_hex")] pub [u8; 16]);

/// Asks for tips.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The lease to create, or to return again.
    pub token: LeaseToken,
    /// Most tips to return; the gateway returns no more than [`MOST`].
    pub most: u16,
    /// The lanes whose tips the desk can open now; absent if they are all of its lanes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Vec<Lane>>,
}

/// The tips that are now leased to the desk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// The tips, most urgent first.
    pub tips: Vec<Collected>,
    /// How many more released tips without a lease wait in the desk's lanes.
    pub waiting: u64,
    /// Seconds until the lease ends and the tips return to the queue.
    pub lease_seconds: u32,
    /// Whether released tips, including those of other lanes, filled at least half of the queue
    /// before this claim.
    #[serde(default)]
    pub filling: bool,
}

/// Asks how many released tips wait in the desk's lanes. It needs no key of a book, and it is no
/// collection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {}

/// The result of a [`Count`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Released tips, with a lease or without: every priority of each of the desk's lanes, also
    /// those without a tip, so that the size of the response tells little.
    pub waiting: Vec<Waiting>,
    /// The keys that the tips of each of the desk's lanes are sealed to.
    pub recipients: Vec<LaneRecipients>,
    /// Every key that an answer of a resident may be sealed to, also those without a lane.
    #[serde(default)]
    pub listed: Vec<String>,
}

/// How many released tips of one lane and priority wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The lane.
    pub lane: Lane,
    /// The priority.
    pub priority: Priority,
    /// How many.
    pub tips: u64,
}

/// The recipients of one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneRecipients {
    /// The lane.
    pub lane: Lane,
    /// Public keys (`age1…`).
    pub keys: Vec<String>,
}

/// One sealed tip in a response: a queue row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// The tip's id.
    pub id: TipId,
    /// Its lane.
    pub lane: Lane,
    /// Its priority.
    pub priority: Priority,
    /// Its expiry, in days since 1970-01-01.
    pub expiry: i32,
    /// Its size class.
    pub class: SizeClass,
    /// The age file.
    #[serde(with = "as_base64")]
    pub sealed: Vec<u8>,
    /// The row's MAC.
    #[serde(with = "as_hex")]
    pub mac: [u8; 32],
}

impl From<Sealed> for Collected {
    fn from(s: Sealed) -> Self {
        Self {
            id: s.id,
            lane: s.lane,
            priority: s.priority,
            expiry: s.expiry.0,
            class: s.class,
            sealed: s.bytes,
            mac: s.mac,
        }
    }
}

impl From<Collected> for Sealed {
    fn from(c: Collected) -> Self {
        Self {
            id: c.id,
            lane: c.lane,
            priority: c.priority,
            expiry: Day(c.expiry),
            class: c.class,
            bytes: c.sealed,
            mac: c.mac,
        }
    }
}

/// Acknowledges tips: the desk has stored them durably and can open them. The gateway then deletes
/// them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The lease of these tips.
    pub token: LeaseToken,
    /// The tips.
    pub ids: Vec<TipId>,
}

/// The result of an [`Ack`].
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acked {
    /// Tips that are no longer in the queue, by this ack or an earlier one.
    pub gone: Vec<TipId>,
    /// Tips that are still in the queue: the lease ended and another desk may have them.
    pub lapsed: Vec<TipId>,
}

/// Restarts the time of a lease.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    /// The lease.
    pub token: LeaseToken,
}

/// The result of a [`Renew`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewed {
    /// Tips under this lease.
    pub held: u64,
}

/// Asks how many reply rows a book has at the gateway. The desk makes the book's id at random and
/// keeps it in the book: who knows it may replace the rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskRows {
    /// The book's id.
    #[serde(with = "as_hex")]
    pub book: [u8; 16],
}

/// The result of [`AskRows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// How many rows a [`Replace`] must have.
    pub number: u32,
    /// The day of the last replacement; `None` before the first.
    pub replaced_on: Option<Day>,
}

/// Replaces all rows of a book at once: the letters of its live boxes, and random rows, in random
/// order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// The book's id.
    #[serde(with = "as_hex")]
    pub book: [u8; 16],
    /// The day of the rows' names: the gateway's today or yesterday.
    pub day: Day,
    /// As many as [`Rows::number`].
    pub rows: Vec<Row>,
}

/// One reply row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub name: RowName,
    /// [`ROW_SEALED`] bytes.
    #[serde(with = "as_base64")]
    pub sealed: Vec<u8>,
}

impl Row {
    /// An empty row: random bytes under a random name.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut sealed = vec![0; ROW_SEALED];
        random::fill(&mut sealed)?;
        Ok(Self {
            name: RowName(random::bytes()?),
            sealed,
        })
    }
}

/// Why the gateway refused a request, for the desk's log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// One sentence: what happened and what to do.
    pub problem: String,
}

/// The enrolment file (TOML): all that one desk needs to collect from one gateway. It is a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The format version, 1.
    pub schema: u8,
    /// The desk's name at the gateway.
    pub desk: String,
    /// The pickup's `host:port`.
    pub pickup: String,
    /// SHA-256 of the pickup's certificate (DER), in hex.
    pub pin: String,
    /// The lanes that this desk may collect.
    pub lanes: Vec<Lane>,
    /// The desk's certificate, PEM.
    pub certificate: String,
    /// The desk's private key, PEM.
    pub key: Zeroizing<String>,
    /// The MAC key of the queue, 64 hex digits.
    pub mac_key: Zeroizing<String>,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Enrolment(desk {}, pickup {}, …)",
            self.desk, self.pickup
        )
    }
}
