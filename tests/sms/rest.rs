//! Twilio's REST API, simulated by the test on loopback, in its worst states: it fails, stalls,
//! redirects the caller to a private address, or sends 50 MB. The words are stored all the same,
//! the tip mentions the lost photo, and in the end nothing is left at the provider.

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

/// The API's behaviour when a photo is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Good,
    /// A good photo, after three seconds.
    Slow,
    Fails,
    Stalls,
    SendsOn(SocketAddr),
    Huge,
    NoPhoto,
}

/// A message stored at Twilio.
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

/// Twilio's REST API.
pub(crate) struct Rest {
    pub(crate) address: SocketAddr,
    pub(crate) messages: Mutex<Vec<Lying>>,
    media: Media,
    photo: Vec<u8>,
    /// The words of every media part with the number 100.
    pub(crate) part: Mutex<String>,
    /// Deletions that fail before one succeeds.
    pub(crate) failing: AtomicUsize,
    /// Media lists that fail before one succeeds.
    failing_lists: AtomicUsize,
    /// The requested pages of messages, each as inbound or not and page number.
    pages: Mutex<Vec<(bool, usize)>>,
    /// Requests without our account's token, or for something that we may not request.
    pub(crate) odd: Mutex<Vec<String>>,
}

/// A time long before [`NOON`], and one just before it.
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

    /// Stores a text here, and returns it as the webhook delivers it.
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

    /// Waits until no message is stored here any more.
    pub(crate) async fn is_empty(&self) {
        self.until(|rest| rest.messages.lock().unwrap().is_empty())
            .await;
    }

    /// Waits until this condition is true.
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

    /// The words of the stored messages.
    fn lying(&self) -> Vec<String> {
        self.messages
            .lock()
            .unwrap()
            .iter()
            .map(|message| message.body.clone())
            .collect()
    }

    /// Checks the credentials of a request. Telnyx's photos need no token, and Twilio's token must
    /// never reach Telnyx: its requests have none.
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
    // Two per page, so that there are several pages. The next page's URL begins with the filter, as
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

/// This text as Twilio stores it.
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

/// A nonblocking listener, to check that nobody connects.
pub(crate) fn nobody_calls() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Removes Notify, which this REST API does not simulate.
fn only_twilio(config: &mut toml::Table) {
    config["sms"].as_table_mut().unwrap().remove("notify");
}
