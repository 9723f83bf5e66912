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

use super::phones::{ACCOUNT, AUTH_TOKEN, NUMBER, Text};

mod media;

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
