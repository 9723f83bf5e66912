//! A gateway's pages as one function from a request to a status and a page.

use std::cell::LazyCell;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use loke_core::clock::{Clock, Zone};
use loke_core::seal::{MacKey, Recipients};
use loke_core::tip::limits;
use loke_gateway::listener::Listener;
use loke_gateway::listener::caller::Caller;
use loke_gateway::settings::{GatewaySettings, Limits};
use loke_gateway::state::Gateway;
use loke_gateway::store::{Capacity, Store};
use loke_gateway::web::{self, Site};
use tower::ServiceExt;

struct Pages {
    runtime: tokio::runtime::Runtime,
    routes: Router,
    /// The queue's folder. It is deleted when the target ends.
    _folder: tempfile::TempDir,
}

thread_local! {
    static PAGES: LazyCell<Pages> = LazyCell::new(open);
}

fn open() -> Pages {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let capacity = Capacity {
        text: 8,
        photos: [0; 4],
    };
    let database = format!("sqlite:{}", folder.path().join("queue.db").display());
    let limits = Limits {
        requests_per_minute: u32::MAX,
        reports_per_hour: u32::MAX,
        photos_per_hour: u32::MAX,
        waiting_photo_bytes: 1 << 20,
        parallel_photos: 1,
    };
    let config = GatewaySettings {
        folder: folder.path().to_owned(),
        zone: Zone::default(),
        database: database.clone(),
        retention_days: 30,
        capacity,
        limits,
        web: None,
        onion: None,
        sms: None,
        pickup: None,
        recipients: Recipients::default(),
        holders: Vec::new(),
        languages_read: Vec::new(),
        help: loke_gateway::settings::Help::default(),
        demo: false,
    };
    let site = runtime.block_on(async {
        let store = Store::open(&database, capacity).await.expect("a queue");
        let gateway = Gateway::new(
            config,
            store,
            MacKey::new([7; 32]),
            Clock::by_hand(1_795_262_400),
        );
        Site::new(gateway.expect("a gateway")).expect("a site")
    });
    Pages {
        runtime,
        routes: web::router(Arc::clone(&site)),
        _folder: folder,
    }
}

/// Posts a body in pieces; if `broken` is set, the body breaks off after the last piece. Checks
/// what must hold for every response: it is a page, it is not a server error, and no input is
/// interpreted as markup.
pub fn post(path: &str, content_type: &str, pieces: Vec<Bytes>, broken: bool) {
    let end = broken.then(|| Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
    let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok).chain(end)));
    let Ok(mut request) = Request::post(path)
        .header("content-type", content_type)
        .body(body)
    else {
        return;
    };
    request.extensions_mut().insert(Caller {
        bucket: 1,
        parent: 0,
        known: true,
        language: "en",
        listener: Listener::Web,
    });
    PAGES.with(|pages| {
        let (status, page) = pages.runtime.block_on(async {
            let answer = pages
                .routes
                .clone()
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {});
            (
                answer.status(),
                answer
                    .into_body()
                    .collect()
                    .await
                    .expect("a whole page")
                    .to_bytes(),
            )
        });
        assert!(matches!(status.as_u16(), 200 | 413 | 415 | 422), "{status}");
        let text = std::str::from_utf8(&page).expect("UTF-8");
        assert!(
            text.starts_with("<!doctype html>") || text.starts_with("<!DOCTYPE html>"),
            "{text}"
        );
        // No pictures but the thumbnails of the resident's own photos.
        let thumbnails = text.matches("<img src=\"data:image/jpeg;base64,").count();
        assert!(
            memchr::memmem::find(&page, b"<script").is_none()
                && !text.contains("onerror=\"")
                && text.matches("<img").count() == thumbnails
                && thumbnails <= limits::PHOTOS,
            "{text}"
        );
    });
}

/// A body in pieces of this many bytes.
pub fn pieces(body: &[u8], size: usize) -> Vec<Bytes> {
    body.chunks(size.max(1))
        .map(Bytes::copy_from_slice)
        .collect()
}
