//! The page without a form (promise P17): nobody has collected for so long that nothing is taken, or
//! the operator closed the gateway. It says where to go instead.

use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::reading_days::Status;
use crate::web::Site;
use crate::web::pages::{self, NoticePage};

/// Id of the heading.
pub(super) fn heading(status: Status) -> &'static str {
    match status {
        Status::Closed => "door-closed",
        _ => "door-shut",
    }
}

/// The page.
pub fn page(site: &Site, language: &str) -> Response {
    let frame = site.frame(language);
    let page = match frame.status {
        // The pages that name a contact are closed too.
        Status::Closed => {
            NoticePage::new(frame, "door-closed", &["door-closed-why", "trouble-other"]).with_line(
                site.config
                    .web
                    .as_ref()
                    .and_then(|web| web.contact.as_deref()),
            )
        }
        _ => NoticePage::new(frame, "door-shut", &["door-shut-why", "trouble-other"]),
    };
    pages::answer(StatusCode::SERVICE_UNAVAILABLE, &page.without_way_back())
}

/// Whether a request still reaches its own page when the gateway is closed: the way to leave, the
/// contact for flaws, and a form that was open, so that its words come back.
pub(super) fn stays_open(method: &Method, path: &str) -> bool {
    match path {
        "/leave" | "/leave/away" | "/.well-known/security.txt" => true,
        "/messages" => false,
        _ => *method == Method::POST,
    }
}
