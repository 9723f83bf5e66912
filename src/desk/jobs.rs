//! Work by the clock. A job is one file with one step; the loop around every step is here.

pub mod alert;
pub mod answers;
pub mod collect;
pub mod count;
pub mod deliver;
pub mod grants;
pub mod purge;
pub mod replies;
pub mod rules;

use std::time::Duration;

use tokio::sync::Notify;

use loke_core::clock::Clock;

/// The longest pause between two steps, in seconds.
const MINUTE: i64 = 60;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due before the next minute.
    Done,
    /// Something is due at this time (seconds since 1970-01-01 UTC).
    Retry(i64),
    /// The step failed: why. It runs again in the next minute.
    Failed(String),
}

/// Runs a job's step now and again after each pause, of at most a minute, as long as the future is
/// polled.
pub async fn run(name: &'static str, clock: &Clock, step: impl AsyncFnMut() -> Step) {
    run_or_woken(name, clock, &Notify::new(), step).await;
}

/// The same, and at once when `wake` is notified.
pub async fn run_or_woken(
    name: &'static str,
    clock: &Clock,
    wake: &Notify,
    mut step: impl AsyncFnMut() -> Step,
) {
    loop {
        let ended = step().await;
        if let Step::Failed(problem) = &ended {
            tracing::error!(action = name, problem, "a job failed");
        }
        // The end of the pause and a notice are the same: the step runs.
        let _ = tokio::time::timeout(pause(&ended, clock.now()), wake.notified()).await;
    }
}

fn pause(ended: &Step, now: i64) -> Duration {
    let seconds = match ended {
        Step::Retry(at) => at.saturating_sub(now).clamp(1, MINUTE),
        Step::Done | Step::Failed(_) => MINUTE,
    };
    Duration::from_secs(seconds.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_runs_each_minute_or_when_something_is_due_and_never_without_a_pause() {
        let seconds = |ended| pause(&ended, 1_000).as_secs();
        assert_eq!(seconds(Step::Done), 60);
        assert_eq!(seconds(Step::Failed("disk".to_owned())), 60);
        assert_eq!(seconds(Step::Retry(1_020)), 20);
        assert_eq!(seconds(Step::Retry(9_000)), 60);
        assert_eq!(seconds(Step::Retry(i64::MIN)), 1);
    }

    #[tokio::test]
    async fn a_job_runs_at_once_when_it_is_woken_also_during_its_step() {
        let (clock, wake) = (Clock::by_hand(0), Notify::new());
        let (ran, all) = (std::cell::Cell::new(0), Notify::new());
        let step = async || {
            ran.set(ran.get() + 1);
            match ran.get() {
                1 => wake.notify_one(),
                _ => all.notify_one(),
            }
            Step::Done
        };
        let job = run_or_woken("test", &clock, &wake, step);
        let patience = Duration::from_secs(20);
        tokio::select! {
            () = job => {}
            twice = tokio::time::timeout(patience, all.notified()) => twice.unwrap(),
        }
        assert_eq!(ran.get(), 2);
    }
}
