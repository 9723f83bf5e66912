//! The pages without content: the audit log, the access review, the accounts. An account reaches
//! them by its roles, not by its books. Each look is in the audit log.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Refusal, Screen, broken, queue, refusal};
use crate::acting::Acting;
use crate::audit::Action;
use crate::register::AccountRole::{self, Administrator, Auditor, Officer, Supervisor};
use crate::session::Signed;

/// A page, its path, and the roles that may see it.
pub(super) struct Overview {
    path: &'static str,
    name: &'static str,
    roles: &'static [AccountRole],
}

pub(super) const AUDIT: Overview = Overview {
    path: "/audit",
    name: "Audit log",
    roles: &[Auditor, Administrator, Supervisor],
};
pub(super) const ACCESS: Overview = Overview {
    path: "/access",
    name: "Who can read what",
    roles: &[Auditor, Administrator, Supervisor],
};
pub(super) const ACCOUNTS: Overview = Overview {
    path: "/accounts",
    name: "Accounts",
    roles: &[Administrator, Auditor],
};

/// The pages of these roles: path and name. Everybody has those of their own
/// books and work.
pub(super) fn pages(roles: &[AccountRole]) -> Vec<(&'static str, &'static str)> {
    let allowed = [AUDIT, ACCESS, ACCOUNTS]
        .into_iter()
        .filter(|page| page.roles.iter().any(|role| roles.contains(role)))
        .map(|page| (page.path, page.name));
    let own = [
        ("/books", "Books"),
        ("/hand-over", "Hand over"),
        ("/sessions", "Where you are signed in"),
        ("/insight", "Figures"),
        ("/incidents", "Incidents"),
        ("/values", "Linked values"),
        ("/partners", "Partners"),
        ("/languages", "Languages I read"),
    ];
    own.into_iter().chain(allowed).collect()
}

/// Lets an account with one of the page's roles pass, and records the look: `what` of the page is
/// shown.
pub(super) async fn admit(acting: &Acting, page: &Overview, what: &str) -> Result<(), Refusal> {
    let allowed = page.roles.iter().any(|role| acting.account().is(*role));
    let (action, detail) = if allowed {
        (Action::View, what)
    } else {
        (Action::Refused, "not for the roles of this account")
    };
    let register = acting.register();
    register
        .record(&acting.actor(), action, page.path, detail)
        .await
        .map_err(|e| broken(&e))?;
    if allowed {
        return Ok(());
    }
    let words: Vec<&str> = page.roles.iter().map(|role| role.word()).collect();
    Err(refusal(
        StatusCode::FORBIDDEN,
        "Not for your role",
        format!("This page needs one of these roles: {}.", words.join(", ")),
    ))
}

/// `GET /`: the queue, or for somebody who reads no tips the access review.
pub(super) async fn home(
    screen: State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    if acting.account().is(Officer) || acting.account().is(Supervisor) {
        return queue::show(screen, signed, acting, Ok(Query(queue::Asked::default()))).await;
    }
    Ok(Redirect::to(ACCESS.path).into_response())
}
