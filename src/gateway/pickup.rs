//! The desks' listener: gives sealed tips out under a lease, deletes what a desk says it holds, and
//! takes sealed replies in. The messages are in [`loke_core::pickup`]. Who asks is known by their
//! certificate alone; the lanes come from the enrolment, never from the request. It must never
//! open, log or describe a tip.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::desks::{Desk, Desks};
use crate::listener::caller::Peer;
use crate::settings::Gateway;
use crate::store::{self, REPLIES_IN_A_BOX, Store};
use loke_core::clock::Clock;
use loke_core::pickup::{
    Ack, Acked, Claim, Claimed, Collected, MOST, MOST_BYTES, Problem, Renew, Renewed, Reply,
};
use loke_core::receipt::{REPLY_SEALED, ReplyBox};
use loke_core::seal::fuzz_expiry;

pub mod desks;
pub mod tls;

/// Most bytes of one request: an ack of [`MOST`] tips and a reply are far below it.
const BODY_MAX: usize = 64 << 10;

/// What the pickup's requests share.
struct Pickup {
    store: Store,
    clock: Clock,
    desks: Desks,
    lease_seconds: u32,
    retention_days: u16,
    /// Whether desks get every tip at once. A process without `[pickup]` cannot know and stores its
    /// tips waiting.
    at_once: bool,
}

/// The pickup's routes. They want the caller's [`Peer`] as a request extension, as `listen` leaves
/// it on `Door::Pickup`.
pub fn router(config: &Gateway, lease_seconds: u32, store: Store, clock: Clock) -> axum::Router {
    let at_once = config
        .pickup
        .as_ref()
        .is_some_and(|p| p.release_minutes == 0);
    let desks = Desks::of(&config.folder);
    let pickup = Arc::new(Pickup {
        store,
        clock,
        desks,
        lease_seconds,
        retention_days: config.retention_days,
        at_once,
    });
    axum::Router::new()
        .route("/claim", post(claim))
        .route("/ack", post(ack))
        .route("/renew", post(renew))
        .route("/reply", post(reply))
        .fallback(async || Refused::NoSuchRequest)
        .method_not_allowed_fallback(async || Refused::NoSuchRequest)
        .layer(from_fn_with_state(Arc::clone(&pickup), know_the_desk))
        .with_state(pickup)
}

/// Leaves the [`Desk`] that asks in the request. A connection may outlive an enrolment, so each
/// request looks again.
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
        None => Refused::NotEnrolled.into_response(),
    }
}

/// Leases tips of the desk's lanes to it; the same token again gives the same tips.
async fn claim(
    State(pickup): State<Arc<Pickup>>,
    Extension(desk): Extension<Desk>,
    Asked(claim): Asked<Claim>,
) -> Result<Answer<Claimed>, Refused> {
    let now = pickup.clock.now();
    let until = pickup.lease_end(now);
    if pickup.at_once {
        pickup.store.release().await?;
    }
    let filling = pickup.store.fills().await?;
    let mut leased = pickup
        .store
        .claim(
            &desk.lanes,
            claim.token,
            claim.most.min(MOST),
            MOST_BYTES,
            now,
            until,
        )
        .await?;
    // A lease made before the desk's lanes were narrowed does not widen them again.
    leased.retain(|sealed| desk.lanes.contains(&sealed.lane));
    let waiting = pickup.store.waiting(&desk.lanes, now).await?;
    pickup.note_collection(now).await;
    Ok(Answer(Claimed {
        tips: leased.into_iter().map(Collected::from).collect(),
        waiting,
        lease_seconds: pickup.lease_seconds,
        filling,
    }))
}

/// Deletes what the desk holds durably.
async fn ack(
    State(pickup): State<Arc<Pickup>>,
    Asked(ack): Asked<Ack>,
) -> Result<Answer<Acked>, Refused> {
    let lapsed = pickup.store.ack(ack.token, &ack.ids).await?;
    let gone = ack
        .ids
        .into_iter()
        .filter(|id| !lapsed.contains(id))
        .collect();
    Ok(Answer(Acked { gone, lapsed }))
}

/// Makes the lease last its full time again.
async fn renew(
    State(pickup): State<Arc<Pickup>>,
    Asked(renew): Asked<Renew>,
) -> Result<Answer<Renewed>, Refused> {
    let now = pickup.clock.now();
    let held = pickup
        .store
        .renew(renew.token, now, pickup.lease_end(now))
        .await?;
    Ok(Answer(Renewed { held }))
}

/// Leaves a sealed reply in its box, for about as long as a tip is kept.
async fn reply(
    State(pickup): State<Arc<Pickup>>,
    Asked(reply): Asked<Reply>,
) -> Result<StatusCode, Refused> {
    if reply.sealed.len() != REPLY_SEALED {
        return Err(Refused::ReplySize);
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

    /// The tips are leased already: a note that fails must not keep them from the desk.
    async fn note_collection(&self, now: i64) {
        if let Err(problem) = self.store.note_collection(now).await {
            tracing::warn!(action = "note collection", %problem);
        }
    }
}

/// A message that a desk sent, as JSON.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Asked<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refused> {
        let body = to_bytes(request.into_body(), BODY_MAX)
            .await
            .map_err(|_| Refused::Unread)?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|_| Refused::NotAMessage)
    }
}

/// A message to a desk, as JSON.
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

/// Why a request was refused. It never repeats what was sent.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "this desk is not enrolled here: run `loke-gateway enrol` at the gateway and `loke-desk connect` with its file"
    )]
    NotEnrolled,
    #[error("the gateway knows no such request: run the desk and the gateway at the same version")]
    NoSuchRequest,
    #[error(
        "the request is not the message that belongs here: run the desk and the gateway at the same version"
    )]
    NotAMessage,
    #[error(
        "the request was cut short or is longer than {BODY_MAX} bytes: send it again, with fewer tips"
    )]
    Unread,
    #[error(
        "a sealed reply has {REPLY_SEALED} bytes, and this one has not: run the desk and the gateway at the same version"
    )]
    ReplySize,
    #[error(
        "this reply box holds {REPLIES_IN_A_BOX} replies already: leave the next one when the oldest has expired"
    )]
    BoxFull,
    #[error(
        "the gateway holds as many replies as it has room for: raise `text` in its [capacity], or wait until some have expired"
    )]
    RepliesFull,
    #[error(
        "the gateway's queue does not answer: ask again in a minute, a repeated request does no harm"
    )]
    Queue(store::Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::BoxFull => Self::BoxFull,
            store::Error::RepliesFull => Self::RepliesFull,
            other => Self::Queue(other),
        }
    }
}

impl IntoResponse for Refused {
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
