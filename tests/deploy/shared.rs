//! Pages and pickup as two users with one queue: the folder's group shares the queue, and nobody
//! else can open it.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use super::run;
use crate::house::browser::text;
use crate::house::programs;
use crate::house::real::RealGateway;
use crate::house::skip::skipped;

/// The queue's group, and a user in it. The numeric ids need no names on the machine.
const GROUP: u32 = 61_801;
const PICKUP: u32 = 61_802;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// A gateway with its queue in a folder of this mode. Returns the modes of the queue's files while
/// it runs.
async fn with_queue_in(place: &Path, folder_mode: u32) -> (RealGateway, Vec<u32>) {
    set_mode(place, 0o755);
    std::fs::create_dir(place.join("queue")).unwrap();
    // A user without the right to change groups keeps the own group: the modes apply all the same.
    let _ = chown(place.join("queue"), None, Some(GROUP));
    set_mode(&place.join("queue"), folder_mode);
    let queue = format!("sqlite:{}", place.join("queue/queue.db").display());
    let mut gateway = RealGateway::new(place, place.join("gateway"), &queue, "32,1,1,1,1", |_| {});
    gateway.start().await;
    gateway
        .browser
        .report(&[text("topic", "graffiti"), text("what", "x")])
        .await;
    let modes = ["queue.db", "queue.db-wal", "queue.db-shm"]
        .iter()
        .map(|name| mode(&place.join("queue").join(name)))
        .collect();
    (gateway, modes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_in_a_groups_folder_is_that_groups_and_else_its_users_alone() {
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, modes) = with_queue_in(place.path(), 0o2770).await;
    assert_eq!(modes, [0o660; 3]);
    let (_, said) = run(
        programs::gateway(),
        &["check", "--config", gateway.config().to_str().unwrap()],
    )
    .unwrap();
    assert!(!said.contains("other users"), "{said}");
    gateway.stop().await;
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, modes) = with_queue_in(place.path(), 0o770).await;
    assert_eq!(modes, [0o600; 3], "the control");
    gateway.stop().await;
}

/// `check` of the pickup, run as another user of the queue's group: it opens the queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_user_of_the_group_opens_the_queue_and_one_outside_does_not() {
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, _) = with_queue_in(place.path(), 0o2770).await;
    let theirs = place.path().join("pickup");
    std::fs::create_dir(&theirs).unwrap();
    for name in ["gateway.toml", "mac.key", "pickup.crt", "pickup.key"] {
        std::fs::copy(gateway.folder.join(name), theirs.join(name)).unwrap();
        if chown(theirs.join(name), Some(PICKUP), Some(PICKUP)).is_err() {
            skipped!("only root can be two users");
            return;
        }
    }
    chown(&theirs, Some(PICKUP), Some(PICKUP)).unwrap();
    set_mode(&theirs, 0o700);
    // A copy that every user may run: the test's build folder may be closed to them.
    let program = place.path().join("loke-gateway");
    std::fs::copy(programs::gateway(), &program).unwrap();
    set_mode(&program, 0o755);
    let check = |group: u32| {
        let (user, group) = (format!("--reuid={PICKUP}"), format!("--groups={group}"));
        let primary = format!("--regid={PICKUP}");
        let config = theirs.join("gateway.toml");
        let words = [
            &user,
            &primary,
            &group,
            program.to_str().unwrap(),
            "check",
            "--config",
            config.to_str().unwrap(),
        ];
        run("setpriv", &words)
            .expect("setpriv is on every Debian")
            .1
    };
    assert!(
        check(GROUP).contains("no desk is enrolled") && !check(GROUP).contains("opened"),
        "{}",
        check(GROUP)
    );
    assert!(
        check(PICKUP).contains("there is no queue"),
        "{}",
        check(PICKUP)
    );
    gateway.stop().await;
}
