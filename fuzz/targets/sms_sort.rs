//! Sorting a text: for any input, the removed prefix is a keyword and a code and ends between two
//! characters, a code is one that could have been printed, and the same text gives the same result.
//! The first byte selects whether there is a keyword.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use loke_core::campaign::CampaignCode;
use loke_core::tip::Topic;
use loke_core::words::{CODES, Languages};
use loke_gateway::sms::sort::Lists;

thread_local! {
    static LISTS: LazyCell<Lists> = LazyCell::new(|| {
        let languages = Languages::read().map_err(|e| e.to_string()).expect("languages");
        Lists::read(&languages, None).map_err(|e| e.to_string()).expect("lists")
    });
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let keyword = (first % 2 == 1).then_some("TELL");
    LISTS.with(|lists| {
        let sorted = lists.sort(&text, keyword);
        let behind = text.get(sorted.prefix..).expect("between two characters");
        assert!(CODES.contains(&sorted.language), "{}", sorted.language);
        assert!(sorted.campaign.as_ref().is_none_or(|code| {
            code.parse::<CampaignCode>()
                .is_ok_and(|parsed| parsed.as_str() == *code)
        }));
        assert!(
            sorted.prefix == 0 || keyword.is_some() || sorted.campaign.is_some(),
            "something was taken off and nothing found in it"
        );
        // Without the white space and punctuation around them.
        let off = text[..sorted.prefix]
            .chars()
            .filter(|c| c.is_alphanumeric())
            .count();
        assert!(
            off <= "TELL".len() + loke_core::campaign::LENGTH,
            "{off} letters and digits were taken off"
        );
        assert!(sorted.answers.offensive.is_none() || sorted.answers.topic == Topic::Graffiti);
        let again = lists.sort(behind, None);
        assert_eq!(
            (
                sorted.answers.topic,
                sorted.answers.danger,
                sorted.answers.child
            ),
            (
                again.answers.topic,
                again.answers.danger,
                again.answers.child
            )
        );
    });
});
