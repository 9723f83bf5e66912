//! Polling GOV.UK Notify, simulated by the test on loopback: each waiting text is stored once,
//! whatever happens in the middle of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::phones::{Phones, table};
use super::rest::nobody_calls;
use crate::house::real::RealGateway;
use crate::house::{NOON, every_tip};

const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
/// Texts per page, as in the real API.
const PAGE: usize = 250;

/// A bad response that the API gives before good ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    Fails,
    Stalls,
    SendsOn(SocketAddr),
    Huge,
    Garbled,
}

/// Notify's API.
struct Api {
    address: SocketAddr,
    /// Newest first.
    texts: Vec<serde_json::Value>,
    /// The third page waits for this notification.
    third_asked: Notify,
    hold: AtomicBool,
    pages: AtomicUsize,
    /// The bad responses, one for each request, before good ones.
    bad: Mutex<Vec<Bad>>,
}

impl Api {
    async fn start(texts: usize, now: i64) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = time::OffsetDateTime::from_unix_timestamp(now - 60)
            .unwrap()
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap();
        let texts = (0..texts).rev().map(|n| {
            serde_json::json!({
                "id": format!("{n:08}-ab16-4eb0-8407-a37497a57506"), "user_number": format!("4477009{n:05}"), "notify_number": "07900900456",
                "created_at": at, "service_id": "26785a09-ab16-4eb0-8407-a37497a57506", "content": format!("text number {n}"),
            })
        });
        let (address, texts) = (listener.local_addr().unwrap(), texts.collect());
        let hold = AtomicBool::new(true);
        let api = Arc::new(Self {
            address,
            texts,
            third_asked: Notify::new(),
            hold,
            pages: AtomicUsize::new(0),
            bad: Mutex::default(),
        });
        let app = axum::Router::new()
            .route("/v2/received-text-messages", axum::routing::get(page))
            .with_state(Arc::clone(&api));
        tokio::spawn(async move { axum::serve(listener, app).await });
        api
    }
}

/// Whether the token passes the API's own check: HS256 with the service's key.
fn is_signed(headers: &HeaderMap) -> bool {
    let token = headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .unwrap_or_default();
    let Some((signed, tag)) = token.rsplit_once('.') else {
        return false;
    };
    hmac::verify(
        &hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()),
        signed.as_bytes(),
        &URL_SAFE_NO_PAD.decode(tag).unwrap(),
    )
    .is_ok()
}

async fn page(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if !is_signed(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    api.pages.fetch_add(1, Ordering::SeqCst);
    let bad = api.bad.lock().unwrap().pop();
    match bad {
        None => {}
        Some(Bad::Fails) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Bad::Stalls) => return std::future::pending().await,
        Some(Bad::SendsOn(to)) => {
            return Redirect::temporary(&format!("http://{to}/private")).into_response();
        }
        Some(Bad::Huge) => return vec![b' '; 50 << 20].into_response(),
        Some(Bad::Garbled) => return "{\"received_text_messages\":[{}]}".into_response(),
    }
    let older_than = query
        .iter()
        .find(|(name, _)| name == "older_than")
        .map(|(_, id)| id.clone());
    let from = older_than.map_or(0, |id| {
        api.texts
            .iter()
            .position(|text| text["id"] == id.as_str())
            .unwrap()
            + 1
    });
    if from == 2 * PAGE && api.hold.load(Ordering::SeqCst) {
        api.third_asked.notify_one();
        return std::future::pending().await;
    }
    let texts: Vec<_> = api.texts.iter().skip(from).take(PAGE).collect();
    axum::Json(serde_json::json!({ "received_text_messages": texts, "links": {} })).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_600_waiting_texts_over_3_pages_with_a_kill_between_two_of_them_are_600_tips() {
    let api = Api::start(600, loke::clock::Clock::System.now()).await;
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "1024,1,1,1,1",
        |config| {
            let listen = config["web"]["listen"].as_str().unwrap().parse().unwrap();
            config.remove("web");
            config.insert(
                "sms".into(),
                table(
                    &place.path().join("secrets"),
                    listen,
                    &["notify"],
                    Some(api.address),
                )
                .into(),
            );
        },
    );
    gateway.start().await;
    api.third_asked.notified().await;
    gateway.kill().await;
    api.hold.store(false, Ordering::SeqCst);
    gateway.start().await;
    let officer = gateway.officer().await;
    let mut look = tokio::time::interval(std::time::Duration::from_millis(100));
    for _ in 0..600 {
        look.tick().await;
        officer.pull().await;
        if every_tip(officer.book()).await.len() >= 600 {
            break;
        }
    }
    // A round that finds no new text ends at its first page: two such rounds show that nothing is
    // stored twice.
    let pages = api.pages.load(Ordering::SeqCst);
    while api.pages.load(Ordering::SeqCst) < pages + 3 {
        look.tick().await;
    }
    officer.pull().await;
    let mut told: Vec<String> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.what.clone())
        .collect();
    told.sort();
    let mut expected: Vec<String> = (0..600).map(|n| format!("text number {n}")).collect();
    expected.sort();
    assert_eq!(told, expected);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_stalls_redirects_or_floods_loses_no_text_that_waits_there() {
    let (private, inside) = nobody_calls();
    let api = Api::start(3, NOON).await;
    *api.bad.lock().unwrap() = vec![
        Bad::Garbled,
        Bad::Stalls,
        Bad::Huge,
        Bad::SendsOn(inside),
        Bad::Fails,
    ];
    let phones = Phones::open(Some(api.address), |config| {
        drop(config["sms"].as_table_mut().unwrap().remove("twilio"))
    })
    .await;
    let officer = phones.house.officer("officer", "").await;
    let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..2_000 {
        look.tick().await;
        officer.pull().await;
        if every_tip(officer.book()).await.len() == 3 {
            break;
        }
    }
    assert_eq!(officer.tips().await.len(), 3);
    assert!(api.bad.lock().unwrap().is_empty());
    assert!(private.accept().is_err(), "the gateway called a stranger");
}
