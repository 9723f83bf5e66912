//! A relay that stalls at any line is given up, and delays no report of another way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Draft;
use loke::tip::TipId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Bench, files, tip};
use crate::house::partners::partner;

/// What a relay says, line by line.
const LINES: [&str; 5] = [
    "220 ready\r\n",
    "250 loopback\r\n",
    "250 ok\r\n",
    "250 ok\r\n",
    "354 go on\r\n",
];

/// A relay that says so many lines, and then nothing until the caller leaves. Counts its callers.
async fn stalling(lines: usize) -> (String, Arc<AtomicUsize>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let callers = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&callers);
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            for line in &LINES[..lines] {
                stream.write_all(line.as_bytes()).await.unwrap();
                let _ = stream.read(&mut [0; 4_096]).await;
            }
            while let Ok(1..) = stream.read(&mut [0; 65_536]).await {}
        }
    });
    (url, callers, task)
}

#[tokio::test]
async fn a_relay_that_stalls_is_given_up_and_delays_no_report_of_another_way() {
    for lines in 0..=LINES.len() {
        let bench = Bench::new().await;
        let (url, callers, task) = stalling(lines).await;
        let desk = format!(
            "[mail]\nsmtp = \"{url}\"\nfrom = \"desk@council.example\"\npatience_seconds = 1\n"
        );
        bench.configure(&desk).await;
        for name in ["police", "other"] {
            let way = Way::Mail(format!("{name}@police.example"));
            bench
                .add(&partner(name, PartnerKind::Police, &bench.police, way))
                .await;
        }
        let mut references = Vec::new();
        for (n, to) in [(1, "police"), (2, "other"), (3, "cleansing")] {
            let mut about = tip(TipId([n; 16]));
            about.thread = None;
            bench.keep(&about).await;
            let draft = Draft {
                photos: Vec::new(),
                ..bench.draft(to)
            };
            let preview = bench.acting.preview(about.id, &draft).await.unwrap();
            references.push(bench.order(&preview, "", true).await.unwrap().reference);
        }
        let sent = bench.deliver().await;
        assert_eq!((sent.arrived, sent.waiting), (1, 2), "after {lines} lines");
        assert_eq!(files(&bench.dir.join("inbox")).len(), 1);
        // One of the two mails was tried, and both say why they wait.
        assert_eq!(callers.load(Ordering::SeqCst), 1, "after {lines} lines");
        for reference in &references[..2] {
            let waiting = bench.register().delivery(reference).await;
            let waiting = waiting.unwrap().unwrap();
            let problem = waiting.problem.unwrap();
            assert!(problem.contains("did not answer"), "{problem}");
            assert!(!waiting.needs_officer);
        }
        task.abort();
        // The control: at a relay that answers, both arrive.
        let (url, taken, task) = super::deliver::relay().await;
        bench.configure_mail(&url).await;
        bench.clock.advance(60);
        assert_eq!(bench.deliver().await.arrived, 2);
        assert_eq!(taken.lock().unwrap().len(), 2);
        task.abort();
    }
}
