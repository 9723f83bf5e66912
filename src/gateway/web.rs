//! The resident's pages: every route on one screen. The way of a report is never shut; what stands
//! beside it has a limit. Paths and campaign codes are read in any case.
//!
//! | file | page or part |
//! |---|---|
//! | [`report`], [`send`] | the form and the check page; the receipt |
//! | [`form`], [`token`] | reading a posted form, in whatever state it comes; what a page carries, and what a report is known by |
//! | [`pii_hints`] | what in a resident's words may tell who they are |
//! | [`replies`], [`about`], [`quick_exit`] | looking for an answer; what this place is and keeps; leaving |
//! | [`pages`] | templates and headers |
//! | [`patience`] | how long a resident waits for what is shared |

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use tower::Layer;

use crate::listener::BadHead;
use crate::listener::caller::Caller;
use crate::site::Site;
use form::Typed;
use loke_core::campaign::CampaignCode;
use loke_core::signs;
use pages::{NoticePage, SignsPage};

pub mod about;
mod address;
pub mod form;
pub mod pages;
pub mod patience;
pub mod pii_hints;
pub mod quick_exit;
pub mod replies;
pub mod report;
pub mod send;
pub mod token;

/// The routes of the resident's pages. The way of a report (form, check, send, leave) is never
/// shut; what stands beside it has a limit.
pub fn router(site: Arc<Site>) -> Router {
    let waiting = Arc::clone(&site);
    let aside = Router::new()
        .route("/messages", get(replies::ask).post(replies::look))
        .route("/about", get(about::about))
        .route("/device", get(about::device))
        .route("/privacy", get(about::privacy))
        .route("/accessibility", get(about::accessibility))
        .route("/.well-known/security.txt", get(about::security))
        .route("/s/{number}", get(sign_list))
        .fallback(missing);
    let languages = Arc::clone(&site);
    let routes = site
        .limit
        .guard(aside, Arc::new(move |caller| wait(&waiting, caller)))
        .route("/", get(report::form))
        .route("/check", post(report::check))
        .route("/send", post(send::send))
        .route("/leave", get(quick_exit::cover))
        .route("/leave/away", get(quick_exit::away))
        .route("/c/{campaign}", get(campaign))
        // The code was lost on the way.
        .route("/c", get(report::form))
        .route("/{language}", get(in_language))
        .method_not_allowed_fallback(wrong_way)
        .with_state(site);
    // Around the routes and not on them: a layer on them would come after the path was matched.
    Router::new()
        .fallback_service(axum::middleware::from_fn_with_state(languages, find_way).layer(routes))
}

/// A path as people and scanners write it is the plain path: see [`address`]. A page asked for as
/// `/about?pl` is in that language, whatever the browser prefers: so the links of a page keep to
/// its language. Behind it may stand the campaign: see [`Setting`].
async fn find_way(
    State(site): State<Arc<Site>>,
    mut request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    if let Some(BadHead(status)) = request.extensions().get() {
        return bad_head(&site, *status);
    }
    let asked = request
        .uri()
        .query()
        .and_then(|query| query.split('&').next())
        .map(address::word);
    if let Some(words) = asked.and_then(|code| site.languages.get(code))
        && let Some(caller) = request.extensions_mut().get_mut::<Caller>()
    {
        caller.language = words.code;
    }
    let plain = address::plain(request.uri().path());
    if plain != request.uri().path() {
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        *request.uri_mut() = format!("{plain}{query}").parse().unwrap_or_default();
    }
    next.run(request).await
}

/// The campaign whose form led here: its code behind the language, as in `/about?pl&9WQG8P`, so
/// that the way back leads there.
pub struct Setting(Option<CampaignCode>);

impl Setting {
    pub(crate) fn campaign(&self) -> Option<CampaignCode> {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Setting {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.query().and_then(|query| {
            address::word(query.split('&').nth(1)?).parse().ok()
        })))
    }
}

async fn campaign(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
) -> Response {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    report::fresh(&site, caller.language, &Typed::of_campaign(&code))
}

async fn in_language(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
) -> Response {
    match site.languages.get(&code) {
        Some(words) => report::fresh(&site, words.code, &Typed::default()),
        None => missing(State(site), Extension(caller)).await,
    }
}

async fn sign_list(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
    Path(number): Path<String>,
) -> Response {
    match signs::numbered(&number) {
        Some(topic) => pages::answer(
            StatusCode::OK,
            &SignsPage::new(site.frame_in(&caller, &setting), topic),
        ),
        None => missing(State(site), Extension(caller)).await,
    }
}

/// A page that is only sent to was asked for, as by who types its address or opens it from the
/// history.
async fn wrong_way(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let page = NoticePage::new(
        site.frame(caller.language),
        "trouble-missing",
        &["lede-danger"],
    );
    pages::answer(StatusCode::METHOD_NOT_ALLOWED, &page)
}

/// The head of a request could not be read: whoever sent it finds the way to the form. Nothing in
/// it says which language.
fn bad_head(site: &Site, status: StatusCode) -> Response {
    let language = site
        .languages
        .all()
        .first()
        .map_or("en", |words| words.code);
    pages::answer(
        status,
        &NoticePage::new(
            site.frame(language),
            "trouble-heading",
            &["trouble-form", "trouble-other"],
        ),
    )
}

/// There is no such page.
pub async fn missing(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let page = NoticePage::new(
        site.frame(caller.language),
        "trouble-missing",
        &["lede-danger"],
    );
    pages::answer(StatusCode::NOT_FOUND, &page)
}

/// The page of a caller over the limit of requests.
fn wait(site: &Site, caller: &Caller) -> Response {
    let page = NoticePage::new(
        site.frame(caller.language),
        "trouble-heading",
        &["trouble-wait", "trouble-other"],
    );
    pages::answer(StatusCode::TOO_MANY_REQUESTS, &page)
}
