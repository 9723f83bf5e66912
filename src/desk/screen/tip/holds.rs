//! The holds of a tip, on its page: a banner for each, and the forms that place and lift one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{OurForm, Refusal, Screen, broken, refusal, words};
use crate::acting::Acting;
use crate::book::{Hold, HoldKind};
use crate::register::AccountRole;
use crate::retention::{self, NotHeld};
use crate::session::Signed;

/// A kind of hold on the page: its banner if it is active, else its form.
pub(super) struct HoldView {
    pub(super) word: &'static str,
    pub(super) active: Option<Hold>,
    pub(super) day: String,
    pub(super) heading: &'static str,
    pub(super) about: &'static str,
    pub(super) button: &'static str,
    pub(super) may_lift: bool,
    pub(super) lift: &'static str,
}

/// The two kinds, in the order of the page.
pub(super) fn views(holds: &[Hold], acting: &Acting) -> Vec<HoldView> {
    let may_lift = acting.account().is(AccountRole::Supervisor);
    let view = |kind: HoldKind| {
        let active = holds.iter().find(|hold| hold.kind == kind).cloned();
        let day = active
            .as_ref()
            .map_or_else(String::new, |hold| words::day(&hold.placed_on));
        let (heading, about, button, lift) = match kind {
            HoldKind::Legal => (
                "On hold",
                "A court, the police or a complaint may need this tip. While it is on hold, it is not deleted.",
                "Put on hold",
                "Lift the hold",
            ),
            HoldKind::Restricted => (
                "Restricted: do not use",
                "Somebody contests that this tip is accurate. While it is restricted, it is kept. No list shows its words, and no copy leaves.",
                "Restrict",
                "End the restriction",
            ),
        };
        HoldView {
            word: kind.word(),
            active,
            day,
            heading,
            about,
            button,
            may_lift,
            lift,
        }
    };
    HoldKind::ALL.iter().copied().map(view).collect()
}

/// The form of both buttons. The reason is in the field `reason.TIP.KIND`.
#[derive(Deserialize)]
pub(in crate::screen) struct HoldForm {
    /// The kind to place.
    hold: Option<HoldKind>,
    /// The kind to lift.
    lift: Option<HoldKind>,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

/// `POST /tip/{name}/hold`
pub(in crate::screen) async fn hold(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<HoldForm>,
) -> Result<Response, Refusal> {
    let (_, id) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let (kind, done) = match (form.hold, form.lift) {
        (Some(kind), _) => {
            let reason = form.rest.get(&format!("reason.{id}.{kind}"));
            let reason = reason.map_or("", String::as_str);
            (kind, retention::place(&acting, id, kind, reason).await)
        }
        (None, Some(kind)) => (kind, retention::lift(&acting, id, kind).await),
        (None, None) => {
            let sentence = "The button is not one of this page. Load it again.";
            return Err(refusal(StatusCode::BAD_REQUEST, "Not done", sentence));
        }
    };
    let (text, trouble) = match (done, form.hold.is_some(), kind) {
        (Ok(()), true, HoldKind::Legal) => ("The tip is on hold.".to_owned(), false),
        (Ok(()), true, HoldKind::Restricted) => ("The tip is restricted.".to_owned(), false),
        (Ok(()), false, HoldKind::Legal) => ("The hold is lifted.".to_owned(), false),
        (Ok(()), false, HoldKind::Restricted) => ("The restriction has ended.".to_owned(), false),
        (Err(NotHeld::Database(e)), ..) => return Err(words::not_shown(&e)),
        (Err(e @ NotHeld::Role), ..) => {
            return Err(refusal(StatusCode::FORBIDDEN, "Not done", format!("{e}.")));
        }
        (Err(e), ..) => (format!("{e}."), true),
    };
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to(&format!("/tip/{name}")).into_response())
}

/// The holds of a tip for its page.
pub(super) async fn of(
    acting: &Acting,
    book: &crate::book::Book,
    id: loke_core::tip::TipId,
) -> Result<Vec<HoldView>, Refusal> {
    let holds = book.holds_of(id).await.map_err(|e| broken(&e))?;
    Ok(views(&holds, acting))
}
