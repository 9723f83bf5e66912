//! The partner page: a process of its own, without the desk's keys, its register or its books. It makes
//! no outgoing connection and runs no script.
//!
//! A partner answers a report by the code on its sheet. The page cannot check a code: it seals code,
//! choice and reference to the desk's key, writes the file into a folder, and says "noted". The desk
//! collects the folder (`src/desk/jobs/answers.rs`).
//!
//! People at partners sign in with accounts of this page. The page has only reports that are sealed to
//! them ([`store`]), and opens one in memory for one response. Their answers have a MAC by a key inside
//! the report (`src/desk/answers/by_account.rs`).
//!
//! It listens on loopback in the clear. A proxy in front of it has the TLS.

mod accounts;
mod bounds;
mod form;
mod opened;
mod passphrase;
mod replaced;
mod reply;
mod report;
mod reports;
mod sessions;
mod settings;
mod sign_in;
mod store;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::net::TcpListener;

use self::accounts::Accounts;
use self::bounds::Bounds;
pub use self::settings::PartnerPageSettings;
pub use self::store::NotStarted;
use crate::jobs::Step;
use crate::listening::{ListenerBounds, PageListener};
use crate::page_headers;
use crate::register::Failure;
use crate::ways::folder;
use loke_core::clock::Clock;

/// Largest form, in bytes.
const FORM: usize = 4 << 10;
/// Largest form with words, in bytes: a thousand characters in any script, percent-encoded.
const FORM_WITH_WORDS: usize = 16 << 10;
/// Largest form with a photo, in bytes.
const FORM_WITH_PHOTO: usize = 12 << 20;
/// Seconds between two looks at the inbox and at the sessions.
const LOOK: i64 = 5;
/// One request a connection. The proxy's connections all have one address.
const BOUNDS: ListenerBounds = ListenerBounds {
    connections: 64,
    from_one_address: 64,
    longest: Duration::from_secs(60),
    keep_alive: false,
};
/// Nothing may be loaded but the style sheet and photos of reports. No page may frame it, and forms post
/// only to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The partner page and its state.
pub struct PartnerPage {
    settings: PartnerPageSettings,
    clock: Clock,
    bounds: Bounds,
    accounts: Option<Accounts>,
}

/// The network that a request came from. It is used for the limits alone, and never stored.
#[derive(Clone, Copy)]
struct Sender(IpAddr);

impl PartnerPage {
    /// A page with these settings. Opens its store, or makes a new one.
    ///
    /// # Errors
    /// [`NotStarted`].
    pub async fn open(
        settings: PartnerPageSettings,
        clock: Clock,
    ) -> Result<Arc<Self>, NotStarted> {
        let accounts = match &settings.accounts {
            Some(accounts) => Some(Accounts::open(accounts.clone(), clock.clone()).await?),
            None => None,
        };
        Ok(Arc::new(Self {
            settings,
            clock,
            bounds: Bounds::new()?,
            accounts,
        }))
    }

    /// Takes what the desk left, and ends the sessions that are over.
    pub async fn look(&self) -> Step {
        let looked = match &self.accounts {
            Some(accounts) => accounts.look().await,
            None => return Step::Done,
        };
        match looked {
            // Often: a key stays in memory until its session is over.
            Ok(()) => Step::Retry(self.clock.now() + LOOK),
            Err(problem) => Step::Failed(problem.to_string()),
        }
    }

    /// Ends every session.
    pub async fn end_all(&self, why: &str) {
        if let Some(accounts) = &self.accounts {
            accounts.end_all(why).await;
        }
    }

    /// Leaves the public key of an account for the desk.
    async fn leave_key(&self, name: String, line: Vec<u8>) -> Result<(), Failure> {
        let folder = self.settings.answers.clone();
        let leaving =
            tokio::task::spawn_blocking(move || folder::put_as(&folder, &name, "key", &line));
        leaving.await.unwrap_or(Ok(()))
    }

    /// Whether a request's form comes from this page. A proxy in front has the name in
    /// `public_url`; without one, the page is on this machine's loopback address alone.
    fn is_ours(&self, accounts: &Accounts, request: &Request) -> bool {
        let value = |name| {
            let value = request.headers().get(name);
            value.and_then(|v| v.to_str().ok()).unwrap_or_default()
        };
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return true;
        }
        match &accounts.settings.origin {
            Some(origin) => value(header::ORIGIN).eq_ignore_ascii_case(origin),
            None => {
                let host = value(header::HOST);
                let address: Option<SocketAddr> = host.parse().ok();
                let is_local = address.is_some_and(|address| address.ip().is_loopback());
                is_local && value(header::ORIGIN) == format!("http://{host}")
            }
        }
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
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/set-up", post(sign_in::set_up))
        .route("/leave", post(sign_in::leave))
        .route("/reports", get(reports::get))
        .route("/passphrase", get(passphrase::get).post(passphrase::post))
        .route("/sessions", get(sessions::get).post(sessions::post))
        .route(
            "/report/{reference}",
            get(report::get)
                .post(reply::post)
                .layer(DefaultBodyLimit::max(FORM_WITH_WORDS)),
        )
        .route(
            "/report/{reference}/photo",
            post(reply::photo).layer(DefaultBodyLimit::max(FORM_WITH_PHOTO)),
        )
        .route("/report/{reference}/{file}", get(report::file))
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

/// Adds the sender to a request, with the person who is signed in, and the headers to its answer.
async fn guard(
    State(page): State<Arc<PartnerPage>>,
    Extension(peer): Extension<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let sender = page.sender(&request, peer);
    request.extensions_mut().insert(sender);
    // The form without an account has no session that another page could misuse.
    let by_code = request.uri().path() == "/";
    let admitted = match page.accounts.as_ref().filter(|_| !by_code) {
        None => Ok(()),
        Some(accounts) if !page.is_ours(accounts, &request) => {
            let sentence = "The form came from another page, so nothing was done.\n";
            Err((StatusCode::FORBIDDEN, sentence).into_response())
        }
        Some(accounts) => match accounts.reader(request.headers()).await {
            Ok(reader) => {
                if let Some(reader) = reader {
                    request.extensions_mut().insert(reader);
                }
                Ok(())
            }
            Err(_) => Err(broken("the accounts were not read")),
        },
    };
    let mut answer = match admitted {
        Ok(()) => next.run(request).await,
        Err(refused) => refused,
    };
    page_headers::secure(answer.headers_mut(), POLICY);
    answer
}

/// A failure of the page itself. It says nothing of the request.
fn broken(what: &'static str) -> Response {
    tracing::error!(problem = what, "the partner page failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => broken("a page was not made"),
    }
}

/// Serves the page on `listener` until the future is dropped. [`PartnerPage::look`] is a job beside it.
pub async fn serve(page: Arc<PartnerPage>, listener: TcpListener) -> ! {
    PageListener::new(listener, None, BOUNDS)
        .serve(|peer| router(Arc::clone(&page), peer))
        .await
}
