//! Rate limits per caller. They must never block a report.
//!
//! The key is a [`Caller`]'s 12 bits: no address, in memory only, hashed under a key that changes
//! daily (promise P8).
//!
//! **Why a burst, a shared address or Tor never blocks reports.** No report is refused here:
//! [`Limit::proves`] only returns whether it counts as proven. An unproven report is accepted and
//! marked; while the queue is more than half full, the page asks for a second tap
//! (`store/shares.rs`, which also gives each sender a quota while the queue fills).
//! [`Limit::guard`] is for routes that no report needs. In front of the form, the check page or
//! `/send`, a continuing flood would block everybody who shares its bucket. A caller over the limit
//! sees when to retry. The bucket empties within a minute of the flood's end, and the next daily
//! key puts its networks into other buckets. All Tor callers have one address, so no single bucket
//! fits them: they share a quota as large as that of 64 buckets, of which one circuit uses up at
//! most one.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota};
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::KeyExtractor;
use tower_governor::{GovernorError, GovernorLayer};

use crate::listener::Listener;
use crate::listener::caller::Caller;
use crate::settings::Limits;

/// Number of buckets; those of the onion follow.
const BUCKETS: u16 = 1 << 12;
/// Buckets that all Tor callers share.
const ONION_SHARES: u16 = 64;
/// Buckets that all texts without a phone number share, for example all texts through one modem.
const TEXT_SHARES: u16 = 64;

/// The page for a caller over the limit. The limit sets the status and `Retry-After`.
pub type Page = Arc<dyn Fn(&Caller) -> Response + Send + Sync>;

/// Counts requests, reports and photos per bucket, in memory only.
pub struct Limit {
    /// `None` only if the quota is invalid, which cannot happen for any number per minute.
    requests: Option<Arc<GovernorConfig<ByBucket, NoOpMiddleware>>>,
    reports: DefaultKeyedRateLimiter<u16>,
    photos: DefaultKeyedRateLimiter<u16>,
    shares: ByBucket,
}

impl Limit {
    /// Creates limits with empty counts. A limit of 0 counts as 1.
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

    /// Puts the request limit in front of routes. Over it, `page` answers with 429 and
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

    /// Counts one request of a route that is not behind [`Self::guard`], because its refusal must look like
    /// its other answers. Returns the seconds to wait if the caller is over the limit.
    pub fn refuses(&self, caller: &Caller) -> Option<u64> {
        let requests = self.requests.as_ref()?.limiter();
        let refused = requests.check_key(&self.shares.key(caller)).err()?;
        let wait = refused.wait_time_from(DefaultClock::default().now());
        Some(wait.as_secs().max(1))
    }

    /// Counts one report. Returns whether it counts as proven: false if this bucket is over its
    /// hourly limit.
    pub fn proves(&self, caller: &Caller) -> bool {
        self.reports.check_key(&self.shares.key(caller)).is_ok()
    }

    /// Counts one photo. Returns whether it may be decoded now. During a flood photos are dropped
    /// first; the text is still accepted.
    pub fn takes_photo(&self, caller: &Caller) -> bool {
        self.photos.check_key(&self.shares.key(caller)).is_ok()
    }

    /// Drops buckets that are empty again. Housekeeping calls this each minute.
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

/// Keys callers by bucket. Onion callers without a known circuit, and texts without a number,
/// rotate over their shared buckets.
#[derive(Clone, Default, Debug)]
struct ByBucket {
    turn: Arc<AtomicU16>,
}

impl ByBucket {
    fn key(&self, caller: &Caller) -> u16 {
        match caller.listener {
            // One circuit uses up one share; the circuits together have no more than all.
            Listener::Onion if caller.known => BUCKETS + caller.bucket % ONION_SHARES,
            Listener::Onion => BUCKETS + self.turn.fetch_add(1, Ordering::Relaxed) % ONION_SHARES,
            Listener::Sms if caller.has_no_number() => {
                BUCKETS + ONION_SHARES + self.turn.fetch_add(1, Ordering::Relaxed) % TEXT_SHARES
            }
            Listener::Web | Listener::Pickup | Listener::Sms => caller.bucket % BUCKETS,
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

/// Response extension: passes a refusal to [`show`].
#[derive(Clone, Copy)]
struct OverLimit {
    wait_seconds: u64,
}

fn refuse(error: GovernorError) -> Response {
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            response.extensions_mut().insert(OverLimit {
                wait_seconds: wait_time.max(1),
            });
            response
        }
        // The request has no [`Caller`]: these routes are in front of [`Strip`].
        GovernorError::UnableToExtractKey | GovernorError::Other { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Replaces a refusal by the page. (The limit's own error handler cannot see the caller, whose
/// language the page needs.)
async fn show(page: Page, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().copied();
    let response = next.run(request).await;
    let (Some(caller), Some(refused)) = (caller, response.extensions().get::<OverLimit>().copied())
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
