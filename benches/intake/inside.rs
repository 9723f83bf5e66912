//! The same reports without a network: form, check and send call the routes in this process, 64
//! residents at once. The rest after seal and row is the cost of pages, forms, tokens and hints.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use cpu_time::ProcessTime;
use http_body_util::BodyExt;
use loke::clock::Clock;
use loke::gateway::listener::Listener;
use loke::gateway::listener::caller::Caller;
use loke::gateway::mac_key;
use loke::gateway::settings::GatewaySettings;
use loke::gateway::state::Gateway;
use loke::gateway::web::{self, Site};
use loke::store::Store;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::gateway::commits;
use crate::lines::Lengths;
use crate::load::{fields, form_body, token_of};

/// Concurrent residents, as in the load row that this explains.
const RESIDENTS: usize = 64;
/// Reports of each resident.
const REPORTS: usize = 64;
/// Number of runs.
const RUNS: usize = 3;

/// The cost of a report without its connections.
pub(crate) struct Inside {
    /// Seconds of CPU from form to receipt: the best of three runs, all threads included.
    pub(crate) cpu: f64,
    pub(crate) tips_in_a_commit: f64,
    /// The lengths of the three responses.
    pub(crate) lengths: Lengths,
}

/// Measures the cost.
pub(crate) async fn report(config: &Path) -> Inside {
    let config = GatewaySettings::read(config).unwrap();
    let database = config.database.clone();
    let (store, key) = (
        Store::open(&config.database, config.capacity)
            .await
            .unwrap(),
        mac_key::read(&config.folder).unwrap(),
    );
    let site = Site::new(Gateway::new(config, store, key, Clock::System).unwrap()).unwrap();
    let routes = web::router(Arc::clone(&site));
    let lengths = journey(&routes).await;
    let (mut best, before) = (f64::MAX, commits(&database).unwrap());
    for _ in 0..RUNS {
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
    let done = commits(&database).unwrap().wrapping_sub(before);
    Inside {
        cpu: best,
        tips_in_a_commit: (RUNS * RESIDENTS * REPORTS) as f64 / f64::from(done),
        lengths,
    }
}

/// Sends one report and returns the lengths of its responses.
async fn journey(routes: &axum::Router) -> Lengths {
    let form = ask(routes, Request::get("/").body(Body::empty()).unwrap()).await;
    let checked = post(routes, "/check", &token_of(&form)).await;
    let receipt = post(routes, "/send", &token_of(&checked)).await;
    assert!(
        memchr::memmem::find(&receipt, b"id=\"receipt\"").is_some(),
        "no receipt"
    );
    [form.len(), checked.len(), receipt.len()]
}

async fn post(routes: &axum::Router, path: &str, token: &str) -> Vec<u8> {
    let kind = "multipart/form-data; boundary=b0undary";
    ask(
        routes,
        Request::post(path)
            .header("content-type", kind)
            .body(form_body(&fields(token)).into())
            .unwrap(),
    )
    .await
}

async fn ask(routes: &axum::Router, mut request: Request<Body>) -> Vec<u8> {
    request.extensions_mut().insert(Caller {
        bucket: 1,
        parent: 1,
        known: true,
        language: "en",
        listener: Listener::Web,
    });
    let answer = routes
        .clone()
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    answer
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}
