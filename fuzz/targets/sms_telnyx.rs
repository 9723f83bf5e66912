//! Telnyx's webhook, signed here: a signed request is never rejected as a stranger's, a text is
//! read as it was sent, and a signature, timestamp or body with one altered bit is rejected.
#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::{ID, NOW, SENDER, is, read, telnyx};
use loke_gateway::providers::provider::{Received, WebhookRefused};
use ring::signature::Ed25519KeyPair;
use serde_json::json;

thread_local! {
    static PAIR: Ed25519KeyPair = telnyx();
}

fn sign(time: &str, body: &[u8]) -> Vec<u8> {
    PAIR.with(|pair| {
        pair.sign(&[time.as_bytes(), b"|", body].concat())
            .as_ref()
            .to_vec()
    })
}

fn call(time: &str, body: &[u8], signature: &[u8]) -> Result<Vec<Received>, WebhookRefused> {
    let proofs = [
        ("telnyx-timestamp", time.to_owned()),
        ("telnyx-signature-ed25519", STANDARD.encode(signature)),
    ];
    read("telnyx", "", &proofs, "application/json", body)
}

fuzz_target!(|data: &[u8]| {
    let now = NOW.to_string();
    assert_ne!(
        call(&now, data, &sign(&now, data)).err(),
        Some(WebhookRefused::Stranger)
    );
    let words = String::from_utf8_lossy(data);
    let payload =
        json!({ "id": ID, "from": { "phone_number": SENDER }, "text": words, "media": [] });
    let mut body = json!({ "data": { "event_type": "message.received", "payload": payload } })
        .to_string()
        .into_bytes();
    let mut signature = sign(&now, &body);
    is(call(&now, &body, &signature), ID, Some(SENDER), &words);
    let bit = data.iter().fold(data.len(), |sum, byte| {
        sum.wrapping_mul(31) + usize::from(*byte)
    });
    let flip = |bytes: &mut Vec<u8>| {
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    };
    flip(&mut signature);
    assert_eq!(
        call(&now, &body, &signature).err(),
        Some(WebhookRefused::Stranger)
    );
    flip(&mut signature);
    assert_eq!(
        call(&(NOW + 1).to_string(), &body, &signature).err(),
        Some(WebhookRefused::Stranger)
    );
    flip(&mut body);
    assert_eq!(
        call(&now, &body, &signature).err(),
        Some(WebhookRefused::Stranger)
    );
    // A signed request from another hour.
    let late = (NOW - 301).to_string();
    assert_eq!(
        call(&late, data, &sign(&late, data)).err(),
        Some(WebhookRefused::Stranger)
    );
});
