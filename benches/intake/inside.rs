//! The same journeys without a network: form, check and send are asked of the routes in this process, 64 residents at once. What is left
//! when seal and row are taken off is what pages, forms, tokens and hints cost.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use cpu_time::ProcessTime;
use http_body_util::BodyExt;
use loke::clock::Clock;
use loke::gateway::listener::Door;
use loke::gateway::listener::caller::Caller;
use loke::gateway::private;
use loke::gateway::settings::Gateway;
use loke::gateway::site::Site;
use loke::gateway::web;
use loke::store::Store;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::load::{fields, form_body, token_of};

/// Residents at once, as in the row of the load that this explains.
const RESIDENTS: usize = 64;
/// Reports of each.
const REPORTS: usize = 64;

/// Seconds of CPU for a report from form to receipt without its three connections: the best of three runs, every thread counted.
pub(crate) async fn report(config: &Path) -> f64 {
    let config = Gateway::read(config).unwrap();
    let (store, key) = (Store::open(&config.database, config.capacity).await.unwrap(), private::read_mac_key(&config.folder).unwrap());
    let site = Site::new(config, store, key, Clock::System).unwrap();
    let routes = web::router(Arc::clone(&site));
    let mut best = f64::MAX;
    for _ in 0..3 {
        let began = ProcessTime::now();
        let mut residents = JoinSet::new();
        for _ in 0..RESIDENTS {
            let routes = routes.clone();
            residents.spawn(async move {
                for _ in 0..REPORTS {
                    journey(&routes).await;
                }
            });
        }
        residents.join_all().await;
        best = best.min(began.elapsed().as_secs_f64() / (RESIDENTS * REPORTS) as f64);
    }
    best
}

async fn journey(routes: &axum::Router) {
    let form = ask(routes, Request::get("/").body(Body::empty()).unwrap()).await;
    let checked = post(routes, "/check", &token_of(&form)).await;
    let receipt = post(routes, "/send", &token_of(&checked)).await;
    assert!(memchr::memmem::find(&receipt, b"id=\"receipt\"").is_some(), "no receipt");
}

async fn post(routes: &axum::Router, path: &str, token: &str) -> Vec<u8> {
    let kind = "multipart/form-data; boundary=b0undary";
    ask(routes, Request::post(path).header("content-type", kind).body(form_body(&fields(token)).into()).unwrap()).await
}

async fn ask(routes: &axum::Router, mut request: Request<Body>) -> Vec<u8> {
    request.extensions_mut().insert(Caller { bucket: 1, parent: 1, known: true, language: "en", door: Door::Web });
    let answer = routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    answer.into_body().collect().await.unwrap().to_bytes().to_vec()
}
