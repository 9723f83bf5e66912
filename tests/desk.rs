//! The desk: what it stores, who can open it, and what it writes to the audit log. Driven through
//! the program if possible.

mod alerts;
mod answers;
mod at_rest;
mod audit;
mod backups;
mod bad_input;
mod books;
mod brief;
mod campaign;
mod copied;
pub(crate) mod covers;
mod custodians;
mod directory;
mod folder;
mod granting;
mod hardening;
mod hostile;
mod kills;
mod old_books;
mod opening;
mod over_tls;
mod oversight;
mod people;
mod practice;
mod preview;
mod printed_codes;
mod pull;
mod removal;
mod replies;
pub(crate) mod served;
mod timing;
mod tokens;
mod triage;
mod typed;
mod typed_reasons;
pub(crate) mod walk;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use loke::clock::{Clock, Day};
use loke::desk::register::Register;
use loke::seal::{MacKey, Recipient, Recipients, Sealed, seal};
use loke::tip::{
    Channel, HowKnown, Lane, Photo, PhotoNote, Priority, Removed, SCHEMA, Tip, TipId, Topic, YesNo,
};
use tempfile::TempDir;

use crate::house::programs;
use crate::house::skip::skipped;

const PASSPHRASE: &str = "correct horse battery staple";
const CANARY: &str = "they swapped the lock at the ground floor flat, żółć 灰色";

/// A desk in a folder of its own, made by the program.
pub(crate) struct Bench {
    dir: TempDir,
    recipient: Recipient,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        let made = run(&[
            "init",
            "--dir",
            text(&dir.path().join("desk")),
            "--passphrase-file",
            text(&dir.path().join("passphrase")),
        ]);
        assert!(made.status.success(), "{}", said(&made));
        let recipient = String::from_utf8(made.stdout)
            .unwrap()
            .lines()
            .last()
            .unwrap()
            .parse()
            .unwrap();
        Self { dir, recipient }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    fn folder(&self) -> PathBuf {
        self.path("desk")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(programs::desk());
        command
            .args(args)
            .arg("--config")
            .arg(self.folder().join("desk.toml"))
            .arg("--passphrase-file")
            .arg(self.path("passphrase"));
        command
    }

    /// Runs a command that must succeed; returns its standard output.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let out = self.command(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", said(&out));
        String::from_utf8(out.stdout).unwrap()
    }

    /// Runs a command that must exit with status 1; returns its error output.
    pub(crate) fn falls(&self, args: &[&str]) -> String {
        let out = self.command(args).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{args:?}: {}", said(&out));
        said(&out)
    }

    fn list(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.ok(&["list", "--json"])).unwrap()
    }

    pub(crate) async fn register(&self) -> Register {
        Register::open(&self.folder(), Clock::by_hand(1_795_305_600))
            .await
            .unwrap()
    }

    fn seal(&self, tip: &Tip, photos: &[Photo], mac_key: &MacKey) -> Sealed {
        let mut recipients = Recipients::default();
        recipients.add(tip.lane, self.recipient.clone());
        seal(tip, photos, &recipients, mac_key, Day(20_800)).unwrap()
    }

    /// Imports tips as an air-gapped desk does.
    fn import(&self, sealed: &[Sealed]) -> Output {
        let file = self.write_export(sealed);
        self.command(&["import", text(&file)]).output().unwrap()
    }

    /// Writes `export.tar` as a gateway does.
    fn write_export(&self, sealed: &[Sealed]) -> PathBuf {
        let mut tar = tar::Builder::new(Vec::new());
        for one in sealed {
            entry(&mut tar, &format!("{}.age", one.id), &one.bytes);
        }
        let file = self.path("export.tar");
        fs::write(&file, tar.into_inner().unwrap()).unwrap();
        file
    }
}

fn run(args: &[&str]) -> Output {
    Command::new(programs::desk()).args(args).output().unwrap()
}

pub(crate) fn said(out: &Output) -> String {
    String::from_utf8_lossy(&[out.stdout.as_slice(), &out.stderr].concat()).into_owned()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn entry(tar: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, name, bytes).unwrap();
}

pub(crate) fn tip(what: &str, priority: Priority, received: &str) -> Tip {
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Web,
        language: "pl".into(),
        received: received.into(),
        topic: Topic::Cuckooing,
        lane: Lane::Cuckooing,
        priority,
        what: what.into(),
        place: Some("Larkman Lane".into()),
        when: None,
        ongoing: Some(YesNo::Yes),
        danger: None,
        child: Some(YesNo::No),
        impact: None,
        vehicle: None,
        how_known: Some(HowKnown::Saw),
        signs: vec![],
        offensive: None,
        campaign: None,
        proven: true,
        unproven: None,
        thread: None,
        photos: vec![],
        reply_key: Some("ab".repeat(32)),
        reply_box: Some("cd".repeat(16)),
        follow_up: None,
    }
}

fn with_photo(mut tip: Tip) -> (Tip, Vec<Photo>) {
    tip.photos = vec![PhotoNote {
        name: "photo-1.jpg".into(),
        removed: vec![Removed::Gps],
    }];
    (
        tip,
        vec![Photo {
            jpeg: b"\xff\xd8 a picture \xff\xd9".to_vec(),
            removed: vec![Removed::Gps],
            thumbnail: Vec::new(),
        }],
    )
}

#[test]
fn a_new_desk_is_for_its_owner_alone_and_never_written_over() {
    let bench = Bench::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.folder()), 0o700);
    let (mut folders, mut files) = (vec![bench.folder()], Vec::new());
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    assert!(files.len() >= 7, "{files:?}");
    assert!(files.iter().all(|name| mode(name) == 0o600), "{files:?}");
    let before = fs::read(bench.folder().join("people/admin.age")).unwrap();
    let again = run(&[
        "init",
        "--dir",
        text(&bench.folder()),
        "--passphrase-file",
        text(&bench.path("passphrase")),
    ]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again).contains("nothing is overwritten"),
        "{}",
        said(&again)
    );
    assert_eq!(
        fs::read(bench.folder().join("people/admin.age")).unwrap(),
        before
    );
}

#[test]
fn a_weak_passphrase_is_refused_with_the_reason_and_a_wrong_one_is_named() {
    let bench = Bench::new();
    fs::write(bench.path("short"), "elevenchars\n").unwrap();
    let short = run(&[
        "init",
        "--dir",
        text(&bench.path("other")),
        "--passphrase-file",
        text(&bench.path("short")),
    ]);
    assert_eq!(short.status.code(), Some(1));
    assert!(
        said(&short).contains("too easy to guess") && said(&short).contains("six random words"),
        "{}",
        said(&short)
    );
    assert!(!bench.path("other").exists());
    fs::write(bench.path("passphrase"), "correct horse battery stable\n").unwrap();
    let wrong = bench.falls(&["list"]);
    assert!(
        wrong.contains("passphrase does not open") && wrong.contains("people/admin.age"),
        "{wrong}"
    );
    // The same passphrase without the line break.
    fs::write(bench.path("passphrase"), PASSPHRASE).unwrap();
    bench.ok(&["list"]);
}

/// Runs a shell command at a terminal where the passphrase is typed: age asks only there.
fn typing(command: &str) -> Output {
    let typed = format!("printf '%s\\n' '{PASSPHRASE}' | script -qec \"{command}\" /dev/null");
    Command::new("sh").args(["-c", &typed]).output().unwrap()
}

/// Without Loke: member key, then book secrets, then tip.
#[test]
fn debians_age_opens_a_tip_with_a_passphrase_and_the_desks_folder() {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let bench = Bench::new();
    let backup = bench.path("backup.age");
    let made = run(&[
        "keygen",
        "--out",
        text(&backup),
        "--passphrase-file",
        text(&bench.path("passphrase")),
    ]);
    let second: Recipient = String::from_utf8(made.stdout)
        .unwrap()
        .lines()
        .last()
        .unwrap()
        .parse()
        .unwrap();
    let (tip, photos) = with_photo(tip(CANARY, Priority::Now, "2026-11-22"));
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, bench.recipient.clone());
    recipients.add(tip.lane, second);
    let mac_key = MacKey::random().unwrap();
    let sealed = seal(&tip, &photos, &recipients, &mac_key, Day(0)).unwrap();
    fs::write(bench.path("one.age"), &sealed.bytes).unwrap();
    let (member, book) = (bench.path("member"), bench.path("book"));
    let people = bench.folder().join("people/admin.age");
    let opened = typing(&format!(
        "age -d -o '{}' '{}'",
        member.display(),
        people.display()
    ));
    assert!(member.exists(), "{}", said(&opened));
    let keys = bench.folder().join("books/main/keys/admin.age");
    let out = Command::new("age")
        .args(["-d", "-i", text(&member), "-o", text(&book), text(&keys)])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let secrets = fs::read_to_string(&book).unwrap();
    assert!(secrets.contains("# database key: "), "{secrets}");
    for identity in [book, backup] {
        let opened = typing(&format!(
            "age -d -i '{}' -o '{}' '{}'",
            identity.display(),
            bench.path("one.tar").display(),
            bench.path("one.age").display()
        ));
        let listed = Command::new("tar")
            .args(["-tf", text(&bench.path("one.tar"))])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&listed.stdout),
            "tip.json\nphoto-1.jpg\n",
            "{}",
            said(&opened)
        );
        fs::remove_file(bench.path("one.tar")).unwrap();
    }
}

#[test]
fn an_import_keeps_each_tip_once_and_gives_every_word_back() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let (tip, photos) = with_photo(tip(CANARY, Priority::Soon, "2026-11-22"));
    let sealed = [bench.seal(&tip, &photos, &mac_key)];
    assert!(said(&bench.import(&sealed)).contains("1 tip imported"));
    assert!(said(&bench.import(&sealed)).contains("0 tips imported"));
    let id = tip.id.to_string();
    assert_eq!(bench.list().len(), 1);
    assert_eq!(bench.list()[0]["status"], "new");
    let shown: serde_json::Value =
        serde_json::from_str(&bench.ok(&["show", &id[..6], "--json"])).unwrap();
    assert_eq!(shown["status"], "new", "looking decides nothing");
    assert_eq!(shown["tip"], serde_json::to_value(&tip).unwrap());
    assert_eq!(bench.list()[0]["name"], shown["name"]);
    bench.ok(&["photo", &id, "1", "--out", text(&bench.path("1.jpg"))]);
    assert_eq!(fs::read(bench.path("1.jpg")).unwrap(), photos[0].jpeg);
    assert!(
        bench
            .falls(&["photo", &id, "2", "--out", text(&bench.path("2.jpg"))])
            .contains("has 1 photos")
    );
    assert!(
        bench
            .falls(&["photo", &id, "1", "--out", text(&bench.path("1.jpg"))])
            .contains("nothing is overwritten")
    );
    fs::write(bench.path("one.age"), &sealed[0].bytes).unwrap();
    bench.ok(&[
        "open",
        text(&bench.path("one.age")),
        "--out",
        text(&bench.path("opened")),
    ]);
    assert_eq!(
        fs::read(bench.path("opened/photo-1.jpg")).unwrap(),
        photos[0].jpeg
    );
    assert!(
        fs::read_to_string(bench.path("opened/tip.json"))
            .unwrap()
            .contains(CANARY)
    );
    assert!(
        bench
            .falls(&[
                "open",
                text(&bench.path("one.age")),
                "--out",
                text(&bench.path("opened"))
            ])
            .contains("nothing is overwritten")
    );
    assert!(bench.ok(&["audit", "verify"]).contains("whole"));
}

#[test]
fn the_list_puts_danger_first_then_what_is_due_then_the_oldest_day() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let days = [
        (Priority::Routine, "2026-11-22"),
        (Priority::Now, "2026-11-20"),
        (Priority::Soon, "2026-11-21"),
        (Priority::Now, "2026-11-22"),
    ];
    let sealed: Vec<Sealed> = days
        .iter()
        .map(|(p, day)| bench.seal(&tip("x", *p, day), &[], &mac_key))
        .collect();
    assert!(said(&bench.import(&sealed)).contains("4 tips imported"));
    let order: Vec<_> = bench
        .list()
        .iter()
        .map(|line| format!("{} {}", line["priority"], line["received"]).replace('"', ""))
        .collect();
    assert_eq!(
        order,
        [
            "now 2026-11-20",
            "now 2026-11-22",
            "soon 2026-11-21",
            "routine 2026-11-22"
        ]
    );
    let table = bench.ok(&["list"]);
    assert_eq!(table.lines().count(), 5, "{table}");
}

#[test]
fn the_list_as_json_keeps_one_entry_a_tip_and_names_its_thread() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let mut texts = [(); 3].map(|()| tip("x", Priority::Soon, "2026-11-22"));
    texts
        .iter_mut()
        .skip(1)
        .for_each(|tip| tip.thread = Some("5eed".into()));
    bench.import(&texts.each_ref().map(|tip| bench.seal(tip, &[], &mac_key)));
    let list = bench.list();
    assert_eq!(list.len(), 3);
    for line in list {
        let sent = texts
            .iter()
            .find(|tip| line["id"] == tip.id.to_string())
            .unwrap();
        assert_eq!(line["thread"], serde_json::to_value(&sent.thread).unwrap());
    }
}

#[test]
fn what_a_resident_wrote_cannot_drive_the_terminal() {
    let bench = Bench::new();
    let sealed = bench.seal(
        &tip(
            "red \u{1b}[31m\u{9b}31m \u{202e}back",
            Priority::Now,
            "2026-11-22",
        ),
        &[],
        &MacKey::random().unwrap(),
    );
    bench.import(&[sealed]);
    let id = bench.list()[0]["id"].as_str().unwrap().to_owned();
    let shown = bench.ok(&["show", &id]);
    assert!(
        shown.contains("red \u{241b}[31m") && !shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']),
        "{shown:?}"
    );
    assert!(
        !shown.contains("abababab"),
        "the reply key is no answer: {shown}"
    );
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    let bench = Bench::new();
    for (args, happened, mend) in [
        (
            &["show", "ffff"][..],
            "no tip's id begins with ffff",
            "loke-desk list",
        ),
        (
            &["show", "%"],
            "no tip's id begins with %",
            "loke-desk list",
        ),
        (
            &["pull"],
            "not connected to a gateway",
            "loke-gateway enrol",
        ),
        (
            &["connect", "--enrolment", "/dev/null"],
            "not an enrolment file",
            "loke-gateway enrol",
        ),
        (
            &["import", "/nowhere.tar"],
            "/nowhere.tar cannot be read",
            "Check the path",
        ),
        (
            &["open", "/nowhere.age", "--out", "/tmp/never"],
            "/nowhere.age cannot be read",
            "Check the path",
        ),
    ] {
        let said = bench.falls(args);
        assert!(
            said.contains(happened) && said.contains(mend),
            "{args:?}: {said}"
        );
    }
    fs::remove_file(bench.folder().join("register.db")).unwrap();
    assert!(bench.falls(&["list"]).contains("there is no desk at"));
    fs::write(bench.folder().join("desk.toml"), "listn = 1\n").unwrap();
    assert!(bench.falls(&["list"]).contains("line 1"));
}
