//! Leaving: two hops, so that Back does not show what was typed. Measured in Chromium: one hop with `Clear-Site-Data`, or
//! `no-store` alone, let the text come back; a page in between that is left by itself did not. No script is needed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::site::Site;

/// Where a resident ends up where the configuration names no other page: one that anybody may have open.
const COVER: &str = "https://www.bbc.co.uk/weather";

/// The first hop: an empty page that goes on by itself.
pub async fn cover() -> Response {
    (
        StatusCode::OK,
        [("refresh", "0; url=/leave/away"), ("clear-site-data", "\"cache\""), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")],
    )
        .into_response()
}

/// The second hop: off this site.
pub async fn away(State(site): State<Arc<Site>>) -> Response {
    let to = site.config.web.as_ref().and_then(|web| web.leave_to.as_deref()).unwrap_or(COVER);
    let headers =
        [("location", to), ("clear-site-data", "\"cache\", \"storage\""), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}
