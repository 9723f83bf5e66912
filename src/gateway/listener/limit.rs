//! How much one caller may ask for. It must never shut the way of a report.
//!
//! What is counted is a [`Caller`]'s 12 bits: nobody's address, in memory only, under a key that
//! changes daily (promise P8).
//!
//! **How a burst, a shared address or Tor never shuts the channel.** No report is refused here:
//! [`Limit::proves`] only says whether it counts as proven. What is not is taken and marked; while
//! the queue is more than half full the page asks for it once more (`store/shares.rs`, which also
//! gives each sender a share of a queue that fills). [`Limit::guard`] is for the routes that no
//! report needs: in front of the form, the check page or `/send` it would let a flood that goes on
//! shut out those who share its bucket. Whose bucket is full gets a page that says when to come
//! again; the bucket empties within a minute of the flood's end, and the next key puts its networks
//! into other buckets. All who come by Tor come from one address, so that no bucket fits them: they
//! share a quota as large as that of 64 buckets, of which one circuit can use up one.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use governor::middleware::NoOpMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota};
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::KeyExtractor;
use tower_governor::{GovernorError, GovernorLayer};

use crate::listener::Door;
use crate::listener::caller::Caller;
use crate::settings::Limits;

/// Buckets; those of the onion come behind them.
const BUCKETS: u16 = 1 << 12;
/// How many buckets' worth all callers by Tor share.
const ONION_SHARES: u16 = 64;
/// The same for texts whose number was not told, as all that come through one modem.
const TEXT_SHARES: u16 = 64;

/// The page for a caller whose quota is used up. Status and `Retry-After` are set by the limit.
pub type Page = Arc<dyn Fn(&Caller) -> Response + Send + Sync>;

/// Counts what callers ask for. In memory only.
pub struct Limit {
    /// None only for a quota that cannot be counted, which no number of requests a minute makes.
    requests: Option<Arc<GovernorConfig<ByBucket, NoOpMiddleware>>>,
    reports: DefaultKeyedRateLimiter<u16>,
    photos: DefaultKeyedRateLimiter<u16>,
    shares: ByBucket,
}

impl Limit {
    /// Limits with nothing counted yet. A limit of 0 counts as 1.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let shares = ByBucket::default();
        let per_minute = limits.requests_per_minute.max(1);
        let requests = GovernorConfigBuilder::default()
            .key_extractor(shares.clone())
            .period(Duration::from_secs(60) / per_minute)
            .burst_size(per_minute)
            .finish()
            .map(Arc::new);
        let per_hour = |n: u32| {
            DefaultKeyedRateLimiter::keyed(Quota::per_hour(
                NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN),
            ))
        };
        Self {
            requests,
            reports: per_hour(limits.reports_per_hour),
            photos: per_hour(limits.photos_per_hour),
            shares,
        }
    }

    /// Puts a limit of requests in front of routes. Over it, `page` answers with 429 and
    /// `Retry-After`.
    pub fn guard<S: Clone + Send + Sync + 'static>(
        &self,
        routes: axum::Router<S>,
        page: Page,
    ) -> axum::Router<S> {
        let Some(requests) = self.requests.clone() else {
            return routes;
        };
        let limit = GovernorLayer::new(requests).error_handler(refuse);
        routes
            .layer(limit)
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                show(Arc::clone(&page), request, next)
            }))
    }

    /// Counts one report, and says whether it counts as proven: false if this bucket sent more than
    /// its number an hour.
    pub fn proves(&self, caller: &Caller) -> bool {
        self.reports.check_key(&self.shares.key(caller)).is_ok()
    }

    /// Counts one photo, and says whether it may be decoded now. Under a flood photos go first; the
    /// words are taken all the same.
    pub fn takes_photo(&self, caller: &Caller) -> bool {
        self.photos.check_key(&self.shares.key(caller)).is_ok()
    }

    /// Forgets the buckets that are empty again. Housekeeping calls it each minute.
    pub fn tidy(&self) {
        if let Some(requests) = &self.requests {
            requests.limiter().retain_recent();
            requests.limiter().shrink_to_fit();
        }
        for counted in [&self.reports, &self.photos] {
            counted.retain_recent();
            counted.shrink_to_fit();
        }
    }
}

/// Tells callers apart by their bucket. Callers of the onion whose circuit is not known, and texts
/// without a number, are dealt over their shares in turn.
#[derive(Clone, Default, Debug)]
struct ByBucket {
    turn: Arc<AtomicU16>,
}

impl ByBucket {
    fn key(&self, caller: &Caller) -> u16 {
        match caller.door {
            // One circuit uses up one share; the circuits together have no more than all.
            Door::Onion if caller.known => BUCKETS + caller.bucket % ONION_SHARES,
            Door::Onion => BUCKETS + self.turn.fetch_add(1, Ordering::Relaxed) % ONION_SHARES,
            Door::Sms if caller.has_no_number() => {
                BUCKETS + ONION_SHARES + self.turn.fetch_add(1, Ordering::Relaxed) % TEXT_SHARES
            }
            Door::Web | Door::Pickup | Door::Sms => caller.bucket % BUCKETS,
        }
    }
}

impl KeyExtractor for ByBucket {
    type Key = u16;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<u16, GovernorError> {
        request
            .extensions()
            .get::<Caller>()
            .map(|caller| self.key(caller))
            .ok_or(GovernorError::UnableToExtractKey)
    }
}

/// Marks the limit's refusal on its way out to [`show`].
#[derive(Clone, Copy)]
struct Refused {
    wait_seconds: u64,
}

fn refuse(error: GovernorError) -> Response {
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            response.extensions_mut().insert(Refused {
                wait_seconds: wait_time.max(1),
            });
            response
        }
        // No caller was left in the request: the routes stand before `strip`.
        GovernorError::UnableToExtractKey | GovernorError::Other { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Puts the page in the place of a refusal. (The limit's own error handler does not see the caller,
/// whose language it needs.)
async fn show(page: Page, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().copied();
    let response = next.run(request).await;
    let (Some(caller), Some(refused)) = (caller, response.extensions().get::<Refused>().copied())
    else {
        return response;
    };
    let mut response = page(&caller);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(refused.wait_seconds));
    response
}
