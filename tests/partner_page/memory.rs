//! `loke-desk serve-partners` with accounts and really routed reports: with nobody signed in, however
//! the session ended, neither its disk nor its memory has anything of a report. `LOKE_ROUTED` sets how
//! many reports. The program's clock is the time of a file, which the test sets (libfaketime).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use loke::desk::acting;
use loke::desk::answers::by_account::AnswerKey;
use loke::desk::jobs::answers::collect_keys;
use loke::desk::keys::Passphrase;
use loke::desk::partner_accounts;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::route::Order;
use loke::desk::settings::DeskSettings;
use loke::gateway::prove::places;

use super::accounts::{FIRST, OWN};
use crate::house::desk_browser::{DeskBrowser, code, from_base32};
use crate::house::partners;
use crate::house::programs;
use crate::house::skip::skipped;
use crate::house::sweep::Sweep;
use crate::triage::{Team, routine};

/// Between two looks of the test, and how many: half a minute. The program looks every 5 seconds.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS: usize = 60;
/// A quarter of an hour without a request, and a minute.
const IDLE: i64 = 16 * 60;

/// The program, killed on drop.
struct Page {
    child: Child,
    address: SocketAddr,
    time: PathBuf,
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page {
    fn start(folder: &Path, library: &Path, now: i64) -> Self {
        let time = folder.join("time");
        set(&time, now);
        let mut child = Command::new(programs::desk())
            .args(["serve-partners", "--config"])
            .arg(folder.join("partners.toml"))
            .env("LD_PRELOAD", library)
            .env("FAKETIME", "%")
            .env("FAKETIME_FOLLOW_FILE", &time)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("TZ", "UTC")
            // As the unit sets it.
            .env("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("partner page: http://").unwrap();
        let address = address.trim_end_matches('/').parse().unwrap();
        Self {
            child,
            address,
            time,
        }
    }

    /// The names of what the memory has.
    fn finds(&self, sweep: &Sweep) -> Option<BTreeSet<String>> {
        let searched = places::memory(sweep, self.child.id()).ok()?;
        let finds = searched.finds.into_iter();
        Some(finds.map(|(_, find)| find.name).collect())
    }

    /// Waits until the memory has the control alone.
    async fn is_empty(&self, sweep: &Sweep, after: &str) {
        let alone = |left: &BTreeSet<String>| left.iter().eq([CONTROL]);
        self.settles(sweep, after, alone).await;
    }

    /// Waits until the finds are as they must be in the end, and returns them.
    async fn settles(
        &self,
        sweep: &Sweep,
        after: &str,
        is_over: impl Fn(&BTreeSet<String>) -> bool,
    ) -> BTreeSet<String> {
        let mut look = tokio::time::interval(LOOK);
        let mut left = BTreeSet::new();
        for _ in 0..LOOKS {
            look.tick().await;
            left = self.finds(sweep).unwrap();
            if is_over(&left) {
                return left;
            }
        }
        panic!("after {after}: {left:?}");
    }
}

const CONTROL: &str = "the path";
/// Most references in memory: the system calls take the name of a file from a thread's stack, and the last
/// one stays there. Each reference is the name of a file on the disk anyway.
const LAST_NAMES: usize = 8;

/// Sets the program's clock, which is the time of this file. It stands still.
fn set(time: &Path, now: i64) {
    let now = Duration::from_millis(u64::try_from(now * 1_000 + 500).unwrap());
    let file = File::options().create(true).append(true).open(time);
    file.unwrap().set_modified(UNIX_EPOCH + now).unwrap();
}

/// The account's key as it lies in memory: 32 bytes.
fn secret_of(store: &Path) -> Vec<u8> {
    acting::unlock(store, "pat", &Passphrase::new(OWN)).unwrap();
    let file = std::fs::read(store.join("people/pat.age")).unwrap();
    let decryptor = age::Decryptor::new(file.as_slice()).unwrap();
    let mut passphrase = age::scrypt::Identity::new(OWN.to_owned().into());
    passphrase.set_max_work_factor(18);
    let identities = [&passphrase as &dyn age::Identity];
    let mut text = String::new();
    let mut reader = decryptor.decrypt(identities.into_iter()).unwrap();
    std::io::Read::read_to_string(&mut reader, &mut text).unwrap();
    let line = text.lines().find(|line| line.starts_with("AGE-")).unwrap();
    from_bech32(line)
}

/// The bytes of a bech32 string (BIP 173), without a look at its six check letters.
fn from_bech32(line: &str) -> Vec<u8> {
    let (_, data) = line.rsplit_once('1').unwrap();
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in data[..data.len() - 6].to_lowercase().chars() {
        let value = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".find(letter).unwrap();
        bits = ((bits << 5) | value as u32) & 0xffff;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

#[tokio::test]
async fn p15_the_partner_pages_disk_and_memory_have_nothing_of_a_report_once_nobody_is_signed_in() {
    let Some(library) = programs::faketime() else {
        skipped!("there is no libfaketime on this machine");
        return;
    };
    let reports = std::env::var("LOKE_ROUTED").map_or(20, |n| n.parse::<usize>().unwrap());
    let place = tempfile::tempdir().unwrap();
    let (folder, store) = (place.path(), place.path().join("store"));
    for name in ["answers", "inbox"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    let team = Team::new().await;
    let (ann, register) = (&team.ann, team.ann.register());
    let key = team.book().recipient().unwrap();
    let text =
        format!("listen = \"127.0.0.1:0\"\nkey = \"{key}\"\nanswers = \"answers\"\n[accounts]\n");
    std::fs::write(folder.join("partners.toml"), text).unwrap();
    let text = format!(
        "[batches]\nreports_minutes = 0\n[answers]\nfolder = \"{0}/answers\"\n[partner_page]\ninbox = \"{0}/inbox\"\n",
        folder.display()
    );
    std::fs::write(folder.join("desk.toml"), text).unwrap();
    let desk = DeskSettings::read(&folder.join("desk.toml")).unwrap();
    let unused = age::x25519::Identity::generate();
    let mut police = partners::partner("police", PartnerKind::Police, &unused, Way::Page);
    police.key = None;
    partners::add(ann, &police).await;
    let first = Passphrase::new(FIRST);
    partner_accounts::add(ann, &desk, "police", "pat", &first)
        .await
        .unwrap();

    // The person makes the key, and the desk confirms it.
    let page = Page::start(folder, &library, team.clock.now());
    let mut browser = DeskBrowser::new(page.address);
    let shown = browser.sign_in("pat", FIRST, "").await;
    let secret = from_base32(&shown.code_secret());
    let digits = || code(&secret, team.clock.now());
    let (token, typed) = (shown.field("token"), digits());
    let fields = [
        ("token", token.as_str()),
        ("code", &typed),
        ("new_password", OWN),
        ("again", OWN),
    ];
    let done = browser.post("/sign-in/set-up", &fields).await;
    assert_eq!(done.location(), "/reports", "{}", done.text());
    let token = browser.get("/reports").await.field("form_token");
    browser.post("/leave", &[("form_token", &token)]).await;
    assert_eq!(collect_keys(&folder.join("answers"), register).await, Ok(1));
    let account = register.partner_account("pat").await.unwrap().unwrap();
    let fingerprint = account.fingerprint().unwrap();
    let actor = ann.actor();
    let confirmed = register.confirm_partner_account(&actor, "police", &fingerprint);
    confirmed.await.unwrap().unwrap();

    // Each report is about a tip of its own, previewed, sent and delivered by the desk.
    let mut canaries: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut references, mut words) = (Vec::new(), Vec::new());
    for n in 0..reports {
        let canary = hex::encode(loke::random::bytes::<16>().unwrap());
        let tip = team.keep(&routine("a tag")).await;
        let draft = partners::words("police", &format!("canary {canary}"));
        let preview = ann.preview(tip, &draft).await.unwrap();
        let reference = preview.report.reference.clone();
        let order = Order {
            digest: preview.digest,
            why: "",
            at_once: false,
        };
        ann.order(&desk, &reference, order).await.unwrap();
        let text = preview.report.answer_key.unwrap();
        assert!(AnswerKey::parse(&text).is_some());
        let code = preview.report.answer_code.unwrap();
        canaries.push((format!("report {n}, words"), canary.clone().into_bytes()));
        canaries.push((format!("report {n}, key"), hex::decode(&text).unwrap()));
        canaries.push((format!("report {n}, key in hex"), text.into()));
        canaries.push((format!("report {n}, code"), code.into()));
        references.push(reference);
        words.push(canary);
    }
    // Sixty a minute leave.
    while partners::deliver(ann, &desk).await.arrived > 0 {
        team.clock.advance(60);
    }
    canaries.push(("the key".into(), secret_of(&store)));
    canaries.push(("the passphrase".into(), OWN.into()));
    let path = store.display().to_string().into_bytes();
    let control = (CONTROL.to_owned(), path);
    let sweep = Sweep::raw(canaries.clone().into_iter().chain([control])).unwrap();
    let named = references.iter().map(|name| (name, name.as_bytes()));
    let named = Sweep::raw(named).unwrap();
    if page.finds(&sweep).is_none() {
        skipped!("only root reads the memory of a hardened process");
        return;
    }

    for end in ["the sign-out", "a quarter of an hour", "the account ended"] {
        team.clock.advance(60);
        set(&page.time, team.clock.now());
        let mut browser = DeskBrowser::new(page.address);
        let signed_in = browser.sign_in("pat", OWN, &digits()).await;
        assert_eq!(signed_in.location(), "/reports", "{}", signed_in.text());
        let mut look = tokio::time::interval(LOOK);
        let mut list = String::new();
        for _ in 0..LOOKS {
            look.tick().await;
            list = browser.get("/reports").await.text();
            if list.contains(&format!("{reports} in all")) {
                break;
            }
        }
        assert!(list.contains(&format!("{reports} in all")), "{list}");
        for (reference, canary) in references.iter().zip(&words).take(20) {
            let report = browser.get(&format!("/report/{reference}")).await;
            assert!(report.text().contains(canary), "{}", report.text());
            let pdf = browser
                .get(&format!("/report/{reference}/report.pdf"))
                .await;
            assert!(pdf.body.starts_with(b"%PDF"));
        }
        let open = page.finds(&sweep).unwrap();
        assert!(open.contains("the key"), "the control: {open:?}");
        match end {
            "the sign-out" => {
                let token = browser.get("/reports").await.field("form_token");
                browser.post("/leave", &[("form_token", &token)]).await;
            }
            "a quarter of an hour" => {
                team.clock.advance(IDLE);
                set(&page.time, team.clock.now());
            }
            _ => partner_accounts::disable(ann, &desk, "pat").await.unwrap(),
        }
        page.is_empty(&sweep, end).await;
        let few = |left: &BTreeSet<String>| left.len() <= LAST_NAMES;
        let left = page.settles(&named, end, few).await;
        println!("after {end}: {} references in memory", left.len());
        assert_eq!(browser.get("/reports").await.location(), "/sign-in");
    }
    // The names of the files have the references, and no file has one in it.
    let inside = references
        .iter()
        .map(|name| (name.clone(), name.clone().into_bytes()));
    let all = Sweep::raw(canaries.into_iter().chain(inside)).unwrap();
    let disk = places::folder(&all, "the page's folder", folder, None).unwrap();
    assert!(disk.finds.is_empty(), "{:?}", disk.finds);
    assert!(
        disk.bytes > 16 * 1_024 * reports as u64,
        "the search is blind: {}",
        disk.bytes
    );
    println!(
        "{reports} routed reports: 0 canaries, {} bytes of disk",
        disk.bytes
    );
}
