//! P11: every page in every language is one response of at most 14,600 bytes with its headers, not
//! counting the typed text. The largest are the check page with everything that it can contain, and
//! the form with a mistake at every field.

use loke::gateway::web::pages::{SIZE_CLASS, THUMBNAIL_ROOM};
use loke::pickup::Row;
use loke::receipt::Receipt;
use loke::reply_rows::{Letter, REPLY_MAX, Stage};

use super::{get, languages, post};
use crate::house::browser::{Field, Page, jpeg, photo, request, text};
use crate::house::{House, limit};
use crate::photo::make;
use loke::words::Languages;

const LIMIT: usize = 14_600;

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
/// More hints than the page shows, of every reason, each cut on both sides, in a language that no
/// rules know.
fn telling() -> String {
    let words = "\u{441}\u{43b}\u{43e}\u{432}\u{43e} ".repeat(5);
    let once = [
        "a@b.cd",
        "01603 555 019",
        "text me",
        "my name is",
        "I live",
        "next door to me",
        "my mum",
        "my job",
    ];
    let hints = once.into_iter().chain(["only me"; 13]);
    hints
        .map(|hint| format!("{words}{hint}, {words}\n"))
        .collect()
}

/// Leaves the longest reply that a row can carry, in a box with older ones.
async fn leave_longest_reply(house: &House, to: &Receipt) {
    let day = house.clock.today();
    let letter = Letter {
        stage: Stage::PassedOn,
        answer_to: None,
        older: 7,
        day,
        text: "&".repeat(REPLY_MAX / 5),
    };
    let name = to.reply_box().row(day, 0);
    let sealed = to.reply_key().seal_row(name, &letter).unwrap().unwrap();
    let rows = vec![Row { name, sealed }];
    let store = &house.store;
    store
        .replace_replies("desk", [1; 16], day, rows)
        .await
        .unwrap();
}

/// Bytes of a page without the typed text (in fields, in the summary and in the marked extracts) and
/// without the thumbnails.
fn weight(page: &Page) -> usize {
    let text = page.text();
    let inside = |open: &str, close: &str| -> Vec<String> {
        let parts = text
            .split(open)
            .skip(1)
            .filter_map(|rest| rest.split_once(close));
        parts.map(|(inner, _)| inner.to_owned()).collect()
    };
    let mut typed: usize = inside("<textarea", "</textarea>")
        .iter()
        .map(|area| area.split_once('>').unwrap().1.len())
        .sum();
    typed += inside("<bdi>", "</bdi>")
        .iter()
        .map(|mark| mark.replace('…', "").len() - "<mark></mark>".len())
        .sum::<usize>();
    typed += inside("<input type=\"text\"", ">")
        .iter()
        .filter_map(|input| Some(input.split_once("value=\"")?.1.split_once('"')?.0.len()))
        .sum::<usize>();
    typed += inside("<dd dir=auto>", "</dd>")
        .iter()
        .map(String::len)
        .sum::<usize>();
    page.wire - typed - text.matches("<img ").count() * THUMBNAIL_ROOM
}

/// A check page with everything that it can contain: twenty hints and the sentence that there are
/// more, four photos with everything removed, more that could not be read.
fn everything(language: &str, token: &str) -> Vec<Field> {
    let mut fields = vec![
        text("token", token),
        text("language", language),
        text("topic", "cuckooing"),
        text("campaign", "9WQG8P"),
    ];
    fields.extend([
        text("what", &telling()),
        text("where", "x"),
        text("impact", "x"),
        text("vehicle", "x"),
        text("how_known", "saw"),
    ]);
    fields.extend([
        text("danger", "yes"),
        text("child", "yes"),
        text("ongoing", "yes"),
        text("offensive", "yes"),
    ]);
    let signs = loke::tip::Topic::ALL
        .iter()
        .flat_map(|topic| loke::signs::of(*topic));
    fields.extend(signs.map(|sign| text("signs", sign)));
    let bad: [&[u8]; 5] = [
        HEIC,
        b"GIF89a\x01\0\x01\0\0\0\0;",
        &jpeg()[..300],
        b"no photo",
        b"no photo",
    ];
    fields.extend(bad.map(|bytes| photo("p", bytes)));
    fields.extend((0..5).map(|_| photo("p.jpg", &make::dirty_jpeg())));
    fields
}

fn mistaken(language: &str) -> Vec<Field> {
    let mut fields = vec![
        text("language", language),
        text("campaign", "9WQG8P"),
        photo("p", HEIC),
    ];
    fields.extend(
        ["what", "where", "when", "impact", "vehicle"]
            .map(|name| text(name, &"x".repeat(33 << 10))),
    );
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_every_page_in_every_language_fits_the_first_flight_of_bytes() {
    let house = House::on("sqlite:queue.db", |table| {
        table.insert("demo".into(), true.into());
        crate::page::say_everything(table);
        limit(
            table,
            &[
                ("requests_per_minute", 100_000),
                ("reports_per_hour", 100_000),
                ("photos_per_hour", 100_000),
            ],
        );
    })
    .await;
    let words = Languages::read().unwrap();
    let mut pages = Vec::new();
    let [empty, full] = [b"a", b"b"].map(|token| Receipt::derive(&[1; 32], token));
    leave_longest_reply(&house, &full).await;
    let [empty, full] = [empty, full].map(|receipt| receipt.groups().concat());
    for (code, _) in languages() {
        let code = code.as_str();
        let name = |path: &str| format!("{code} {path}");
        for path in [
            "/",
            "/c/ab12cd34",
            "/about",
            "/device",
            "/privacy",
            "/accessibility",
            "/messages",
            "/s/1",
            "/s/2",
            "/s/3",
            "/nowhere",
        ] {
            pages.push((name(path), 0, get(&house, path, code).await));
        }
        let check = post(&house, "/check", &everything(code, &house.token().await)).await;
        let html = check.text();
        let holds = |part: &str| html.matches(part).count();
        assert_eq!(
            (
                holds("<bdi>"),
                holds("<h3>"),
                holds("name=drop"),
                holds("href=#photos")
            ),
            // Twenty hints, and five numbers of help.
            (25, 9, 4, 4),
            "{html}"
        );
        assert_eq!((check.status, holds("…")), (200, 40));
        assert!(
            html.contains(words.pick(code).say("check-unread")),
            "{html}"
        );
        pages.push((name("check with everything"), 0, check));
        let form = post(&house, "/check", &mistaken(code)).await;
        assert_eq!(
            (
                form.status,
                form.text().matches("class=\"mistake\"").count()
            ),
            (422, 6)
        );
        pages.push((name("check with mistakes"), 0, form));
        let sent = [
            text("token", &house.token().await),
            text("language", code),
            text("topic", "graffiti"),
            text("what", "x"),
            photo("p.jpg", &jpeg()),
        ];
        pages.push((
            name("send that adds a photo"),
            0,
            post(&house, "/send", &sent).await,
        ));
        let looked_at = post(&house, "/check", &sent[..4]).await.carries(&sent[..4]);
        for name in [name("receipt"), name("receipt again")] {
            let receipt = post(&house, "/send", &looked_at).await;
            assert!(receipt.receipt().is_some());
            pages.push((name, 0, receipt));
        }
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        for (what, digits) in [
            ("messages", "1"),
            ("messages of an empty box", &empty),
            ("messages with the longest reply", &full),
        ] {
            let asked = form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("receipt", digits), ("language", code)])
                .finish();
            let page = request(house.web, "POST /messages", &[kind], asked.as_bytes())
                .await
                .unwrap();
            assert_eq!(page.body.len(), 2 * SIZE_CLASS, "{code} {what}");
            pages.push((name(what), 0, page));
        }
        let unread = request(
            house.web,
            "POST /check",
            &[("Content-Type", "text/plain"), ("Accept-Language", code)],
            b"x",
        )
        .await
        .unwrap();
        assert_eq!(unread.status, 415);
        pages.push((name("no form"), 0, unread));
    }
    // Until the page reports that the queue is full.
    while post(
        &house,
        "/send",
        &house
            .check(&[text("topic", "drugs"), text("what", "x")])
            .await
            .1,
    )
    .await
    .status
        == 200
    {}
    for (code, _) in languages() {
        let fields: Vec<_> = everything(&code, &house.token().await)
            .into_iter()
            .filter(|field| matches!(field, Field::Text(..)))
            .collect();
        let mut looked_at = post(&house, "/check", &fields).await.carries(&fields);
        for name in ["not received", "to be sent again in a few seconds"] {
            let full = post(&house, "/send", &looked_at).await;
            assert_eq!(full.status, 503);
            pages.push((format!("{code} {name}"), 0, full));
            looked_at.push(text("website", "a field that no person sees"));
        }
    }
    for (_, bytes, page) in &mut pages {
        assert!(page.text().contains("class=\"demo\""));
        *bytes = weight(page);
    }
    pages.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    for (code, _) in languages() {
        let (name, bytes, _) = pages
            .iter()
            .find(|(name, ..)| name.starts_with(&format!("{code} ")))
            .unwrap();
        let (_, form, _) = pages
            .iter()
            .find(|(name, ..)| *name == format!("{code} /"))
            .unwrap();
        println!("{code}: the form {form} bytes, the largest page {bytes} ({name})");
    }
    let over: Vec<_> = pages
        .iter()
        .filter(|(_, bytes, _)| *bytes > LIMIT)
        .map(|(name, bytes, _)| (name, bytes))
        .collect();
    assert!(over.is_empty(), "{over:?}");
    house.leaves(house.used().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_all_that_is_not_weighed() {
    let house = House::open().await;
    let weigh = async |what: &str, place: &str| {
        let (page, _) = house
            .check(&[
                text("topic", "drugs"),
                text("what", what),
                text("where", place),
            ])
            .await;
        (weight(&page), page.wire)
    };
    let (light, wire) = weigh("a", "b").await;
    let (same, more) = weigh(&"𠀀 ".repeat(990), &"<".repeat(200)).await;
    // A page's padding depends on its length; for a long page it is at most 64 bytes.
    assert!(
        same <= light && more > wire,
        "{light} {same}, {wire} {more}"
    );
    let (marked, _) = weigh(&format!("call me {}", "𠀀 ".repeat(980)), &"<".repeat(200)).await;
    assert!(
        marked > same,
        "a mark's reason is ours and is weighed: the control. {marked} {same}"
    );
}
