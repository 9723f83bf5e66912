//! A desk whose program has clocks that the test moves, with planted words and known keys.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use loke::clock::Clock;
use loke::desk::acting::{self, Acting};
use loke::desk::audit::Action;
use loke::desk::granting;
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::register::{AccountRole, NewAccount, Register};
use loke::gateway::prove::places;
use loke::photo::clean_now;
use loke::seal::MacKey;
use loke::tip::{PhotoNote, Priority};
use zeroize::Zeroizing;

use super::super::served::OWN;
use super::super::{Bench, PASSPHRASE, said, tip};
use crate::house::clocks::Clocks;
use crate::house::desk_browser::{Answer, DeskBrowser, code};
use crate::house::memory::core_of;
use crate::house::partners;
use crate::house::sweep::Sweep;
use crate::photo::make;

/// Between two looks of the test, and how many: half a minute.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: usize = 300;
/// The words that people write, each with the name of its canary.
const WRITTEN: [&str; 8] = [
    "tip", "place", "note", "typed", "reply", "meaning", "report", "late",
];

/// An officer with a passphrase and a phone.
struct Person {
    passphrase: String,
    /// The secret of the phone's codes.
    codes: Vec<u8>,
}

/// A desk with the officers bob, cai and dan in the book `main`.
pub(super) struct Night {
    pub(super) bench: Bench,
    pub(super) clocks: Clocks,
    tip: String,
    canaries: BTreeMap<&'static str, String>,
    /// All that must not be found: the canaries, and every key that the book and the officers ever had.
    words: BTreeMap<String, Vec<u8>>,
    people: BTreeMap<&'static str, Person>,
}

/// `loke-desk serve`. It is killed on drop.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Stops it as a service manager does.
    pub(super) fn stop(&mut self) {
        let mut kill = Command::new("kill");
        let sent = kill.arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

/// The secret bytes in an `AGE-SECRET-KEY-1…` line (bech32, BIP 173), without the two bytes that X25519
/// changes before it multiplies.
fn secret_bytes(line: &str) -> Vec<u8> {
    let (_, data) = line.rsplit_once('1').unwrap();
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in data[..data.len() - 6].to_lowercase().chars() {
        let value = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".find(letter).unwrap();
        held = (held << 5) | value as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    bytes[1..31].to_vec()
}

/// The text of an age file.
fn opened(file: &Path, identity: &dyn age::Identity) -> String {
    let sealed = std::fs::read(file).unwrap();
    let decryptor = age::Decryptor::new(sealed.as_slice()).unwrap();
    let mut reader = decryptor.decrypt([identity].into_iter()).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

/// The text of a member's file.
fn member(folder: &Path, name: &str, passphrase: &str) -> String {
    let mut key = age::scrypt::Identity::new(passphrase.to_owned().into());
    key.set_max_work_factor(18);
    opened(&folder.join("people").join(format!("{name}.age")), &key)
}

impl Night {
    /// `None` if the machine has no C compiler.
    pub(super) async fn new() -> Option<Self> {
        let bench = Bench::new();
        let clocks = Clocks::new(bench.path("desk").parent().unwrap())?;
        let canaries: BTreeMap<_, _> = WRITTEN
            .iter()
            .map(|name| {
                let random = hex::encode(loke::random::bytes::<12>().unwrap());
                (*name, format!("canary{random}"))
            })
            .collect();
        let photo = clean_now(Zeroizing::new(make::jpeg(640, 480, false))).unwrap();
        let mut one = tip(&canaries["tip"], Priority::Now, "2026-11-22");
        one.place = Some(canaries["place"].clone());
        one.photos = vec![PhotoNote {
            name: "photo-1.jpg".into(),
            removed: vec![],
        }];
        let middle = photo.jpeg[photo.jpeg.len() / 2..][..48].to_vec();
        bench.import(&[bench.seal(&one, &[photo], &MacKey::random().unwrap())]);
        let id = one.id.to_string();
        bench.ok(&["note", &id, "--text", &canaries["note"]]);
        people_join(&bench).await;
        let mut words: BTreeMap<String, Vec<u8>> = canaries
            .iter()
            .map(|(name, word)| ((*name).to_owned(), word.clone().into_bytes()))
            .collect();
        words.insert("photo".into(), middle);
        let people = ["bob", "cai", "dan"].map(|name| {
            let (passphrase, codes) = (OWN.to_owned(), Vec::new());
            (name, Person { passphrase, codes })
        });
        let mut night = Self {
            bench,
            clocks,
            tip: id,
            canaries,
            words,
            people: people.into(),
        };
        night.learn_keys();
        Some(night)
    }

    /// Adds the keys that the book and the officers have now.
    pub(super) fn learn_keys(&mut self) {
        let folder = self.bench.folder();
        let text = member(&folder, "admin", PASSPHRASE);
        let line = text.lines().find(|line| line.starts_with("AGE-")).unwrap();
        let admin: age::x25519::Identity = line.parse().unwrap();
        let mut texts = vec![(
            "book".to_owned(),
            opened(&folder.join("books/main/keys/admin.age"), &admin),
        )];
        for (name, person) in &self.people {
            let text = member(&folder, name, &person.passphrase);
            texts.push(((*name).to_owned(), text));
            let passphrase = person.passphrase.clone().into_bytes();
            let known = format!("passphrase {}", hex::encode(&passphrase[..8]));
            self.words.insert(known, passphrase);
        }
        for (whose, text) in texts {
            for line in text.lines() {
                let known = line.get(line.len().saturating_sub(8)..).unwrap();
                if let Some(key) = line.strip_prefix("# database key: ") {
                    let key = hex::decode(key).unwrap();
                    self.words.insert(format!("database key {known}"), key);
                } else if line.starts_with("AGE-") {
                    let name = format!("{whose} identity {known}");
                    self.words
                        .insert(format!("{name} in bytes"), secret_bytes(line));
                    self.words.insert(name, line.as_bytes().to_vec());
                }
            }
        }
    }

    fn sweep(&self) -> Sweep {
        Sweep::new(&self.words).unwrap()
    }

    /// Starts a program that serves the desk.
    pub(super) fn start(&self, program: &str) -> Process {
        std::fs::create_dir_all(self.bench.path("temporary")).unwrap();
        let mut serve = Command::new(program);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--config"]);
        serve.arg(self.bench.folder().join("desk.toml"));
        self.clocks.on(&mut serve);
        let mut child = serve
            .env("TMPDIR", self.bench.path("temporary"))
            // As in loke-desk.service: the stacks of finished threads go at once.
            .env("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("staff desk: http://").unwrap();
        let address = address.strip_suffix("/sign-in").unwrap().parse().unwrap();
        Process { child, address }
    }

    /// Runs a command of the administrator with the same clocks, while time passes.
    pub(super) async fn command(&mut self, args: &[&str]) {
        let mut command = self.bench.command(args);
        self.clocks.on(&mut command);
        self.finishes(command).await;
    }

    async fn finishes(&mut self, mut command: Command) {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        // Ten seconds in one: the desk sees what the command did, and no session ends meanwhile.
        let mut look = tokio::time::interval(LOOK);
        while child.try_wait().unwrap().is_none() {
            look.tick().await;
            self.clocks.pass(1).await;
        }
        let output: Output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }

    /// Bob chooses another passphrase at a terminal.
    pub(super) async fn new_passphrase(&mut self, name: &'static str) {
        let person = self.people.get_mut(name).unwrap();
        let new = format!("{} {}", person.passphrase, person.passphrase.len());
        let (old_file, new_file) = (self.bench.path("old"), self.bench.path("new"));
        std::fs::write(&old_file, &person.passphrase).unwrap();
        std::fs::write(&new_file, &new).unwrap();
        person.passphrase = new;
        let mut change = Command::new(crate::house::programs::desk());
        change.args(["account", "passphrase", "--as", name, "--config"]);
        change.arg(self.bench.folder().join("desk.toml"));
        change.arg("--passphrase-file").arg(old_file);
        change.arg("--new-passphrase-file").arg(new_file);
        self.clocks.on(&mut change);
        self.finishes(change).await;
        self.learn_keys();
    }

    /// The code of a person's phone that nobody has used yet.
    pub(super) async fn code(&mut self, name: &str) -> String {
        self.clocks.pass(60).await;
        code(&self.people[name].codes, self.clocks.now())
    }

    pub(super) async fn sign_in(&mut self, name: &'static str, at: SocketAddr) -> DeskBrowser {
        let mut browser = DeskBrowser::new(at);
        let person = &self.people[name];
        if person.codes.is_empty() {
            let (passphrase, now) = (person.passphrase.clone(), self.clocks.now());
            let codes = browser.first_sign_in(name, &passphrase, now).await;
            self.people.get_mut(name).unwrap().codes = codes;
        } else {
            let code = self.code(name).await;
            let passphrase = self.people[name].passphrase.clone();
            let signed = browser.sign_in(name, &passphrase, &code).await;
            assert_eq!(signed.status, 303, "{name}: {}", signed.text());
        }
        browser
    }

    /// Reads the tip and its photo, writes each kind of text, looks at a report and searches. Returns the
    /// token of the page's forms.
    pub(super) async fn works(&self, browser: &mut DeskBrowser) -> String {
        let page = format!("/tip/{}", self.tip);
        let token = browser.get(&page).await.field("form_token");
        let [typed, reply, meaning, report] =
            ["typed", "reply", "meaning", "report"].map(|name| self.canaries[name].as_str());
        let token = token.as_str();
        let own = ("form_token", token);
        let letter = [("reply", reply), ("language", "pl"), ("meaning", meaning)];
        for (form, fields) in [
            ("draft", &[("note", typed)][..]),
            ("reply/draft", &letter),
            ("report/draft", &[("text", report)]),
        ] {
            let fields = [&[own], fields].concat();
            let kept = browser.post(&format!("{page}/{form}"), &fields).await;
            assert_eq!(kept.status, 204, "{form}");
        }
        let fields = [
            own,
            ("partner", "police"),
            ("text", report),
            ("information", "on"),
        ];
        let preview = browser.post(&format!("{page}/report"), &fields).await;
        assert_eq!(preview.status, 303, "{}", preview.text());
        let at = preview.location().split('?').next().unwrap().to_owned();
        for file in ["", "/report.pdf", "/report.json"] {
            assert_eq!(
                browser.get(&format!("{at}{file}")).await.status,
                200,
                "{file}"
            );
        }
        let search = format!("/search?q={}", self.canaries["tip"]);
        let photo = format!("{page}/photo/1");
        for path in [page.as_str(), "/queue", "/", &search, &photo, "/replies"] {
            assert_eq!(browser.get(path).await.status, 200, "{path}");
        }
        let shown = browser.get(&page).await.text();
        let written = ["tip", "place", "note", "typed", "reply", "meaning"];
        let missing = written.map(|name| (name, shown.contains(&self.canaries[name])));
        assert!(missing.iter().all(|(_, there)| *there), "{missing:?}");
        token.to_owned()
    }

    /// Sends the form of a page whose session is over, with a text in it.
    pub(super) async fn sends_late(&self, browser: &mut DeskBrowser, token: &str) -> Answer {
        let late = self.canaries["late"].as_str();
        let fields = [("form_token", token), ("note", late)];
        browser.post(&format!("/tip/{}", self.tip), &fields).await
    }

    /// The names of what the memory has, with the form and the region of each; `None` if nobody may look.
    pub(super) fn in_memory(&self, desk: &Process) -> Option<BTreeSet<String>> {
        let process = desk.child.id();
        let found = places::memory(&self.sweep(), process).ok()?;
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
        let named = found.finds.iter().map(|(region, find)| {
            let range = region.rsplit(' ').next().unwrap();
            let line = maps.lines().find(|line| line.starts_with(range));
            let place = line.and_then(|line| line.split_whitespace().nth(5));
            let place = place.unwrap_or("no name");
            format!("{}, {}, {place}", find.name, find.encoding)
        });
        Some(named.collect())
    }

    /// The names of what a core dump has.
    pub(super) fn in_core(&self, desk: &Process) -> Option<BTreeSet<String>> {
        let core = core_of(desk.child.id(), &self.bench.path("temporary"))?;
        let finds = self.sweep().finds(&core).into_iter();
        Some(finds.map(|find| find.to_string()).collect())
    }

    /// Lets a minute pass, and waits until the memory has none of the words. Returns the rest.
    pub(super) async fn left_in_memory(&mut self, desk: &Process) -> BTreeSet<String> {
        self.clocks.pass(60).await;
        let mut look = tokio::time::interval(LOOK);
        let mut left = BTreeSet::new();
        for _ in 0..LOOKS {
            look.tick().await;
            left = self.in_memory(desk).unwrap();
            if left.is_empty() {
                break;
            }
        }
        left
    }

    /// The names of what the desk's files have, and the program's temporary and open ones.
    pub(super) fn in_files(&self, desk: &Process) -> BTreeSet<String> {
        let sweep = self.sweep();
        let mut finds = places::open_files(&sweep, desk.child.id()).finds;
        for folder in [self.bench.folder(), self.bench.path("temporary")] {
            let searched = places::folder(&sweep, "files", &folder, None).unwrap();
            finds.extend(searched.finds);
        }
        let finds = finds.into_iter();
        finds
            .map(|(file, find)| format!("{file}: {find}"))
            .collect()
    }

    /// Why the sessions of an account ended, newest last.
    pub(super) async fn ends(&self, name: &str) -> Vec<String> {
        let register = self.bench.register().await;
        let rows = register.trail().await.unwrap();
        register.close().await;
        let ended = rows
            .into_iter()
            .filter(|row| row.action == Action::SignOut.word());
        let mine = ended.filter(|row| row.who == name);
        mine.map(|row| row.detail).collect()
    }
}

/// Adds the officers, and a partner for reports.
async fn people_join(bench: &Bench) {
    let folder = bench.folder();
    let clock = Clock::System;
    let register = Register::open(&folder, clock.clone()).await.unwrap();
    let acting = async |name: &str, passphrase: &str| {
        let member = acting::unlock(&folder, name, &Passphrase::new(passphrase)).unwrap();
        let account = register.account(name).await.unwrap();
        Acting::open(&register, account, &member).await.unwrap()
    };
    let admin = acting("admin", PASSPHRASE).await;
    let unused = age::x25519::Identity::generate();
    let way = Way::Folder(bench.path("inbox"));
    let police = partners::partner("police", PartnerKind::Police, &unused, way);
    partners::add(&admin, &police).await;
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
        granting::grant(&admin, "main", name, None).await.unwrap();
        if name != "bob" {
            let bob = acting("bob", OWN).await;
            granting::agree(&bob, "main", name).await.unwrap();
            bob.books()[0].close().await;
        }
    }
    admin.close().await;
}
