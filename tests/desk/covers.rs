//! P15: an officer covers parts of a photo on a page that works without script. What is covered does
//! not leave, the photo in the tip stays, and every change is in the audit log.

use std::collections::BTreeSet;

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, Book, NotOrdered};
use loke::desk::covering::{self, NotDone};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::{Draft, PhotoOf};
use loke::desk::route::{NotSent, Order};
use loke::desk::settings::DeskSettings;
use loke::desk::{open, people, viewing};
use loke::photo::clean_now;
use loke::photo::cover::{Square, cover};
use loke::seal::{MacKey, Recipients, seal};
use loke::tip::{Photo, PhotoNote, Priority, Tip};
use zeroize::Zeroizing;

use super::served::{ANN, Desk};
use crate::house::partners::{self, partner};
use crate::photo::make;

/// A cleaned photo of 640 by 480 pixels: 12 by 9 squares.
pub(crate) fn photo() -> Photo {
    clean_now(Zeroizing::new(make::jpeg(640, 480, false))).unwrap()
}

/// A tip with a photo, in the book `main`.
pub(crate) async fn kept(acting: &Acting, photo: &Photo) -> Tip {
    kept_in(acting, "main", photo).await
}

/// A tip with a photo, in this book.
pub(super) async fn kept_in(acting: &Acting, book: &str, photo: &Photo) -> Tip {
    let mut tip = super::tip("a car with a plate", Priority::Soon, "2026-11-22");
    tip.photos = vec![PhotoNote {
        name: "photo-1.jpg".into(),
        removed: vec![],
    }];
    let book = acting.book(book).await.unwrap();
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, book.recipient().unwrap());
    let (mac_key, day) = (MacKey::random().unwrap(), loke::clock::Day(20_800));
    let photos = std::slice::from_ref(photo);
    let sealed = seal(&tip, photos, &recipients, &mac_key, day).unwrap();
    let opened = open::tip(book.identities(), &sealed.bytes).unwrap();
    let arrival = Arrival {
        id: tip.id,
        sealed: &sealed.bytes,
        opened: &opened,
    };
    book.keep("test", &[arrival], Action::Pull).await.unwrap();
    tip
}

fn squares(squares: &[(usize, usize)]) -> BTreeSet<Square> {
    let square = |(row, column): &(usize, usize)| Square {
        row: *row,
        column: *column,
    };
    squares.iter().map(square).collect()
}

/// The rows about covers in a book's audit log.
async fn rows(book: &Book) -> Vec<String> {
    let trail = book.trail().await.unwrap();
    let rows = trail.into_iter();
    rows.filter(|row| row.action == Action::Cover.word())
        .map(|row| row.detail)
        .collect()
}

#[tokio::test]
async fn p15_squares_ticked_on_the_page_are_covered_in_the_photo_that_leaves() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let photo = photo();
    let tip = kept(&ann, &photo).await;
    let book = ann.book("main").await.unwrap();
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let page = format!("/tip/{}/photo/1/cover", tip.id);
    let linked = browser.get(&format!("/tip/{}", tip.id)).await.text();
    assert!(linked.contains(&format!("<a href=\"{page}\">Cover parts")));

    let shown = browser.get(&page).await;
    let (text, token) = (shown.text(), shown.field("form_token"));
    assert_eq!(text.matches("type=\"checkbox\"").count(), 12 * 9);
    assert!(text.contains("name=\"square.3.4\" value=\"1\" aria-label=\"row 3, column 4\""));
    assert!(!text.contains(" checked") && !text.contains("How it leaves"));
    let whole = covering::covered_photo(book, tip.id, 1).await.unwrap();
    assert!(
        *whole == photo.jpeg,
        "nothing is covered: it leaves as it is"
    );

    let ticked = [
        ("form_token", token.as_str()),
        ("square.3.4", "1"),
        ("square.9.12", "1"),
    ];
    let done = browser.post(&page, &ticked).await;
    assert_eq!((done.status, done.location()), (303, page.as_str()));
    let text = browser.get(&page).await.text();
    assert!(text.contains("2 squares of photo 1 covered"), "{text}");
    assert_eq!(text.matches(" checked").count(), 2);
    let leaves = browser
        .get(&format!("/tip/{}/photo/1/covered", tip.id))
        .await;
    let expected = cover(&photo.jpeg, &squares(&[(3, 4), (9, 12)])).unwrap();
    assert!(leaves.body == *expected);
    let stored = viewing::photo(book, tip.id, 1).await.unwrap();
    assert!(*stored == photo.jpeg, "the photo in the tip stays");

    // Later covers replace the earlier ones; all can be removed.
    let again = [("form_token", token.as_str()), ("square.1.1", "1")];
    browser.post(&page, &again).await;
    let cover = book.cover_of(tip.id, 1).await.unwrap().unwrap();
    assert_eq!(cover.squares().unwrap(), squares(&[(1, 1)]));
    let none = [again[0], again[1], ("none", "yes")];
    browser.post(&page, &none).await;
    let whole = covering::covered_photo(book, tip.id, 1).await.unwrap();
    assert!(*whole == photo.jpeg);
    let rows = rows(book).await;
    assert_eq!(rows, [2, 1, 0].map(|n| format!("photo-1.jpg, {n} squares")));
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p15_one_photo_leaves_with_one_set_of_covers() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let book = ann.book("main").await.unwrap();
    let store = |at: (usize, usize)| covering::store(book, tip.id, 1, squares(&[at]));
    let key = age::x25519::Identity::generate();
    let by_hand = partner("cleansing", PartnerKind::Cleansing, &key, Way::Print);
    partners::add(&ann, &by_hand).await;
    let draft = Draft {
        photos: vec![PhotoOf {
            tip: tip.id,
            number: 1,
        }],
        ..partners::words("cleansing", "A car stands on the grass.")
    };
    let settings = DeskSettings::read(&desk.register.folder().join("desk.toml")).unwrap();
    store((1, 1)).await.unwrap();
    let early = ann.preview(tip.id, &draft).await.unwrap().report.reference;
    assert!(book.report(&early).await.unwrap().is_some(), "the control");
    store((2, 2)).await.unwrap();
    let stale = book.report(&early).await.unwrap();
    assert!(
        stale.is_none(),
        "a preview with other covers cannot be sent"
    );
    let preview = ann.preview(tip.id, &draft).await.unwrap();
    let order = Order {
        digest: preview.digest,
        why: "",
        at_once: false,
    };
    let reference = &preview.report.reference;
    ann.order(&settings, reference, order).await.unwrap();
    let refused = store((3, 3)).await;
    assert!(matches!(refused, Err(NotDone::Ordered)), "{refused:?}");
    let kept = book.cover_of(tip.id, 1).await.unwrap().unwrap();
    assert_eq!(kept.squares().unwrap(), squares(&[(2, 2)]));
    let rows = rows(book).await;
    assert_eq!(rows.len(), 2, "a refusal changes nothing: {rows:?}");

    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let page = format!("/tip/{}/photo/1/cover", tip.id);
    let shown = browser.get(&page).await;
    let (text, token) = (shown.text(), shown.field("form_token"));
    assert_eq!(text.matches(" disabled").count(), 12 * 9);
    assert!(!text.contains("Cover these squares"));
    let late = [("form_token", token.as_str()), ("square.5.5", "1")];
    browser.post(&page, &late).await;
    let text = browser.get(&page).await.text();
    assert!(text.contains("Nothing was changed"), "{text}");
    ann.take_back(reference).await.unwrap();
    store((3, 3)).await.unwrap();

    // A colleague covers other parts while the report is made: it has these covers, or it is not kept.
    let mut refused = 0;
    for pauses in 0..300 {
        let colleague = async {
            for _ in 0..pauses * 3 {
                tokio::task::yield_now().await;
            }
            store((1 + pauses % 9, 5)).await.unwrap();
        };
        let (preview, ()) = tokio::join!(ann.preview(tip.id, &draft), colleague);
        match preview {
            Ok(preview) => {
                let stored = book.report(&preview.report.reference).await.unwrap();
                let Some(stored) = stored else { continue };
                let now = covering::covered_photo(book, tip.id, 1).await.unwrap();
                let is_there = memchr::memmem::find(&stored.plain, &now).is_some();
                assert!(is_there, "a preview with covers that are gone");
            }
            Err(NotSent::NotOrdered(NotOrdered::OtherCovers(1))) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        if refused > 0 {
            return;
        }
    }
    panic!("no cover changed in time: the test is blind");
}

#[tokio::test]
async fn p15_covers_go_with_the_tip_and_an_illegal_picture_has_no_page() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let main = ann.book("main").await.unwrap();
    for (square, number) in [
        ((10, 1), 1),
        ((0, 0), 1),
        ((1, 13), 1),
        ((1, 1), 2),
        ((1, 1), 0),
    ] {
        let refused = covering::store(main, tip.id, number, squares(&[square])).await;
        assert!(refused.is_err(), "{square:?} of photo {number}");
    }
    covering::store(main, tip.id, 1, squares(&[(4, 4)]))
        .await
        .unwrap();
    people::add_book(&ann, "restricted", &[]).await.unwrap();
    let ann = desk.act("ann", ANN).await;
    loke::desk::moving::move_tip(&ann, tip.id, "restricted")
        .await
        .unwrap();
    let there = ann.book("restricted").await.unwrap();
    let moved = there.cover_of(tip.id, 1).await.unwrap().unwrap();
    assert_eq!(moved.squares().unwrap(), squares(&[(4, 4)]));
    let main = ann.book("main").await.unwrap();
    assert_eq!(main.cover_of(tip.id, 1).await.unwrap(), None);

    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let paths = ["cover", "covered"].map(|page| format!("/tip/{}/photo/1/{page}", tip.id));
    for path in &paths {
        assert_eq!(browser.get(path).await.status, 200, "the control: {path}");
    }
    let token = browser.get(&paths[0]).await.field("form_token");
    there.mark_illegal(tip.id).await.unwrap();
    for path in &paths {
        let refused = browser.get(path).await;
        assert_eq!(refused.status, 404, "{path}");
        assert!(refused.text().contains("illegal picture"));
    }
    let form = [("form_token", token.as_str()), ("square.1.1", "1")];
    assert_eq!(browser.post(&paths[0], &form).await.status, 404);
    let moved = there.cover_of(tip.id, 1).await.unwrap().unwrap();
    assert_eq!(moved.squares().unwrap(), squares(&[(4, 4)]));
    assert!(covering::covered_photo(there, tip.id, 1).await.is_err());
}
