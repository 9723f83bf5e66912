//! Leaving: two hops, so that Back does not show what was typed. Measured in Chromium: one hop with `Clear-Site-Data`, or
//! `no-store` alone, let the text come back; a page in between that is left by itself did not. No script is needed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Where a resident ends up: a page that anybody may have open.
const COVER: &str = "https://www.bbc.co.uk/weather";

/// The first hop: an empty page that goes on by itself.
pub async fn cover() -> Response {
    (StatusCode::OK, [("refresh", "0; url=/leave/away"), ("clear-site-data", "\"cache\""), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")])
        .into_response()
}

/// The second hop: off this site.
pub async fn away() -> Response {
    let headers = [("location", COVER), ("clear-site-data", "\"cache\", \"storage\""), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}
