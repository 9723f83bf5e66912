//! Twilio's webhook, signed here by Twilio's own rule: a signed form or JSON is never rejected as a
//! stranger's, a text is read as it was sent, and a signature with one altered bit is rejected, as
//! is a body that the signature does not cover.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::{ID, PUBLIC_URL, SENDER, TWILIO_TOKEN, is, read, target};
use loke_gateway::providers::provider::{Received, WebhookRefused};
use ring::{digest, hmac};

const FORM: &str = "application/x-www-form-urlencoded";

/// HMAC-SHA1 over the URL and each field's name and values, sorted, each value once.
fn sign(query: &str, form: Option<&[u8]>) -> Vec<u8> {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in form.into_iter().flat_map(form_urlencoded::parse) {
        fields
            .entry(name.into_owned())
            .or_default()
            .insert(value.into_owned());
    }
    let mut signed = format!("{PUBLIC_URL}{}", target("twilio", query));
    for (name, values) in &fields {
        values
            .iter()
            .for_each(|value| signed.extend([name.as_str(), value.as_str()]));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TWILIO_TOKEN.as_bytes());
    hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
}

fn call(
    query: &str,
    kind: &str,
    body: &[u8],
    signature: &[u8],
) -> Result<Vec<Received>, WebhookRefused> {
    read(
        "twilio",
        query,
        &[("x-twilio-signature", STANDARD.encode(signature))],
        kind,
        body,
    )
}

fuzz_target!(|data: &[u8]| {
    assert_ne!(
        call("", FORM, data, &sign("", Some(data))).err(),
        Some(WebhookRefused::Stranger)
    );
    let query = format!(
        "bodySHA256={}",
        hex::encode(digest::digest(&digest::SHA256, data))
    );
    let json = call(&query, "application/json", data, &sign(&query, None));
    assert_ne!(json.err(), Some(WebhookRefused::Stranger));
    // A signature over the URL alone covers no body.
    let uncovered = call("", "application/json", data, &sign("", None)).err();
    assert_eq!(
        uncovered == Some(WebhookRefused::Stranger),
        !data.is_empty()
    );

    let words = String::from_utf8_lossy(data);
    let fields = [
        ("MessageSid", ID),
        ("From", SENDER),
        ("Body", &words),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://api.twilio.com/x"),
        ("FromCity", "NORWICH"),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mut signature = sign("", Some(body.as_bytes()));
    is(
        call("", FORM, body.as_bytes(), &signature),
        ID,
        Some(SENDER),
        &words,
    );
    let bit = (data.len() + usize::from(data.first().copied().unwrap_or_default()))
        % (signature.len() * 8);
    signature[bit / 8] ^= 1 << (bit % 8);
    assert_eq!(
        call("", FORM, body.as_bytes(), &signature).err(),
        Some(WebhookRefused::Stranger)
    );
    // The signature of another body.
    assert!(
        data.is_empty()
            || call("", FORM, body.as_bytes(), &sign("", Some(b"MessageSid=1"))).err()
                == Some(WebhookRefused::Stranger)
    );
});
