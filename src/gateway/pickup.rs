//! The desks' listener: leases sealed tips to desks, deletes tips after an ack, and replaces a book's
//! sealed reply rows. The messages are in [`loke_core::pickup`]. Only the client certificate identifies a
//! desk; its lanes come from the enrolment, never from the request. This file must never open, log
//! or describe a tip.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::desks::{Desks, EnrolledDesk};
use crate::listener::caller::Peer;
use crate::settings::{GatewaySettings, MOST_REPLY_ROWS};
use crate::store::{self, BOOKS_OF_A_DESK, Store};
use loke_core::clock::Clock;
use loke_core::pickup::{
    Ack, Acked, AskRows, Claim, Claimed, Collected, Count, Counted, LaneRecipients, MOST,
    MOST_BYTES, Problem, Renew, Renewed, Replace, Rows,
};
use loke_core::reply_rows::ROW_SEALED;
use loke_core::seal::Recipients;

pub mod desks;
pub mod tls;

/// Size limit of a request body. An ack of [`MOST`] tips is far smaller.
const BODY_MAX: usize = 64 << 10;
/// Size limit of a [`Replace`]: of each row the name, the base64 of its bytes, and the JSON around
/// them.
const REPLACE_MAX: usize = BODY_MAX + MOST_REPLY_ROWS as usize * (ROW_SEALED.div_ceil(3) * 4 + 96);

/// Shared state of the handlers.
struct Pickup {
    store: Store,
    clock: Clock,
    desks: Desks,
    recipients: Recipients,
    /// Every key of `[[recipients]]`.
    listed: Vec<String>,
    lease_seconds: u32,
    reply_rows: u32,
    /// Whether desks get every tip at once. A process without `[pickup]` cannot read this setting
    /// and stores its tips unreleased.
    at_once: bool,
}

/// Routes of the pickup. They need the desk's [`Peer`] as a request extension, set by `listener` at
/// `Listener::Pickup`.
pub fn router(
    config: &GatewaySettings,
    lease_seconds: u32,
    store: Store,
    clock: Clock,
) -> axum::Router {
    let at_once = config
        .pickup
        .as_ref()
        .is_some_and(|p| p.release_minutes == 0);
    let desks = Desks::of(&config.folder);
    let listed = config.holders.iter().map(|holder| holder.key.to_string());
    let pickup = Arc::new(Pickup {
        store,
        clock,
        desks,
        recipients: config.recipients.clone(),
        listed: listed.collect(),
        lease_seconds,
        reply_rows: config.pickup.as_ref().map_or(0, |p| p.reply_rows),
        at_once,
    });
    axum::Router::new()
        .route("/claim", post(claim))
        .route("/count", post(count))
        .route("/ack", post(ack))
        .route("/renew", post(renew))
        .route("/rows", post(rows))
        .route("/replies", post(replies))
        .fallback(async || RequestRefused::NoSuchRequest)
        .method_not_allowed_fallback(async || RequestRefused::NoSuchRequest)
        .layer(from_fn_with_state(Arc::clone(&pickup), know_the_desk))
        .with_state(pickup)
}

/// Adds the [`EnrolledDesk`] to the request. Each request checks again, since a connection may outlive an
/// enrolment.
async fn know_the_desk(
    State(pickup): State<Arc<Pickup>>,
    mut request: Request,
    next: Next,
) -> Response {
    let desk = request
        .extensions()
        .get::<Peer>()
        .and_then(|peer| pickup.desks.find(&peer.0));
    match desk {
        Some(desk) => {
            request.extensions_mut().insert(desk);
            next.run(request).await
        }
        None => RequestRefused::NotEnrolled.into_response(),
    }
}

/// Leases tips of the desk's lanes. The same token returns the same tips again.
async fn claim(
    State(pickup): State<Arc<Pickup>>,
    Extension(desk): Extension<EnrolledDesk>,
    Asked(claim): Asked<Claim>,
) -> Result<Answer<Claimed>, RequestRefused> {
    let now = pickup.clock.now();
    let until = pickup.lease_end(now);
    let mut lanes = desk.lanes;
    lanes.retain(|lane| claim.lanes.as_ref().is_none_or(|open| open.contains(lane)));
    if pickup.at_once {
        pickup.store.release().await?;
    }
    let filling = pickup.store.fills().await?;
    let mut leased = pickup
        .store
        .claim(
            &lanes,
            claim.token,
            claim.most.min(MOST),
            MOST_BYTES,
            now,
            until,
        )
        .await?;
    // A lease may be older than a change of the desk's lanes.
    leased.retain(|sealed| lanes.contains(&sealed.lane));
    let waiting = pickup.store.waiting(&lanes, now).await?;
    let noted = pickup
        .store
        .note_collection(&lanes, now, pickup.clock.today());
    log_unnoted(noted.await);
    Ok(Answer(Claimed {
        tips: leased.into_iter().map(Collected::from).collect(),
        waiting,
        lease_seconds: pickup.lease_seconds,
        filling,
    }))
}

/// Counts the released tips of the desk's lanes. Whoever counts has collected nothing (promise P17),
/// so nothing is noted.
async fn count(
    State(pickup): State<Arc<Pickup>>,
    Extension(desk): Extension<EnrolledDesk>,
    Asked(Count {}): Asked<Count>,
) -> Result<Answer<Counted>, RequestRefused> {
    if pickup.at_once {
        pickup.store.release().await?;
    }
    let waiting = pickup.store.released_by_kind(&desk.lanes).await?;
    let recipients = desk.lanes.iter().map(|lane| LaneRecipients {
        lane: *lane,
        keys: pickup
            .recipients
            .of(*lane)
            .iter()
            .map(ToString::to_string)
            .collect(),
    });
    Ok(Answer(Counted {
        waiting,
        recipients: recipients.collect(),
        listed: pickup.listed.clone(),
    }))
}

/// Deletes tips that the desk has stored durably.
async fn ack(
    State(pickup): State<Arc<Pickup>>,
    Asked(ack): Asked<Ack>,
) -> Result<Answer<Acked>, RequestRefused> {
    let store::Deleted {
        left: lapsed,
        lanes,
    } = pickup.store.ack(ack.token, &ack.ids).await?;
    let noted = pickup.store.note_acknowledged(&lanes, pickup.clock.today());
    log_unnoted(noted.await);
    let gone = ack
        .ids
        .into_iter()
        .filter(|id| !lapsed.contains(id))
        .collect();
    Ok(Answer(Acked { gone, lapsed }))
}

/// Extends the lease to its full length.
async fn renew(
    State(pickup): State<Arc<Pickup>>,
    Asked(renew): Asked<Renew>,
) -> Result<Answer<Renewed>, RequestRefused> {
    let now = pickup.clock.now();
    let held = pickup
        .store
        .renew(renew.token, now, pickup.lease_end(now))
        .await?;
    Ok(Answer(Renewed { held }))
}

/// How many rows a book has, and when they were last replaced.
async fn rows(
    State(pickup): State<Arc<Pickup>>,
    Asked(asked): Asked<AskRows>,
) -> Result<Answer<Rows>, RequestRefused> {
    let replaced_on = pickup.store.replies_replaced_on(asked.book).await?;
    Ok(Answer(Rows {
        number: pickup.reply_rows,
        replaced_on,
    }))
}

/// Replaces all reply rows of a book. It cannot tell a letter from an empty row.
async fn replies(
    State(pickup): State<Arc<Pickup>>,
    Extension(desk): Extension<EnrolledDesk>,
    Asked(replace): Asked<Replace, REPLACE_MAX>,
) -> Result<StatusCode, RequestRefused> {
    let number = pickup.reply_rows;
    if u32::try_from(replace.rows.len()) != Ok(number)
        || replace
            .rows
            .iter()
            .any(|row| row.sealed.len() != ROW_SEALED)
    {
        return Err(RequestRefused::RowsSize { number });
    }
    let today = pickup.clock.today();
    if replace.day != today && replace.day != today.plus(-1) {
        return Err(RequestRefused::RowsDay);
    }
    pickup
        .store
        .replace_replies(&desk.name, replace.book, replace.day, replace.rows)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Pickup {
    fn lease_end(&self, now: i64) -> i64 {
        now.saturating_add(i64::from(self.lease_seconds))
    }
}

/// The tips are already leased or deleted: an error here must not keep the answer from the desk.
fn log_unnoted(noted: Result<(), store::Error>) {
    if let Err(problem) = noted {
        tracing::warn!(action = "note collection", %problem);
    }
}

/// JSON message from a desk, of at most `MAX` bytes.
struct Asked<T, const MAX: usize = BODY_MAX>(T);

impl<T: DeserializeOwned, S: Send + Sync, const MAX: usize> FromRequest<S> for Asked<T, MAX> {
    type Rejection = RequestRefused;

    async fn from_request(request: Request, _state: &S) -> Result<Self, RequestRefused> {
        let body = to_bytes(request.into_body(), MAX)
            .await
            .map_err(|_| RequestRefused::Unread)?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|_| RequestRefused::NotAMessage)
    }
}

/// JSON message to a desk.
struct Answer<T>(T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => (
                [(header::CONTENT_TYPE, "application/json")],
                Body::from(json),
            )
                .into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Why a request was refused. It never repeats the request.
#[derive(Debug, thiserror::Error)]
enum RequestRefused {
    #[error(
        "this desk is not enrolled here: run `loke-gateway enrol` at the gateway and `loke-desk connect` with its file"
    )]
    NotEnrolled,
    #[error("unknown request: run the desk and the gateway at the same version")]
    NoSuchRequest,
    #[error(
        "the request body is not the expected message: run the desk and the gateway at the same version"
    )]
    NotAMessage,
    #[error("the request body was cut short or is too long: send it again with fewer tips")]
    Unread,
    #[error(
        "a book has {number} reply rows of {ROW_SEALED} bytes here, and these are others: ask for the number again, and run the desk and the gateway at the same version"
    )]
    RowsSize { number: u32 },
    #[error(
        "the reply rows are of another day than the gateway's today or yesterday, or older than those here: check the clocks of both machines"
    )]
    RowsDay,
    #[error(
        "this desk already has reply rows of {BOOKS_OF_A_DESK} books here: rows of a book that is not opened go after 14 days"
    )]
    TooManyBooks,
    #[error(
        "the gateway's queue does not answer: retry in a minute (a repeated request does no harm)"
    )]
    Queue(store::Error),
}

impl From<store::Error> for RequestRefused {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::TooManyBooks => Self::TooManyBooks,
            store::Error::OlderRows => Self::RowsDay,
            other => Self::Queue(other),
        }
    }
}

impl IntoResponse for RequestRefused {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotEnrolled => StatusCode::FORBIDDEN,
            Self::NoSuchRequest => StatusCode::NOT_FOUND,
            Self::NotAMessage => StatusCode::BAD_REQUEST,
            Self::Unread => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RowsSize { .. } | Self::RowsDay => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyBooks => StatusCode::INSUFFICIENT_STORAGE,
            Self::Queue(problem) => {
                tracing::error!(action = "pickup", %problem);
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (
            status,
            Answer(Problem {
                problem: self.to_string(),
            }),
        )
            .into_response()
    }
}
