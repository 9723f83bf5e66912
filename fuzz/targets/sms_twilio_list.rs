//! The list of messages that Twilio stores: for any JSON, an id contains only letters and digits,
//! because it becomes part of a URL; an outgoing message is not a text; and texts are read as they
//! were sent. Each line of the input is a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::SENDER;
use loke_gateway::providers::twilio::read_list;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    for held in read_list(data).into_iter().flat_map(|list| list.held) {
        assert!(!held.id.is_empty() && held.id.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert!(
            held.text
                .is_none_or(|text| text.media.is_empty() && text.id == held.id)
        );
    }
    let words = String::from_utf8_lossy(data);
    let texts: Vec<_> = words.split('\n').enumerate().collect();
    let one = |(n, words): &(usize, &str)| {
        let direction = if n % 3 == 2 {
            "outbound-reply"
        } else {
            "inbound"
        };
        let at = "Sat, 21 Nov 2026 12:00:00 +0000";
        json!({ "sid": format!("SM{n}"), "direction": direction, "from": SENDER, "body": words, "date_created": at, "num_media": (n % 2).to_string() })
    };
    let list =
        json!({ "messages": texts.iter().map(one).collect::<Vec<_>>(), "next_page_uri": "/next" })
            .to_string();
    let list = read_list(list.as_bytes()).expect("it is read");
    assert_eq!(
        (list.next.as_deref(), list.held.len()),
        (Some("/next"), texts.len())
    );
    for (held, (n, words)) in list.held.iter().zip(texts) {
        assert_eq!(
            (held.at, held.id.as_str(), held.photos),
            (1_795_262_400, format!("SM{n}").as_str(), n % 2 == 1)
        );
        let text = held.text.as_ref().map(|text| {
            (
                text.words.as_str(),
                text.sender.as_deref().map(String::as_str),
            )
        });
        assert_eq!(text, (n % 3 != 2).then_some((words, Some(SENDER))));
    }
});
