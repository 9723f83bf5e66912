//! The partner page: a process of its own, without the desk's keys, its register or its books. A
//! partner answers a report by the code on its sheet. The page cannot check a code: it seals code,
//! choice and reference to the desk's key, writes the file into a folder, and says "noted". It makes
//! no outgoing connection and runs no script. The desk collects the folder (`src/desk/jobs/answers.rs`).
//!
//! It listens on loopback in the clear. A proxy in front of it has the TLS.

mod bounds;
mod form;
mod settings;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use self::bounds::Bounds;
pub use self::settings::PartnerPageSettings;
use loke_core::clock::Clock;
use loke_core::random::NoRandomness;

/// Largest form, in bytes.
const FORM: usize = 4 << 10;
/// Largest head of a request, in bytes.
const HEAD: usize = 16 << 10;
/// Open connections. More are closed at once.
const CONNECTIONS: usize = 64;
/// Longest wait for a head, and longest connection: one request each.
const SLOW_HEAD: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(20);
/// Nothing may be loaded but the style sheet. No page may frame it, and forms post only to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The partner page and its state.
pub struct PartnerPage {
    settings: PartnerPageSettings,
    clock: Clock,
    bounds: Bounds,
}

/// The network that a request came from. It is used for the limits alone, and never stored.
#[derive(Clone, Copy)]
struct Sender(IpAddr);

impl PartnerPage {
    /// A page with these settings.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn new(settings: PartnerPageSettings, clock: Clock) -> Result<Arc<Self>, NoRandomness> {
        Ok(Arc::new(Self {
            settings,
            clock,
            bounds: Bounds::new()?,
        }))
    }

    /// The sender of a request: the address in the proxy's header, or else of the connection.
    fn sender(&self, request: &Request, peer: SocketAddr) -> Sender {
        let named = self.settings.client_address.as_ref();
        let value = named.and_then(|name| request.headers().get(name));
        let address = value.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Sender(address.unwrap_or(peer.ip()))
    }
}

fn router(page: Arc<PartnerPage>, peer: SocketAddr) -> Router {
    Router::new()
        .route("/", get(form::get).post(form::post))
        .route(
            "/style.css",
            get(|| async {
                (
                    [(header::CONTENT_TYPE, "text/css")],
                    include_str!("../../templates/partners/partners.css"),
                )
            }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is no such page here.\n") })
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn_with_state(page.clone(), guard))
        .layer(Extension(peer))
        .with_state(page)
}

/// Adds the sender to a request, and the headers to its answer.
async fn guard(
    State(page): State<Arc<PartnerPage>>,
    Extension(peer): Extension<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let sender = page.sender(&request, peer);
    request.extensions_mut().insert(sender);
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// A failure of the page itself. It says nothing of the request.
fn broken(what: &'static str) -> Response {
    tracing::error!(problem = what, "the partner page failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Serves the page on `listener` as long as the future is polled.
///
/// # Errors
/// If the listener fails for good.
pub async fn serve(page: Arc<PartnerPage>, listener: TcpListener) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(problem) => {
                // Too many open files, or a connection that ended in between: the next may work.
                tracing::warn!(%problem, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let service = TowerToHyperService::new(router(Arc::clone(&page), peer));
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(SLOW_HEAD)
                .max_buf_size(HEAD)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A connection that is slow or broken ends. There is nobody to tell.
            let _ = tokio::time::timeout(LONGEST, connection).await;
            drop(place);
        });
    }
}
