//! Kannel's query: any input is read as one text without a sender or rejected, and a text is read
//! as it was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::{ID, is, read};
use loke_gateway::providers::provider::WebhookRefused;

fuzz_target!(|data: &[u8]| {
    let any = String::from_utf8_lossy(data);
    match read("kannel", &any, &[], "", b"") {
        Ok(texts) => {
            assert!(texts.len() == 1 && texts[0].sender.is_none() && texts[0].media.is_empty())
        }
        Err(why) => assert_eq!(why, WebhookRefused::Unreadable),
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("id", ID)
        .append_pair("coding", "0")
        .append_pair("text", &any)
        .append_pair("from", "0")
        .finish();
    is(read("kannel", &query, &[], "", b""), ID, None, &any);
});
