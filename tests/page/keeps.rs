//! R4, R11: the words survive a change of language and a mistake, as far as a page without script
//! can keep them.

use loke::words::Languages;

use crate::house::House;
use crate::house::browser::{Field, Page, jpeg, photo, text};

/// Values for every field of the form.
fn everything() -> Vec<Field> {
    let mut fields = vec![text("language", "en"), text("campaign", "9WQG8P")];
    for (name, value) in [
        ("topic", "cuckooing"),
        ("what", "two men with a key"),
        ("where", "the flats <by> the \"river\""),
        ("when", "most nights"),
        ("danger", "no"),
        ("child", "unsure"),
        ("ongoing", "yes"),
        ("signs", "visitors"),
        ("signs", "needles"),
        ("offensive", "yes"),
        ("impact", "we do not sleep"),
        ("vehicle", "a grey van"),
        ("how_known", "unsaid"),
    ] {
        fields.push(text(name, value));
    }
    fields
}

/// What a browser would send from this page: each field of a form with its value, without the
/// token, the ticket and the language.
fn would_send(page: &Page) -> Vec<(String, String)> {
    let html = page.text();
    let mut sent = Vec::new();
    for tag in html.split('<').filter(|tag| tag.starts_with("input")) {
        let tag = tag.split('>').next().unwrap();
        let value_of = |name: &str| {
            let rest = tag.split_once(&format!(" {name}="))?.1;
            Some(match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap().to_owned(),
                None => rest.split(' ').next().unwrap().to_owned(),
            })
        };
        let chosen = ["radio", "checkbox"].contains(&value_of("type").unwrap_or_default().as_str());
        let name = value_of("name").unwrap();
        let ours = ["token", "ticket", "language", "website", "photos"].contains(&name.as_str());
        if !ours && (!chosen || tag.ends_with(" checked")) {
            sent.push((name, value_of("value").unwrap_or_default()));
        }
    }
    for name in ["what", "impact"] {
        sent.push((name.to_owned(), page.area(name)));
    }
    sent.sort();
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_language_keeps_every_answer_and_the_photos() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let form = house.get("/en").await;
    let mut fields = everything();
    fields.push(text("token", &form.hidden("token").unwrap()));
    fields.push(photo("p.jpg", &jpeg()));
    let mut expected: Vec<(String, String)> = everything()
        .iter()
        .filter_map(|field| match field {
            Field::Text(name, value) if name != "language" => Some((
                name.clone(),
                value
                    .replace('<', "&#60;")
                    .replace('>', "&#62;")
                    .replace('"', "&#34;"),
            )),
            _ => None,
        })
        .collect();
    expected.sort();
    for words in Languages::read().unwrap().all() {
        let page = house.post(&format!("/{}", words.code), &fields).await;
        let html = page.text();
        assert_eq!(page.status, 200, "{html}");
        assert!(
            html.contains(&format!("<html lang=\"{}\"", words.code))
                && html.contains("action=\"/check\"")
                && !html.contains("role=\"alert\""),
            "{html}"
        );
        assert_eq!(would_send(&page), expected, "{}", words.code);
        assert_eq!(html.matches("name=drop").count(), 1, "the photo is kept");
        assert!(page.hidden("ticket").is_some());
        assert_eq!(page.hidden("language").as_deref(), Some(words.code));
        // From there to the desk.
        let mut all = page.carries(&fields);
        all.retain(|field| !matches!(field, Field::Text(name, _) if name == "language"));
        all.push(text("language", words.code));
        let check = house.post("/check", &all).await;
        assert_eq!(check.status, 200, "{}", check.text());
        let receipt = house.post("/send", &check.carries(&all)).await;
        assert!(receipt.receipt().is_some(), "{}", receipt.text());
        officer.pull().await;
    }
    let tips = officer.tips().await;
    assert!(
        tips.iter()
            .all(|tip| tip.photos.len() == 1 && tip.signs.len() == 2)
    );
    // An empty form changes its language without a complaint; an unknown language is no page.
    let empty = house.post("/pl", &[text("language", "en")]).await;
    assert!(empty.status == 200 && !empty.text().contains("role=\"alert\""));
    assert!(
        empty.text().contains("<footer>"),
        "it is a form like the first one"
    );
    assert_eq!(house.post("/tlh", &fields).await.status, 404, "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_says_what_clears_the_words_and_the_receipt_that_it_can_be_closed() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    for words in Languages::read().unwrap().all() {
        let form = house.get(&format!("/{}", words.code)).await;
        let report = [
            text("token", &form.hidden("token").unwrap()),
            text("language", words.code),
            text("topic", "drugs"),
            text("what", "x"),
        ];
        let check = house.post("/check", &report).await;
        let receipt = house.post("/send", &check.carries(&report)).await;
        for (page, says) in [
            (&form, "lede-clears"),
            (&form, "lede-other"),
            (&check, "check-back"),
            (&receipt, "receipt-close"),
        ] {
            assert!(
                page.text().contains(words.say(says)),
                "{} {says}",
                words.code
            );
        }
        officer.pull().await;
    }
}

/// R11. Only digits are repeated, and never those of a receipt that opens a box (promise P9).
#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_receipt_keeps_its_digits_and_nothing_else() {
    let house = House::open().await;
    let look = async |typed: &str| house.post_urlencoded("/messages", &[("code", typed)]).await;
    let right = house
        .report(&[text("topic", "drugs"), text("what", "x")])
        .await;
    // Another first digit, which the check digits notice.
    let first = right[..1].parse::<u8>().unwrap();
    let wrong = format!("{}{}", (first + 1) % 10, &right[1..]);
    let blank = look("").await;
    for (typed, shown) in [
        ("1234 5678", "1234 5678"),
        ("12-34", "12 34"),
        ("١٢٣٤", "1234"),
        (wrong.as_str(), wrong.as_str()),
        ("<b>my name</b> 12 \"x", "12"),
        ("heron", ""),
        (&"7".repeat(4_000), &"7".repeat(40)),
    ] {
        let page = look(typed).await;
        let html = page.text();
        assert_eq!(page.status, 422, "{typed}");
        assert!(
            html.contains(&format!(" value=\"{shown}\" ")),
            "{typed}: {html}"
        );
        assert!(!html.contains("heron") && !html.contains("my name"));
        assert_eq!(page.body.len(), blank.body.len(), "the page stays one size");
    }
    let found = look(&right).await;
    assert!(
        found.status == 200 && !found.text().contains(&right),
        "a receipt that opens a box is not shown: the control"
    );
    house.leaves(1);
}
