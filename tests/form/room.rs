//! Room for photos during upload: the network that uses most of it loses photos first, and one
//! phone's photo gets through beside any others.

use loke::gateway::listener::room::{Arriving, Room};

const MIB: usize = 1 << 20;
/// Size of a phone's photo.
const PHOTO: usize = 5_800_000;
const STEP: usize = 50_000;

/// Each photo advances one step at a time, in turn. Photos that lost their room are dropped.
fn advance(photos: &mut Vec<Arriving>, steps: usize, now: i64) {
    for _ in 0..steps {
        photos.retain_mut(|photo| photo.push(&[7; STEP], now));
    }
}

fn begin(room: &std::sync::Arc<Room>, holder: u16, count: usize, now: i64) -> Vec<Arriving> {
    (0..count).map(|_| room.begin(holder, now)).collect()
}

#[test]
fn p8_a_crowd_of_photos_from_one_network_keeps_no_other_photo_out() {
    for lines in [8, 80] {
        let room = Room::new(24 * MIB);
        let mut crowd = begin(&room, 1, lines, 0);
        advance(&mut crowd, 2_000 / lines, 0);
        assert!(
            room.used() > 23 * MIB && crowd.len() < lines,
            "the control: the room is full, and the crowd's largest went"
        );
        let mut others: Vec<Arriving> = (2..5).map(|holder| room.begin(holder, 10)).collect();
        for _ in 0..PHOTO / STEP {
            advance(&mut others, 1, 10);
            advance(&mut crowd, 1, 10);
        }
        assert_eq!(
            others.len(),
            3,
            "each of three other networks has its photo through"
        );
        // In the crowd's own network too, the small photo is not the one that is dropped.
        let mut small = room.begin(1, 10);
        assert!(small.push(&[7; 300_000], 10));
        assert!(room.used() <= 24 * MIB);
        drop((crowd, others, small));
        assert_eq!(room.used(), 0);
    }
}

#[test]
fn honest_photos_that_are_far_do_not_give_way_to_those_that_begin() {
    let room = Room::new(24 * MIB);
    let mut far: Vec<Arriving> = (0..3).map(|holder| room.begin(holder, 0)).collect();
    advance(&mut far, 100, 0);
    let mut new: Vec<Arriving> = (10..20).map(|holder| room.begin(holder, 100)).collect();
    for _ in 0..16 {
        advance(&mut new, 1, 100);
        advance(&mut far, 1, 100);
    }
    assert_eq!(far.len(), 3);
    assert!(
        !new.is_empty() && new.len() < 10,
        "the control: there was no room for all, {} of 10",
        new.len()
    );
}

#[test]
fn a_photo_that_arrives_for_ever_gives_way_first() {
    let room = Room::new(24 * MIB);
    // Four networks each upload over five mebibytes and then stall.
    let mut slow: Vec<Arriving> = (0..4).map(|holder| room.begin(holder, 0)).collect();
    advance(&mut slow, 115, 0);
    let mut early = room.begin(9, 100);
    assert!(
        !(0..PHOTO / STEP).all(|_| early.push(&[7; STEP], 100)),
        "the control: at first there is no room"
    );
    let mut late = room.begin(9, 181);
    assert!((0..PHOTO / STEP).all(|_| late.push(&[7; STEP], 181)));
    let (whole, held) = late.finish().unwrap();
    assert_eq!(whole.len(), PHOTO / STEP * STEP);
    assert!(whole.iter().all(|byte| *byte == 7));
    // A photo that is being cleaned is never dropped, and keeps its room until it is released.
    let mut greedy = begin(&room, 30, 10, 182);
    advance(&mut greedy, 1_000, 182);
    drop((greedy, slow));
    assert!(room.used() >= PHOTO && room.used() < PHOTO + MIB);
    drop(held);
    assert_eq!(room.used(), 0);
}

#[test]
fn a_slow_line_holds_little_and_nothing_before_its_first_byte() {
    let room = Room::new(24 * MIB);
    let mut photos = begin(&room, 1, 1_000, 0);
    assert_eq!(room.used(), 0);
    for photo in &mut photos {
        assert!(photo.push(b"\xff\xd8\xff", 0));
    }
    assert!(room.used() <= 1_000 * (4 << 10), "{}", room.used());
}

#[tokio::test]
async fn photos_of_texts_hold_a_quarter_or_one() {
    let room = Room::new(24 * MIB);
    let first = room.hold(12 * MIB, 0).await;
    let second = tokio::spawn({
        let room = room.clone();
        async move { room.hold(12 * MIB, 0).await }
    });
    tokio::task::yield_now().await;
    assert!(!second.is_finished() && room.used() == 12 * MIB);
    let mut resident = room.begin(1, 0);
    assert!(
        resident.push(&vec![7; PHOTO], 0),
        "half of the room is left"
    );
    drop(first);
    drop(second.await.unwrap());
}
