//! Delivery into a folder and by mail: whole or not at all, kept until it arrives, and without
//! revealing anything on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::{Arc, Mutex};

use loke::desk::audit::Action;
use loke::desk::outbox::{Sent, send_due};
use loke::desk::register::Delivery;
use loke::desk::report::Draft;
use loke::desk::ways::folder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::mailbox::{self, Mail};
use super::{Bench, STAYS, files, open_as};
use crate::house::skip::skipped;
use crate::trouble::SmallDisk;

const LOOPBACK: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A relay on loopback that accepts every mail and records it.
pub(super) async fn relay() -> (String, Arc<Mutex<Vec<Mail>>>, tokio::task::JoinHandle<()>) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let box_of = taken.clone();
    let keep = move |mail| {
        box_of.lock().unwrap().push(mail);
        Ok(())
    };
    let (address, task) = mailbox::listen(LOOPBACK, keep).await.unwrap();
    (format!("smtp://{address}"), taken, task)
}

/// A relay that answers its `nth` line (from 1; the greeting is 0) with `answer`, then hangs up.
async fn refusing_relay(nth: usize, answer: &'static str) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            for line in 0..=nth {
                let say = if line == nth {
                    answer
                } else {
                    [
                        "220 ready\r\n",
                        "250 loopback\r\n",
                        "250 ok\r\n",
                        "250 ok\r\n",
                        "354 go on\r\n",
                    ][line]
                };
                if stream.write_all(say.as_bytes()).await.is_err() || line == nth {
                    break;
                }
                let _ = stream.read(&mut [0; 4_096]).await;
            }
        }
    });
    (url, task)
}

async fn waiting(bench: &Bench) -> Delivery {
    let delivery = bench.route("police").await.unwrap();
    assert!(delivery.done.is_none(), "{delivery:?}");
    delivery
}

/// The first file of a report.
const JSON: &str = "report.json";

#[tokio::test]
async fn a_folder_holds_the_whole_sealed_report_and_nothing_else() {
    let bench = Bench::new().await;
    let delivery = bench.route("cleansing").await.unwrap();
    assert!(delivery.done.is_some(), "it did not arrive");
    let found = bench.inbox();
    assert_eq!(
        found,
        [bench
            .dir
            .join("inbox")
            .join(format!("{}.age", delivery.reference))]
    );
    let bytes = std::fs::read(&found[0]).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    for canary in STAYS.into_iter().chain(["report-canary"]) {
        assert!(
            !bytes.windows(canary.len()).any(|w| w == canary.as_bytes()),
            "the file holds {canary}"
        );
    }
}

#[tokio::test]
async fn a_missing_folder_keeps_the_report_until_it_is_there() {
    let bench = Bench::new().await;
    std::fs::remove_dir(bench.dir.join("inbox")).unwrap();
    let delivery = bench.route("cleansing").await.unwrap();
    assert!(delivery.done.is_none(), "there was no folder to arrive in");
    assert!(
        delivery.needs_officer
            && delivery
                .problem
                .as_ref()
                .unwrap()
                .contains("does not exist"),
        "{delivery:?}"
    );
    assert!(
        !bench.dir.join("inbox").exists(),
        "the folder was made behind the partner's back"
    );
    std::fs::create_dir(bench.dir.join("inbox")).unwrap();
    let now = bench.clock.now();
    assert_eq!(
        send_due(bench.register(), &bench.desk(), now + 59)
            .await
            .unwrap(),
        Sent::default(),
        "it was tried before its time"
    );
    assert_eq!(
        send_due(bench.register(), &bench.desk(), now + 60)
            .await
            .unwrap(),
        Sent {
            arrived: 1,
            ..Sent::default()
        }
    );
    assert_eq!(
        open_as(&bench.cleansing, &std::fs::read(&bench.inbox()[0]).unwrap())[0].0,
        JSON
    );
    assert_eq!(bench.trail(Action::Deliver).await.len(), 2);
}

const REFERENCE: &str = "0123456789abcdef";

#[tokio::test]
async fn a_full_folder_keeps_the_copy_and_leaves_no_part() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(place.path().join("inbox"), 64) else {
        return;
    };
    let failure = folder::put(disk.at(), REFERENCE, &[7; 1 << 20]).unwrap_err();
    assert!(
        failure.what.contains("is full") && !failure.needs_officer,
        "{failure:?}"
    );
    assert!(files(disk.at()).is_empty(), "a part was left");
    folder::put(disk.at(), REFERENCE, &[7; 1 << 10]).unwrap();
}

#[tokio::test]
async fn a_part_that_a_power_cut_left_is_removed_by_the_next_attempt() {
    let bench = Bench::new().await;
    let inbox = bench.dir.join("inbox");
    for part in [
        format!(".{REFERENCE}.age.part"),
        format!(".{REFERENCE}.00ff.part"),
        ".fedcba9876543210.00ff.part".into(),
    ] {
        std::fs::write(inbox.join(part), b"half").unwrap();
    }
    folder::put(&inbox, REFERENCE, b"sealed").unwrap();
    let left: BTreeSet<_> = files(&inbox).into_iter().collect();
    assert_eq!(
        left,
        [
            inbox.join(".fedcba9876543210.00ff.part"),
            inbox.join(format!("{REFERENCE}.age"))
        ]
        .into()
    );
}

/// An attacker with write access to the folder plants a link under each name that the desk may use.
/// The desk never writes to a file of its own.
#[tokio::test]
async fn a_link_that_is_planted_in_a_partners_folder_leads_to_no_file_of_the_desk() {
    let bench = Bench::new().await;
    let inbox = bench.dir.join("inbox");
    let own = bench.dir.join("own-file");
    std::fs::write(&own, b"the desk's").unwrap();
    let shown = inbox.join(format!("{REFERENCE}.age"));
    for planted in [
        format!(".{REFERENCE}.age.part"),
        format!("{REFERENCE}.age"),
        format!(".{REFERENCE}.part"),
    ] {
        let _ = std::fs::remove_file(&shown);
        symlink(&own, inbox.join(&planted)).unwrap();
        // The control: a program that opens the name writes through the link.
        std::fs::write(inbox.join(&planted), b"through").unwrap();
        assert_eq!(std::fs::read(&own).unwrap(), b"through", "{planted}");
        std::fs::write(&own, b"the desk's").unwrap();
        folder::put(&inbox, REFERENCE, b"sealed").unwrap();
        assert_eq!(std::fs::read(&own).unwrap(), b"the desk's", "{planted}");
        assert!(
            std::fs::symlink_metadata(&shown).unwrap().is_file(),
            "{planted}"
        );
        assert_eq!(std::fs::read(&shown).unwrap(), b"sealed", "{planted}");
    }
    // If the final name is a folder, nothing is written into it, and no partial file remains beside
    // it.
    std::fs::remove_file(&shown).unwrap();
    std::fs::create_dir(&shown).unwrap();
    folder::put(&inbox, REFERENCE, b"sealed").unwrap_err();
    assert!(files(&shown).is_empty());
    assert!(
        files(&inbox).iter().all(|path| !path
            .display()
            .to_string()
            .contains(&format!(".{REFERENCE}."))),
        "{:?}",
        files(&inbox)
    );
}

/// A share is often reached through a link, so the folder may be one. If it leads to the desk's own
/// folder, nothing there is overwritten.
#[tokio::test]
async fn a_folder_that_is_a_link_is_resolved_and_nothing_behind_it_is_overwritten() {
    let bench = Bench::new().await;
    let contents = |folder: &std::path::Path| -> BTreeMap<_, _> {
        files(folder)
            .into_iter()
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    };
    let before = contents(&bench.dir);
    assert!(before.len() >= 3, "{:?}", before.keys());
    let link = bench.dir.join("link");
    symlink(&bench.dir, &link).unwrap();
    folder::put(&link, REFERENCE, b"sealed").unwrap();
    let mut after = contents(&bench.dir);
    assert_eq!(
        after
            .remove(&bench.dir.join(format!("{REFERENCE}.age")))
            .as_deref(),
        Some(b"sealed".as_slice())
    );
    assert_eq!(after, before);
    // A link to nothing, or to a file, is no folder.
    for (name, to) in [
        ("nowhere", bench.dir.join("gone")),
        ("file", bench.config()),
    ] {
        symlink(to, bench.dir.join(name)).unwrap();
        assert!(
            folder::put(&bench.dir.join(name), REFERENCE, b"sealed")
                .unwrap_err()
                .what
                .contains("does not exist"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_mail_says_nothing_and_its_attachment_opens_for_the_partner() {
    let bench = Bench::new().await;
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url).await;
    let delivery = bench.route("police").await.unwrap();
    assert!(delivery.done.is_some(), "it did not arrive");
    let mail = taken.lock().unwrap().pop().unwrap();
    assert_eq!(mail.recipient, "intelligence@police.example");
    let text = String::from_utf8(mail.raw.clone()).unwrap();
    for canary in
        STAYS
            .into_iter()
            .chain(["report-canary", "uckoo", "X-Mailer", "User-Agent", "lettre"])
    {
        assert!(!text.contains(canary), "the mail holds {canary}");
    }
    assert!(
        text.contains("Content-Type: application/octet-stream")
            && text.contains(&format!(
                "Message-ID: <{}@council.example>",
                delivery.reference
            ))
    );
    let (name, sealed) = mail.attachment().unwrap();
    assert_eq!(name, format!("{}.age", delivery.reference));
    let copy = open_as(&bench.police, &sealed);
    assert!(
        String::from_utf8_lossy(&copy[0].1).contains("report-canary"),
        "negative control: the canaries are in the attachment's seal"
    );
    task.abort();
}

/// The commands in the mail, run as written, with each tar that a partner may have.
#[tokio::test]
async fn the_commands_in_the_mail_open_its_attachment() {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let bench = Bench::new().await;
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url).await;
    bench.route("police").await.unwrap();
    let mail = taken.lock().unwrap().pop().unwrap();
    let (name, sealed) = mail.attachment().unwrap();
    let text = String::from_utf8(mail.raw).unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .map(str::trim)
        .collect();
    assert_eq!(commands.len(), 2, "{text}");
    // No pipe and no quotes: PowerShell, cmd and a POSIX shell run them in the same way.
    assert!(
        commands
            .iter()
            .all(|command| !command.contains(['|', '\'', '"', '$', '>', '='])),
        "{commands:?}"
    );
    for tar in ["tar", "bsdtar", "busybox tar"] {
        if Command::new(tar.split(' ').next().unwrap())
            .arg("--help")
            .output()
            .is_err()
        {
            skipped!("there is no {tar} on this machine");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(&name), &sealed).unwrap();
        let secret =
            age::secrecy::ExposeSecret::expose_secret(&bench.police.to_string()).to_owned();
        std::fs::write(folder.path().join("YOUR-KEY-FILE"), secret).unwrap();
        let script = format!(
            "set -e\n{}\n{}",
            commands[0],
            commands[1].replacen("tar ", &format!("{tar} "), 1)
        );
        let out = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            out.status.success() && out.stderr.is_empty(),
            "{tar}: {out:?}"
        );
        assert!(
            std::fs::read_to_string(folder.path().join(JSON))
                .unwrap()
                .contains("report-canary"),
            "{tar}"
        );
        assert_eq!(
            std::fs::read(folder.path().join("photo-1.jpg")).unwrap(),
            super::jpeg(),
            "{tar}"
        );
    }
    task.abort();
}

#[tokio::test]
async fn the_demonstrations_mail_arrives_in_the_partners_inbox() {
    let bench = Bench::new().await;
    let address = mailbox::start(vec![("intelligence".into(), bench.dir.join("inbox"))])
        .await
        .unwrap();
    bench.configure_mail(&format!("smtp://{address}")).await;
    let delivery = bench.route("police").await.unwrap();
    assert!(delivery.done.is_some(), "it did not arrive");
    assert_eq!(
        bench.inbox(),
        [bench
            .dir
            .join("inbox")
            .join(format!("{}.age", delivery.reference))]
    );
    assert_eq!(
        open_as(&bench.police, &std::fs::read(&bench.inbox()[0]).unwrap())[0].0,
        JSON
    );
}

#[tokio::test]
async fn two_mails_differ_only_in_what_is_random() {
    let bench = Bench::new().await;
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url).await;
    bench.route("police").await.unwrap();
    bench.route_again("police").await;
    let mails = std::mem::take(&mut *taken.lock().unwrap());
    let read = |mail: &Mail| {
        let (name, _) = mail.attachment().unwrap();
        let text = String::from_utf8(mail.raw.clone())
            .unwrap()
            .replace(name.trim_end_matches(".age"), "REFERENCE")
            .replace("Date: Sun, 22", "Date: Mon, 23");
        let boundary = text
            .split_once("boundary=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        text.replace(&boundary, "BOUNDARY")
            .split("base64\r\n\r\n")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(read(&mails[0]), read(&mails[1]));
    task.abort();
}

#[tokio::test]
async fn a_relay_that_is_down_gets_the_copy_later_and_once() {
    let bench = Bench::new().await;
    let gone = {
        TcpListener::bind(LOOPBACK)
            .await
            .unwrap()
            .local_addr()
            .unwrap()
    };
    bench.configure_mail(&format!("smtp://{gone}")).await;
    let delivery = waiting(&bench).await;
    assert!(!delivery.needs_officer, "{delivery:?}");
    // It is on the queue until it arrives.
    let books = ["main".to_owned()];
    let stuck = bench.register().stuck_report(&books).await.unwrap();
    assert_eq!(stuck, Some((bench.tip, false)));
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url).await;
    for seconds in [59, 1, 3_600, 3_600] {
        bench.clock.advance(seconds);
        send_due(bench.register(), &bench.desk(), bench.clock.now())
            .await
            .unwrap();
    }
    assert_eq!(taken.lock().unwrap().len(), 1);
    let done = bench.register().deliveries_of(bench.tip).await.unwrap();
    assert_eq!(
        (done.len(), done[0].attempts, done[0].done.is_some()),
        (1, 2, true)
    );
    let stuck = bench.register().stuck_report(&books).await.unwrap();
    assert_eq!(stuck, None);
    task.abort();
}

#[tokio::test]
async fn a_refusal_keeps_the_copy_and_says_whether_waiting_helps() {
    for (nth, answer, code, needs_officer) in [
        (2, "451 busy\r\n", "451", false),
        (3, "450 4.2.0 greylisted\r\n", "450", false),
        (3, "550 no such person\r\n", "550", true),
        (4, "552 too large\r\n", "552", true),
        (2, "", "connection", false),
        // In the middle of the data.
        (5, "", "connection", false),
        (0, "", "connection", false),
    ] {
        let bench = Bench::new().await;
        let (url, task) = refusing_relay(nth, answer).await;
        bench.configure_mail(&url).await;
        let delivery = waiting(&bench).await;
        assert_eq!(
            delivery.needs_officer, needs_officer,
            "{answer}: {delivery:?}"
        );
        let row = bench.trail(Action::Deliver).await.pop().unwrap();
        assert!(row.contains(code), "{answer}: {row}");
        task.abort();
    }
}

/// The relay's reply is shown to the officer and recorded: it must not contain control codes, nor
/// fill the desk.
#[tokio::test]
async fn a_relays_words_are_shown_without_control_codes_and_cut() {
    const HOSTILE: &str = "550 no \u{1b}]0;owned\u{7}\u{9b}31m\u{202e}such person\r\n";
    let bench = Bench::new().await;
    let (url, task) = refusing_relay(3, HOSTILE).await;
    bench.configure_mail(&url).await;
    let problem = waiting(&bench).await.problem.unwrap();
    assert!(
        problem.contains("such person") && problem.contains("\u{241b}]0;owned"),
        "{problem:?}"
    );
    let drives = |text: &str| {
        text.contains(|c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))
    };
    assert!(drives(HOSTILE) && !drives(&problem), "{problem:?}");
    assert!(!drives(&bench.trail(Action::Deliver).await.pop().unwrap()));
    task.abort();
    let long: &'static str = format!("550 {}\r\n", "a".repeat(5_000)).leak();
    let (url, task) = refusing_relay(3, long).await;
    bench.configure_mail(&url).await;
    let delivery = bench.route_again("police").await;
    assert!(delivery.done.is_none(), "it was not refused");
    assert!(delivery.problem.unwrap().len() < 600);
    task.abort();
}

#[tokio::test]
async fn waiting_times_grow_to_an_hour_and_the_next_route_tries_what_is_due() {
    let bench = Bench::new().await;
    let (url, refusing) = refusing_relay(2, "451 busy\r\n").await;
    bench.configure_mail(&url).await;
    let first = waiting(&bench).await;
    let mut waits = vec![first.due - bench.clock.now()];
    for _ in 0..7 {
        bench.clock.advance(*waits.last().unwrap());
        send_due(bench.register(), &bench.desk(), bench.clock.now())
            .await
            .unwrap();
        waits.push(
            bench.register().deliveries_of(bench.tip).await.unwrap()[0].due - bench.clock.now(),
        );
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    assert_eq!(
        bench.trail(Action::Deliver).await.len(),
        1,
        "the same trouble again is no news"
    );
    refusing.abort();
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url).await;
    bench.clock.advance(3_600);
    let other = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    bench.send(&other).await.unwrap();
    assert_eq!(
        taken.lock().unwrap().len(),
        1,
        "the next route did not try what was due"
    );
    task.abort();
}

#[tokio::test]
async fn a_relay_elsewhere_is_spoken_to_under_tls_only() {
    let bench = Bench::new().await;
    for url in [
        "smtp://relay.invalid?tls=opportunistic",
        "http://relay.invalid",
        "relay.invalid",
    ] {
        bench.configure_mail(url).await;
        let mail = bench.desk().mail.unwrap();
        let failure = loke::desk::ways::mail::send(&mail, "a@police.example", "00", b"sealed", 0)
            .await
            .unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.needs_officer),
            ("config", true),
            "{url}: {failure}"
        );
    }
}
