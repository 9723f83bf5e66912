//! Photos that wait between check and send: fair under a flood, gone in time, and only for the page that holds the ticket.

use loke::gateway::parking::{NoRoom, Parking, Ticket, WAITS};
use loke::tip::{Photo, Removed};

fn photo(size: usize, fill: u8) -> Photo {
    Photo { jpeg: vec![fill; size], removed: vec![Removed::Gps, Removed::Trailer] }
}

fn waits(parking: &Parking, ticket: &Ticket, now: i64) -> bool {
    parking.look(ticket, now).is_some()
}

#[test]
fn photos_wait_for_their_ticket_until_forgotten_or_lapsed() {
    let parking = Parking::new(1 << 20);
    let photos = [photo(1_000, 1), photo(70_000, 2)];
    let ticket = parking.leave(5, &photos, 100).unwrap();
    let other = parking.leave(5, &photos, 100).unwrap();
    for _ in 0..2 {
        let back = parking.look(&ticket, 100 + WAITS - 1).unwrap();
        assert_eq!(back.len(), 2);
        assert!(back.iter().zip(&photos).all(|(a, b)| a.jpeg == b.jpeg && a.removed == b.removed));
    }
    assert!(!waits(&parking, &ticket, 100 + WAITS), "lapsed, though nobody swept");
    parking.forget(&ticket);
    assert!(!waits(&parking, &ticket, 100) && waits(&parking, &other, 100), "forgetting one leaves the other");
    parking.sweep(100 + WAITS);
    assert!(!waits(&parking, &other, 100), "swept");
}

#[test]
fn a_wrong_or_tampered_ticket_opens_nothing() {
    let parking = Parking::new(1 << 20);
    let ticket = parking.leave(5, &[photo(1_000, 1)], 0).unwrap();
    let text = ticket.as_str().to_owned();
    assert!(waits(&parking, &Ticket::parse(&text).unwrap(), 0), "the control: the same text again");
    for at in 0..text.len() {
        let mut wrong = text.clone().into_bytes();
        wrong[at] = if wrong[at] == b'A' { b'Q' } else { b'A' };
        let wrong = String::from_utf8(wrong).unwrap();
        assert!(Ticket::parse(&wrong).is_none_or(|ticket| !waits(&parking, &ticket, 0)), "character {at}");
    }
    for bad in ["", "A", &text[1..], &format!("{text}="), &format!("{text}A"), &text.replace(&text[..1], "é"), &"=".repeat(43)] {
        assert!(Ticket::parse(bad).is_none());
    }
    assert!(!format!("{ticket:?}").contains(&text[..6]));
}

#[test]
fn a_flood_from_one_bucket_takes_only_its_own_places() {
    let parking = Parking::new(1 << 20);
    let (mine, other) = (parking.leave(1, &[photo(100_000, 1)], 0).unwrap(), parking.leave(2, &[photo(150_000, 1)], 0).unwrap());
    let flood: Vec<_> = (0..500).map(|i| parking.leave(9, &[photo(50_000, 3)], i / 60)).collect();
    assert!(flood.iter().any(Result::is_ok) && flood.last().unwrap().as_ref().is_err_and(|e| *e == NoRoom));
    assert!(waits(&parking, &mine, 9) && waits(&parking, &other, 9));
    // The control: the flood truly fills the place, and a newcomer's photos still find room at its cost, oldest first.
    let newcomer = parking.leave(3, &[photo(200_000, 4)], 10).unwrap();
    assert!(waits(&parking, &newcomer, 10) && waits(&parking, &mine, 10) && waits(&parking, &other, 10));
    let kept: Vec<bool> = flood.iter().flatten().map(|ticket| waits(&parking, ticket, 10)).collect();
    assert!(!kept[0] && kept[kept.len() - 1] && kept.is_sorted(), "the oldest of the flood went: {kept:?}");
}

#[test]
fn a_newcomer_that_finds_no_room_has_pushed_nobody_out() {
    let parking = Parking::new(1 << 20);
    let held: Vec<_> = (0..4).map(|bucket| parking.leave(bucket, &[photo(125_000, 1), photo(125_000, 1)], 0).unwrap()).collect();
    assert!(parking.leave(9, &[photo(900_000, 1)], 0).is_err());
    assert!(parking.leave(9, &[photo(2_000_000, 1)], 0).is_err(), "over the whole budget");
    assert!(held.iter().all(|ticket| waits(&parking, ticket, 0)));
    assert!(parking.leave(9, &[photo(900_000, 1)], WAITS).is_ok(), "room comes back when they lapse");
}
