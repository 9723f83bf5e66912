//! Delivery into a folder and by mail: whole or not at all, kept until it arrives, and telling nothing on the way.

use std::sync::{Arc, Mutex};

use loke::desk::audit::Action;
use loke::desk::deliver::{Sent, send_due};
use loke::desk::route::Routed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::mailbox::{self, Mail};
use super::{Bench, GOES, STAYS, files, open_as};

const LOOPBACK: std::net::SocketAddr = std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A relay on loopback that takes everything, and what it took.
async fn relay() -> (String, Arc<Mutex<Vec<Mail>>>, tokio::task::JoinHandle<()>) {
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
                let say = if line == nth { answer } else { ["220 ready\r\n", "250 loopback\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n"][line] };
                if stream.write_all(say.as_bytes()).await.is_err() || line == nth {
                    break;
                }
                let _ = stream.read(&mut [0; 4_096]).await;
            }
        }
    });
    (url, task)
}

async fn waiting(bench: &Bench) -> loke::desk::casebook::Delivery {
    match bench.route("police").await.unwrap() {
        Routed::Waiting(delivery) => delivery,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_folder_holds_the_whole_sealed_copy_and_nothing_else() {
    let bench = Bench::new().await;
    let Routed::Arrived(delivery) = bench.route("cleansing").await.unwrap() else { panic!("it did not arrive") };
    let found = bench.inbox();
    assert_eq!(found, [bench.dir.join("inbox").join(format!("{}.age", delivery.reference))]);
    let bytes = std::fs::read(&found[0]).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    for canary in GOES.into_iter().chain(STAYS) {
        assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "the file holds {canary}");
    }
}

#[tokio::test]
async fn a_missing_folder_keeps_the_copy_until_it_is_there() {
    let bench = Bench::new().await;
    std::fs::remove_dir(bench.dir.join("inbox")).unwrap();
    let Routed::Waiting(delivery) = bench.route("cleansing").await.unwrap() else { panic!("there was no folder to arrive in") };
    assert!(delivery.needs_officer && delivery.problem.as_ref().unwrap().contains("is not there"), "{delivery:?}");
    assert!(!bench.dir.join("inbox").exists(), "the folder was made behind the partner's back");
    std::fs::create_dir(bench.dir.join("inbox")).unwrap();
    let now = bench.clock.now();
    assert_eq!(send_due(&bench.casebook, &bench.desk(), now + 59).await.unwrap(), Sent::default(), "it was tried before its time");
    assert_eq!(send_due(&bench.casebook, &bench.desk(), now + 60).await.unwrap(), Sent { arrived: 1, ..Sent::default() });
    assert_eq!(open_as(&bench.cleansing, &std::fs::read(&bench.inbox()[0]).unwrap())[0].0, "tip.json");
    assert_eq!(bench.trail(Action::Deliver).await.len(), 2);
}

#[tokio::test]
async fn a_full_folder_keeps_the_copy_and_leaves_no_part() {
    let bench = Bench::new().await;
    // A file under the hidden name's folder that cannot be made: the partner's disk takes no byte more.
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let reference = "0123456789abcdef";
    std::os::unix::fs::symlink(full, bench.dir.join("inbox").join(format!(".{reference}.age.part"))).unwrap();
    let failure = loke::desk::deliver::folder::put(&bench.dir.join("inbox"), reference, b"sealed").unwrap_err();
    assert!(failure.what.contains("is full"), "{failure:?}");
    assert!(files(&bench.dir.join("inbox")).is_empty(), "a part was left");
}

#[tokio::test]
async fn a_mail_says_nothing_and_its_attachment_opens_for_the_partner() {
    let bench = Bench::new().await;
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url, "");
    let Routed::Arrived(delivery) = bench.route("police").await.unwrap() else { panic!("it did not arrive") };
    let mail = taken.lock().unwrap().pop().unwrap();
    assert_eq!(mail.recipient, "intelligence@police.example");
    let text = String::from_utf8(mail.raw.clone()).unwrap();
    for canary in GOES.into_iter().chain(STAYS).chain(["uckoo", "X-Mailer", "User-Agent", "lettre"]) {
        assert!(!text.contains(canary), "the mail holds {canary}");
    }
    assert!(
        text.contains("Content-Type: application/octet-stream") && text.contains(&format!("Message-ID: <{}@council.example>", delivery.reference))
    );
    let (name, sealed) = mail.attachment().unwrap();
    assert_eq!(name, format!("{}.age", delivery.reference));
    let copy = open_as(&bench.police, &sealed);
    assert!(String::from_utf8_lossy(&copy[0].1).contains("canary-what"), "negative control: the canaries are in the attachment's seal");
    task.abort();
}

#[tokio::test]
async fn the_demonstrations_mail_arrives_in_the_partners_inbox() {
    let bench = Bench::new().await;
    let address = mailbox::start(vec![("intelligence".into(), bench.dir.join("inbox"))]).await.unwrap();
    bench.configure_mail(&format!("smtp://{address}"), "");
    let Routed::Arrived(delivery) = bench.route("police").await.unwrap() else { panic!("it did not arrive") };
    assert_eq!(bench.inbox(), [bench.dir.join("inbox").join(format!("{}.age", delivery.reference))]);
    assert_eq!(open_as(&bench.police, &std::fs::read(&bench.inbox()[0]).unwrap())[0].0, "tip.json");
}

#[tokio::test]
async fn two_mails_differ_only_in_what_is_random() {
    let bench = Bench::new().await;
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url, "");
    bench.route("police").await.unwrap();
    bench.route_again("police").await;
    let mails = std::mem::take(&mut *taken.lock().unwrap());
    let read = |mail: &Mail| {
        let (name, _) = mail.attachment().unwrap();
        let text = String::from_utf8(mail.raw.clone()).unwrap().replace(name.trim_end_matches(".age"), "REFERENCE");
        let boundary = text.split_once("boundary=\"").unwrap().1.split('"').next().unwrap().to_owned();
        text.replace(&boundary, "BOUNDARY").split("base64\r\n\r\n").next().unwrap().to_owned()
    };
    assert_eq!(read(&mails[0]), read(&mails[1]));
    task.abort();
}

#[tokio::test]
async fn a_relay_that_is_down_gets_the_copy_later_and_once() {
    let bench = Bench::new().await;
    let gone = { TcpListener::bind(LOOPBACK).await.unwrap().local_addr().unwrap() };
    bench.configure_mail(&format!("smtp://{gone}"), "");
    let delivery = waiting(&bench).await;
    assert!(!delivery.needs_officer, "{delivery:?}");
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url, "");
    for seconds in [59, 1, 3_600, 3_600] {
        bench.clock.advance(seconds);
        send_due(&bench.casebook, &bench.desk(), bench.clock.now()).await.unwrap();
    }
    assert_eq!(taken.lock().unwrap().len(), 1);
    let done = bench.casebook.deliveries_of(bench.tip).await.unwrap();
    assert_eq!((done.len(), done[0].attempts, done[0].done.is_some()), (1, 2, true));
    task.abort();
}

#[tokio::test]
async fn a_refusal_keeps_the_copy_and_says_whether_waiting_helps() {
    for (nth, answer, code, needs_officer) in [
        (2, "451 busy\r\n", "451", false),
        (3, "550 no such person\r\n", "550", true),
        (4, "552 too large\r\n", "552", true),
        (2, "", "connection", false),
        (0, "", "connection", false),
    ] {
        let bench = Bench::new().await;
        let (url, task) = refusing_relay(nth, answer).await;
        bench.configure_mail(&url, "");
        let delivery = waiting(&bench).await;
        assert_eq!(delivery.needs_officer, needs_officer, "{answer}: {delivery:?}");
        let row = bench.trail(Action::Deliver).await.pop().unwrap();
        assert!(row.contains(code), "{answer}: {row}");
        task.abort();
    }
}

#[tokio::test]
async fn waiting_times_grow_to_an_hour_and_the_next_route_tries_what_is_due() {
    let bench = Bench::new().await;
    let (url, refusing) = refusing_relay(2, "451 busy\r\n").await;
    bench.configure_mail(&url, "");
    let first = waiting(&bench).await;
    let mut waits = vec![first.due - bench.clock.now()];
    for _ in 0..7 {
        bench.clock.advance(*waits.last().unwrap());
        send_due(&bench.casebook, &bench.desk(), bench.clock.now()).await.unwrap();
        waits.push(bench.casebook.deliveries_of(bench.tip).await.unwrap()[0].due - bench.clock.now());
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    assert_eq!(bench.trail(Action::Deliver).await.len(), 1, "the same trouble again is no news");
    refusing.abort();
    let (url, taken, task) = relay().await;
    bench.configure_mail(&url, "");
    bench.clock.advance(3_600);
    bench.route("cleansing").await.unwrap();
    assert_eq!(taken.lock().unwrap().len(), 1, "the next route did not try what was due");
    task.abort();
}

#[tokio::test]
async fn a_relay_elsewhere_is_spoken_to_under_tls_only() {
    let bench = Bench::new().await;
    for url in ["smtp://relay.invalid?tls=opportunistic", "http://relay.invalid", "relay.invalid"] {
        bench.configure_mail(url, "");
        let mail = bench.desk().mail.unwrap();
        let failure = loke::desk::deliver::mail::send(&mail, "a@police.example", "00", b"sealed", 0).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.needs_officer), ("config", true), "{url}: {failure}");
    }
}
