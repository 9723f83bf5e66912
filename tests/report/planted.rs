//! A planted form is useless to an attacker: the attacker shows a resident a form of their own
//! making, with a token that they know, and waits.

use super::with;
use crate::house::House;
use crate::house::browser::{Browser, Field, Page, jpeg, multipart, photo, request, text};

/// The words of a report, on a form with this token.
fn on(token: &str, what: &str) -> Vec<Field> {
    vec![
        text("token", token),
        text("language", "en"),
        text("topic", "drugs"),
        text("what", what),
    ]
}

/// Opens the check page and sends it. Returns the check page and the receipt.
async fn report(house: &House, fields: &[Field]) -> (Page, String) {
    let page = house.post("/check", fields).await;
    let receipt = house
        .post("/send", &page.carries(fields))
        .await
        .receipt()
        .unwrap();
    (page, receipt)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_write_on_one_planted_form_have_two_tips_and_two_receipts() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let planted = house.token().await;
    let (_, of_who_planted) = report(&house, &on(&planted, "nothing to see")).await;
    let (page, of_the_resident) = report(&house, &on(&planted, "a van, at the garages")).await;
    assert_ne!(of_who_planted, of_the_resident);
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.what.clone())
        .collect();
    told.sort();
    assert_eq!(told, ["a van, at the garages", "nothing to see"]);
    // The control: the same page with the same words is one tip.
    let again = house
        .post(
            "/send",
            &page.carries(&on(&planted, "a van, at the garages")),
        )
        .await;
    assert_eq!(
        (again.receipt(), house.used().await),
        (Some(of_the_resident), 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_planted_the_form_and_knows_the_words_gets_no_receipt_of_the_residents() {
    let house = House::open().await;
    let (planted, what) = (house.token().await, house.canary("what"));
    let words = on(&planted, &what);
    let (page, of_the_resident) = report(&house, &words).await;
    // The form's own token does not send: not for the attacker, and not ahead of the resident.
    for _ in 0..2 {
        let sent = house.post("/send", &words).await;
        assert_eq!(
            (sent.status, sent.receipt(), sent.area("what")),
            (200, None, what.clone())
        );
        assert!(
            sent.text().contains("action=\"/send\""),
            "it is the check page: {}",
            sent.text()
        );
    }
    assert_eq!(house.used().await, 1);
    // The attacker's own check and send give the attacker's own receipt.
    let (_, of_who_planted) = report(&house, &words).await;
    assert_ne!(of_who_planted, of_the_resident);
    assert_eq!(house.used().await, 2);
    // The attacker plants their own check page instead of the form: the resident's page has another
    // token.
    let their_page = house.post("/check", &words).await;
    let (_, of_the_resident) = report(&house, &their_page.carries(&words)).await;
    let theirs = house
        .post("/send", &their_page.carries(&words))
        .await
        .receipt()
        .unwrap();
    assert_ne!(theirs, of_the_resident);
    // The control: with the resident's own page they would get the receipt.
    assert_ne!(
        house.post("/send", &page.carries(&words)).await.receipt(),
        None
    );
    house.leaves(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_repeats_a_token_that_was_posted() {
    let house = House::on("sqlite:queue.db", |table| {
        table["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 2.into());
    })
    .await;
    let form = house.get("/").await;
    let mut seen = vec![form.hidden("token").unwrap()];
    let mut post = async |path: &str, fields: &[Field]| {
        let page = house.post(path, fields).await;
        let token = page
            .hidden("token")
            .unwrap_or_else(|| panic!("{}", page.text()));
        assert!(!seen.contains(&token), "{path}: {}", page.status);
        seen.push(token);
        page
    };
    let words = on(&form.hidden("token").unwrap(), "a van");
    // The form with a mistake, the check page, the same again, with a photo, with a photo posted to
    // `/send`, with a form's token.
    post("/check", &with(&words, "topic", "")).await;
    let mut page = post("/check", &words).await;
    for photos in [vec![], vec![photo("p.jpg", &jpeg())], vec![]] {
        page = post("/check", &[page.carries(&words), photos].concat()).await;
    }
    page = post(
        "/send",
        &[page.carries(&words), vec![photo("p.jpg", &jpeg())]].concat(),
    )
    .await;
    post("/send", &words).await;
    post("/send", &with(&page.carries(&words), "token", "made up")).await;
    // The page for a full queue, for a person and for a machine.
    let words = on(&form.hidden("token").unwrap(), "no photo with it");
    for n in 0..2 {
        assert!(
            report(
                &house,
                &on(&form.hidden("token").unwrap(), &format!("report {n}"))
            )
            .await
            .1
            .len()
                == 28
        );
    }
    let page = post("/check", &words).await;
    let page = post("/send", &page.carries(&words)).await;
    assert_eq!(page.status, 503);
    let page = post("/send", &with(&page.carries(&words), "website", "x")).await;
    assert_eq!(page.status, 503);
    house.leaves(2);
}

/// The time of the first opening is passed from page to page, so that a resident does not wait
/// again on each page.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_moment_of_the_first_opening_goes_from_page_to_page() {
    let house = House::on("sqlite:queue.db", |table| {
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("min_dwell_seconds".into(), 4.into());
    })
    .await;
    let officer = house.officer("desk", "").await;
    for (waits, what) in [(4, "in time"), (0, "too fast")] {
        let form = on(&house.token().await, what);
        house.clock.advance(waits);
        report(&house, &form).await;
    }
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.what.clone(), tip.proven))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [("in time".to_owned(), true), ("too fast".to_owned(), false)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_sends_the_photos_that_it_shows_and_no_others() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let words = [
        text("topic", "graffiti"),
        text("what", &house.canary("what")),
    ];
    let (mine, all) = house
        .check(&[words.as_slice(), &[photo("a.jpg", &jpeg())]].concat())
        .await;
    let (theirs, _) = house
        .check(
            &[
                words.as_slice(),
                &[photo("b.jpg", &jpeg()), photo("c.jpg", &jpeg())],
            ]
            .concat(),
        )
        .await;
    for ticket in [
        theirs.hidden("ticket").unwrap(),
        String::new(),
        "no ticket".to_owned(),
    ] {
        let page = house.post("/send", &with(&all, "ticket", &ticket)).await;
        assert!(
            page.status == 200
                && page.receipt().is_none()
                && page.text().contains("action=\"/send\""),
            "looked at first: {}",
            page.text()
        );
    }
    assert_eq!(house.used().await, 0);
    assert!(
        house
            .post("/send", &mine.carries(&all))
            .await
            .receipt()
            .is_some(),
        "the control"
    );
    assert_eq!(officer.the_tip().await.photos.len(), 1);
}

/// Whoever plants a check page with their own photos never gets the resident's photos: these are
/// stored under a ticket of the resident's page.
#[tokio::test(flavor = "multi_thread")]
async fn photos_of_a_resident_never_lie_under_a_ticket_that_was_planted() {
    let house = House::open().await;
    let words = on(&house.token().await, "a tag");
    let planted = house
        .post(
            "/check",
            &[words.clone(), vec![photo("theirs.jpg", &jpeg())]].concat(),
        )
        .await;
    let shows = |page: &Page| page.text().matches("name=drop").count();
    let page = house
        .post(
            "/check",
            &[planted.carries(&words), vec![photo("mine.jpg", &jpeg())]].concat(),
        )
        .await;
    assert_eq!(
        shows(&page),
        2,
        "the resident sees both, and can leave out what is not theirs"
    );
    assert_ne!(page.hidden("ticket"), planted.hidden("ticket"));
    let look = house.post("/check", &planted.carries(&words)).await;
    assert!(
        shows(&look) <= 1,
        "the planted ticket leads to no photo of the resident"
    );
    let own = house
        .post(
            "/check",
            &[page.carries(&words), vec![text("drop", "1")]].concat(),
        )
        .await;
    assert_eq!(shows(&own), 1);
    assert!(
        house
            .post("/send", &own.carries(&words))
            .await
            .receipt()
            .is_some()
    );
    assert_eq!(
        shows(&house.post("/check", &page.carries(&words)).await),
        2,
        "a second tap on what was left out still finds it: the control"
    );
    house.leaves(1);
}

/// A page of another site posts a form to ours, and the browser reports this. The words may be the
/// resident's, so they are kept.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_form_that_another_site_sent_the_words_alone_are_kept() {
    let house = House::open().await;
    let what = house.canary("what");
    let (_, mut all) = house
        .check(&[
            text("topic", "drugs"),
            text("what", &what),
            text("campaign", "9WQG8P"),
            photo("p.jpg", &jpeg()),
        ])
        .await;
    all = with(&all, "language", "pl");
    let (kind, body) = multipart(&all);
    let post = async |path: &str, from: &str| {
        let headers = [
            ("Content-Type", kind.as_str()),
            ("Accept-Language", "en"),
            ("Sec-Fetch-Site", from),
        ];
        request(house.web, &format!("POST {path}"), &headers, &body)
            .await
            .unwrap()
    };
    for (path, from) in [
        ("/check", "cross-site"),
        ("/send", "cross-site"),
        ("/check", "same-site"),
        ("/send", "same-site"),
    ] {
        let page = post(path, from).await;
        assert_eq!(
            (page.status, page.receipt(), page.area("what")),
            (200, None, what.clone()),
            "{path} {from}"
        );
        let html = page.text();
        assert!(
            html.contains("<html lang=\"en\"")
                && !html.contains("9WQG8P")
                && page.hidden("ticket").is_none(),
            "{html}"
        );
    }
    assert_eq!(house.used().await, 0);
    // The control: from our own page, and from an old browser without this header.
    let own = post("/check", "same-origin").await;
    assert!(own.text().contains("9WQG8P") && own.hidden("ticket").is_some());
    assert!(post("/send", "none").await.receipt().is_some());
    assert!(
        Browser(house.web)
            .post("/send", &all)
            .await
            .unwrap()
            .receipt()
            .is_some()
    );
    house.leaves(1);
}
