//! Twilio's REST side, played by the test on loopback, at its worst: it fails, stalls, sends the
//! caller on to a private address, or sends 50 MB. The words are kept all the same, the tip says
//! that a photo was lost, and in the end nothing is left there.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use tokio::net::TcpListener;

use super::phones::{ACCOUNT, AUTH_TOKEN, NUMBER, Phones, Text};
use crate::house::NOON;
use crate::house::browser::jpeg;

/// How the REST side behaves when a photo is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Good,
    /// It is good, and comes after three seconds.
    Slow,
    Fails,
    Stalls,
    SendsOn(SocketAddr),
    Huge,
    NoPhoto,
}

/// A message that lies at Twilio.
#[derive(Clone)]
pub(crate) struct Lying {
    pub(crate) sid: String,
    pub(crate) inbound: bool,
    pub(crate) from: String,
    pub(crate) body: String,
    pub(crate) photos: usize,
    /// RFC 2822.
    pub(crate) at: &'static str,
}

/// Twilio's REST side.
pub(crate) struct Rest {
    pub(crate) address: SocketAddr,
    pub(crate) messages: Mutex<Vec<Lying>>,
    media: Media,
    photo: Vec<u8>,
    /// The words of each part of a message whose number is 100.
    pub(crate) part: Mutex<String>,
    /// Erasures that fail before one succeeds.
    pub(crate) failing: AtomicUsize,
    /// Lists of media that fail before one succeeds.
    failing_lists: AtomicUsize,
    /// The pages of messages that were asked for, each by its side and number.
    pages: Mutex<Vec<(bool, usize)>>,
    /// What was asked for without our account's token, or beyond what we may ask for.
    pub(crate) odd: Mutex<Vec<String>>,
}

/// A moment long before [`NOON`], and one just before it.
pub(crate) const EARLIER: &str = "Sat, 21 Nov 2026 11:00:00 +0000";
const JUST_NOW: &str = "Sat, 21 Nov 2026 11:59:30 +0000";

impl Rest {
    /// Starts it. It stops with the test's runtime.
    pub(crate) async fn start(media: Media, photo: Vec<u8>) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let rest = Arc::new(Self {
            address,
            messages: Mutex::default(),
            media,
            photo,
            part: Mutex::default(),
            failing: AtomicUsize::new(0),
            failing_lists: AtomicUsize::new(0),
            pages: Mutex::default(),
            odd: Mutex::default(),
        });
        let account = "/2010-04-01/Accounts/{account}";
        let app = axum::Router::new()
            .route(&format!("{account}/Messages.json"), get(list))
            .route(
                &format!("{account}/Messages/{{sid}}"),
                axum::routing::delete(erase),
            )
            .route(
                &format!("{account}/Messages/{{sid}}/Media.json"),
                get(media_list),
            )
            .route(
                &format!("{account}/Messages/{{sid}}/Media/{{number}}"),
                get(media_one),
            )
            .with_state(Arc::clone(&rest));
        tokio::spawn(async move { axum::serve(listener, app).await });
        rest
    }

    /// A text that lies here, and the same as it comes by webhook.
    pub(crate) fn receive(&self, words: &str, photos: usize, at: &'static str) -> Text {
        let mut text = Text::new("+447700900123", words);
        let base = format!(
            "http://{}/2010-04-01/Accounts/{ACCOUNT}/Messages/{}",
            self.address, text.id
        );
        text.media = (0..photos)
            .map(|number| format!("{base}/Media/{number}"))
            .collect();
        let lying = Lying {
            sid: text.id.clone(),
            inbound: true,
            from: text.from.clone(),
            body: words.to_owned(),
            photos,
            at,
        };
        self.messages.lock().unwrap().push(lying);
        text
    }

    /// Waits until nothing lies here any more.
    pub(crate) async fn is_empty(&self) {
        self.until(|rest| rest.messages.lock().unwrap().is_empty())
            .await;
    }

    /// Waits until this holds.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..3_000 {
            look.tick().await;
            if holds(self) {
                return;
            }
        }
        panic!(
            "{} messages are left at the provider, whose pages {:?} were asked for",
            self.messages.lock().unwrap().len(),
            self.pages.lock().unwrap()
        );
    }

    /// The words of what lies here.
    fn lying(&self) -> Vec<String> {
        self.messages
            .lock()
            .unwrap()
            .iter()
            .map(|message| message.body.clone())
            .collect()
    }

    /// Telnyx's photos need no token, and none of Twilio's may reach it: its requests show none.
    fn check(&self, headers: &HeaderMap, what: &str) {
        let shown = headers
            .get("authorization")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        if shown
            != format!(
                "Basic {}",
                STANDARD.encode(format!("{ACCOUNT}:{AUTH_TOKEN}"))
            )
        {
            self.odd
                .lock()
                .unwrap()
                .push(format!("{what} with {shown:?}"));
        }
    }
}

type OfRest = State<Arc<Rest>>;

async fn list(
    State(rest): OfRest,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    rest.check(&headers, "list");
    let asked = |name: &str| {
        query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
    };
    let inbound = asked("To").as_deref() == Some(NUMBER);
    assert!(
        inbound || asked("From").as_deref() == Some(NUMBER),
        "{query:?}"
    );
    let messages: Vec<_> = rest
        .messages
        .lock()
        .unwrap()
        .iter()
        .filter(|m| m.inbound == inbound)
        .cloned()
        .collect();
    // Two a page, so that pages are turned. The next page's address begins with the filter, as
    // Twilio writes it.
    let from: usize = asked("Page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(0)
        * 2;
    rest.pages.lock().unwrap().push((inbound, from / 2));
    let page: Vec<_> = messages.iter().skip(from).take(2).map(json).collect();
    let side = if inbound { "To" } else { "From" };
    let next = (messages.len() > from + 2).then(|| {
        format!(
            "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{side}=%2B{}&PageSize=2&Page={}",
            &NUMBER[1..],
            from / 2 + 1
        )
    });
    axum::Json(serde_json::json!({ "messages": page, "next_page_uri": next })).into_response()
}

fn json(message: &Lying) -> serde_json::Value {
    serde_json::json!({
        "sid": message.sid, "direction": if message.inbound { "inbound" } else { "outbound-reply" }, "from": message.from, "to": NUMBER,
        "body": message.body, "num_media": message.photos.to_string(), "date_created": message.at, "status": "received",
    })
}

async fn erase(
    State(rest): OfRest,
    headers: HeaderMap,
    Path((_, sid)): Path<(String, String)>,
) -> StatusCode {
    rest.check(&headers, "delete");
    if rest
        .failing
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let sid = sid.trim_end_matches(".json");
    rest.messages
        .lock()
        .unwrap()
        .retain(|message| message.sid != sid);
    StatusCode::NO_CONTENT
}

async fn media_list(
    State(rest): OfRest,
    headers: HeaderMap,
    Path((_, sid)): Path<(String, String)>,
) -> Response {
    rest.check(&headers, "media list");
    if rest
        .failing_lists
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let photos = rest
        .messages
        .lock()
        .unwrap()
        .iter()
        .find(|m| m.sid == sid)
        .map_or(0, |m| m.photos);
    let uri = |number: usize| {
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{number}.json")
    };
    let media: Vec<_> = (0..photos)
        .map(|n| serde_json::json!({ "uri": uri(n), "content_type": "image/jpeg" }))
        .collect();
    axum::Json(serde_json::json!({ "media_list": media })).into_response()
}

async fn media_one(
    State(rest): OfRest,
    headers: HeaderMap,
    Path((.., number)): Path<(String, String, String)>,
) -> Response {
    rest.check(&headers, "media");
    if number == "100" {
        return (
            [("Content-Type", "text/plain; charset=utf-8")],
            rest.part.lock().unwrap().clone(),
        )
            .into_response();
    }
    match rest.media {
        Media::Good => rest.photo.clone().into_response(),
        Media::Slow => {
            tokio::time::sleep(Duration::from_secs(3)).await;
            rest.photo.clone().into_response()
        }
        Media::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Media::Stalls => std::future::pending().await,
        Media::SendsOn(to) => Redirect::temporary(&format!("http://{to}/private")).into_response(),
        Media::NoPhoto => "this is no photo".into_response(),
        Media::Huge => {
            let piece: Bytes = vec![0xff; 1 << 20].into();
            let pieces = (0..50).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
            Response::new(Body::from_stream(futures_util::stream::iter(pieces)))
        }
    }
}

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
    // The first erasures fail: the next sweep does them.
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
    // Nobody may call it: it stands for a machine inside.
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
        // Telnyx's photos lie wherever its event says; its stand-in is the same one.
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
                _ => "1 photo not to be had from the provider",
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
    // Twilio waits 15 seconds and does not try again. The control is Telnyx, which waits two.
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
        .map(|tip| (tip.photos.len(), tip.what.contains("not to be had from")))
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
        && tip.what.contains("not to be had from")
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
    // The webhooks come late, as after an outage of ours.
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
    // One that is stored is erased without a question for its photos.
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
    // Nothing is erased yet, so that both sides have two pages.
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
    // Its webhook came in time: that its words are gone since does not matter.
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

/// This text as it lies at Twilio.
fn lies(text: &Text) -> Lying {
    Lying {
        sid: text.id.clone(),
        inbound: true,
        from: text.from.clone(),
        body: text.words.clone(),
        photos: 0,
        at: EARLIER,
    }
}

/// A listener that does not wait for its caller, since there must be none.
pub(crate) fn nobody_calls() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Without Notify, which this REST side does not play.
fn only_twilio(config: &mut toml::Table) {
    config["sms"].as_table_mut().unwrap().remove("notify");
}
