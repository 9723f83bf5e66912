//! The one task that keeps SQLite's files silent about what came last: it carries the WAL into the
//! file soon after each commit, cuts it to nothing in the first pause, and then takes its traces
//! out of the shared memory file. It works beside the writer, which goes on committing meanwhile,
//! and it must never hold one up for longer than the few pages that came while it worked.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Error;
use super::engine::{Checkpoint, Engine};

/// How long the WAL grows in a burst before it is carried into the file. What many tips change is
/// carried for less at once than tip by tip, and a commit need not share the disk all the time.
/// Longer than this, the commits beside it take noticeably longer.
const GROW: Duration = Duration::from_millis(50);
/// How long no commit comes before the WAL is cut to nothing. To cut it keeps the writer out, and
/// costs about a millisecond for each MiB where the disk discards freed blocks: not while a burst
/// goes on.
const PAUSE: Duration = Duration::from_millis(200);
/// How long after that the burst's traces beside the queue's file are overwritten.
const REST: Duration = Duration::from_millis(800);

/// What is left of the last commits beside the queue's file.
enum Left {
    /// The WAL holds their pages.
    Pages,
    /// The shared memory file holds the numbers of their pages.
    Numbers,
    Nothing,
}

/// Works until every sender of `commits`, which tells each, is gone. PostgreSQL is left alone.
pub(super) async fn run(engine: Engine, mut commits: watch::Receiver<()>) {
    if matches!(engine, Engine::Postgres(_)) {
        return;
    }
    let mut left = Left::Nothing;
    loop {
        let commit = match left {
            Left::Pages => timeout(PAUSE, commits.changed()).await,
            Left::Numbers => timeout(REST, commits.changed()).await,
            Left::Nothing => Ok(commits.changed().await),
        };
        let done = match (commit, &left) {
            (Ok(Err(_)), _) => return,
            (Ok(Ok(())), _) => {
                left = Left::Pages;
                sleep(GROW).await;
                carry(&engine).await
            }
            (Err(_), Left::Pages) => {
                left = Left::Numbers;
                engine.empty_wal().await
            }
            (Err(_), _) => {
                left = Left::Nothing;
                engine.blur().await
            }
        };
        if done.is_err() {
            left = Left::Pages;
            tracing::debug!("the WAL could not be emptied; it is tried again");
        }
    }
}

/// Carries the WAL into the file, so that the next commit writes over it from its start. Most of it
/// is carried while the writer goes on, then what came meanwhile; only for the last few pages is
/// the writer kept out.
async fn carry(engine: &Engine) -> Result<(), Error> {
    engine.checkpoint(Checkpoint::Passive).await?;
    engine.checkpoint(Checkpoint::Passive).await?;
    engine.checkpoint(Checkpoint::Restart).await
}
