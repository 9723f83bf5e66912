//! The desks' listener: leases sealed tips to desks, deletes tips after an ack, and stores sealed
//! replies. The messages are in [`loke_core::pickup`]. Only the client certificate identifies a
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
use crate::settings::GatewaySettings;
use crate::store::{self, REPLIES_IN_A_BOX, Store};
use loke_core::clock::Clock;
use loke_core::pickup::{
    Ack, Acked, Claim, Claimed, Collected, Count, Counted, LaneRecipients, MOST, MOST_BYTES,
    Problem, Renew, Renewed, Reply,
};
use loke_core::receipt::{REPLY_SEALED, ReplyBox};
use loke_core::seal::{Recipients, fuzz_expiry};

pub mod desks;
pub mod tls;

/// Size limit of a request body. An ack of [`MOST`] tips and a reply are far smaller.
const BODY_MAX: usize = 64 << 10;

/// Shared state of the handlers.
struct Pickup {
    store: Store,
    clock: Clock,
    desks: Desks,
    recipients: Recipients,
    lease_seconds: u32,
    retention_days: u16,
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
    let pickup = Arc::new(Pickup {
        store,
        clock,
        desks,
        recipients: config.recipients.clone(),
        lease_seconds,
        retention_days: config.retention_days,
        at_once,
    });
    axum::Router::new()
        .route("/claim", post(claim))
        .route("/count", post(count))
        .route("/ack", post(ack))
        .route("/renew", post(renew))
        .route("/reply", post(reply))
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

/// Stores a sealed reply in its box, for about as long as tips are kept.
async fn reply(
    State(pickup): State<Arc<Pickup>>,
    Asked(reply): Asked<Reply>,
) -> Result<StatusCode, RequestRefused> {
    if reply.sealed.len() != REPLY_SEALED {
        return Err(RequestRefused::ReplySize);
    }
    let expiry =
        fuzz_expiry(pickup.clock.today(), pickup.retention_days).map_err(store::Error::Random)?;
    pickup
        .store
        .leave_reply(ReplyBox(reply.reply_box), reply.once, &reply.sealed, expiry)
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

/// JSON message from a desk.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Asked<T> {
    type Rejection = RequestRefused;

    async fn from_request(request: Request, _state: &S) -> Result<Self, RequestRefused> {
        let body = to_bytes(request.into_body(), BODY_MAX)
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
    #[error(
        "the request body was cut short or is longer than {BODY_MAX} bytes: send it again with fewer tips"
    )]
    Unread,
    #[error(
        "a sealed reply must have {REPLY_SEALED} bytes, and this one does not: run the desk and the gateway at the same version"
    )]
    ReplySize,
    #[error(
        "this reply box already has {REPLIES_IN_A_BOX} replies: send the next one after the oldest has expired"
    )]
    BoxFull,
    #[error(
        "the gateway has no room for more replies: raise `text` in its [capacity], or wait until some have expired"
    )]
    RepliesFull,
    #[error(
        "the gateway's queue does not answer: retry in a minute (a repeated request does no harm)"
    )]
    Queue(store::Error),
}

impl From<store::Error> for RequestRefused {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::BoxFull => Self::BoxFull,
            store::Error::RepliesFull => Self::RepliesFull,
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
            Self::ReplySize => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BoxFull => StatusCode::CONFLICT,
            Self::RepliesFull => StatusCode::INSUFFICIENT_STORAGE,
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
