//! The one task that removes traces of recent commits from SQLite's files. It checkpoints the WAL
//! soon after each commit, truncates it in the first pause, and then overwrites its traces in the
//! shared memory file. The writer goes on committing meanwhile. This task must never block a commit
//! for longer than it takes to copy the few pages that arrived during the checkpoint.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Error;
use super::engine::{Checkpoint, Engine};

/// How long the WAL grows in a burst before a checkpoint. One checkpoint for many tips costs less
/// than one for each tip, and commits need not share the disk all the time. With a longer interval,
/// concurrent commits take noticeably longer.
const GROW: Duration = Duration::from_millis(50);
/// Time without a commit before the WAL is truncated. Truncation blocks the writer and costs about
/// a millisecond per MiB on a disk that discards freed blocks, so it must not run during a burst.
const PAUSE: Duration = Duration::from_millis(200);
/// Time after the truncation until the traces in the shared memory file are overwritten.
const REST: Duration = Duration::from_millis(800);

/// Traces of the last commits outside the database file.
enum Left {
    /// The WAL has their pages.
    Pages,
    /// The shared memory file has their page numbers.
    Numbers,
    Nothing,
}

/// Runs until every sender of `commits` is dropped; each commit sends there. Does nothing on
/// PostgreSQL.
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
            tracing::debug!("could not empty the WAL; will retry");
        }
    }
}

/// Checkpoints the WAL, so that the next commit overwrites it from the start. Two passive runs copy
/// most pages while the writer continues; only the last few pages block the writer.
async fn carry(engine: &Engine) -> Result<(), Error> {
    engine.checkpoint(Checkpoint::Passive).await?;
    engine.checkpoint(Checkpoint::Passive).await?;
    engine.checkpoint(Checkpoint::Restart).await
}
