//! The officer's page: the list, one tip, a route button. It listens on loopback only, shows
//! nothing without a session and runs no script. A resident's text is always shown as plain text.
//!
//! Every request passes [`guard`]: the Host must be this page's own address (against DNS
//! rebinding), and a POST must come from this page (Origin) and contain the session's form token
//! ([`OurForm`]). Cookies do not separate ports: on the same machine's loopback address, run no
//! other web page that you do not trust.

mod collected;
mod list;
mod tip;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::collected::{Collected, LastPull};
use super::casebook::Casebook;
use super::keys::Identity;
use super::pull::{self, Tally};
use crate::session::{Notice, Sessions, Signed};
use crate::settings::DeskSettings;
use loke_core::clock::Clock;
use loke_core::config::ConfigError;
use loke_core::random::NoRandomness;

/// Largest form, in bytes. Our forms have a few short fields.
const FORM: usize = 8 << 10;
/// Only this page's own style sheet and photos may be loaded. No page may frame it, and forms post
/// only to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The officer's page and its state.
pub struct Screen {
    casebook: Casebook,
    identities: Vec<Identity>,
    config: PathBuf,
    clock: Clock,
    address: SocketAddr,
    demo: bool,
    sessions: Sessions,
    /// The outcome of the last pull.
    last_pull: Mutex<LastPull>,
}

/// Why a page cannot be shown, with a sentence for the officer. The guard renders it.
#[derive(Clone)]
pub(crate) struct Refusal {
    status: StatusCode,
    heading: &'static str,
    sentence: String,
}

/// The parts around every page.
struct Frame {
    demo: bool,
    form_token: Option<String>,
    notice: Option<Notice>,
    /// None on a page without a session.
    collected: Option<Collected>,
}

#[derive(Template)]
#[template(path = "desk/say.html")]
struct Say<'a> {
    frame: Frame,
    heading: &'a str,
    sentence: &'a str,
}

impl Screen {
    /// A page for the desk with the configuration file `config`, served at this loopback address.
    #[must_use]
    pub fn new(
        casebook: Casebook,
        identities: Vec<Identity>,
        config: PathBuf,
        address: SocketAddr,
        demo: bool,
    ) -> Arc<Self> {
        let clock = casebook.clock().clone();
        let sessions = Sessions::new(clock.clone());
        Arc::new(Self {
            casebook,
            identities,
            config,
            clock,
            address,
            demo,
            sessions,
            last_pull: Mutex::default(),
        })
    }

    /// A link that signs one person in, once: `http://ADDRESS/enter/TOKEN`.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn new_link(&self) -> Result<String, NoRandomness> {
        Ok(format!(
            "{}/enter/{}",
            self.origin(),
            self.sessions.new_link()?
        ))
    }

    /// Stores the outcome of a pull, for every page.
    pub fn note_collected(&self, outcome: &Result<Tally, pull::Error>) {
        self.last_pull().note(outcome, self.clock.now());
    }

    fn last_pull(&self) -> MutexGuard<'_, LastPull> {
        self.last_pull
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Reads `desk.toml` again, so that a change applies to the next page.
    fn desk(&self) -> Result<DeskSettings, ConfigError> {
        DeskSettings::read(&self.config)
    }

    fn frame(&self, signed: Option<&Signed>) -> Frame {
        Frame {
            demo: self.demo,
            form_token: signed.map(|s| s.form_token.clone()),
            notice: signed.and_then(|s| self.sessions.said(s)),
            collected: signed.map(|_| self.last_pull().in_words(&self.clock.zone())),
        }
    }

    /// Checks a request: Host, Origin, and a session for every page that shows something of a tip.
    fn admit(&self, request: &mut Request) -> Result<(), Refusal> {
        let value = |name| {
            request
                .headers()
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
        };
        if value(header::HOST) != self.address.to_string() {
            return Err(refusal(
                StatusCode::MISDIRECTED_REQUEST,
                "Wrong address",
                format!("This page is at {}.", self.origin()),
            ));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD)
            && value(header::ORIGIN) != self.origin()
        {
            let sentence = "The form came from another page, so nothing was done. Go back to the desk and press the button there.";
            return Err(refusal(StatusCode::FORBIDDEN, "Refused", sentence));
        }
        let path = request.uri().path();
        if path == "/style.css" || path.starts_with("/enter/") {
            return Ok(());
        }
        let signed = self
            .sessions
            .of(value(header::COOKIE))
            .ok_or_else(sign_in)?;
        request.extensions_mut().insert(signed);
        Ok(())
    }
}

/// The page's routes behind the guard.
fn router(screen: Arc<Screen>) -> Router {
    Router::new()
        .route("/", get(list::show))
        .route("/collect", post(list::collect))
        .route("/tip/{id}", get(tip::show))
        .route("/tip/{id}/photo/{number}", get(tip::photo))
        .route("/tip/{id}/route", post(tip::route))
        .route("/enter/{token}", get(enter))
        .route("/leave", post(leave))
        .route(
            "/style.css",
            get(|| async {
                (
                    [(header::CONTENT_TYPE, "text/css")],
                    include_str!("../../templates/desk/desk.css"),
                )
            }),
        )
        .fallback(|| async {
            refusal(
                StatusCode::NOT_FOUND,
                "Not here",
                "There is no such page on this desk.",
            )
        })
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn_with_state(screen.clone(), guard))
        .with_state(screen)
}

/// Serves the page on `listener` as long as the future is polled. The listener must have the
/// address that the [`Screen`] was created with.
///
/// # Errors
/// If the listener fails.
pub async fn serve(screen: Arc<Screen>, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    axum::serve(listener, router(screen)).await
}

async fn guard(State(screen): State<Arc<Screen>>, mut request: Request, next: Next) -> Response {
    let admitted = screen.admit(&mut request);
    let signed = request.extensions().get::<Signed>().cloned();
    let mut answer = match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if let Some(Refusal {
        status,
        heading,
        sentence,
    }) = answer.extensions_mut().remove()
    {
        let say = Say {
            frame: screen.frame(signed.as_ref()),
            heading,
            sentence: &sentence,
        };
        answer = (status, Html(say.render().unwrap_or_default())).into_response();
    }
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not no-referrer: with it a browser sends "Origin: null" with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

async fn enter(
    State(screen): State<Arc<Screen>>,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    match screen.sessions.enter(&token).map_err(|e| broken(&e))? {
        Some(cookie) => Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()),
        None => Err(sign_in()),
    }
}

async fn leave(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    OurForm(()): OurForm<()>,
) -> Refusal {
    screen.sessions.leave(&signed);
    refusal(
        StatusCode::OK,
        "Signed out",
        "To sign in again, open a new one-time link.",
    )
}

fn refusal(status: StatusCode, heading: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal {
        status,
        heading,
        sentence: sentence.into(),
    }
}

fn sign_in() -> Refusal {
    let sentence = "Open the one-time link that `loke-desk serve` printed in its terminal. Each link works once; press Enter there for a new one.";
    refusal(StatusCode::FORBIDDEN, "Please sign in", sentence)
}

/// A failure of the desk itself. Its errors contain nothing of a tip.
fn broken(error: &impl std::fmt::Display) -> Refusal {
    tracing::warn!(problem = %error, "a request to the desk's page failed");
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "That did not work",
        error.to_string(),
    )
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = self.status.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Renders a page.
fn page(template: &impl Template) -> Result<Response, Refusal> {
    template
        .render()
        .map(|html| Html(html).into_response())
        .map_err(|e| broken(&e))
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in)
    }
}

/// A form with its session's token. A handler can read a form only through this check.
struct OurForm<T>(T);

#[derive(Deserialize)]
struct WithToken<T> {
    form_token: String,
    #[serde(flatten)]
    form: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OurForm<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let signed = request
            .extensions()
            .get::<Signed>()
            .cloned()
            .ok_or_else(sign_in)?;
        let stale = || {
            refusal(
                StatusCode::FORBIDDEN,
                "Refused",
                "This form is from another session, so nothing was done. Load the page again.",
            )
        };
        let Form(WithToken { form_token, form }) =
            Form::<WithToken<T>>::from_request(request, state)
                .await
                .map_err(|_| stale())?;
        if signed.sent(&form_token) {
            Ok(Self(form))
        } else {
            Err(stale())
        }
    }
}
