//! Tasks that a program cannot do without.

/// Spawns a task. If it panics, the process ends, so that the service manager restarts it: a
/// program without its task would look healthy and refuse all work.
///
/// # Panics
/// Outside a tokio runtime.
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    let task = tokio::spawn(task);
    tokio::spawn(async move {
        if task.await.is_err_and(|ended| ended.is_panic()) {
            tracing::error!(
                action = "supervise",
                "a task panicked; the process ends, to be restarted"
            );
            // No destructor runs and no exit handler: the state that the task left is unknown.
            std::process::abort();
        }
    });
}
