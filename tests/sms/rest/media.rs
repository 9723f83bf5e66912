//! Photos of texts, and texts received while Loke was away, from a provider that works, fails,
//! stalls or sends bad data.

use std::sync::atomic::Ordering;

use super::{EARLIER, JUST_NOW, Lying, Media, Rest, lies, nobody_calls, only_twilio};
use crate::house::NOON;
use crate::house::browser::jpeg;
use crate::sms::phones::{NUMBER, Phones, Text};

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_comes_with_its_text_cleaned_and_nothing_is_left_at_the_provider() {
    let rest = Rest::start(Media::Good, jpeg()).await;
    let outgoing = Lying {
        sid: "SMout".into(),
        inbound: false,
        from: NUMBER.into(),
        body: "Thank you.".into(),
        photos: 0,
        at: EARLIER,
    };
    rest.messages.lock().unwrap().push(outgoing);
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    // The first deletions fail: the next sweep repeats them.
    rest.failing.store(3, Ordering::SeqCst);
    let text = rest.receive("new tags on the wall", 2, JUST_NOW);
    assert_eq!(phones.text("twilio", &text).await.status, 200);
    rest.is_empty().await;
    let officer = phones.house.officer("officer", "").await;
    let tip = officer.the_tip().await;
    assert_eq!(
        (tip.what.as_str(), tip.photos.len()),
        ("new tags on the wall", 2)
    );
    assert_eq!(*rest.odd.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_stalls_redirects_or_floods_costs_the_photo_and_not_the_words() {
    // Nobody may connect to it: it stands for a machine in the private network.
    let (private, inside) = nobody_calls();
    for media in [
        Media::Fails,
        Media::Stalls,
        Media::SendsOn(inside),
        Media::Huge,
        Media::NoPhoto,
    ] {
        let rest = Rest::start(media, Vec::new()).await;
        let phones = Phones::open(Some(rest.address), only_twilio).await;
        let text = rest.receive("new tags on the wall", 1, JUST_NOW);
        // Telnyx's photos are at any URL in its event; the same stand-in serves them.
        for provider in ["twilio", "telnyx"] {
            assert_eq!(
                phones.text(provider, &text).await.status,
                200,
                "{provider} {media:?}"
            );
        }
        rest.is_empty().await;
        let officer = phones.house.officer("officer", "").await;
        officer.pull().await;
        let tips = officer.tips().await;
        assert_eq!(tips.len(), 2);
        for tip in tips {
            let why = match media {
                Media::Huge => "1 photo that is too large",
                Media::NoPhoto => "1 picture that cannot be read",
                _ => "1 photo that could not be fetched from the provider",
            };
            assert_eq!(
                tip.what,
                format!("new tags on the wall\n\n[Came with this text and was not taken: {why}.]"),
                "{media:?}"
            );
            assert!(tip.photos.is_empty());
        }
    }
    assert!(private.accept().is_err(), "the gateway called a stranger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_photo_is_waited_for_as_long_as_its_provider_waits() {
    let rest = Rest::start(Media::Slow, jpeg()).await;
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    let text = rest.receive("new tags on the wall", 1, JUST_NOW);
    // Twilio waits 15 seconds and does not retry. The control is Telnyx, which waits two.
    for provider in ["twilio", "telnyx"] {
        assert_eq!(phones.text(provider, &text).await.status, 200, "{provider}");
    }
    rest.is_empty().await;
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.photos.len(), tip.what.contains("could not be fetched")))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [(0, true), (1, false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_lies_elsewhere_than_at_the_provider_is_never_fetched() {
    let rest = Rest::start(Media::Good, jpeg()).await;
    let (elsewhere, other) = nobody_calls();
    let phones = Phones::open(Some(rest.address), |_| {}).await;
    let addresses = [
        format!("http://{other}/x"),
        format!("http://{}@{other}/x", rest.address),
        format!("https://{}/x", rest.address),
        format!("http://localhost:{}/x", rest.address.port()),
        "file:///etc/hostname".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        String::new(),
    ];
    for address in &addresses {
        for provider in ["twilio", "telnyx"] {
            let mut text = Text::new("+447700900123", "new tags");
            text.media.push(address.clone());
            assert_eq!(phones.text(provider, &text).await.status, 200, "{address}");
        }
    }
    assert!(elsewhere.accept().is_err(), "the gateway called a stranger");
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), 2 * addresses.len());
    assert!(tips.iter().all(|tip| tip.what.starts_with("new tags")
        && tip.what.contains("could not be fetched")
        && tip.photos.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_we_were_away_is_stored_once_and_erased() {
    let rest = Rest::start(Media::Good, jpeg()).await;
    let texts: Vec<_> = (0..5)
        .map(|n| rest.receive(&format!("text {n}"), usize::from(n == 3), EARLIER))
        .collect();
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    rest.is_empty().await;
    // The webhooks come late, as after an outage of the gateway.
    for text in &texts {
        assert_eq!(phones.text("twilio", text).await.status, 200);
    }
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.what.clone(), tip.photos.len()))
        .collect();
    told.sort();
    assert_eq!(
        told,
        (0..5)
            .map(|n| (format!("text {n}"), usize::from(n == 3)))
            .collect::<Vec<_>>()
    );
    assert_eq!(phones.house.clock.now(), NOON);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_photos_that_fails_keeps_up_no_other_text_and_in_the_end_none_is_left() {
    let rest = Rest::start(Media::Good, jpeg()).await;
    rest.failing_lists.store(usize::MAX, Ordering::SeqCst);
    for n in 0..5 {
        rest.receive(&format!("text {n}"), usize::from(n == 1), EARLIER);
    }
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    // A text that is already stored is deleted without a request for its photos.
    assert_eq!(
        phones
            .text("twilio", &rest.receive("by webhook", 1, JUST_NOW))
            .await
            .status,
        200
    );
    rest.until(|rest| rest.lying() == ["text 1"]).await;
    assert_ne!(
        rest.failing_lists.load(Ordering::SeqCst),
        usize::MAX,
        "the control: it was asked for"
    );
    rest.failing_lists.store(0, Ordering::SeqCst);
    rest.is_empty().await;
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.what.clone(), tip.photos.len()))
        .collect();
    told.sort();
    let texts = (0..5).map(|n| (format!("text {n}"), usize::from(n == 1)));
    assert_eq!(
        told,
        [("by webhook".to_owned(), 1)]
            .into_iter()
            .chain(texts)
            .collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_asks_for_each_page_of_both_sides_once() {
    let rest = Rest::start(Media::Good, Vec::new()).await;
    let out = |n| Lying {
        sid: format!("SMout{n}"),
        inbound: false,
        from: NUMBER.into(),
        body: "Thank you.".into(),
        photos: 0,
        at: EARLIER,
    };
    rest.messages.lock().unwrap().extend((0..3).map(out));
    (0..3).for_each(|n| drop(rest.receive(&format!("text {n}"), 0, EARLIER)));
    // Nothing is deleted yet, so that both directions have two pages.
    rest.failing.store(usize::MAX, Ordering::SeqCst);
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    rest.until(|rest| rest.pages.lock().unwrap().len() > 4)
        .await;
    assert_eq!(
        rest.pages.lock().unwrap()[..5],
        [(true, 0), (true, 1), (false, 0), (false, 1), (true, 0)]
    );
    rest.failing.store(0, Ordering::SeqCst);
    rest.is_empty().await;
    phones.house.leaves(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_words_the_provider_removed_is_left_there_and_no_two_masked_numbers_are_one_phone()
 {
    let rest = Rest::start(Media::Good, jpeg()).await;
    let phones = Phones::open(Some(rest.address), only_twilio).await;
    // Its webhook came in time, so it does not matter that its words are gone now.
    let known = rest.receive("by webhook", 0, JUST_NOW);
    assert_eq!(phones.text("twilio", &known).await.status, 200);
    rest.is_empty().await;
    for (from, words, photos) in [
        ("+44770090XXXX", "one", 0),
        ("+44770090XXXX", "another", 0),
        ("+44770090XXXX", "", 1),
        ("+44770090XXXX", "", 0),
    ] {
        rest.receive(words, photos, EARLIER);
        rest.messages.lock().unwrap().last_mut().unwrap().from = from.to_owned();
    }
    rest.messages.lock().unwrap().push(Lying {
        body: String::new(),
        ..lies(&known)
    });
    rest.until(|rest| rest.messages.lock().unwrap().len() == 1)
        .await;
    let rounds = rest.pages.lock().unwrap().len();
    rest.until(|rest| rest.pages.lock().unwrap().len() > rounds + 4)
        .await;
    assert_eq!(rest.lying(), [""]);
    rest.receive("after it", 0, EARLIER);
    rest.until(|rest| rest.lying() == [""]).await;
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), 5);
    let thread = |words: &str| {
        tips.iter()
            .find(|tip| tip.what == words)
            .unwrap()
            .thread
            .clone()
    };
    assert_eq!((thread("one"), thread("another")), (None, None));
    assert!(
        thread("after it").is_some(),
        "the control: a whole number has a thread"
    );
    assert!(
        tips.iter()
            .any(|tip| tip.what.is_empty() && tip.photos.len() == 1),
        "a photo alone is a text"
    );
}
