//! A running desk: no other program of the same user can read its memory, it never leaves a core
//! dump, and its memory no longer contains the passphrase.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use loke::clock::Clock;
use loke::gateway::prove::places;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, PASSPHRASE, text, tip};
use crate::house::desk_browser::DeskBrowser;
use crate::house::programs;
use crate::house::skip::skipped;
use crate::house::sweep::Sweep;

/// A user id other than the tests' own (nobody, on Debian).
const OTHER: &str = "65534";

/// A process that is killed on drop.
pub(super) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// The words after a field's name in a file below /proc, as in `Max core file size  0  0
    /// bytes`.
    fn words(&self, file: &str, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("no {name} in {file}: {text}"));
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// Whether another program of the same user can read the process's private data.
    fn opens_to_its_user(&self, root: bool) -> bool {
        let read = ["cat".to_owned(), format!("/proc/{}/environ", self.0.id())];
        as_user(root, &read)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}

/// Runs a command as the desk's user. If the tests run as root, who can read everything, this is
/// another user.
fn as_user(root: bool, command: &[String]) -> Command {
    let other = [
        "setpriv".to_owned(),
        format!("--reuid={OTHER}"),
        format!("--regid={OTHER}"),
        "--clear-groups".into(),
        "--".into(),
    ];
    let words: Vec<&String> = if root {
        other.iter().chain(command).collect()
    } else {
        command.iter().collect()
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

pub(super) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout == b"0\n")
}

/// Starts `loke-desk serve` and waits until it listens. Returns the page's address too.
pub(super) fn serve(bench: &Bench, root: bool) -> (Running, SocketAddr) {
    serve_with(bench, root, |_| ())
}

/// The same with another environment.
pub(super) fn serve_with(
    bench: &Bench,
    root: bool,
    change: impl FnOnce(&mut Command),
) -> (Running, SocketAddr) {
    // A copy of the program in a folder that this user may enter.
    let program = bench.path("loke-desk");
    std::fs::copy(programs::desk(), &program).unwrap();
    if root {
        let owned = Command::new("chown")
            .args([
                "-R",
                &format!("{OTHER}:{OTHER}"),
                text(bench.path("desk").parent().unwrap()),
            ])
            .status()
            .unwrap();
        assert!(owned.success());
    }
    let config = bench.folder().join("desk.toml");
    let words = [
        text(&program),
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        text(&config),
    ];
    let mut command = as_user(root, &words.map(str::to_owned));
    change(&mut command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let first = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .next()
        .unwrap()
        .unwrap();
    let address = first
        .strip_prefix("staff desk: http://")
        .and_then(|url| url.strip_suffix("/sign-in"))
        .unwrap_or_else(|| panic!("{first}"));
    (Running(child), address.parse().unwrap())
}

#[test]
fn a_running_desk_leaves_no_core_and_opens_to_no_program_beside_it() {
    let (bench, root) = (Bench::new(), is_root());
    let (desk, _) = serve(&bench, root);
    let beside = Running(
        as_user(root, &["sleep".into(), "600".into()])
            .spawn()
            .unwrap(),
    );
    // `setpriv` executes the given program.
    while beside.words("comm", "") != ["sleep"] {
        std::thread::yield_now();
    }
    assert_eq!(
        desk.words("limits", "Max core file size")[..2],
        ["0", "0"],
        "soft and hard"
    );
    assert!(!desk.opens_to_its_user(root));
    assert!(
        beside.opens_to_its_user(root),
        "the control: a program that does nothing about it"
    );
}

#[tokio::test]
async fn a_running_desk_has_forgotten_the_passphrase() {
    let (bench, root) = (Bench::new(), is_root());
    let (desk, address) = serve(&bench, root);
    let mut browser = DeskBrowser::new(address);
    browser
        .first_sign_in("admin", PASSPHRASE, Clock::System.now())
        .await;
    assert_eq!(browser.get("/").await.status, 200);
    // The control: the search finds data in the process's memory, here the path of its
    // configuration.
    let path = bench.folder().join("desk.toml");
    let sweep = Sweep::new([("passphrase", PASSPHRASE), ("path", text(Path::new(&path)))]).unwrap();
    let Ok(searched) = places::memory(&sweep, desk.0.id()) else {
        skipped!("only root reads the memory of a hardened process");
        return;
    };
    let found: std::collections::BTreeSet<_> = searched
        .finds
        .iter()
        .map(|(_, find)| find.name.as_str())
        .collect();
    assert_eq!(found, ["path"].into(), "{:?}", searched.finds);
}

/// P14: with nobody signed in, the serving process has no copy of a tip. The control: while somebody
/// is signed in and looks at the tip, it has some.
#[tokio::test]
async fn p14_nothing_of_a_tip_is_in_memory_once_nobody_is_signed_in() {
    let (bench, root) = (Bench::new(), is_root());
    let canary = format!(
        "canary-{}",
        hex::encode(loke::random::bytes::<16>().unwrap())
    );
    let one = tip(&format!("the words {canary}"), Priority::Now, "2026-11-22");
    bench.import(&[bench.seal(&one, &[], &MacKey::random().unwrap())]);
    let (desk, address) = serve(&bench, root);
    let mut browser = DeskBrowser::new(address);
    browser
        .first_sign_in("admin", PASSPHRASE, Clock::System.now())
        .await;
    for _ in 0..20 {
        let page = browser.get(&format!("/tip/{}", one.id)).await;
        assert!(page.text().contains(&canary));
        assert!(browser.get("/").await.text().contains("the words"));
    }
    let sweep = Sweep::new([("tip", canary.as_str()), ("passphrase", PASSPHRASE)]).unwrap();
    let Ok(open) = places::memory(&sweep, desk.0.id()) else {
        skipped!("only root reads the memory of a hardened process");
        return;
    };
    assert!(!open.finds.is_empty(), "the control: a book is open");
    let token = browser.get("/").await.field("form_token");
    browser.post("/leave", &[("form_token", &token)]).await;
    let closed = places::memory(&sweep, desk.0.id()).unwrap();
    assert!(closed.finds.is_empty(), "{:?}", closed.finds);
}
