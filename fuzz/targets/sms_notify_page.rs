//! A page of the texts that Notify stores: any JSON is read or rejected, and texts are read as they
//! were sent, in order. Each line of the input is a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::SENDER;
use loke_gateway::providers::notify::read_page;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    if let Some(page) = read_page(data) {
        assert_eq!(
            page.next.is_none(),
            page.held.is_empty() || page.is_odd,
            "only an empty page is the last, or one whose last has no id"
        );
        assert!(page.held.iter().all(|held| {
            held.text
                .as_ref()
                .is_some_and(|text| *text.id == *held.id && text.media.is_empty())
        }));
    }
    let words = String::from_utf8_lossy(data);
    let texts: Vec<_> = words.split('\n').enumerate().collect();
    let one = |(n, words): &(usize, &str)| json!({ "id": n.to_string(), "user_number": SENDER, "created_at": "2026-11-21T12:00:00.000000Z", "content": words });
    let page = json!({ "received_text_messages": texts.iter().map(one).collect::<Vec<_>>(), "links": { "current": "x" } }).to_string();
    let page = read_page(page.as_bytes()).expect("it is read");
    assert_eq!(page.next, texts.last().map(|(n, _)| n.to_string()));
    assert_eq!(page.held.len(), texts.len());
    for (held, (n, words)) in page.held.iter().zip(texts) {
        let text = held.text.as_ref().expect("a text");
        assert_eq!(
            (held.at, held.id.as_str(), text.words.as_str()),
            (1_795_262_400, n.to_string().as_str(), words)
        );
        assert_eq!(text.sender.as_deref().map(String::as_str), Some(SENDER));
    }
});
