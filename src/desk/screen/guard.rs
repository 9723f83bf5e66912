//! Every request passes [`guard()`]: Host, Origin, the session, and the books that are open for it. A
//! handler gets the session as [`Signed`], the account as [`Acting`], and a form as [`OurForm`].

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Refusal, Say, Screen, broken, refusal, sign_in};
use crate::acting::Acting;
use crate::page_headers;
use crate::register::Account;
use crate::session::Signed;

/// Only this page's own style sheet, script and photos may be loaded. No page may frame it, and forms post
/// only to it.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

impl Screen {
    /// Checks a request: Host, Origin, and a session for every page but those for signing in.
    fn admit(&self, request: &Request) -> Result<Option<Signed>, Refusal> {
        let value = |name| {
            request
                .headers()
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
        };
        if !value(header::HOST).eq_ignore_ascii_case(&self.address.host()) {
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
        let open_to_all = ["/style.css", "/desk.js", "/sign-in", "/sign-in/set-up"];
        if open_to_all.contains(&request.uri().path()) {
            return Ok(None);
        }
        let signed = self.sessions.of(value(header::COOKIE));
        signed.map(Some).ok_or_else(sign_in)
    }

    /// The account of a session, with the books that are open for it now.
    async fn acting(&self, signed: &Signed) -> Result<Acting, Refusal> {
        let register = self.open.register();
        let account = register
            .account(&signed.account)
            .await
            .map_err(|e| broken(&e))?;
        if is_over(&account, &signed.key) {
            return Err(sign_in());
        }
        let books = self
            .open
            .of(signed.id, &account)
            .await
            .map_err(|e| broken(&e))?;
        Ok(Acting::new(account, books, register.clone()))
    }
}

/// Whether a session of this account is over: the account is disabled, or has another key than at
/// sign-in.
pub(super) fn is_over(account: &Account, key: &str) -> bool {
    account.disabled_on.is_some() || account.recipient.to_string() != key
}

pub(super) async fn guard(
    State(screen): State<Arc<Screen>>,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = *request.method() == Method::GET;
    let (signed, admitted) = match screen.admit(&request) {
        Ok(None) => (None, Ok(())),
        Ok(Some(signed)) => {
            let acting = screen.acting(&signed).await;
            let admitted = acting.map(|acting| {
                request.extensions_mut().insert(acting);
                request.extensions_mut().insert(signed.clone());
            });
            (Some(signed), admitted)
        }
        Err(refusal) => (None, Err(refusal)),
    };
    let mut answer = match admitted {
        Ok(()) if reads => next.run(request).await,
        Ok(()) => screen.run_or_keep(signed.as_ref(), request, next).await,
        Err(refusal) if reads && refusal.status == StatusCode::UNAUTHORIZED => {
            Redirect::to("/sign-in").into_response()
        }
        Err(refusal) if refusal.status == StatusCode::UNAUTHORIZED => screen
            .keep_of_ended(signed.as_ref(), request)
            .await
            .unwrap_or(refusal)
            .into_response(),
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
    if screen.address.tls().is_some() {
        // A year (RFC 6797): no visit in the clear, not even the first of a morning.
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    page_headers::secure(headers, POLICY);
    answer
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in)
    }
}

impl<S: Sync> FromRequestParts<S> for Acting {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in)
    }
}

/// The answer to a form that cannot be read.
pub(super) fn incomplete() -> Refusal {
    let sentence =
        "A field of this form is missing or wrong, so nothing was done. Load the page again.";
    refusal(StatusCode::FORBIDDEN, "Refused", sentence)
}

/// A form with its session's token. A handler can read a form only through this check.
pub(super) struct OurForm<T>(pub(super) T);

/// A form that is a button alone.
#[derive(Deserialize)]
pub(super) struct NoFields {}

#[derive(Deserialize)]
struct Token {
    form_token: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OurForm<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let signed = request
            .extensions()
            .get::<Signed>()
            .cloned()
            .ok_or_else(sign_in)?;
        let refused = |sentence| refusal(StatusCode::FORBIDDEN, "Refused", sentence);
        let stale = || {
            refused("This form is from another session, so nothing was done. Load the page again.")
        };
        let (parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state);
        let body = body.await.map_err(|_| incomplete())?;
        // The form is read twice: `serde(flatten)` would make a text of each number in it.
        let again = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        let token = Form::<Token>::from_request(again(), state).await;
        let Form(Token { form_token }) = token.map_err(|_| stale())?;
        if !signed.sent(&form_token) {
            return Err(stale());
        }
        let form = Form::<T>::from_request(again(), state).await;
        let Form(form) = form.map_err(|_| incomplete())?;
        Ok(Self(form))
    }
}
