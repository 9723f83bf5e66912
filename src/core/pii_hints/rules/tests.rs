use super::*;
use crate::usual_words::tests::texts::{other_languages, reports};

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn a_text_is_read_in_its_language_whether_it_is_plain_or_detected_and_on_every_page() {
    let rules = Rules::read(&Languages::read().unwrap(), Path::new("nowhere")).unwrap();
    let lang = |code: &str| {
        rules
            .languages
            .iter()
            .find(|l| l.code == code)
            .unwrap()
            .lang
    };
    let (mut plain, mut corrected) = (0, Vec::new());
    for (language, text) in reports().into_iter().chain(other_languages()) {
        let sample: String = text.chars().take(SAMPLE).chain([' ']).collect();
        let detected = rules.detected(&sample);
        for page in rules.languages.iter().map(|language| language.code) {
            let seen = rules.seen(&[&text], page);
            plain += usize::from(page == language && is_plainly(page, &text));
            if seen == detected {
                continue;
            }
            let own = lang(page).map(Seen::Ours);
            assert!(
                page == language && Some(seen) == own,
                "{language} on page {page}: {text}"
            );
            corrected.push(text.clone());
        }
    }
    println!(
        "hints: {plain} texts are plainly in the page's language; detection was wrong in {corrected:#?}"
    );
    assert!(plain > 300 && !corrected.is_empty());
}
