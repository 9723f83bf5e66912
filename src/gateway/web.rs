//! The resident's pages: every route on one screen. The routes of a report have no rate limit; the
//! other pages have one. Paths and campaign codes are case-insensitive.
//!
//! | file | page or part |
//! |---|---|
//! | [`report`], [`send`] | the form and the check page; the receipt |
//! | [`draft`] | one submission, from the posted form to the tip |
//! | [`form`], [`token`] | reading a posted form; the page's token, and the identity of a report |
//! | [`pii_hints`] | PII hints: text that may identify the writer |
//! | [`replies`], [`about`], [`quick_exit`] | a reply and its answer; what the service is and stores; leaving |
//! | [`you_said`] | public figures of what was reported and done, as the desk wrote them |
//! | [`shut`] | the page without a form, when nothing is taken |
//! | [`Site`] | state of the pages |
//! | [`pages`] | templates and headers |
//! | [`patience`] | how long a request waits for shared resources |

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
use form::Typed;
use loke_core::campaign::CampaignCode;
use loke_core::signs;
use pages::{NoticePage, SignsPage};

pub mod about;
mod address;
pub mod draft;
pub mod form;
pub mod pages;
pub mod patience;
pub mod pii_hints;
pub mod quick_exit;
pub mod replies;
pub mod report;
pub mod send;
pub mod shut;
mod site;
pub mod token;
pub mod you_said;

pub use site::Site;

/// The routes of the resident's pages. The routes of a report (form, check, send, leave) have no
/// rate limit, because a limit must never block a report. The other pages have one.
pub fn router(site: Arc<Site>) -> Router {
    let waiting = Arc::clone(&site);
    let aside = Router::new()
        .route("/messages", get(replies::ask))
        .route("/about", get(about::about))
        .route("/device", get(about::device))
        .route("/privacy", get(about::privacy))
        .route("/accessibility", get(about::accessibility))
        .route("/.well-known/security.txt", get(about::security))
        .route("/s/{number}", get(sign_list))
        .route("/you-said", get(you_said::list))
        .route("/you-said/{language}/{page}", get(you_said::page))
        .fallback(missing);
    let languages = Arc::clone(&site);
    let routes = site
        .limit
        .guard(aside, Arc::new(move |caller| wait(&waiting, caller)))
        .route("/", get(report::form))
        // It counts for the limit itself.
        .route("/messages", post(replies::post))
        .route("/check", post(report::check))
        .route("/send", post(send::send))
        .route("/leave", get(quick_exit::cover))
        .route("/leave/away", get(quick_exit::away))
        .route("/c/{campaign}", get(campaign))
        // A link that lost its campaign code.
        .route("/c", get(report::form))
        .route("/{language}", get(in_language).post(report::in_language))
        .method_not_allowed_fallback(wrong_way)
        .with_state(site);
    // Around the router: a layer on the routes would run after path matching.
    Router::new()
        .fallback_service(axum::middleware::from_fn_with_state(languages, find_way).layer(routes))
}

/// Rewrites a path as people and scanners type it to its plain form: see [`address`]. A language
/// code in the query, as in `/about?pl`, overrides the browser's preference, so that the links of a
/// page keep its language. The campaign may follow it: see [`Setting`].
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
    if site.store.is_closed() && !shut::stays_open(request.method(), &plain) {
        let by_path = plain
            .strip_prefix('/')
            .and_then(|code| site.languages.get(code));
        let language = request
            .extensions()
            .get::<Caller>()
            .map(|caller| caller.language);
        let language = by_path.map(|words| words.code).or(language).unwrap_or("en");
        return shut::page(&site, language);
    }
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

/// The campaign of the form that linked here. Its code follows the language, as in
/// `/about?pl&9WQG8P`, so that the link back leads to the same form.
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

/// A GET of a page that accepts only POST, for example typed by hand or opened from the browser
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

/// The request's header could not be read. The page links to the form. It is in the first language,
/// because the language of the request is unknown.
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

/// The page for an unknown path.
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

/// The page of a caller over the rate limit.
fn wait(site: &Site, caller: &Caller) -> Response {
    let page = NoticePage::new(
        site.frame(caller.language),
        "trouble-heading",
        &["trouble-wait", "trouble-other"],
    );
    pages::answer(StatusCode::TOO_MANY_REQUESTS, &page)
}
