//! The briefing: the list of signs that residents see, for each role; councillors are asked not to
//! enter anything that identifies the resident.

use loke::campaign::CampaignCode;
use loke::desk::campaign::Role;
use loke::desk::print::{Site, briefing};
use loke::print::fonts::Fonts;
use loke::print::sheet::{Mark, Sheet};
use loke::signs;
use loke::tip::Topic;
use loke::words::Languages;

use super::URL;

fn page(fonts: &Fonts, role: Role) -> Sheet {
    briefing::sheet(
        fonts,
        "Cleansing Ltd",
        role,
        CampaignCode::random().unwrap(),
        &Site::read(URL).unwrap(),
    )
    .unwrap()
}

#[test]
fn a_briefing_shows_every_sign_of_the_residents_lists_and_fits_its_page() {
    let fonts = Fonts::load().unwrap();
    let languages = Languages::read().unwrap();
    let english = languages.pick("en");
    for role in [Role::Staff, Role::Contractor, Role::Councillor] {
        let page = page(&fonts, role);
        for topic in [Topic::Drugs, Topic::Cuckooing, Topic::Graffiti] {
            for sign in signs::of(topic) {
                let words = english.say_of("sign-", sign);
                assert!(page.words().contains(&words), "{role}: {words}");
            }
        }
        assert!(
            page.words()
                .iter()
                .any(|sentence| sentence.contains("county lines"))
                && page
                    .words()
                    .iter()
                    .any(|sentence| sentence.contains("Cuckooing"))
        );
        let lowest = page
            .marks()
            .filter_map(|mark| {
                if let Mark::Text { y, .. } = mark {
                    Some(*y)
                } else {
                    None
                }
            })
            .fold(0.0, f32::max);
        assert!(lowest < page.height - 5.0, "{role}: {lowest}");
    }
}

#[test]
fn councillors_are_told_to_leave_the_resident_out_and_nobody_is_asked_for_a_name() {
    let fonts = Fonts::load().unwrap();
    let says = |role, words: &str| {
        page(&fonts, role)
            .words()
            .iter()
            .any(|sentence| sentence.contains(words))
    };
    assert!(says(
        Role::Councillor,
        "do not enter their name, home, phone number"
    ));
    assert!(
        !says(Role::Staff, "do not enter their name")
            && !says(Role::Contractor, "do not enter their name")
    );
    for role in [Role::Staff, Role::Contractor, Role::Councillor] {
        assert!(
            says(role, "You do not give your name, and we do not ask for it.")
                && says(role, "Cleansing Ltd"),
            "{role}"
        );
    }
}
