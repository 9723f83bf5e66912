//! The officer's page: sign-in, the queue, one tip, reports to partners. It listens on loopback in the
//! clear, or anywhere over TLS. It shows nothing without a session. A resident's text is always shown as plain
//! text. A page reaches a book only through the `Acting` of its session.
//!
//! Every request passes [`guard()`]: the Host must be this page's own address (against DNS
//! rebinding), and a POST must come from this page (Origin) and contain the session's form token
//! ([`OurForm`]). Cookies do not separate ports: on the same machine's loopback address, run no
//! other web page that you do not trust.

mod access;
mod accounts;
mod alerts;
mod audit;
mod books;
mod bulk;
mod collected;
mod day;
mod decide;
mod forms;
mod guard;
mod hand_over;
mod incidents;
mod insight;
mod keeping;
mod languages;
mod new_tip;
mod outbox;
mod oversight;
mod partner_table;
mod partners;
mod passphrase;
mod presence;
mod queue;
mod replies;
mod report;
mod search;
mod sessions;
mod sign_in;
mod tip;
mod values;
mod words;
mod you_said;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use self::alerts::{AlertLine, Notices};
use self::collected::{Collected, LastPull};
use self::guard::{NoFields, OurForm, guard, is_over};
use self::presence::Presence;
use super::acting::{Acting, CannotAct};
use super::keys::Identity;
use super::pull::{self, Tally};
use crate::listening::{ListenerBounds, PageListener};
use crate::open_books::{OpenBooks, SessionId};
use crate::register::Account;
use crate::session::{Notice, Sessions, Signed};
use crate::settings::DeskSettings;
use crate::sign_in::{Attempts, note_end};
use crate::typed;
use loke_core::clock::Clock;
use loke_core::config::ConfigError;

/// Largest form, in bytes: a tip's page sends its note and its report of 4,000 characters, and its reply
/// of twice 1,500, in any script, percent-encoded.
const FORM: usize = 192 << 10;
/// Many pages of many officers: a browser opens six connections.
const BOUNDS: ListenerBounds = ListenerBounds {
    connections: 512,
    from_one_address: 128,
    longest: Duration::from_mins(10),
    keep_alive: true,
};

/// The officer's page and its state.
pub struct Screen {
    open: Arc<OpenBooks>,
    config: PathBuf,
    clock: Clock,
    address: PageAddress,
    demo: bool,
    sessions: Sessions,
    attempts: Attempts,
    /// The outcome of the last pull.
    last_pull: Mutex<LastPull>,
    presence: Presence,
    /// What the pages say of alerts and of the gateways' keys.
    notices: Mutex<Notices>,
}

/// The address of the page, as a browser sends it.
pub enum PageAddress {
    /// In the clear, on loopback.
    Loopback(SocketAddr),
    /// Over TLS: the host, with the port if it is not 443.
    OverTls(String, Arc<rustls::ServerConfig>),
}

impl From<SocketAddr> for PageAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Loopback(address)
    }
}

impl PageAddress {
    fn host(&self) -> String {
        match self {
            Self::Loopback(address) => address.to_string(),
            Self::OverTls(host, _) => host.clone(),
        }
    }

    fn origin(&self) -> String {
        match self {
            Self::Loopback(address) => format!("http://{address}"),
            Self::OverTls(host, _) => format!("https://{host}"),
        }
    }

    fn tls(&self) -> Option<&Arc<rustls::ServerConfig>> {
        match self {
            Self::Loopback(_) => None,
            Self::OverTls(_, tls) => Some(tls),
        }
    }
}

/// The network address of a request.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

/// Why a page cannot be shown, with a sentence for the officer. The guard renders it.
#[derive(Clone)]
pub struct Refusal {
    status: StatusCode,
    heading: &'static str,
    sentence: String,
}

/// The parts around every page.
struct Frame {
    demo: bool,
    form_token: Option<String>,
    /// Whether the buttons of the frame send the page's texts along: they belong to its form.
    has_texts: bool,
    /// The person who is signed in, and until when.
    who: Option<String>,
    notice: Option<Notice>,
    /// Whether single keys do something; `None` without a session.
    keys: Option<bool>,
    /// None on a page without a session.
    collected: Option<Collected>,
    alert: Option<AlertLine>,
    /// The things that a person must look at.
    troubles: Vec<String>,
    /// The books for practice that are open.
    practice: Vec<String>,
    /// Books, and the pages that the person's roles allow: path and name.
    pages: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "desk/say.html")]
struct Say<'a> {
    frame: Frame,
    heading: &'a str,
    sentence: &'a str,
}

impl Screen {
    /// A page for the desk with the configuration file `config`, served at this address.
    #[must_use]
    pub fn new(
        open: Arc<OpenBooks>,
        config: PathBuf,
        address: impl Into<PageAddress>,
        demo: bool,
    ) -> Arc<Self> {
        let clock = open.register().clock().clone();
        let address = address.into();
        Arc::new(Self {
            sessions: Sessions::new(clock.clone(), address.tls().is_some()),
            attempts: Attempts::new(clock.clone()),
            open,
            config,
            clock,
            address,
            demo,
            last_pull: Mutex::default(),
            presence: Presence::default(),
            notices: Mutex::default(),
        })
    }

    /// The desk's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The address of the sign-in page.
    #[must_use]
    pub fn sign_in_url(&self) -> String {
        format!("{}/sign-in", self.origin())
    }

    /// Ends the sessions that are over by the clock or by their account, and closes the books that
    /// nobody may read any more.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn end_sessions(&self) -> Result<(), crate::database::Error> {
        let register = self.open.register();
        self.open.close_rekeying().await?;
        for (id, account) in self.sessions.take_ended() {
            self.open.close(id).await;
            note_end(register, &account, "the time was over").await?;
        }
        for (id, name, key) in self.sessions.all() {
            let over = match register.account(&name).await {
                Ok(account) => is_over(&account, &key),
                Err(crate::database::Error::NoAccount(_)) => true,
                Err(other) => return Err(other),
            };
            if over {
                self.sessions.end_keeping_text(id);
                self.open.close(id).await;
                note_end(register, &name, "disabled, or a new key").await?;
            } else {
                self.open.close_revoked(id, &name).await?;
            }
        }
        Ok(())
    }

    /// Stores for `check` that somebody set the clock.
    pub(crate) async fn note_clock_jump(&self, seconds: i64) -> Result<(), crate::database::Error> {
        self.open.register().note_clock_jump(seconds).await
    }

    /// Ends every session and closes every book.
    pub async fn end_all(&self, why: &str) {
        for (id, account, _) in self.sessions.all() {
            self.sessions.end_keeping_text(id);
            if let Err(problem) = note_end(self.open.register(), &account, why).await {
                tracing::error!(%problem, "the end of a session was not recorded");
            }
        }
        self.sessions.forget_browsers();
        self.open.close_all().await;
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
        self.address.origin()
    }

    /// Reads `desk.toml` again, so that a change applies to the next page.
    fn desk(&self) -> Result<DeskSettings, ConfigError> {
        DeskSettings::read(&self.config)
    }

    fn frame(&self, signed: Option<&Signed>) -> Frame {
        Frame {
            demo: self.demo,
            form_token: signed.map(|s| s.form_token.clone()),
            has_texts: false,
            who: signed.map(|s| {
                let until = self.clock.zone().time(s.until);
                format!("{}, signed in until {until}", s.account)
            }),
            notice: signed.and_then(|s| self.sessions.said(s)),
            keys: signed.map(|s| s.keys),
            collected: signed.map(|_| self.last_pull().in_words(&self.clock.zone())),
            alert: signed.and_then(|_| self.notices().alert.clone()),
            troubles: signed.map_or_else(Vec::new, |s| self.troubles_of(s)),
            practice: signed.map_or_else(Vec::new, |s| self.open.practice_of(s.id)),
            pages: signed.map_or_else(Vec::new, |s| oversight::pages(&s.roles)),
        }
    }

    /// Opens the account's books and begins a session: the caller checked who it is. Returns the
    /// `Set-Cookie` value. `way` is for the audit log, `code_at` when a one-time code was checked, `None`
    /// for now.
    ///
    /// # Errors
    /// If a book does not open, or the register fails. Then no session began.
    pub async fn begin(
        &self,
        account: &Account,
        member: &[Identity],
        (way, code_at): (&str, Option<i64>),
    ) -> Result<String, CannotAct> {
        let id: SessionId = self.sessions.next_id();
        let strange = self.open.open(id, account, member).await?;
        let recorded = self
            .open
            .register()
            .note_sign_in(&account.actor(), way)
            .await;
        if let Err(problem) = recorded {
            self.open.close(id).await;
            return Err(problem.into());
        }
        let key = account.recipient.to_string();
        let roles = account.roles.clone();
        let cookie = self.sessions.begin(id, &account.name, key, roles, code_at);
        let cookie = cookie.map_err(crate::database::Error::from)?;
        if let Some(signed) = self.sessions.of(&cookie) {
            self.note_begun(&signed).await?;
        }
        let books = self.open.of(id, account).await?;
        let acting = Acting::new(account.clone(), books, self.open.register().clone());
        let restored = typed::restore(&acting, member).await?;
        if let Some(signed) = self.sessions.of(&cookie) {
            self.say_restored(&signed, &strange, restored);
        }
        Ok(cookie)
    }
}

/// The page's routes behind the guard.
fn router(screen: Arc<Screen>) -> Router {
    Router::new()
        .route("/", get(oversight::home))
        .route("/queue", get(queue::show))
        .route("/day", get(day::show))
        .route("/day/{file}", get(day::file))
        .route(
            "/new",
            get(new_tip::get)
                .post(new_tip::post)
                .layer(DefaultBodyLimit::max(new_tip::MOST)),
        )
        .route("/search", get(search::show))
        .route("/collect", post(queue::collect))
        .route("/undo", post(decide::undo))
        .route("/next", get(decide::next))
        .route("/bulk", post(bulk::preview))
        .route("/bulk/do", post(bulk::post))
        .route("/keys", post(keys))
        .route("/tip/{id}/draft", post(decide::draft))
        .route("/tip/{id}/not-same", post(decide::not_same))
        .route("/tip/{id}/area", post(decide::area))
        .route("/tip/{id}", get(tip::show).post(decide::post))
        .route("/alerts", get(alerts::show))
        .route("/alerts/seen", post(alerts::seen))
        .route("/books", get(books::show).post(books::post))
        .route("/languages", get(languages::get).post(languages::post))
        .route("/hand-over", get(hand_over::show).post(hand_over::post))
        .route("/audit", get(audit::show))
        .route("/audit.csv", get(audit::csv))
        .route("/access", get(access::show))
        .route("/accounts", get(accounts::show).post(accounts::post))
        .route("/sessions", get(sessions::show).post(sessions::post))
        .route("/passphrase", get(passphrase::get).post(passphrase::post))
        .route("/tip/{id}/photo/{number}", get(tip::photo))
        .route("/tip/{id}/report", post(tip::route::post))
        .route("/tip/{id}/report/draft", post(tip::route::draft))
        .route("/report/{reference}", get(report::show).post(report::post))
        .route("/report/{reference}/{file}", get(report::file))
        .route("/outbox", get(outbox::show))
        .route("/partners", get(partners::show).post(partners::post))
        .route(
            "/partners/table",
            post(partner_table::post).layer(DefaultBodyLimit::max(partner_table::MOST)),
        )
        .route("/insight", get(insight::show))
        .route(
            "/insight/you-said",
            get(you_said::show).post(you_said::post),
        )
        .route("/incidents", get(incidents::show).post(incidents::post))
        .route("/values", get(values::show).post(values::post))
        .route("/replies", get(replies::show).post(replies::post))
        .route("/receipt", get(replies::receipt).post(replies::prove))
        .route("/tip/{id}/reply", post(tip::write_letter))
        .route("/tip/{id}/reply/draft", post(tip::draft_letter))
        .route(
            "/tip/{id}/photo/{number}/cover",
            get(tip::cover::get).post(tip::cover::post),
        )
        .route("/tip/{id}/photo/{number}/covered", get(tip::cover::covered))
        .route("/tip/{id}/hold", post(tip::hold))
        .route("/tip/{id}/answer", post(tip::answers::post))
        .route("/tip/{id}/answer/{answer}", get(tip::answers::photo))
        .route("/tip/{id}/said", post(tip::answers::said))
        .route(
            "/tip/{id}/brief",
            get(tip::brief::get).post(tip::brief::post),
        )
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-in/set-up", post(sign_in::set_up))
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
        .route(
            "/desk.js",
            get(|| async {
                (
                    [(header::CONTENT_TYPE, "text/javascript")],
                    include_str!("../../templates/desk/desk.js"),
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

/// Serves the page on `listener` until the future is dropped. The listener must have the address
/// that the [`Screen`] was created with.
pub async fn serve(screen: Arc<Screen>, listener: tokio::net::TcpListener) -> ! {
    serve_beside(screen, listener, Router::new()).await
}

/// The same with the routes of a program that embeds the desk. No guard is in front of them.
pub async fn serve_beside(
    screen: Arc<Screen>,
    listener: tokio::net::TcpListener,
    own: Router,
) -> ! {
    let tls = screen.address.tls().cloned();
    let pages = own.merge(router(screen));
    PageListener::new(listener, tls, BOUNDS)
        .serve(|peer| pages.clone().layer(Extension(Peer(peer.ip()))))
        .await
}

/// Switches the single keys off or on in this session.
async fn keys(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    OurForm(NoFields {}): OurForm<NoFields>,
) -> Response {
    screen.sessions.switch_keys(&signed);
    Redirect::to("/queue").into_response()
}

async fn leave(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    OurForm(NoFields {}): OurForm<NoFields>,
) -> Result<Response, Refusal> {
    screen.sessions.end_keeping_text(signed.id);
    screen.open.close(signed.id).await;
    note_end(screen.open.register(), &signed.account, "signed out")
        .await
        .map_err(|e| broken(&e))?;
    Ok(Redirect::to("/sign-in").into_response())
}

fn refusal(status: StatusCode, heading: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal {
        status,
        heading,
        sentence: sentence.into(),
    }
}

/// The answer to a request without a session: the guard sends a reader to the sign-in page.
fn sign_in() -> Refusal {
    let sentence = "You are signed out, so nothing was done. Sign in again.";
    refusal(StatusCode::UNAUTHORIZED, "Please sign in", sentence)
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
