//! Quick exit in two hops, so that the Back button does not show the typed text. Measured in
//! Chromium: after one hop with `Clear-Site-Data`, or with `no-store` alone, the text came back;
//! after an intermediate page that navigates by itself, it did not. It needs no script.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::listener::caller::Caller;
use crate::web::Site;
use crate::web::pages::fill;

/// Where the quick exit leads by default: a page that anybody may have open.
pub const COVER: &str = "https://www.bbc.co.uk/weather";
/// The intermediate page has this length in bytes in every language. It is short, because it delays
/// the resident who leaves.
const SIZE_CLASS: usize = 512;

/// The first hop: a page that navigates by itself, with a link for browsers that do not. It names
/// an empty icon, because Chromium sends one more request for a page without an icon.
pub async fn cover(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let t = site.frame(caller.language).t;
    let (title, leave) = (t.say("title"), t.say("leave"));
    let head = format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>",
        t.code,
        t.direction()
    );
    let page = format!(
        "{head}\n<link rel=\"icon\" href=\"data:,\">\n<a href=\"/leave/away\">{leave}</a>\n"
    );
    let headers = [
        ("refresh", "0; url=/leave/away"),
        ("clear-site-data", "\"cache\""),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ];
    (StatusCode::OK, headers, Html(fill(page, SIZE_CLASS, 0))).into_response()
}

/// The second hop: a redirect to another site.
pub async fn away(State(site): State<Arc<Site>>) -> Response {
    let to = site
        .config
        .web
        .as_ref()
        .and_then(|web| web.leave_to.as_deref())
        .unwrap_or(COVER);
    // The configuration was checked. The default is a fallback in case the URL is not a valid
    // header value.
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static(COVER));
    let fixed = [
        ("clear-site-data", "\"cache\", \"storage\""),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, [("location", to)], fixed).into_response()
}
