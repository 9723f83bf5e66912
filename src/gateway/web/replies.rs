//! `/messages`: a resident types the receipt and reads the reply. The key that opens a reply exists
//! only during this request, and opens nothing but replies.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use zeroize::Zeroizing;

use crate::listener::caller::Caller;
use crate::site::Site;
use crate::web::Setting;
use crate::web::pages::{self, MessagesPage};
use loke_core::characters::{digit, is_invisible};
use loke_core::receipt::{NotAReceipt, Receipt};

/// Maximum size in bytes of this form: a receipt in any script, with spaces.
const FORM: usize = 4 << 10;

/// `GET /messages`.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    pages::answer(
        StatusCode::OK,
        &MessagesPage::new(site.frame_in(&caller, &setting), "", Vec::new()),
    )
}

/// `POST /messages`. The page is the same for a receipt that was never issued and for one without a
/// reply.
pub async fn look(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (typed, language) = read(request.into_body()).await;
    let frame = site.frame(language.as_deref().unwrap_or(caller.language));
    let mend = |says| {
        pages::answer(
            StatusCode::UNPROCESSABLE_ENTITY,
            &MessagesPage::mend(frame, says, digits(&typed)),
        )
    };
    let receipt = match Receipt::parse(&typed) {
        Ok(receipt) => receipt,
        Err(NotAReceipt::Length) => return mend("messages-length"),
        Err(NotAReceipt::Check) => return mend("messages-wrong"),
    };
    let from = receipt.reply_box();
    let Ok(sealed) = site.store.replies(from).await else {
        return pages::answer(
            StatusCode::SERVICE_UNAVAILABLE,
            &MessagesPage::new(frame, "messages-trouble", Vec::new()),
        );
    };
    let key = receipt.reply_key();
    let answers: Vec<_> = sealed
        .iter()
        .filter_map(|reply| key.open(from, reply))
        .collect();
    let says = if answers.is_empty() {
        "messages-none"
    } else {
        ""
    };
    pages::answer(StatusCode::OK, &MessagesPage::new(frame, says, answers))
}

/// Most digits that a page shows again.
const SHOWN: usize = 40;

/// The digits of a mistyped receipt, in groups as they were typed. Only digits are repeated, so the
/// page cannot be made to show words.
fn digits(typed: &str) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(2 * SHOWN));
    let mut gap = false;
    for c in typed.chars().filter(|c| !is_invisible(*c)) {
        let Some(digit) = digit(c) else {
            gap = true;
            continue;
        };
        if digits.len() >= SHOWN {
            break;
        }
        if gap && !digits.is_empty() {
            digits.push(' ');
        }
        gap = false;
        digits.push(digit);
    }
    digits
}

/// The typed receipt and the page's language. Both are empty if the form cannot be read.
async fn read(body: Body) -> (Zeroizing<String>, Option<String>) {
    let mut typed = (Zeroizing::new(String::new()), None);
    let Ok(body) = Limited::new(body, FORM).collect().await else {
        return typed;
    };
    for (name, value) in form_urlencoded::parse(&body.to_bytes()) {
        match name.as_ref() {
            "code" | "receipt" => typed.0 = Zeroizing::new(value.into_owned()),
            "language" => typed.1 = Some(value.into_owned()),
            _ => {}
        }
    }
    typed
}
