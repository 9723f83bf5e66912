//! What a resident can do and what can go wrong: every bad input gets a readable page with the
//! right status, keeps the typed words if possible, and stores nothing in part (promises P6, P9,
//! P11). When each test ends, the house searches every file and the log for the words.

mod bodies;
mod campaigns;
mod messages;
mod planted;
mod taps;
pub(crate) mod timing;
mod unproven;

use crate::house::browser::{Field, jpeg, photo, text};
use crate::house::{House, NOON};
use loke::tip::YesNo;

/// The form with another value in this field.
fn with(form: &[Field], name: &str, value: &str) -> Vec<Field> {
    let mut form: Vec<Field> = form
        .iter()
        .filter(|field| !matches!(field, Field::Text(n, _) if n == name))
        .cloned()
        .collect();
    form.push(text(name, value));
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_arrives_as_it_was_given() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let what = format!(
        "They swapped the lock. żółć 灰色 سيارة 🚗 \"quoted\" <b> & {}",
        house.canary("what")
    );
    let place = house.canary("where");
    let fields = [
        text("topic", "cuckooing"),
        text("what", &what),
        text("where", &place),
        text("when", "most evenings"),
        text("ongoing", "yes"),
        text("danger", "no"),
        text("child", "unsure"),
        text("impact", "We do not sleep"),
        text("vehicle", "grey van"),
        text("how_known", "saw"),
        text("signs", "visitors"),
        text("signs", "curtains"),
        photo("IMG_0001.jpg", &jpeg()),
        photo("IMG_0002.jpg", &jpeg()),
    ];
    house.report(&fields).await;
    let tip = officer.the_tip().await;
    assert_eq!(
        (tip.what.as_str(), tip.place.as_deref(), tip.when.as_deref()),
        (what.as_str(), Some(place.as_str()), Some("most evenings"))
    );
    assert_eq!(
        (tip.ongoing, tip.danger, tip.child, tip.offensive),
        (Some(YesNo::Yes), Some(YesNo::No), Some(YesNo::Unsure), None)
    );
    assert_eq!(
        (tip.impact.as_deref(), tip.vehicle.as_deref()),
        (Some("We do not sleep"), Some("grey van"))
    );
    assert_eq!(
        (
            tip.how_known.unwrap().word(),
            tip.lane.word(),
            tip.priority.word(),
            tip.channel.word()
        ),
        ("saw", "cuckooing", "soon", "web")
    );
    assert_eq!(tip.signs, ["visitors", "curtains"]);
    assert_eq!(
        (tip.received.as_str(), tip.language.as_str(), tip.proven),
        ("2026-11-21", "en", true)
    );
    assert_eq!(
        tip.photos
            .iter()
            .map(|p| p.name.as_str())
            .collect::<Vec<_>>(),
        ["photo-1.jpg", "photo-2.jpg"]
    );
    assert!(tip.campaign.is_none() && tip.thread.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_at_its_field_and_keeps_what_was_typed() {
    let house = House::open().await;
    let what = format!("{} {}", house.canary("what"), "x".repeat(2_000));
    let (page, all) = house
        .check(&[text("topic", "drugs"), text("what", &what)])
        .await;
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("characters too long") && page.text().contains("id=\"what-mistake\""),
        "{}",
        page.text()
    );
    assert_eq!(page.area("what"), what);
    assert_eq!(
        house.post("/send", &all).await.status,
        422,
        "what is too long cannot be sent past the check either"
    );
    let (page, _) = house.check(&[text("what", "no topic")]).await;
    assert!(page.status == 422 && page.text().contains("Choose what it is about."));
    let (page, _) = house.check(&[text("topic", "drugs")]).await;
    assert!(page.status == 422 && page.text().contains("Tell us what you saw."));
    let (page, _) = house
        .check(&[text("topic", "drugs"), text("what", &"y".repeat(200_000))])
        .await;
    assert!(page.status == 422 && page.text().contains("cut the end off"));
    let (page, _) = house
        .check(&[
            text("topic", &house.canary("topic")),
            text("what", "a topic off the list"),
        ])
        .await;
    assert_eq!(page.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_photo_is_named_and_costs_no_words() {
    let house = House::open().await;
    let what = house.canary("what");
    let heic = [
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(),
        house.canary("heic").as_bytes(),
    ]
    .concat();
    let avif = [
        b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf".as_slice(),
        house.canary("avif").as_bytes(),
    ]
    .concat();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{}</text></svg>",
        house.canary("svg")
    );
    let cases: [(&[u8], &str); 11] = [
        (b"this is no photo at all", "not a photo"),
        (&heic, "HEIC"),
        (&jpeg()[..300], "damaged"),
        (&vec![0xff; loke::photo::MAX_BYTES + 1], "too large"),
        (b"GIF89a\x01\0\x01\0\0\0\0;", "JPEG, PNG or WebP"),
        (&avif, "JPEG, PNG or WebP"),
        (svg.as_bytes(), "JPEG, PNG or WebP"),
        (b"II*\0\x08\0\0\0", "JPEG, PNG or WebP"),
        (b"BM\x36\0\0\0", "JPEG, PNG or WebP"),
        (b"%PDF-1.7\n", "JPEG, PNG or WebP"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "JPEG, PNG or WebP"),
    ];
    for (bytes, says) in cases {
        let (page, all) = house
            .check(&[
                text("topic", "graffiti"),
                text("what", &what),
                photo(&house.canary("name"), bytes),
            ])
            .await;
        assert_eq!(
            (page.status, page.area("what")),
            (200, what.clone()),
            "{says}"
        );
        let told = page.text();
        let (_, sentence) = told
            .split_once("Photo 1:")
            .unwrap_or_else(|| panic!("{says}: {told}"));
        assert!(
            sentence.split("<li>").next().unwrap().contains(says),
            "{says}: {told}"
        );
        assert!(
            !all.iter()
                .any(|f| matches!(f, Field::Text(name, _) if name == "ticket"))
        );
    }
    let five: Vec<Field> = (0..5).map(|_| photo("p.jpg", &jpeg())).collect();
    let (page, all) = house
        .check(
            &[
                &[text("topic", "graffiti"), text("what", &what)],
                five.as_slice(),
            ]
            .concat(),
        )
        .await;
    assert!(
        page.text().contains("4 photos at most")
            && page.text().contains("Photo 4")
            && !page.text().contains("Photo 5")
    );
    assert!(house.post("/send", &all).await.receipt().is_some());
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_that_waited_too_long_are_asked_for_again_and_the_words_stay() {
    let house = House::open().await;
    let what = house.canary("what");
    let (_, all) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", &what),
            photo("p.jpg", &jpeg()),
        ])
        .await;
    house.clock.advance(21 * 60);
    let page = house.post("/send", &all).await;
    assert!(page.text().contains("waiting too long") && page.receipt().is_none());
    assert_eq!((page.area("what"), page.hidden("ticket")), (what, None));
    assert!(
        house
            .post("/send", &page.carries(&all))
            .await
            .receipt()
            .is_some()
    );
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_can_be_added_and_left_out_on_the_check_page() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let (_, mut all) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", "a tag"),
            photo("a.jpg", &jpeg()),
        ])
        .await;
    all.push(photo("b.jpg", &jpeg()));
    let page = house.post("/send", &all).await;
    assert!(
        page.receipt().is_none()
            && page.text().contains("Photo 2")
            && page.text().contains("We added your photos"),
        "new photos are looked at first"
    );
    let all = [page.carries(&all), vec![text("drop", "1")]].concat();
    assert!(house.post("/send", &all).await.receipt().is_some());
    assert_eq!(officer.the_tip().await.photos.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_small_bare_and_says_nothing_of_what_runs_it() {
    let house = House::open().await;
    let (check, all) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", "a"),
            photo("p.jpg", &jpeg()),
        ])
        .await;
    let mut pages = vec![
        ("check", check),
        ("receipt", house.post("/send", &all).await),
    ];
    for path in [
        "/",
        "/en",
        "/about",
        "/messages",
        "/s/1",
        "/s/2",
        "/s/3",
        "/nowhere",
        "/c/AB12",
    ] {
        pages.push((path, house.get(path).await));
    }
    for (path, page) in &pages {
        let text = page.text();
        // The resident's own thumbnails are not counted.
        let wire =
            page.wire - text.matches("<img ").count() * loke::gateway::web::pages::THUMBNAIL_ROOM;
        assert!(wire <= 14_600, "{path}: {wire} bytes");
        assert_eq!(text.matches("<title>").count(), 1, "{path}");
        assert!(text.contains("<title>Your message</title>"), "{path}");
        for bad in [
            "<script",
            "http://",
            "https://",
            "<img",
            "<svg",
            "@font-face",
            "url(",
            "set-cookie",
        ] {
            // A picture is the resident's own thumbnail, and is in the page itself.
            let bare = text.replace("<img src=\"data:image/jpeg;base64,", "");
            assert!(!bare.to_lowercase().contains(bad), "{path} has {bad}");
        }
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        for name in [
            "server",
            "set-cookie",
            "x-powered-by",
            "via",
            "last-modified",
            "etag",
        ] {
            assert_eq!(page.header(name), None, "{path}");
        }
        assert!(
            text.find("class=\"leave\"").unwrap() < text.find("<main>").unwrap(),
            "leaving comes first"
        );
    }
    println!(
        "bytes on the wire: {:?}",
        pages
            .iter()
            .map(|(p, page)| (*p, page.wire))
            .collect::<Vec<_>>()
    );
    house.leaves(1);
}

/// R9: nothing is chosen beforehand. Some text browsers tick the first option of a question that
/// has no option ticked: that option has no value and is not shown.
#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_chosen_beforehand_and_the_first_of_each_question_is_none() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let radios = |page: &str| -> Vec<String> {
        page.split('<')
            .filter(|tag| tag.starts_with("input type=radio"))
            .map(|tag| tag.split('>').next().unwrap().to_owned())
            .collect()
    };
    let ticked = |page: &str| page.matches(" checked").count();
    let form = house.get("/en").await.text();
    assert_eq!(ticked(&form), 0, "{form}");
    for name in ["danger", "child", "ongoing", "how_known"] {
        let of = format!("input type=radio name={name} ");
        let first = radios(&form).into_iter().find(|tag| tag.starts_with(&of));
        assert_eq!(first, Some(format!("{of}value=\"\" hidden")), "{name}");
    }
    let report = |what: &str, answers: &[(&str, &str)]| -> Vec<Field> {
        let mut fields = vec![text("topic", "drugs"), text("what", what)];
        fields.extend(answers.iter().map(|(name, value)| text(name, value)));
        fields
    };
    // Not answered, as lynx sends it, and answered with "not sure" and "I will not say".
    let open = ["danger", "child", "ongoing", "how_known"].map(|name| (name, ""));
    let unsure = [
        ("danger", "unsure"),
        ("child", "unsure"),
        ("ongoing", "unsure"),
        ("how_known", "unsaid"),
    ];
    let said = [("danger", "no"), ("how_known", "saw")];
    for (what, answers, ticks) in [
        ("left open", &open[..], 1),
        // The other two answers are hidden fields of this page.
        ("not sure", &unsure[..], 3),
        ("said", &said[..], 2),
    ] {
        let (check, _) = house.check(&report(what, answers)).await;
        assert_eq!(ticked(&check.text()), ticks, "{what}: {}", check.text());
        house.report(&report(what, answers)).await;
    }
    officer.pull().await;
    for tip in officer.tips().await {
        let (answer, how) = match tip.what.as_str() {
            "left open" => (None, None),
            "not sure" => (Some(YesNo::Unsure), Some("unsaid")),
            _ => (Some(YesNo::No), Some("saw")),
        };
        assert_eq!(
            (tip.danger, tip.how_known.map(|how| how.word())),
            (answer, how),
            "{}",
            tip.what
        );
        let written = serde_json::to_value(&tip).unwrap();
        let json = match tip.what.as_str() {
            "left open" => serde_json::json!([null, null, null, null]),
            "not sure" => serde_json::json!(["unsure", "unsure", "unsure", "unsaid"]),
            _ => serde_json::json!([false, null, null, "saw"]),
        };
        let shown = ["danger", "child", "ongoing", "how_known"].map(|key| written[key].clone());
        assert_eq!(serde_json::json!(shown), json, "{}", tip.what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tips_are_released_at_fixed_times_and_urgent_ones_at_once() {
    let house = House::on("sqlite:queue.db", |table| {
        table["pickup"]
            .as_table_mut()
            .unwrap()
            .insert("release_minutes".into(), 60.into());
    })
    .await;
    let officer = house.officer("desk", "").await;
    house
        .report(&[text("topic", "drugs"), text("what", "not urgent")])
        .await;
    house
        .report(&[
            text("topic", "drugs"),
            text("what", "urgent"),
            text("danger", "yes"),
        ])
        .await;
    let offensive = [
        text("topic", "graffiti"),
        text("what", "urgent too"),
        text("offensive", "yes"),
    ];
    house.report(&offensive).await;
    assert_eq!(officer.pull().await.collected, 2, "only what is urgent");
    let urgent = officer.tips().await;
    assert!(urgent.iter().all(|tip| tip.what.starts_with("urgent")));
    assert_eq!(house.clock.now(), NOON);
    house.clock.advance(3_600);
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while officer.pull().await.collected == 0 {
        tick.tick().await;
    }
    assert_eq!(officer.tips().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_is_collected_only_by_its_desks() {
    let house = House::open().await;
    let graffiti = house.officer("cleansing", "graffiti").await;
    let rest = house
        .officer("abate", "safeguarding,cuckooing,drugs,other")
        .await;
    for topic in ["graffiti", "drugs", "cuckooing", "other"] {
        house
            .report(&[text("topic", topic), text("what", topic)])
            .await;
    }
    graffiti.pull().await;
    assert_eq!(
        graffiti
            .tips()
            .await
            .iter()
            .map(|t| t.what.clone())
            .collect::<Vec<_>>(),
        ["graffiti"]
    );
    rest.pull().await;
    assert_eq!(rest.tips().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_sees_what_is_there() {
    let house = House::open().await;
    let word = house.canary("control");
    let file = house.config.with_file_name("left-behind");
    std::fs::write(&file, &word).unwrap();
    assert_eq!(
        crate::house::sweep(house.config.parent().unwrap(), std::slice::from_ref(&word)).len(),
        1
    );
    std::fs::remove_file(&file).unwrap();
}
