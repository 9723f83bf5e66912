//! The one task that keeps SQLite's files silent about what came last: after each commit it carries the WAL into the file, and
//! leaves nothing of it behind. It works beside the writer, which goes on committing meanwhile, and it must never hold one up
//! for longer than the few pages that came while it worked.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::Error;
use super::engine::{Checkpoint, Engine};

/// How long after the last commit of a burst its traces beside the queue's file are overwritten.
const BURST: Duration = Duration::from_secs(1);
/// Under a load without a pause, after so many rounds the next commit writes over the WAL from its start: till then it grows.
const RESTART: u32 = 8;
/// And after so many it is cut to nothing. That is done seldom, and at once in a pause: to cut it costs about a millisecond for
/// each MiB where the disk discards freed blocks.
const TRUNCATE: u32 = 64;

/// Works until every sender of `commits`, which tells each, is gone. PostgreSQL is left alone.
pub(super) async fn run(engine: Engine, mut commits: watch::Receiver<()>) {
    if matches!(engine, Engine::Postgres(_)) {
        return;
    }
    let (mut quiet, mut rounds) = (true, 0_u32);
    loop {
        match if quiet { Ok(commits.changed().await) } else { timeout(BURST, commits.changed()).await } {
            Ok(Ok(())) => quiet = false,
            Ok(Err(_)) => return,
            Err(_) => {
                quiet = engine.blur().await.is_ok();
                continue;
            }
        }
        rounds = rounds.wrapping_add(1);
        if carry(&engine, rounds, &commits).await.is_err() {
            tracing::debug!("the WAL could not be emptied; the next commit tries again");
        }
    }
}

/// Carries the WAL into the file. It is cut in a pause, and now and then under load.
async fn carry(engine: &Engine, rounds: u32, commits: &watch::Receiver<()>) -> Result<(), Error> {
    engine.checkpoint(Checkpoint::Passive).await?;
    if rounds.is_multiple_of(TRUNCATE) || !commits.has_changed().unwrap_or(false) {
        engine.checkpoint(Checkpoint::Truncate).await
    } else if rounds.is_multiple_of(RESTART) {
        engine.checkpoint(Checkpoint::Restart).await
    } else {
        Ok(())
    }
}
