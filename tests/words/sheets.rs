//! The review sheets for native readers: every sentence of the language beside the English one,
//! safety first.

use loke::words::Languages;

use super::{languages, messages};

#[path = "../../examples/review_sheets/sheet.rs"]
mod sheet;

/// Messages that are no sentences.
const NO_SENTENCES: [&str; 5] = [
    "draft",
    "direction",
    "recognised-as",
    "list-comma",
    "list-stop",
];

#[test]
fn a_review_sheet_has_every_sentence_once_and_those_of_safety_first() {
    let words = Languages::read().unwrap();
    let files = languages();
    for language in words.all() {
        let page = sheet::page(&words, language);
        let (safety, rest) = page.split_once("<h2>2. The pages").unwrap();
        for id in messages(&files[0].1).keys() {
            let cell = format!("<code>{id}</code>");
            let is_sentence = !NO_SENTENCES.contains(id);
            assert_eq!(
                page.matches(&cell).count(),
                usize::from(is_sentence),
                "{id}"
            );
            assert_eq!(safety.contains(&cell), sheet::SAFETY.contains(id), "{id}");
        }
        for said in ["danger-now", "photos-never", "check-unread"] {
            assert!(safety.contains(language.say(said)) && !rest.contains(language.say(said)));
        }
        let cell = format!("lang={} dir={}>", language.code, language.direction());
        assert!(
            page.contains(&cell) && page.contains("<td class=own"),
            "{}",
            language.code
        );
    }
    assert!(
        !sheet::page(&words, words.pick("pl")).contains(words.pick("ro").say("danger-now")),
        "the control"
    );
}

/// A sentence that names a phone number, or says never, belongs to the part on safety.
#[test]
fn every_sentence_of_safety_exists_and_none_with_999_is_left_out() {
    let files = languages();
    let english = messages(&files[0].1);
    for id in sheet::SAFETY {
        assert!(english.contains_key(id), "{id}");
    }
    for (id, text) in &english {
        let is_safety =
            text.contains("999") || text.contains("Never") || text.contains("Do not go near");
        let is_named = sheet::SAFETY.contains(id) || *id == "print-help-999";
        assert!(!is_safety || is_named, "{id}: {text}");
    }
    assert!(!sheet::SAFETY.contains(&"yes"), "the control");
}

/// Every form of a sentence with a number is on the sheet.
#[test]
fn a_sheet_shows_every_form_of_a_number() {
    let words = Languages::read().unwrap();
    let page = |code: &str| sheet::page(&words, words.pick(code));
    let polish = page("pl");
    for form in ["o 1 znak.", "znaki. Skróć", "znaków. Skróć"] {
        assert!(polish.contains(form), "{form}");
    }
    let arabic = page("ar");
    for form in ["بحرف واحد", "بحرفين", "أحرف", "حرفًا", "حرف."] {
        assert!(arabic.contains(form), "{form}");
    }
    assert_eq!(
        page("zh").matches("个字符").count(),
        1,
        "the control: one form"
    );
}
