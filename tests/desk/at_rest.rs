//! P14 at night: with nobody signed in, neither the memory of `loke-desk serve` nor the desk's files have a
//! word of a tip, a note or a draft, or a key of a book, in any form. For each way a session ends.
//!
//! The real program runs with a clock that the test moves: a small library before libc adds seconds to
//! the clocks that the program reads.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use loke::clock::Clock;
use loke::desk::acting::{self, Acting};
use loke::desk::book;
use loke::desk::granting;
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::register::{AccountRole, NewAccount, Register};
use loke::desk::serving::Serving;
use loke::desk::settings::DeskSettings;
use loke::gateway::prove::places;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::hardening::{Running, serve_with};
use super::served::OWN;
use super::{Bench, PASSPHRASE, text, tip};
use crate::house::desk_browser::{DeskBrowser, code};
use crate::house::skip::skipped;
use crate::house::sweep::Sweep;

/// Adds the seconds in a file to the clocks of the program that is started with it.
const SHIFTED: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static volatile long *shift;
int clock_gettime(clockid_t id, struct timespec *at) {
  int failed = syscall(SYS_clock_gettime, id, at);
  if (!shift) {
    const char *name = getenv("LOKE_SHIFT");
    int file = name ? open(name, O_RDONLY) : -1;
    void *mapped = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) shift = mapped;
    if (file >= 0) close(file);
  }
  if (!failed && shift && (id == CLOCK_REALTIME || id == CLOCK_MONOTONIC)) at->tv_sec += shift[0];
  return failed;
}
"#;
/// Seconds of one step of the clock. Several steps that the program sees at once are below the jump that
/// ends every session.
const STEP: i64 = 10;
/// The longest that a closed book may take to leave the memory.
const LONGEST: Duration = Duration::from_secs(60);
/// The folder of the desk that a control serves.
const FOLDER: &str = "LOKE_AT_REST";
/// The serving process without the functions that zeroize: a test binary uses the system's.
const PLAIN: &str = "desk::at_rest::a_desk_whose_memory_is_not_zeroized";

/// A desk with the officers bob, cai and dan, its planted words, and its keys.
struct Night {
    bench: Bench,
    tip: String,
    words: Sweep,
    /// Seconds by which the clock was moved.
    shift: i64,
}

fn canary(name: &str) -> String {
    let random = loke::random::bytes::<16>().unwrap();
    format!("canary-{name}-{}", hex::encode(random))
}

/// The secret bytes in an `AGE-SECRET-KEY-1…` line (bech32, BIP 173).
fn secret_bytes(line: &str) -> Vec<u8> {
    const LETTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let (_, data) = line.rsplit_once('1').unwrap();
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in data[..data.len() - 6].to_lowercase().chars() {
        held = (held << 5) | LETTERS.find(letter).unwrap() as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    bytes.truncate(32);
    bytes
}

impl Night {
    async fn new() -> Self {
        let bench = Bench::new();
        let planted = ["tip", "note", "draft"].map(canary);
        let one = tip(&planted[0], Priority::Now, "2026-11-22");
        bench.import(&[bench.seal(&one, &[], &MacKey::random().unwrap())]);
        let id = one.id.to_string();
        bench.ok(&["note", &id, "--text", &planted[1]]);
        let folder = bench.folder();
        let clock = Clock::System;
        let register = Register::open(&folder, clock.clone()).await.unwrap();
        let member = acting::unlock(&folder, "admin", &Passphrase::new(PASSPHRASE)).unwrap();
        let secrets = book::read_secrets(&folder, "main", "admin", &member).unwrap();
        let account = register.account("admin").await.unwrap();
        let admin = Acting::open(&register, account, &member).await.unwrap();
        for name in ["bob", "cai", "dan"] {
            let identity = Identity::generate();
            let file = acting::people_file(&folder, name);
            let own = Passphrase::new(OWN);
            identity.write(&file, &own, clock.today()).unwrap();
            let new = NewAccount {
                name,
                organisation: "police",
                roles: &[AccountRole::Officer],
                recipient: &identity.recipient().unwrap(),
                first: false,
            };
            register.add_account(&admin.actor(), &new).await.unwrap();
            let granted = granting::grant(&admin, "main", name, None).await;
            granted.unwrap();
            if name != "bob" {
                let own = Passphrase::new(OWN);
                let bob = acting::unlock(&folder, "bob", &own).unwrap();
                let account = register.account("bob").await.unwrap();
                let bob = Acting::open(&register, account, &bob).await.unwrap();
                granting::agree(&bob, "main", name).await.unwrap();
                for book in bob.books() {
                    book.close().await;
                }
            }
        }
        let main = admin.book("main").await.unwrap();
        main.keep_draft(book::DraftOf::Note, one.id, &planted[2])
            .await
            .unwrap();
        admin.close().await;
        let key = secrets.database_key.expose().to_vec();
        let sealed = secrets.seal_to(&[member[0].recipient().unwrap()], clock.today());
        let lines = loke::desk::open::plain(&member, &sealed.unwrap()).unwrap();
        let lines = String::from_utf8(lines.to_vec()).unwrap();
        let line = lines
            .lines()
            .find(|line| line.starts_with("AGE-SECRET-KEY-1"));
        let line = line.unwrap().as_bytes().to_vec();
        let secret = secret_bytes(std::str::from_utf8(&line).unwrap());
        assert_eq!(secret.len(), 32);
        let mut words: Vec<(&str, Vec<u8>)> = vec![
            ("tip", planted[0].clone().into_bytes()),
            ("note", planted[1].clone().into_bytes()),
            ("draft", planted[2].clone().into_bytes()),
        ];
        words.push(("database key", key));
        words.push(("identity", line));
        words.push(("identity's bytes", secret));
        std::fs::write(bench.path("shift"), [0; 8]).unwrap();
        Self {
            tip: id,
            words: Sweep::new(words).unwrap(),
            shift: 0,
            bench,
        }
    }

    /// The names of the words that a process has in its memory; `None` if nobody may look.
    fn in_memory(&self, process: u32) -> Option<Vec<String>> {
        let found = places::memory(&self.words, process).ok()?;
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
        let mut names: Vec<String> = found
            .finds
            .iter()
            .map(|(region, find)| {
                let range = region.rsplit(' ').next().unwrap_or_default();
                let line = maps.lines().find(|line| line.starts_with(range));
                let place = line.and_then(|line| line.split_whitespace().nth(5));
                let (name, form) = (&find.name, find.encoding);
                format!("{name}, {form}, {}", place.unwrap_or("no name"))
            })
            .collect();
        names.sort();
        names.dedup();
        Some(names)
    }

    /// Waits until the memory has none of the words. Returns what is left after a minute.
    fn left_in_memory(&self, process: u32) -> Vec<String> {
        let began = Instant::now();
        loop {
            let left = self.in_memory(process).unwrap();
            if left.is_empty() || began.elapsed() > LONGEST {
                return left;
            }
            std::thread::yield_now();
        }
    }

    fn now(&self) -> i64 {
        Clock::System.now() + self.shift
    }

    /// Moves the program's clock at once.
    fn jump(&mut self, seconds: i64) {
        self.shift += seconds;
        // Never truncated: the program has this file in its memory, and a shorter one would end it.
        let file = File::options().write(true).open(self.bench.path("shift"));
        let written = file.unwrap().write_all_at(&self.shift.to_ne_bytes(), 0);
        written.unwrap();
    }

    /// Lets time pass for the program; `active` is somebody who goes on reading.
    async fn pass(
        &mut self,
        seconds: i64,
        address: SocketAddr,
        mut active: Option<&mut DeskBrowser>,
    ) {
        let mut nobody = DeskBrowser::new(address);
        for step in 0..=(seconds / STEP) {
            self.jump(STEP);
            // A request wakes the program, so that it sees which of its work is due.
            for _ in 0..2 {
                nobody.get("/style.css").await;
            }
            // The last minutes are left to the machine, which may be slow.
            let reads = step % 50 == 0 && step * STEP < seconds - 700;
            if let (Some(browser), true) = (active.as_mut(), reads) {
                assert_eq!(browser.get("/languages").await.status, 200);
            }
        }
    }

    /// Somebody signs in, reads the tip and its notes, and types.
    async fn at_work(
        &mut self,
        address: SocketAddr,
        name: &str,
        secret: &mut Vec<u8>,
    ) -> DeskBrowser {
        let mut browser = DeskBrowser::new(address);
        if secret.is_empty() {
            *secret = browser.first_sign_in(name, OWN, self.now()).await;
        } else {
            self.pass(60, address, None).await;
            let code = code(secret, self.now());
            let signed = browser.sign_in(name, OWN, &code).await;
            assert_eq!(signed.status, 303, "{}", signed.text());
        }
        let page = format!("/tip/{}", self.tip);
        for _ in 0..5 {
            assert!(browser.get(&page).await.text().contains("canary-tip-"));
            browser.get("/queue").await;
        }
        browser
    }
}

/// The library that moves the clock; `None` if there is no C compiler.
fn shifted(bench: &Bench) -> Option<PathBuf> {
    let (source, library) = (bench.path("shifted.c"), bench.path("shifted.so"));
    std::fs::write(&source, SHIFTED).unwrap();
    let built = Command::new("cc")
        .args([
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            text(&library),
            text(&source),
        ])
        .output();
    built
        .is_ok_and(|out| out.status.success())
        .then_some(library)
}

async fn reasons(bench: &Bench, name: &str) -> Vec<String> {
    let register = bench.register().await;
    let rows = register.trail().await.unwrap();
    register.close().await;
    let mine = rows.iter().filter(|row| row.who == name);
    mine.map(|row| format!("{} {} {}", row.action, row.object, row.detail))
        .collect()
}

#[tokio::test]
#[ignore = "takes minutes: `.ci/deep night` runs it"]
async fn p14_however_a_session_ends_no_word_and_no_key_of_a_book_is_in_memory_or_on_disk() {
    let mut night = Night::new().await;
    let Some(library) = shifted(&night.bench) else {
        skipped!("there is no C compiler on this machine");
        return;
    };
    let shift = night.bench.path("shift");
    let (desk, address) = serve_with(&night.bench, false, |command| {
        command
            .env("LD_PRELOAD", &library)
            // As in loke-desk.service: the stacks of finished threads go at once.
            .env("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0")
            .env("LOKE_SHIFT", &shift);
    });
    let (mut bobs, mut cais, mut dans) = (Vec::new(), Vec::new(), Vec::new());
    let mut ends = 0;
    for end in [
        "signed out",
        "quarter of an hour",
        "eight hours",
        "ended elsewhere",
        "the clock jumped",
        "new passphrase",
        "new keys of the book",
        "revoked",
        "disabled",
    ] {
        let (name, secret) = match end {
            "revoked" => ("cai", &mut cais),
            "disabled" => ("dan", &mut dans),
            _ => ("bob", &mut bobs),
        };
        let mut browser = night.at_work(address, name, secret).await;
        let Some(found) = night.in_memory(desk.id()) else {
            skipped!("only root reads the memory of a hardened process");
            return;
        };
        for word in ["tip", "database key"] {
            assert!(
                found.iter().any(|name| name.starts_with(word)),
                "the control, before {end}: {found:?}"
            );
        }
        let token = browser.get("/queue").await.field("form_token");
        let config = night.bench.folder().join("desk.toml");
        match end {
            "signed out" => {
                browser.post("/leave", &[("form_token", &token)]).await;
            }
            "quarter of an hour" => night.pass(16 * 60, address, None).await,
            "eight hours" => {
                night
                    .pass(8 * 3_600 + 60, address, Some(&mut browser))
                    .await;
            }
            "ended elsewhere" => {
                // Another browser of the same person ends every other session, and then its own.
                night.pass(60, address, None).await;
                let mut other = DeskBrowser::new(address);
                let now = code(secret, night.now());
                assert_eq!(other.sign_in(name, OWN, &now).await.status, 303);
                night.pass(60, address, None).await;
                let token = other.get("/sessions").await.field("form_token");
                let now = code(secret, night.now());
                let fields = [("form_token", token.as_str()), ("code", &now)];
                let ended = other.post("/sessions", &fields).await;
                assert_eq!(ended.status, 303, "{}", ended.text());
                assert_eq!(browser.get("/queue").await.location(), "/sign-in");
                other.post("/leave", &[("form_token", &token)]).await;
            }
            "the clock jumped" => night.jump(3_600),
            "new passphrase" => {
                let new = night.bench.path("new");
                std::fs::write(&new, OWN.replace("seven", "eight")).unwrap();
                std::fs::write(night.bench.path("own"), OWN).unwrap();
                let mut change = Command::new(crate::house::programs::desk());
                change.args(["account", "passphrase", "--as", "bob", "--config"]);
                change.arg(&config).arg("--passphrase-file");
                change
                    .arg(night.bench.path("own"))
                    .arg("--new-passphrase-file")
                    .arg(&new);
                let out = change.output().unwrap();
                assert!(out.status.success(), "{}", super::said(&out));
                std::fs::rename(&new, night.bench.path("now")).unwrap();
                // Back again, for the next sign-in.
                let mut change = Command::new(crate::house::programs::desk());
                change.args(["account", "passphrase", "--as", "bob", "--config"]);
                change
                    .arg(&config)
                    .arg("--passphrase-file")
                    .arg(night.bench.path("now"));
                change
                    .arg("--new-passphrase-file")
                    .arg(night.bench.path("own"));
                assert!(change.output().unwrap().status.success());
            }
            "new keys of the book" => {
                night.bench.ok(&["book", "new-keys", "main"]);
            }
            "revoked" => {
                night.bench.ok(&["book", "revoke", "main", name]);
            }
            _ => {
                night.bench.ok(&["account", "disable", name]);
            }
        }
        let left = night.left_in_memory(desk.id());
        assert!(left.is_empty(), "after {end}: {left:?}");
        ends += 1;
    }
    assert_eq!(ends, 9);
    let bob = reasons(&night.bench, "bob").await.join("\n");
    for why in [
        "signed out",
        "the time was over",
        "ended from another session",
        "the clock jumped",
        "a new key",
    ] {
        assert!(bob.contains(why), "{why}: {bob}");
    }
    let files = places::folder(&night.words, "the desk", &night.bench.folder(), None);
    let found = files.unwrap().finds;
    assert!(found.is_empty(), "{found:?}");
    drop(desk);
}

#[tokio::test]
#[ignore = "a program that the control runs"]
async fn a_desk_whose_memory_is_not_zeroized() {
    let folder = PathBuf::from(std::env::var(FOLDER).expect("only a test runs this"));
    let config = folder.join("desk.toml");
    let settings = DeskSettings::read(&config).unwrap();
    let register = Register::open(&folder, Clock::System).await.unwrap();
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let serving = Serving::start(register, settings, &config, listen)
        .await
        .unwrap();
    let url = serving.screen().sign_in_url();
    std::fs::write(folder.join("address.part"), url).unwrap();
    std::fs::rename(folder.join("address.part"), folder.join("address")).unwrap();
    serving.run().await.unwrap();
}

fn address_in(folder: &Path) -> SocketAddr {
    loop {
        if let Ok(url) = std::fs::read_to_string(folder.join("address")) {
            let address = url
                .strip_prefix("http://")
                .and_then(|url| url.strip_suffix("/sign-in"));
            return address.unwrap().parse().unwrap();
        }
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn control_without_the_functions_that_zeroize_a_closed_book_is_still_in_memory() {
    let mut night = Night::new().await;
    let child = Command::new(std::env::current_exe().unwrap())
        .args([PLAIN, "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, night.bench.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let desk = Running::new(child);
    let address = address_in(&night.bench.folder());
    let mut browser = night.at_work(address, "bob", &mut Vec::new()).await;
    let token = browser.get("/queue").await.field("form_token");
    browser.post("/leave", &[("form_token", &token)]).await;
    let Some(left) = night.in_memory(desk.id()) else {
        skipped!("only root reads the memory of a hardened process");
        return;
    };
    assert!(left.iter().any(|name| name.starts_with("tip")), "{left:?}");
}
