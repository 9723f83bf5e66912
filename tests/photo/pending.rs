//! Pending photos, between check and send: fair under a flood, dropped in time, and available only
//! to the page with the ticket.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use loke::gateway::listener::Listener;
use loke::gateway::listener::caller::Caller;
use loke::gateway::memory::pending_photos::{NoRoom, PendingPhotos, Ticket, WAITS};
use loke::gateway::settings::GatewaySettings;
use loke::gateway::state::Gateway;
use loke::gateway::web::{self, Site};
use loke::photo::THUMBNAIL_BYTES;
use loke::seal::MacKey;
use loke::tip::{Photo, Removed};
use tower::ServiceExt;

use crate::house::House;
use crate::house::browser::{Field, Page, jpeg, multipart, photo as file, text};

fn photo(size: usize, fill: u8) -> Photo {
    Photo {
        jpeg: vec![fill; size],
        removed: vec![Removed::Gps, Removed::Trailer],
        thumbnail: Vec::new(),
    }
}

fn waits(pending: &PendingPhotos, ticket: &Ticket, now: i64) -> bool {
    pending.look(ticket, now).is_some()
}

#[test]
fn photos_wait_for_their_ticket_until_forgotten_or_lapsed() {
    let pending = PendingPhotos::new(1 << 20);
    let photos = [photo(1_000, 1), photo(70_000, 2)];
    let ticket = pending.leave(5, &photos, 100).unwrap();
    let other = pending.leave(5, &photos, 100).unwrap();
    for _ in 0..2 {
        let back = pending.look(&ticket, 100 + WAITS - 1).unwrap();
        assert_eq!(back.len(), 2);
        assert!(
            back.iter()
                .zip(&photos)
                .all(|(a, b)| a.jpeg == b.jpeg && a.removed == b.removed)
        );
    }
    assert!(
        !waits(&pending, &ticket, 100 + WAITS),
        "lapsed, though nobody swept"
    );
    pending.forget(&ticket);
    assert!(
        !waits(&pending, &ticket, 100) && waits(&pending, &other, 100),
        "forgetting one leaves the other"
    );
    pending.sweep(100 + WAITS);
    assert!(!waits(&pending, &other, 100), "swept");
}

#[test]
fn a_wrong_or_tampered_ticket_opens_nothing() {
    let pending = PendingPhotos::new(1 << 20);
    let ticket = pending.leave(5, &[photo(1_000, 1)], 0).unwrap();
    let text = ticket.as_str().to_owned();
    assert!(
        waits(&pending, &Ticket::parse(&text).unwrap(), 0),
        "the control: the same text again"
    );
    for at in 0..text.len() {
        let mut wrong = text.clone().into_bytes();
        wrong[at] = if wrong[at] == b'A' { b'Q' } else { b'A' };
        let wrong = String::from_utf8(wrong).unwrap();
        assert!(
            Ticket::parse(&wrong).is_none_or(|ticket| !waits(&pending, &ticket, 0)),
            "character {at}"
        );
    }
    for bad in [
        "",
        "A",
        &text[1..],
        &format!("{text}="),
        &format!("{text}A"),
        &text.replace(&text[..1], "é"),
        &"=".repeat(43),
    ] {
        assert!(Ticket::parse(bad).is_none());
    }
    assert!(!format!("{ticket:?}").contains(&text[..6]));
}

#[test]
fn a_flood_from_one_bucket_takes_only_its_own_places() {
    let pending = PendingPhotos::new(1 << 20);
    let (mine, other) = (
        pending.leave(1, &[photo(100_000, 1)], 0).unwrap(),
        pending.leave(2, &[photo(150_000, 1)], 0).unwrap(),
    );
    let flood: Vec<_> = (0..500)
        .map(|i| pending.leave(9, &[photo(50_000, 3)], i / 60))
        .collect();
    assert!(
        flood.iter().any(Result::is_ok)
            && flood.last().unwrap().as_ref().is_err_and(|e| *e == NoRoom)
    );
    assert!(waits(&pending, &mine, 9) && waits(&pending, &other, 9));
    // The control: the flood really fills the room, and a newcomer's photos still fit, at the
    // expense of the flood's oldest.
    let newcomer = pending.leave(3, &[photo(200_000, 4)], 10).unwrap();
    assert!(
        waits(&pending, &newcomer, 10) && waits(&pending, &mine, 10) && waits(&pending, &other, 10)
    );
    let kept: Vec<bool> = flood
        .iter()
        .flatten()
        .map(|ticket| waits(&pending, ticket, 10))
        .collect();
    assert!(
        !kept[0] && kept[kept.len() - 1] && kept.is_sorted(),
        "the oldest of the flood went: {kept:?}"
    );
}

#[test]
fn a_newcomer_that_finds_no_room_has_pushed_nobody_out() {
    let pending = PendingPhotos::new(1 << 20);
    let held: Vec<_> = (0..4)
        .map(|bucket| {
            pending
                .leave(bucket, &[photo(125_000, 1), photo(125_000, 1)], 0)
                .unwrap()
        })
        .collect();
    assert!(pending.leave(9, &[photo(900_000, 1)], 0).is_err());
    assert!(
        pending.leave(9, &[photo(2_000_000, 1)], 0).is_err(),
        "over the whole budget"
    );
    assert!(held.iter().all(|ticket| waits(&pending, ticket, 0)));
    assert!(
        pending.leave(9, &[photo(900_000, 1)], WAITS).is_ok(),
        "room comes back when they lapse"
    );
}

fn sizes(photos: &[Photo]) -> Vec<usize> {
    photos.iter().map(|photo| photo.jpeg.len()).collect()
}

#[test]
fn photos_are_left_out_and_added_under_a_new_ticket_and_a_second_tap_still_finds_the_old_one() {
    let pending = PendingPhotos::new(1 << 20);
    let first = pending
        .leave(5, &[photo(1_000, 1), photo(2_000, 2), photo(3_000, 3)], 0)
        .unwrap();
    let second = pending
        .change(&first, |number| number != 2, &[photo(4_000, 4)], 5, 10)
        .unwrap()
        .unwrap();
    let photos = pending.look(&second, 10).unwrap();
    assert_eq!(sizes(&photos), [1_000, 3_000, 4_000]);
    assert!(photos.iter().zip([1, 3, 4]).all(|(photo, fill)| {
        photo.jpeg.iter().all(|byte| *byte == fill) && photo.removed.len() == 2
    }));
    assert_eq!(
        sizes(&pending.look(&first, 69).unwrap()),
        [1_000, 2_000, 3_000]
    );
    assert!(
        !waits(&pending, &first, 70) && waits(&pending, &second, 70),
        "a minute is enough for a second tap"
    );
    assert!(
        waits(&pending, &second, 10 + WAITS - 1) && !waits(&pending, &second, 10 + WAITS),
        "the new list waits as long as any"
    );
    assert!(
        pending.change(&first, |_| true, &[], 5, 70).is_none(),
        "nothing waits under it: the control"
    );
}

#[test]
fn a_change_that_finds_no_room_for_both_takes_the_old_place_or_leaves_all_as_it_was() {
    let pending = PendingPhotos::new(300 << 10);
    let first = pending
        .leave(5, &[photo(100_000, 1), photo(100_000, 2)], 0)
        .unwrap();
    let second = pending
        .change(&first, |number| number == 1, &[photo(150_000, 3)], 5, 0)
        .unwrap()
        .unwrap();
    assert!(
        !waits(&pending, &first, 0) && waits(&pending, &second, 0),
        "there was room for one of the two"
    );
    assert!(
        pending
            .change(&second, |_| true, &[photo(100_000, 4)], 5, 0)
            .unwrap()
            .is_err()
    );
    assert_eq!(
        sizes(&pending.look(&second, 0).unwrap()),
        [100_000, 150_000]
    );
    pending.forget(&second);
    assert!(
        pending.leave(5, &[photo(290_000, 5)], 0).is_ok(),
        "nothing is counted that is gone: the control"
    );
}

#[test]
fn photos_wait_for_twenty_minutes_after_the_last_page_that_showed_them() {
    let pending = PendingPhotos::new(1 << 20);
    let (shown, other) = (
        pending.leave(5, &[photo(1_000, 1)], 0).unwrap(),
        pending.leave(5, &[photo(1_000, 1)], 0).unwrap(),
    );
    pending.prolong(&shown, WAITS - 1);
    assert!(
        waits(&pending, &shown, 2 * WAITS - 2) && !waits(&pending, &other, WAITS),
        "the other is the control"
    );
    pending.sweep(2 * WAITS - 1);
    assert!(!waits(&pending, &shown, 2 * WAITS - 1));
}

/// Posts a form to a site's pages, always from the same caller.
async fn post(site: &Arc<Site>, path: &str, fields: &[Field]) -> Page {
    let (kind, body) = multipart(fields);
    let mut request = Request::post(path)
        .header("content-type", kind)
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(Caller {
        bucket: 1,
        parent: 0,
        language: "en",
        listener: Listener::Web,
        known: true,
    });
    let answer = web::router(Arc::clone(site))
        .oneshot(request)
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body = answer
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec();
    Page {
        status,
        headers: Vec::new(),
        wire: body.len(),
        body,
    }
}

/// The cost of a page that shows pending photos: only the page that sends them decrypts them.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_shows_waiting_photos_opens_none_of_them() {
    let house = House::open().await;
    let gateway = Gateway::new(
        GatewaySettings::read(&house.config).unwrap(),
        house.store.clone(),
        MacKey::new([7; 32]),
        house.clock.clone(),
    );
    let site = Site::new(gateway.unwrap()).unwrap();
    let words = [
        text("topic", "graffiti"),
        text("what", "x"),
        text("language", "en"),
    ];
    let opened = async |path: &str, fields: &[Field]| {
        let before = site.pending_photos.opened();
        let page = post(&site, path, fields).await;
        (page, site.pending_photos.opened() - before)
    };
    let four: Vec<Field> = (0..4).map(|_| file("p.jpg", &jpeg())).collect();
    let (check, _) = opened("/check", &[&words, four.as_slice()].concat()).await;
    // Four entries, each a key, the list of what was removed and a thumbnail, plus one nonce and tag.
    let list = 4 * (32 + 3 + Removed::ALL.len() + THUMBNAIL_BYTES) + 28;
    let (again, cost) = opened("/check", &check.carries(&words)).await;
    assert!(
        cost > 0 && cost <= list as u64,
        "{cost} bytes were opened for a page without a change"
    );
    assert_eq!(
        again.hidden("ticket"),
        check.hidden("ticket"),
        "they stay where they are"
    );
    let (fewer, cost) = opened(
        "/check",
        &[again.carries(&words), vec![text("drop", "2")]].concat(),
    )
    .await;
    assert!(
        cost <= 3 * list as u64,
        "{cost} bytes were opened to leave one out"
    );
    assert_eq!(fewer.text().matches("name=drop").count(), 3);
    let (mistake, cost) = opened("/send", &[fewer.carries(&words[1..])].concat()).await;
    assert!(
        mistake.status == 422 && cost <= 3 * list as u64,
        "{cost} bytes were opened for a page with a mistake"
    );
    let (sent, cost) = opened("/send", &fewer.carries(&words)).await;
    assert!(sent.receipt().is_some());
    assert!(
        cost > 3 * 500,
        "the photos that are sent are opened: the control, {cost}"
    );
    house.leaves(1);
}
