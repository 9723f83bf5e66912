//! Notify's callback: any JSON with the right token is read or rejected as unreadable, a text is
//! read as it was sent, and a token with one altered bit is rejected as a stranger's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::{BEARER, ID, SENDER, altered, is, read};
use loke_gateway::providers::provider::WebhookRefused;

fuzz_target!(|data: &[u8]| {
    let proof = |token: &str| [("authorization", format!("Bearer {token}"))];
    let raw = read("notify", "", &proof(BEARER), "application/json", data);
    assert_ne!(raw.as_ref().err(), Some(&WebhookRefused::Stranger));
    // Our reader keeps everything that a strict one reads: without a message there is no text, and
    // of several messages none is lost.
    if let Ok(strict) = serde_json::from_slice::<serde_json::Value>(data) {
        match (&raw, strict["message"].as_str()) {
            (Ok(texts), message) => assert!(
                texts
                    .iter()
                    .all(|text| text.words.contains(message.unwrap_or_default()))
            ),
            (Err(_), message) => assert_eq!(message, None),
        }
    }
    let words = String::from_utf8_lossy(data);
    let body = serde_json::json!({ "id": ID, "source_number": SENDER, "destination_number": "0", "message": words, "date_received": "x" });
    let body = body.to_string();
    is(
        read(
            "notify",
            "",
            &proof(BEARER),
            "application/json",
            body.as_bytes(),
        ),
        ID,
        Some(SENDER),
        &words,
    );
    let other = altered(
        BEARER,
        data.len() + usize::from(data.first().copied().unwrap_or_default()),
    );
    assert_eq!(
        read(
            "notify",
            "",
            &proof(&other),
            "application/json",
            body.as_bytes()
        )
        .err(),
        Some(WebhookRefused::Stranger)
    );
});
