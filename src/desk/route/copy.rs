//! A partner's copy of a tip. Only the fields that are listed here leave the desk. A field of a
//! later version of `tip.json` stays until someone adds it to the list. Some fields never leave,
//! because they reveal something about the resident: how the tip arrived (`channel`, `language`,
//! `campaign`, `thread`, `proven`, `unproven`), the reply box and its key (`reply_key`,
//! `reply_box`), and the tip's own `id`.

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::open::{Opened, photo_name};
use crate::settings::{Answer, Partner};
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{self, encrypt_to, pack_files};
use loke_core::signs;
use loke_core::tip::Tip;

/// The format version of a partner's `tip.json`.
const SCHEMA: u8 = 1;

/// A new reference for one copy: 16 random hex digits. The copies of one tip for two partners have
/// different references.
///
/// # Errors
/// If the operating system returns no random bytes.
pub(super) fn new_reference() -> Result<String, NoRandomness> {
    Ok(hex::encode(random::bytes::<8>()?))
}

/// The sealed copy: a binary age file for the partner's key alone, with a tar like that of a tip
/// (`tip.json`, then `photo-1.jpg` …), padded to the same size classes. Without `with_photos` it has
/// no photo, whatever the partner may have.
///
/// # Errors
/// If the photos do not fit the largest class, or age fails.
pub(super) fn make(
    opened: &Opened,
    partner: &Partner,
    reference: &str,
    with_photos: bool,
) -> Result<Vec<u8>, seal::Error> {
    let photos = if with_photos && partner.may_have(Answer::Photos) {
        opened.photos.as_slice()
    } else {
        &[]
    };
    let names: Vec<String> = (1..=photos.len()).map(photo_name).collect();
    let json = serde_json::to_vec(&what_leaves(&opened.tip, &names, partner, reference))
        .map(Zeroizing::new)
        .map_err(|_| seal::Error::Encrypt)?;
    let files: Vec<_> = names
        .iter()
        .zip(photos)
        .map(|(name, jpeg)| (name.as_str(), jpeg.as_slice()))
        .collect();
    let (_, plain) = pack_files(&json, &files)?;
    encrypt_to(std::slice::from_ref(&partner.key), &plain)
}

/// The copy's `tip.json`: `schema, reference, topic, lane, priority, what` and the answers that
/// this partner may have. An answer that the resident left open is null; an answer that is withheld
/// is absent.
fn what_leaves(
    tip: &Tip,
    photos: &[String],
    partner: &Partner,
    reference: &str,
) -> Map<String, Value> {
    let always = [
        ("schema", json!(SCHEMA)),
        ("reference", json!(reference)),
        ("topic", json!(tip.topic)),
        ("lane", json!(tip.lane)),
        ("priority", json!(tip.priority)),
        ("what", json!(tip.what)),
    ];
    // The list of removed metadata says something about the resident's phone, so a photo is sent
    // with its name only.
    let photos: Vec<_> = photos.iter().map(|name| json!({ "name": name })).collect();
    // A partner has no list of codes.
    let signs = signs::in_english(&tip.signs);
    let answers = [
        (Answer::Received, "received", json!(tip.received)),
        (Answer::Where, "where", json!(tip.place)),
        (Answer::When, "when", json!(tip.when)),
        (Answer::Ongoing, "ongoing", json!(tip.ongoing)),
        (Answer::Danger, "danger", json!(tip.danger)),
        (Answer::Child, "child", json!(tip.child)),
        (Answer::Impact, "impact", json!(tip.impact)),
        (Answer::Vehicle, "vehicle", json!(tip.vehicle)),
        (Answer::HowKnown, "how_known", json!(tip.how_known)),
        (Answer::Signs, "signs", json!(signs)),
        (Answer::Offensive, "offensive", json!(tip.offensive)),
        (Answer::Photos, "photos", Value::Array(photos)),
    ];
    let allowed = answers
        .into_iter()
        .filter(|(answer, _, _)| partner.may_have(*answer))
        .map(|(_, key, value)| (key, value));
    always
        .into_iter()
        .chain(allowed)
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
