//! What the resident reads about a photo: the check page through the house.

use super::make;
use crate::house::House;
use crate::house::browser::{Page, jpeg, photo, text};

#[tokio::test(flavor = "multi_thread")]
async fn p10_the_check_page_says_in_plain_words_what_was_taken_off() {
    let house = House::open().await;
    let told = [
        "the place",
        "the phone or camera",
        "the date and time",
        "names and notes",
        "a small copy of the photo",
    ];
    let rest = [
        "colour details",
        "data behind the photo",
        "other hidden data",
    ];
    let section = |page: &Page| {
        page.text()
            .split_once("Photo 1</strong>")
            .unwrap()
            .1
            .split_once("</p>")
            .unwrap()
            .0
            .to_owned()
    };
    for dirty in [make::dirty_jpeg(), make::dirty_png(), make::dirty_webp()] {
        let (page, _) = house
            .check(&[
                text("topic", "graffiti"),
                text("what", "a tag"),
                photo("p", &dirty),
            ])
            .await;
        let says = section(&page);
        assert!(
            told.iter().chain(&rest).all(|words| says.contains(words))
                && says.contains("We took off:"),
            "{says}"
        );
        assert!(!page.text().contains("CANARY"));
    }
    let (page, _) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", "a tag"),
            photo("p.jpg", &jpeg()),
        ])
        .await;
    let says = section(&page);
    assert!(
        says.contains("There was nothing hidden in it.")
            && !told.iter().chain(&rest).any(|words| says.contains(words)),
        "the control: {says}"
    );
}
