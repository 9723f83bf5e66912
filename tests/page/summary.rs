//! R8, R2, R12, R13: the check page sums up what was given, Send before everything else; it names
//! help where a home was taken over, and shows the photos. Its length does not tell the topic.

use std::collections::BTreeSet;

use loke::gateway::web::pages::THUMBNAIL_ROOM;
use loke::tip::Topic;
use loke::words::Languages;
use zune_core::bytestream::ZCursor;

use crate::house::House;
use crate::house::browser::{Field, Page, jpeg, photo, text};
use crate::photo::make;

async fn check(house: &House, language: &str, fields: &[Field]) -> Page {
    let mut all = vec![
        text("token", &house.token().await),
        text("language", language),
    ];
    all.extend_from_slice(fields);
    house.post("/check", &all).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_page_sums_up_what_was_given_and_sends_before_it_changes() {
    let house = House::open().await;
    let report = [
        text("topic", "drugs"),
        text("what", "two <men>"),
        text("danger", "unsure"),
        text("signs", "deals"),
    ];
    let html = check(&house, "en", &report).await.text();
    let summary = html
        .split_once("<dl>")
        .unwrap()
        .1
        .split_once("</dl>")
        .unwrap()
        .0;
    let lines: Vec<String> = summary
        .split("<dt>")
        .skip(1)
        .map(|line| {
            let (label, answer) = line.split_once("<dd").unwrap();
            let answer = answer
                .split_once('>')
                .unwrap()
                .1
                .split("</dd>")
                .next()
                .unwrap();
            format!("{label} {answer}")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "What is it about? Drug dealing or drug use",
            "What did you see or hear? two &#60;men&#62;",
            "Is someone in danger? Not sure",
            "Did you see any of these? Small things change hands for money",
        ]
    );
    let at = |says: &str| html.find(says).unwrap_or_else(|| panic!("{says}: {html}"));
    let order = [
        "<dl>",
        "We found no words",
        "<button>Send<",
        "<details><summary>Change something",
        "name=topic",
    ];
    assert!(
        order.windows(2).all(|pair| at(pair[0]) < at(pair[1])),
        "{html}"
    );
    // If words are marked, the fields are unfolded, since the marks lead there.
    let marked = [text("topic", "drugs"), text("what", "my name is Ann")];
    let html = check(&house, "en", &marked).await.text();
    assert!(
        html.contains("<details open><summary>Change something"),
        "{html}"
    );
    // Enter in a field of either page presses its first button, which checks.
    for page in [house.get("/en").await.text(), html] {
        let first = page
            .split_once("<button")
            .unwrap()
            .1
            .split('>')
            .next()
            .unwrap();
        assert!(
            first.contains("formaction=\"/check\"") && first.contains("tabindex=-1"),
            "{first}"
        );
    }
    // More signs than the summary names are counted.
    let many: Vec<Field> = loke::signs::of(Topic::Cuckooing)
        .iter()
        .map(|sign| text("signs", sign))
        .collect();
    let html = check(&house, "en", &[report[..2].to_vec(), many].concat())
        .await
        .text();
    assert!(
        html.contains(&format!(
            " +{}</dd>",
            loke::signs::of(Topic::Cuckooing).len() - 5
        )),
        "{html}"
    );
}

/// A house whose help has every signpost.
async fn signposted() -> House {
    House::on("sqlite:queue.db", |table| {
        crate::page::say_everything(table);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_home_was_taken_over_help_is_named_and_no_length_tells_the_topic() {
    let house = signposted().await;
    let officer = house.officer("desk", "").await;
    for words in Languages::read().unwrap().all() {
        let mut lengths: [BTreeSet<usize>; 3] = Default::default();
        for topic in Topic::ALL {
            // A long text, so that the page is longer than its fixed size.
            let report = [
                text("topic", topic.word()),
                text("what", &"&".repeat(1_990)),
            ];
            let pictured = [report.to_vec(), vec![photo("p.jpg", &jpeg())]].concat();
            let checked = check(&house, words.code, &report).await;
            let with_photo = check(&house, words.code, &pictured).await;
            let mut all = checked.carries(&report);
            all.push(text("language", words.code));
            let receipt = house.post("/send", &all).await;
            assert!(receipt.receipt().is_some(), "{}", receipt.text());
            officer.pull().await;
            for page in [&checked, &receipt] {
                let html = page.text();
                for says in [
                    "help-heading",
                    "help-victims",
                    "help-slavery",
                    "help-housing",
                    "help-debt",
                    "help-police",
                    "help-council",
                ] {
                    assert_eq!(
                        html.contains(words.say(says)),
                        *topic == Topic::Cuckooing,
                        "{} {topic} {says}: {html}",
                        words.code
                    );
                }
                for number in ["08000 121 700", "0800 085 0000", "0300 303 3706"] {
                    assert_eq!(
                        html.contains(number),
                        *topic == Topic::Cuckooing,
                        "{number}"
                    );
                }
            }
            assert_eq!(
                with_photo.text().contains(words.say("check-photo-safe")),
                *topic == Topic::Cuckooing
            );
            for (lengths, page) in lengths.iter_mut().zip([&checked, &with_photo, &receipt]) {
                lengths.insert(page.text().len());
            }
        }
        assert!(
            lengths.iter().all(|lengths| lengths.len() == 1),
            "{}: {lengths:?}",
            words.code
        );
    }
    let mut lists = BTreeSet::new();
    for number in 1..=3 {
        let page = house.get(&format!("/s/{number}")).await;
        assert_eq!(page.text().contains("0300 303 3706"), number == 2);
        lists.insert(page.body.len());
    }
    assert_eq!(lists.len(), 1, "{lists:?}");
    let longer = [text("topic", "drugs"), text("what", &"&".repeat(1_900))];
    let shorter = check(&house, "en", &longer).await.text().len();
    let long = [text("topic", "drugs"), text("what", &"&".repeat(1_990))];
    assert_ne!(
        check(&house, "en", &long).await.text().len(),
        shorter,
        "the control"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_photo_is_shown_as_a_small_picture_of_its_own_and_always_takes_the_same_room() {
    let house = House::open().await;
    let report = [text("topic", "graffiti"), text("what", "a tag")];
    let of = async |photos: &[Vec<u8>]| {
        let fields = [
            report.to_vec(),
            photos.iter().map(|bytes| photo("p.jpg", bytes)).collect(),
        ]
        .concat();
        check(&house, "en", &fields).await
    };
    let none = of(&[]).await;
    let noise = make::dirty_jpeg();
    for photos in [
        vec![jpeg()],
        vec![noise.clone()],
        vec![jpeg(), noise.clone(), jpeg(), noise],
    ] {
        let page = of(&photos).await;
        let html = page.text();
        let shown: Vec<&str> = html
            .split("<img src=\"data:image/jpeg;base64,")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(shown.len(), photos.len(), "{html}");
        for picture in &shown {
            use base64::{Engine, engine::general_purpose::STANDARD};
            assert!(picture.len() <= THUMBNAIL_ROOM && THUMBNAIL_ROOM <= 2_000);
            let jpeg = STANDARD.decode(picture).unwrap();
            let mut image = zune_jpeg::JpegDecoder::new(ZCursor::new(&jpeg));
            image.decode_headers().unwrap();
            let (width, height) = image.dimensions().unwrap();
            assert!(width.max(height) <= 96 && width >= 8);
            // Pixels and a plain JFIF header, as in the photo itself (promise P10).
            assert!(
                !crate::house::contains(&jpeg, b"Exif")
                    && !crate::house::contains(&jpeg, b"CANARY")
            );
        }
        assert_eq!(
            page.body.len(),
            none.body.len() + photos.len() * THUMBNAIL_ROOM
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.ends_with("; img-src data:"), "{policy}");
    }
    for page in [&none, &house.get("/en").await, &house.get("/about").await] {
        let policy = page.header("content-security-policy").unwrap();
        assert!(!policy.contains("img-src"), "on that page alone: {policy}");
    }
}
