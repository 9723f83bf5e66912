//! A desk that imported many tips, closed all but the newest, and serves its pages.

use std::sync::Arc;
use std::time::Instant;

use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::book::{Decision, How, Outcome};
use loke::desk::keys::Identity;
use loke::desk::open_books::OpenBooks;
use loke::desk::retention;
use loke::desk::screen::{self, Screen};
use loke::tip::TipId;
use tokio::task::AbortHandle;

use super::http::Browser;
use super::{import, staff};

/// Tips of one decision.
const BATCH: usize = 500;
/// Open tips.
const OPEN: usize = 2_000;
/// 2026-11-21, 12:00 UTC.
const NOON: i64 = 1_795_262_400;

/// The desk, and a browser of its account.
pub(crate) struct Filled {
    pub(crate) tips: usize,
    pub(crate) acting: Acting,
    pub(crate) member: Identity,
    pub(crate) page: Arc<Screen>,
    pub(crate) books: Arc<OpenBooks>,
    pub(crate) browser: Browser,
    /// From the beginning of a session to the queue, in milliseconds.
    pub(crate) entering: f64,
    /// The tips, the oldest first.
    ids: Vec<TipId>,
    serving: AbortHandle,
    _folder: tempfile::TempDir,
}

impl Filled {
    /// A desk with this many tips.
    pub(crate) async fn with(tips: usize) -> Self {
        println!("\n== {tips} tips");
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(NOON);
        let identity = Identity::generate();
        let (acting, member) = staff::desk_in(folder.path(), clock, identity.clone()).await;
        let config = folder.path().join("desk.toml");
        std::fs::write(&config, "").unwrap();
        let ids = import::all(&acting, &identity, tips).await;
        close_most(&acting, &ids).await;
        // The desk notes daily how tips ended. No morning has all of them at once.
        retention::due(&acting).await.unwrap();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let books = Arc::new(OpenBooks::new(acting.register().clone()));
        let page = Screen::new(Arc::clone(&books), config, address, false);
        let serving = tokio::spawn(screen::serve(Arc::clone(&page), listener)).abort_handle();
        let began = Instant::now();
        let keys = std::slice::from_ref(&member);
        let cookie = page.begin(acting.account(), keys, ("bench", None)).await;
        let browser = Browser::in_session(address, &cookie.unwrap());
        browser.get("/queue").await;
        let entering = began.elapsed().as_secs_f64() * 1e3;
        Self {
            tips,
            acting,
            member,
            page,
            books,
            browser,
            entering,
            ids,
            serving,
            _folder: folder,
        }
    }

    /// An open tip. The next number is one of another day and language.
    pub(crate) fn open_tip(&self, n: usize) -> TipId {
        self.ids[self.ids.len() - 1 - n * 7 % OPEN.min(self.ids.len())]
    }

    pub(crate) async fn close(self) {
        self.serving.abort();
        self.books.close_all().await;
        self.acting.close().await;
    }
}

/// Closes all but the newest 2,000.
async fn close_most(acting: &Acting, ids: &[TipId]) {
    let close = Decision::Close {
        outcome: Outcome::CouldNotAct,
        why: "bench".into(),
    };
    let closed = ids.len().saturating_sub(OPEN);
    for some in ids[..closed].chunks(BATCH) {
        let targets: Vec<_> = some.iter().map(|id| (*id).into()).collect();
        acting
            .decide(&targets, &close, How::default())
            .await
            .unwrap();
    }
}
