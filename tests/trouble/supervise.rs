//! A panic in a task that the program cannot do without ends the process: its service manager
//! starts it again.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Runs one of the tests below in a process of its own.
fn run(test: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args([
            &format!("trouble::supervise::{test}"),
            "--exact",
            "--ignored",
        ])
        .output()
        .unwrap()
        .status
}

#[test]
fn a_panic_of_a_supervised_task_ends_the_process() {
    let ended = run("a_supervised_task_panics");
    assert_eq!(ended.signal(), Some(6), "SIGABRT");
    assert!(run("a_plain_task_panics").success(), "the control");
    assert!(run("a_supervised_task_ends").success(), "the other control");
}

#[tokio::test]
#[ignore = "the test above runs it in a process of its own"]
async fn a_supervised_task_panics() {
    loke::supervise::spawn(async { panic!("a flaw") });
    std::future::pending::<()>().await;
}

#[tokio::test]
#[ignore = "the test above runs it in a process of its own"]
async fn a_supervised_task_ends() {
    let (ended, seen) = tokio::sync::oneshot::channel();
    loke::supervise::spawn(async { ended.send(()).unwrap() });
    seen.await.unwrap();
    tokio::task::yield_now().await;
}

#[tokio::test]
#[ignore = "the test above runs it in a process of its own"]
async fn a_plain_task_panics() {
    assert!(tokio::spawn(async { panic!("a flaw") }).await.is_err());
}
