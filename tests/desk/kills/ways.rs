//! `kill -9` while reports wait for their batch, and while they travel by each way: the partner page and a
//! folder get each report once, and a mail that is repeated is known by its names.
//!
//! Routes are killed at random instants. Of the deliveries, some are, and the others are killed as soon as the
//! partner has the report, before the desk can note that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use age::x25519;
use loke::clock::{Clock, Day};
use loke::desk::jobs::Step;
use loke::desk::jobs::answers::key_line;
use loke::desk::partner_page::{PartnerPage, PartnerPageSettings};
use loke::desk::report::Report;
use loke::seal::Recipient;

use crate::house::programs;
use crate::house::skip::skipped;
use crate::route::mailbox::{self, Mail};
use crate::route::open_as;

use super::routing::{delivered, know, settle, tips_of};
use super::{Bench, Kills, kills, said, text};

/// Between two rounds, so that batches leave and leases end. Some rounds are on another day than the one before.
const ROUND_HOURS: i32 = 5;
const WAYS: [&str; 3] = ["page", "mail", "folder"];

/// A desk with a partner of each way.
struct Ways {
    bench: Bench,
    key: x25519::Identity,
    page: Arc<PartnerPage>,
    mails: Arc<Mutex<Vec<Mail>>>,
    /// The relay confirms no mail while somebody else has it.
    confirms: Arc<Mutex<()>>,
    library: PathBuf,
    /// Its clock is ahead of this machine's.
    first_day: Day,
    /// The files that the partner page found in its inbox.
    posts: Vec<String>,
}

impl Ways {
    async fn new(library: PathBuf) -> Self {
        let (bench, key) = (Bench::new(), x25519::Identity::generate());
        for folder in ["inbox", "answers", "page"] {
            std::fs::create_dir(bench.path(folder)).unwrap();
        }
        let (mails, confirms) = <(Arc<Mutex<Vec<Mail>>>, Arc<Mutex<()>>)>::default();
        let (kept, may) = (mails.clone(), confirms.clone());
        let keep = move |mail| {
            kept.lock().unwrap().push(mail);
            drop(may.lock().unwrap());
            Ok(())
        };
        let (relay, _) = mailbox::listen(([127, 0, 0, 1], 0).into(), keep)
            .await
            .unwrap();
        let place = |name: &str| bench.path(name).display().to_string();
        settle(
            &bench,
            &format!(
                "\n[answers]\nfolder = \"{}\"\n[partner_page]\ninbox = \"{}\"\n[mail]\nsmtp = \"smtp://{relay}\"\nfrom = \"desk@council.example\"\npatience_seconds = 5\n",
                place("answers"),
                place("page")
            ),
        );
        let public = key.to_public().to_string();
        let partners = [
            ["page", "", "page", ""],
            ["mail", &public, "mail", "office@partner.example"],
            ["folder", &public, "folder", &place("inbox")],
        ];
        know(&bench, &partners);
        let settings = bench.path("partners.toml");
        let lines = format!(
            "key = \"{}\"\nanswers = \"answers\"\n[accounts]\ninbox = \"page\"\n",
            bench.recipient()
        );
        std::fs::write(&settings, lines).unwrap();
        let settings = PartnerPageSettings::read(&settings).unwrap();
        let page = PartnerPage::open(settings, Clock::System).await.unwrap();
        read_by_somebody(&bench, &public.parse().unwrap());
        Self {
            bench,
            key,
            page,
            mails,
            confirms,
            library,
            first_day: Clock::System.today().plus(2),
            posts: Vec::new(),
        }
    }

    /// A command whose clock begins at the time of a round.
    fn command(&self, round: usize, args: &[&str]) -> Command {
        let hours = 16 + ROUND_HOURS * i32::try_from(round).unwrap();
        let day = self.first_day.plus(hours / 24);
        let mut command = self.bench.command(args);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME", format!("@{day} {:02}:10:00", hours % 24))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FAKETIME_DISABLE_SHM", "1")
            .env("TZ", "UTC");
        command
    }

    fn ok(&self, round: usize, args: &[&str]) -> String {
        let out = self.command(round, args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", said(&out));
        String::from_utf8(out.stdout).unwrap()
    }

    /// The reports that were ordered, as the outbox lists them.
    fn outbox(&self, round: usize) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.ok(round, &["outbox", "--json"])).unwrap()
    }

    /// Counts a partner's files or mails.
    fn seen(&self, way: &str) -> usize {
        match way {
            "mail" => self.mails.lock().unwrap().len(),
            "page" => visible(&self.bench.path("page")).len(),
            _ => visible(&self.bench.path("inbox")).len(),
        }
    }

    /// Kills a run as soon as the partner of this way has something new. The relay took a mail then, and did not
    /// say so. Returns whether it was killed.
    fn kill_on_sight(&self, mut command: Command, way: &str) -> bool {
        let before = self.seen(way);
        let confirms = self.confirms.lock().unwrap();
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap();
        while self.seen(way) == before {
            if let Some(ended) = child.try_wait().unwrap() {
                assert!(ended.success(), "{ended}");
                return false;
            }
            std::thread::yield_now();
        }
        let _ = child.kill();
        let killed = !child.wait().unwrap().success();
        drop(confirms);
        killed
    }

    /// The partner page takes what is in its inbox.
    async fn look(&mut self) {
        self.posts.extend(visible(&self.bench.path("page")));
        assert!(matches!(self.page.look().await, Step::Retry(_)));
    }

    fn open(&self, sealed: &[u8]) -> Report {
        let files = open_as(&self.key, sealed);
        assert_eq!(files[0].0, "report.json");
        serde_json::from_slice(&files[0].1).unwrap()
    }

    /// The reports on the partner page, as many as its list has.
    fn on_the_page(&self) -> Vec<Report> {
        let place = self.bench.path("store/reports/page");
        let names = visible(&place).into_iter();
        names
            .map(|name| self.open(&std::fs::read(place.join(name)).unwrap()))
            .collect()
    }

    /// The reports in the mails, and how many mails repeat an earlier one. A repeat has the Message-ID, the
    /// attachment's name and the bytes of the first.
    fn in_mails(&self) -> (Vec<Report>, usize) {
        let mails = self.mails.lock().unwrap();
        let mut known: BTreeMap<String, (String, Vec<u8>)> = BTreeMap::new();
        for mail in mails.iter() {
            let (name, sealed) = mail.attachment().unwrap();
            let raw = String::from_utf8_lossy(&mail.raw);
            let mut lines = raw.lines();
            let id = lines.find_map(|line| line.strip_prefix("Message-ID: "));
            let this = (id.unwrap().to_owned(), sealed);
            let first = known.entry(name).or_insert_with(|| this.clone());
            assert_eq!(*first, this, "a repeat differs");
        }
        let ids: BTreeSet<&str> = known.values().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids.len(), known.len());
        let reports = known.values().map(|(_, sealed)| self.open(sealed));
        (reports.collect(), mails.len() - known.len())
    }
}

/// An account of the partner `page`. Its key is confirmed.
fn read_by_somebody(bench: &Bench, key: &Recipient) {
    let first = bench.path("first");
    std::fs::write(&first, "ribbon wagon lantern gravel\n").unwrap();
    let add = ["partner", "account", "add", "page", "pat"];
    bench.ok(&[&add[..], &["--new-passphrase-file", text(&first)]].concat());
    let file = bench.path("answers").join(format!("{:032x}.key", 9));
    std::fs::write(file, key_line("pat", "page", key)).unwrap();
    bench.ok(&["deliver"]);
    bench.ok(&["partner", "confirm", "page", &key.fingerprint()]);
}

/// The names of the files that somebody else may read.
fn visible(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// The way of a tip's report, and whether it waits for its batch.
fn way_of(n: usize) -> (&'static str, bool) {
    (WAYS[n % 3], (n / 3).is_multiple_of(2))
}

fn told(reports: impl IntoIterator<Item = Report>) -> Vec<String> {
    let mut texts: Vec<String> = reports.into_iter().map(|report| report.text).collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_kill_while_a_batch_leaves_loses_no_report_and_doubles_none_but_a_mail_of_the_same_name()
 {
    let Some(library) = programs::faketime() else {
        skipped!("there is no libfaketime on this machine");
        return;
    };
    let mut ways = Ways::new(library).await;
    ways.look().await;
    ways.posts.clear();
    let rounds = kills() as usize;
    let tips = tips_of(&ways.bench, rounds);
    let words = ways.bench.path("report.txt");
    let route = |ways: &Ways, n: usize| {
        let (id, (way, waits)) = (tips[n].id.to_string(), way_of(n));
        std::fs::write(&words, format!("report {n:03}")).unwrap();
        let args = ["route", &id, "--to", way, "--text", text(&words), "--now"];
        ways.command(n, &args[..args.len() - usize::from(waits)])
    };
    let mut routing = Kills::within_run(route(&ways, 0));
    let mut delivery = Kills::within_run(ways.command(0, &["deliver"]));
    assert_eq!(ways.seen("page"), 0, "the control: it waits for its batch");

    let (mut midway, mut on_sight) = (0, 0);
    for n in 1..=rounds {
        // The batch of the round before is due.
        let deliver = ways.command(n, &["deliver"]);
        match (way_of(n - 1), n % 4) {
            ((way, true), 0..=2) => {
                on_sight += usize::from(ways.kill_on_sight(deliver, way));
            }
            _ => {
                delivery.kill_command(deliver);
            }
        }
        ways.look().await;
        let killed = routing.kill_command(route(&ways, n));
        midway += usize::from(killed);
        // Once more, unless it was ordered.
        if ways.outbox(n).len() <= n {
            let out = route(&ways, n).output().unwrap();
            assert!(killed && out.status.success(), "{out:?}");
        }
        ways.look().await;
    }
    assert!(midway > 0, "no kill fell into a route: the test is blind");
    for later in 1..=2 {
        ways.ok(rounds + later, &["deliver"]);
        ways.look().await;
    }

    let of = |way: &str| -> Vec<String> {
        let own = (0..=rounds).filter(|n| way_of(*n).0 == way);
        own.map(|n| format!("report {n:03}")).collect()
    };
    let (mailed, repeats) = ways.in_mails();
    let in_folder = delivered(&ways.bench, &ways.key).into_values();
    assert_eq!(told(ways.on_the_page()), of("page"));
    assert_eq!(told(in_folder), of("folder"));
    assert_eq!(told(mailed), of("mail"));
    let outbox = ways.outbox(rounds + 3);
    assert_eq!(outbox.len(), tips.len());
    assert!(outbox.iter().all(|line| line["state"] == "arrived"));
    ways.ok(rounds + 3, &["audit", "verify"]);
    let posts = ways.posts.len() - of("page").len();
    println!(
        "{midway} kills in {rounds} routes, {on_sight} kills as a report arrived: {repeats} mails and {posts} posts repeated"
    );
    assert!(
        repeats > 0,
        "no mail was repeated: the test shows nothing of it"
    );
}
