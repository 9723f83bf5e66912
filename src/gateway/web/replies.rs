//! `/messages`: a resident types the receipt, reads the reply, and answers it. The key that opens a
//! reply exists only during this request, and opens nothing but replies.
//!
//! Every answer to a post leaves at one fixed time after the request was read, with one size,
//! whether the box is full, empty, gone, or never existed. Time and size must never show a guesser
//! the difference. Only storing, which is the same work for every box, may make an answer later.
//!
//! | file | part |
//! |---|---|
//! | `posted` | the fields of the page |
//! | `visit` | box and key in a hidden field, sealed, so that nobody types the digits twice |
//! | `look` | the look-up: always the same queries and the same attempts to open |
//! | `follow_up` | from an answer to a sealed tip |

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::time::Instant;

use crate::listener::caller::{Caller, FromElsewhere};
use crate::store;
use crate::web::Setting;
use crate::web::Site;
use crate::web::pages::{self, Frame, MessagesPage, OpenBox};
use loke_core::receipt::{NotAReceipt, Receipt};
use loke_core::tip::FollowUp;
use loke_core::zeroing_alloc::scrub_stack;

mod follow_up;
mod look;
mod posted;
pub mod visit;

use follow_up::NoAddress;
use look::{Found, look};
use posted::{Act, Posted};
use visit::Visit;

/// The time from the end of a request to the answer.
pub const LEAVES_AFTER: Duration = Duration::from_millis(500);
/// Longest look-up, so that its page is still in time.
const LOOKS_WITHIN: Duration = Duration::from_millis(350);
/// Most look-ups at the same time. Others wait for a place. This bounds the work that guesses
/// cause, and needs no caller's address.
pub const MOST_LOOKUPS: usize = 64;
const BUSY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
/// Ids of the messages to a caller over the limit.
const WAIT: [&str; 3] = ["trouble-heading", "trouble-wait", "trouble-other"];
/// Ids of the messages if an answer was not stored, and a retry within minutes would not help.
const CLOSED: [&str; 3] = ["trouble-heading", "door-kept", "trouble-other"];

/// `GET /messages`.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    pages::answer(
        StatusCode::OK,
        &MessagesPage::asking(site.frame_in(&caller, &setting), &[]),
    )
}

/// `POST /messages`.
pub async fn post(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let from_elsewhere = request.extensions().get::<FromElsewhere>().is_some();
    let mut posted = Posted::read(request.into_body()).await;
    let leaves = Instant::now() + LEAVES_AFTER;
    // The author of another site's page may know every value that it posts.
    if from_elsewhere {
        posted.forget_all_but_language();
    }
    let response = answer(&site, &caller, &posted).await;
    drop(posted);
    scrub_stack();
    site.clock.wait_until(leaves).await;
    response
}

async fn answer(site: &Arc<Site>, caller: &Caller, posted: &Posted) -> Response {
    let frame = site.frame(posted.language.as_deref().unwrap_or(caller.language));
    let opened = open(site, posted);
    // Before the first await: the next poll may be on another thread's stack.
    scrub_stack();
    if let Some(seconds) = site.limit.refuses(caller) {
        let mut response = match opened {
            Ok(visit) => unanswered(site, frame, posted, &visit, TOO_MANY, &WAIT),
            Err(_) => pages::answer_alike(TOO_MANY, &MessagesPage::asking(frame, &WAIT)),
        };
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    let visit = match opened {
        Ok(visit) => visit,
        Err(says) => return mend(frame, posted, says),
    };
    let busy = |visit: &Visit| {
        let says = ["messages-trouble"];
        unanswered(site, frame, posted, visit, BUSY, &says)
    };
    let letter = posted.letter();
    let Ok(looked) = tokio::time::timeout(LOOKS_WITHIN, look(site, &visit, letter)).await else {
        return busy(&visit);
    };
    let Ok(found) = looked else {
        return busy(&visit);
    };
    match posted.act() {
        Act::Look | Act::Older => shown(site, frame, visit, &found, letter, &[]),
        Act::Send(what) => sent(site, caller, frame, posted, visit, &found, what).await,
    }
}

/// The box, from the hidden field of the last page or from the digits. A mistyped digit is caught
/// here, before any work.
#[inline(never)]
fn open(site: &Site, posted: &Posted) -> Result<Box<Visit>, &'static str> {
    if !posted.visit.is_empty() {
        let visit = site.visits.open(&posted.visit, site.clock.now());
        return visit.map(Box::new).ok_or("messages-late");
    }
    match Receipt::parse(&posted.receipt) {
        Ok(receipt) => Ok(Box::new(Visit::new(&receipt))),
        Err(NotAReceipt::Length) => Err("messages-length"),
        Err(NotAReceipt::Check) => Err("messages-wrong"),
    }
}

/// Asks for the digits again.
fn mend(frame: Frame<'_>, posted: &Posted, says: &'static str) -> Response {
    let page = MessagesPage::mend(frame, says, posted.digits(), &posted.answer);
    pages::answer_alike(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The page if nothing was looked up: the caller is over the limit, the database did not answer in
/// time, or too many look-ups ran. The resident's words stay on it.
fn unanswered(
    site: &Site,
    frame: Frame<'_>,
    posted: &Posted,
    visit: &Visit,
    status: StatusCode,
    says: &[&'static str],
) -> Response {
    let page = match (posted.act(), site.visits.seal(visit, site.clock.now())) {
        (Act::Send(_), Some(visit)) => {
            MessagesPage::opened(frame, says, OpenBox::unsent(visit, posted.typed(), true))
        }
        _ => MessagesPage::asking(frame, says),
    };
    pages::answer_alike(status, &page)
}

/// Shows the newest reply of the box, or an older one.
fn shown(
    site: &Site,
    frame: Frame<'_>,
    mut visit: Box<Visit>,
    found: &Found,
    letter: u8,
    says: &[&'static str],
) -> Response {
    visit.turn();
    let Some(visit) = site.visits.seal(&visit, site.clock.now()) else {
        return pages::answer_alike(
            StatusCode::SERVICE_UNAVAILABLE,
            &MessagesPage::asking(frame, &["messages-trouble"]),
        );
    };
    let page = MessagesPage::opened(frame, says, found.shown(visit, letter));
    pages::answer_alike(StatusCode::OK, &page)
}

/// Stores an answer, and overwrites the rows if the resident wants to be forgotten.
async fn sent(
    site: &Arc<Site>,
    caller: &Caller,
    frame: Frame<'_>,
    posted: &Posted,
    visit: Box<Visit>,
    found: &Found,
    what: FollowUp,
) -> Response {
    let unsent = |status, says: &[&'static str]| match site.visits.seal(&visit, site.clock.now()) {
        Some(sealed) => {
            let open = OpenBox::unsent(sealed, posted.typed(), found.newest.is_none());
            pages::answer_alike(status, &MessagesPage::opened(frame, says, open).bad())
        }
        None => pages::answer_alike(status, &MessagesPage::asking(frame, says).bad()),
    };
    if !frame.answers {
        return unsent(StatusCode::FORBIDDEN, &["messages-closed"]);
    }
    let to = match follow_up::address(site, posted, found, what) {
        Ok(to) => to,
        Err(NoAddress::Topic) => {
            return unsent(StatusCode::UNPROCESSABLE_ENTITY, &["problem-topic"]);
        }
        Err(NoAddress::Unlisted) => return unsent(StatusCode::SERVICE_UNAVAILABLE, &CLOSED),
    };
    if let Some(mistake) = posted.mistake(what) {
        return unsent(StatusCode::UNPROCESSABLE_ENTITY, &[mistake]);
    }
    match follow_up::keep(site, caller, frame.t.code, posted, &visit, to, what).await {
        Ok(_) => {}
        Err(store::Error::Closed) => {
            return unsent(StatusCode::SERVICE_UNAVAILABLE, &CLOSED);
        }
        Err(_) => {
            let says = ["trouble-heading", "trouble-kept", "trouble-other"];
            return unsent(StatusCode::SERVICE_UNAVAILABLE, &says);
        }
    }
    if what != FollowUp::Forget {
        return shown(site, frame, visit, found, 0, &["messages-sent"]);
    }
    // The tip is stored, so a second tap only repeats this.
    let (today, now) = (site.clock.today(), site.clock.now());
    let forgotten = site
        .store
        .forget_replies(&visit.reply_box, today, &site.mac_key, now);
    match forgotten.await {
        Ok(()) => pages::answer_alike(
            StatusCode::OK,
            &MessagesPage::asking(frame, &["messages-forgotten"]),
        ),
        Err(_) => unsent(StatusCode::SERVICE_UNAVAILABLE, &["messages-trouble"]),
    }
}
