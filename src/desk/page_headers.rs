//! The security headers of every answer, on the desk's pages and on the partner page.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Sets the headers that each answer of a page has. `policy` is the page's Content-Security-Policy.
pub(crate) fn secure(headers: &mut HeaderMap, policy: &'static str) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
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
}
