//! No input is dropped without notice: the page lists everything that is not in the tip.

use crate::house::House;
use crate::house::browser::{Field, jpeg, multipart, no_photo, photo, request, text};

const EMPTY: &str = "This photo came in empty.";
const ODD: &str = "Something came with your form that we do not know.";
const CUT: &str = "so we cut the end off";

fn report(house: &House) -> Vec<Field> {
    vec![
        text("topic", "graffiti"),
        text("what", &house.canary("what")),
    ]
}

/// Android's picker gives the name of a photo stored in a cloud, without its bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_without_bytes_is_told_and_no_photo_is_nothing() {
    let house = House::open().await;
    let (page, _) = house
        .check(&[report(&house), vec![photo("IMG_0001.jpg", b"")]].concat())
        .await;
    assert!(
        page.status == 200 && page.text().contains(EMPTY) && page.text().contains("Photo 1:"),
        "{}",
        page.text()
    );
    let (page, _) = house
        .check(
            &[
                report(&house),
                vec![
                    photo("a.jpg", &jpeg()),
                    photo("b.jpg", b""),
                    photo("c.jpg", &jpeg()),
                ],
            ]
            .concat(),
        )
        .await;
    assert!(
        page.text().contains(EMPTY)
            && page.text().contains("Photo 2:")
            && !page.text().contains("Photo 3:")
    );
    assert!(page.hidden("ticket").is_some(), "the others are kept");
    let (page, _) = house
        .check(&[report(&house), vec![no_photo()]].concat())
        .await;
    assert!(
        page.status == 200
            && !page.text().contains(EMPTY)
            && !page.text().contains("role=\"alert\""),
        "the control"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_none_of_ours_is_told_and_goes_no_further() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let other = house.canary("other");
    let file = Field::File("file".to_owned(), "a.jpg".to_owned(), jpeg());
    let empty = Field::File("file".to_owned(), "a.jpg".to_owned(), Vec::new());
    for odd in [
        text("whаt", &other),
        text("comment", &other),
        file,
        empty,
        text("topic", &other),
        text("how_known", &other),
        text("ongoing", &other),
        text("danger", &other),
        text("child", &other),
        text("offensive", &other),
        text("campaign", &other),
        text("signs", &other),
        text("what", &other),
        text("", &other),
    ] {
        let (page, all) = house.check(&[vec![odd], report(&house)].concat()).await;
        assert!(
            page.status == 200 && page.text().contains(ODD) && !page.text().contains(&other),
            "{}",
            page.text()
        );
        // If the check page is skipped, the notice comes before anything is stored.
        if all.len() > 4 {
            assert!(house.post("/send", &all).await.receipt().is_none());
        }
    }
    // Empty fields, hidden fields and the honeypot field are not odd.
    let fine = [
        report(&house),
        vec![
            text("comment", ""),
            no_photo(),
            text("website", "x"),
            text("campaign", "9WQG8P"),
            text("signs", "tag"),
        ],
    ]
    .concat();
    let fine: Vec<Field> = fine
        .into_iter()
        .filter(|field| !matches!(field, Field::Text(name, _) if name == "signs"))
        .collect();
    let (page, all) = house.check(&fine).await;
    assert!(
        page.status == 200 && !page.text().contains(ODD),
        "the control: {}",
        page.text()
    );
    assert!(house.post("/send", &all).await.receipt().is_some());
    assert!(
        !serde_json::to_string(&officer.the_tip().await)
            .unwrap()
            .contains(&other)
    );
    let body = format!("topic=graffiti&what=x&comment={other}");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let page = request(house.web, "POST /check", &[kind], body.as_bytes())
        .await
        .unwrap();
    assert!(
        page.text().contains(ODD) && !page.text().contains(&other),
        "without a file field too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_is_cut_alike_by_whatever_way_it_comes() {
    let house = House::open().await;
    let long = "ż".repeat(30_000);
    let (cut, _) = house
        .check(&[text("topic", "drugs"), text("what", &long)])
        .await;
    let plain = house
        .post_urlencoded("/check", &[("topic", "drugs"), ("what", &long)])
        .await;
    assert_eq!((cut.status, plain.status), (422, 422));
    assert!(cut.text().contains(CUT) && plain.text().contains(CUT));
    assert_eq!(cut.area("what"), plain.area("what"));
    assert_eq!(
        cut.area("what"),
        "ż".repeat(16_384),
        "no half a letter at the end"
    );
    // The sum of all fields has a limit as well, so that the page's size has one.
    let all: Vec<Field> = ["what", "where", "when", "impact", "vehicle"]
        .map(|name| text(name, &"<".repeat(30_000)))
        .into();
    let (page, _) = house.check(&all).await;
    assert!(
        page.text().contains(CUT) && page.body.len() < 400 << 10,
        "{}",
        page.body.len()
    );
    let (fine, _) = house
        .check(&[
            text("topic", "drugs"),
            text("what", &"ż".repeat(2_000)),
            text("impact", &"灰".repeat(500)),
        ])
        .await;
    assert!(
        fine.status == 200 && !fine.text().contains(CUT),
        "the control"
    );
}

/// A hundred photos are more parts than the limit, but the words come before them.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_photos_cost_no_words_and_are_told() {
    let house = House::open().await;
    let photos: Vec<Field> = (0..100).map(|_| photo("p.jpg", &jpeg())).collect();
    let (page, all) = house.check(&[report(&house), photos].concat()).await;
    assert!(
        page.status == 200
            && page.text().contains("4 photos at most")
            && !page.text().contains("broke off"),
        "{}",
        page.text()
    );
    assert!(house.post("/send", &all).await.receipt().is_some());
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_its_end_or_with_too_much_before_it_says_that_it_broke_off() {
    let house = House::open().await;
    let (kind, whole) = multipart(&report(&house));
    let end = memchr::memmem::rfind(&whole, b"\r\n--").unwrap();
    let preamble = [vec![b'-'; 20 << 10], b"\r\n".to_vec(), whole.clone()].concat();
    for (body, words) in [
        (&whole[..end], true),
        (&preamble, false),
        (&whole[..3], false),
    ] {
        let page = request(house.web, "POST /check", &[("Content-Type", &kind)], body)
            .await
            .unwrap();
        assert_eq!(
            (page.status, page.text().contains("broke off")),
            (if words { 200 } else { 422 }, true),
            "{}",
            page.text()
        );
        assert_eq!(page.text().contains("canary-what"), words);
    }
}
