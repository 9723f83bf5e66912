//! P14 and P13: whoever does not have a book gets nothing of it by any route of the page or any
//! command, and each attempt is in the audit log. The test reads the routes from the router's
//! source and the commands from their definition, so that a new one is walked too.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, HoldKind};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::settings::DeskSettings;
use loke::desk::{granting, open, people, retention};
use loke::seal::{MacKey, Recipients, seal};
use loke::tip::{Priority, Tip};

use super::served::{ANN, Desk, OWN};
use crate::house::desk_browser::{DeskBrowser, code};
use crate::house::{partners, programs};

/// Words of the tip in the other book, of its hold and of a report about it.
pub(crate) const WORDS: [&str; 5] = [
    "canarywhat",
    "canarywhere",
    "canarythread",
    "canaryreason",
    REPORT,
];
/// A word of a report about it.
const REPORT: &str = "canaryreport";
/// A word of the tip in the officer's own book.
const OWN_WORD: &str = "ownwhat";
/// Commands that read no tip.
const WITHOUT_A_BOOK: &[&str] = &[
    "partner import",
    "partner usual",
    "replies library",
    "custodian rescue",
    "init",
    "keygen",
    "serve",
    "serve-partners",
    "backup",
    "account passphrase",
    "campaign new",
    "you-said pages",
];

/// The routes of the page, as (method, path).
pub(super) fn routes() -> Vec<(&'static str, &'static str)> {
    let source = include_str!("../../src/desk/screen.rs");
    let mut routes = Vec::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        let handlers = route.split(".route(").next().unwrap();
        // Up to the next call of the router.
        let handlers = handlers.split("\n        .").next().unwrap();
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if handlers.contains(word) {
                routes.push((method, path));
            }
        }
    }
    routes
}

/// A path with the other book's tip, and the report about it, in each place.
pub(super) fn filled(path: &str, tip: &Tip, report: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{id}" | "{name}" => tip.id.to_string(),
            "{reference}" => report.to_owned(),
            "{file}" => "report.json".to_owned(),
            part if part.starts_with('{') => "1".to_owned(),
            part => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

pub(crate) fn words_in(text: &str) -> Vec<&str> {
    WORDS
        .into_iter()
        .filter(|word| text.contains(word))
        .collect()
}

/// The rows of the register that say that an account was refused something.
pub(super) async fn refused(desk: &Desk, who: &str) -> usize {
    let rows = desk.register.trail().await.unwrap();
    let rows = rows.iter().filter(|row| row.who == who);
    rows.filter(|row| row.action == Action::Refused.word())
        .count()
}

/// A desk with `ann`, who has the book `main` with the planted tip under a hold, and `bob`, who has
/// the book `other` with a tip of its own. Returns bob's browser too.
pub(super) struct Walk {
    pub(super) desk: Desk,
    pub(super) ann: Acting,
    pub(super) tip: Tip,
    /// The reference of a report about it.
    pub(super) report: String,
    pub(super) own: Tip,
    pub(super) bob: DeskBrowser,
}

pub(crate) async fn keep(acting: &Acting, book: &str, tip: &Tip) {
    let book = acting.book(book).await.unwrap();
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, book.recipient().unwrap());
    let mac_key = MacKey::random().unwrap();
    let sealed = seal(tip, &[], &recipients, &mac_key, loke::clock::Day(20_800)).unwrap();
    let opened = open::tip(book.identities(), &sealed.bytes).unwrap();
    let arrival = Arrival {
        id: tip.id,
        sealed: &sealed.bytes,
        opened: &opened,
    };
    book.keep("test", &[arrival], Action::Pull).await.unwrap();
}

/// Sends a report about the planted tip. It waits: its folder is missing.
async fn send_report(desk: &Desk, ann: &Acting, tip: &Tip) -> String {
    let way = Way::Folder(desk.register.folder().join("no-folder"));
    let key = age::x25519::Identity::generate();
    let partner = partners::partner("cleansing", PartnerKind::Cleansing, &key, way);
    partners::add(ann, &partner).await;
    let settings = DeskSettings::read(&desk.register.folder().join("desk.toml")).unwrap();
    let report = partners::words("cleansing", REPORT);
    let sent = partners::send(ann, &settings, tip.id, &report)
        .await
        .unwrap();
    sent.reference
}

impl Walk {
    pub(super) async fn new() -> Self {
        let desk = Desk::new().await;
        desk.add_bob().await;
        let (_, secret) = desk.bob_chooses().await;
        let ann = desk.act("ann", ANN).await;
        people::add_book(&ann, "other", &[]).await.unwrap();
        let ann = desk.act("ann", ANN).await;
        granting::grant(&ann, "other", "bob", None).await.unwrap();
        let mut tip = super::tip(WORDS[0], Priority::Now, "2026-11-22");
        tip.place = Some(WORDS[1].into());
        tip.thread = Some(WORDS[2].into());
        tip.danger = Some(loke::tip::YesNo::Yes);
        keep(&ann, "main", &tip).await;
        let own = super::tip(OWN_WORD, Priority::Now, "2026-11-22");
        keep(&ann, "other", &own).await;
        retention::place(&ann, tip.id, HoldKind::Legal, WORDS[3])
            .await
            .unwrap();
        let report = send_report(&desk, &ann, &tip).await;
        desk.clock.advance(60);
        let mut bob = desk.browser();
        let code = code(&secret, desk.clock.now());
        let signed = bob.sign_in("bob", OWN, &code).await;
        assert_eq!(signed.status, 303, "{}", signed.text());
        Self {
            desk,
            ann,
            tip,
            report,
            own,
            bob,
        }
    }
}

#[tokio::test]
async fn p14_no_route_shows_anything_of_a_book_that_is_not_open_and_each_try_is_written_down() {
    let Walk {
        desk,
        ann,
        tip,
        report,
        own,
        mut bob,
    } = Walk::new().await;
    let token = bob.get("/").await.field("form_token");
    let routes = routes();
    assert!(routes.len() > 10, "only {routes:?}: the search is blind");
    let ticked = format!("tip.{}", tip.id);
    // Every field of every form: each handler takes its own.
    let form = [
        ("form_token", token.as_str()),
        ("deed", "take-back"),
        ("partner", "cleansing"),
        ("kind", "hold"),
        ("hold", "hold"),
        ("text", "words"),
        ("decision", "take"),
        ("why", "acted"),
        ("into", "x"),
        ("book", "main"),
        ("note", "words"),
        ("reply", "words"),
        ("language", "en"),
        ("meaning", "words"),
        ("what", "pair:x"),
        ("act", "1"),
        ("other", "x"),
        ("normal", "x"),
        ("account", "ann"),
        ("name", "ann"),
        (ticked.as_str(), "1"),
    ];
    let name = desk.register.names_of(&[tip.id]).await.unwrap();
    let name = name[&tip.id].clone();
    let before = refused(&desk, "bob").await;
    let by_name = bob.get(&format!("/tip/{name}")).await;
    assert_eq!(by_name.status, 404, "{}", by_name.text());
    assert_eq!(refused(&desk, "bob").await, before + 1);
    let mut walked = BTreeSet::new();
    // The two that end the session come last.
    let (ends, rest): (Vec<_>, Vec<_>) = routes
        .into_iter()
        .partition(|(_, path)| ["/leave", "/sign-in"].contains(path));
    for (method, path) in rest.into_iter().chain(ends) {
        let mut target = filled(path, &tip, &report);
        if path == "/search" {
            target.push_str(&format!("?q={}", WORDS[1]));
        }
        // The sentence about the last form is shown once, and not on the pages that are compared.
        bob.get("/queue").await;
        let before = refused(&desk, "bob").await;
        let answer = match method {
            "GET" => bob.get(&target).await,
            _ => bob.post(&target, &form).await,
        };
        let text = format!("{} {}", answer.head, answer.text());
        // What was searched for may be repeated.
        let text = match path {
            "/search" => text.replace(WORDS[1], ""),
            _ => text,
        };
        assert!(!text.contains(&name), "{method} {path}: {text}");
        assert_eq!(words_in(&text), Vec::<&str>::new(), "{method} {path}");
        let names_it = [tip.id.to_string(), report.clone()];
        let names_it = names_it.iter().any(|named| target.contains(named));
        if names_it || path.starts_with("/bulk") {
            assert_eq!(answer.status, 404, "{method} {path}: {text}");
            let rows = refused(&desk, "bob").await;
            assert_eq!(rows, before + 1, "{method} {path} left no row");
            // The same answer as for a tip that does not exist.
            let nowhere = target.replace(&tip.id.to_string(), &"0".repeat(32));
            let nowhere = nowhere.replace(&report, &"0".repeat(16));
            if method == "GET" {
                assert_eq!(bob.get(&nowhere).await.text(), answer.text(), "{path}");
            }
            walked.insert((method, path));
        }
    }
    assert!(walked.len() >= 4, "only {walked:?}");
    // The controls: bob reads his own, and ann reads the planted one.
    let Walked { list, page } = read(&ann, &own, &tip, &report).await;
    assert!(list.contains(OWN_WORD) && WORDS.iter().all(|word| page.contains(word)));
}

/// Every page without a parameter, as this browser gets it. The page of a new passphrase has random words.
async fn pages(browser: &mut DeskBrowser) -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    for (method, path) in routes() {
        if method == "GET" && !path.contains('{') && path != "/passphrase" {
            let answer = browser.get(path).await;
            pages.push((path, format!("{} {}", answer.status, answer.text())));
        }
    }
    pages
}

/// A count tells as much as a word.
#[tokio::test]
async fn p14_no_number_on_any_page_counts_a_tip_of_a_book_that_is_not_open() {
    let Walk {
        desk: _desk,
        ann,
        mut bob,
        ..
    } = Walk::new().await;
    let before = pages(&mut bob).await;
    assert!(before.len() > 10, "the search is blind");
    assert_eq!(pages(&mut bob).await, before, "the same twice");
    for n in 0..3 {
        let mut more = super::tip(&format!("{} {n}", WORDS[0]), Priority::Now, "2026-11-22");
        more.danger = Some(loke::tip::YesNo::Yes);
        keep(&ann, "main", &more).await;
    }
    assert_eq!(pages(&mut bob).await, before);
    // The control.
    keep(
        &ann,
        "other",
        &super::tip("more", Priority::Now, "2026-11-22"),
    )
    .await;
    assert_ne!(pages(&mut bob).await, before);
}

struct Walked {
    list: String,
    page: String,
}

/// What an account with both books reads of them.
async fn read(acting: &Acting, own: &Tip, tip: &Tip, report: &str) -> Walked {
    let list = acting.book("other").await.unwrap().view(own.id).await;
    let main = acting.book("main").await.unwrap();
    let page = main.view(tip.id).await.unwrap().json.to_string();
    let holds = main.holds_of(tip.id).await.unwrap();
    let reports = main.report(report).await.unwrap().unwrap();
    Walked {
        list: list.unwrap().json.to_string(),
        page: format!("{page} {holds:?} {reports:?}"),
    }
}

/// The arguments of a command that would show the most: each required one, and `--json`.
fn arguments(
    command: &clap::Command,
    (tip, report): (&Tip, &str),
    desk: &Path,
    out: &str,
) -> Vec<String> {
    let id = tip.id.to_string();
    // Any file will do.
    let text = desk.join("desk.toml").display().to_string();
    let mut words = Vec::new();
    for argument in command.get_arguments() {
        let name = argument.get_id().as_str();
        if name == "json" {
            words.push("--json".to_owned());
        }
        let one_of_two = [("route", "text"), ("reply", "library")];
        let is_needed =
            argument.is_required_set() || one_of_two.contains(&(command.get_name(), name));
        if !is_needed {
            continue;
        }
        let value = match name {
            "id" | "into" => &id,
            "n" => "1",
            "out" => out,
            "reference" => report,
            "text" if command.get_name() != "note" => &text,
            "to" => "cleansing",
            "book" => "main",
            "name" => "eve",
            "code" => "ABCDEF",
            "role" => "officer",
            "tar" | "enrolment" => "missing",
            "sealed" => "SEALED",
            "outcome" => "acted",
            "said" => "done",
            "library" => "thank-you",
            "stage" => "finished",
            "decision" => "stop",
            "how" => "telephone",
            "ended" => "told",
            "found" => "2026-11-20 10:00",
            "words" => WORDS[1],
            "period" => "2026-Q3",
            "url" => "https://tell.example.org",
            _ => "word",
        };
        if let Some(long) = argument.get_long() {
            words.push(format!("--{long}"));
        }
        words.push(value.to_owned());
    }
    words
}

/// The commands without subcommands, each with its path.
fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name()).trim().to_owned();
        leaves(sub, &path, found);
        if !sub.has_subcommands() || !sub.is_subcommand_required_set() {
            found.push((path, sub.clone()));
        }
    }
}

#[tokio::test]
async fn p14_no_command_shows_anything_of_a_book_that_is_not_open_and_each_try_is_written_down() {
    let Walk {
        desk,
        ann,
        tip,
        report,
        own,
        ..
    } = Walk::new().await;
    let folder = desk.register.folder().to_owned();
    let scratch = tempfile::tempdir().unwrap();
    let passphrase = scratch.path().join("passphrase");
    let sealed = folder.join(format!("books/main/sealed/{}.age", tip.id));
    let run = |who: &str, secret: &str, words: &[String]| {
        std::fs::write(&passphrase, secret).unwrap();
        let mut command = Command::new(programs::desk());
        command
            .args(words)
            .arg("--config")
            .arg(folder.join("desk.toml"));
        if words[0] != "check" {
            command
                .args(["--as", who, "--passphrase-file"])
                .arg(&passphrase);
        }
        let out = command.stdin(Stdio::null()).output().unwrap();
        (out.status.success(), super::said(&out))
    };
    let mut commands = Vec::new();
    leaves(&loke::desk::cli::command(), "", &mut commands);
    assert!(
        commands.len() > 20,
        "only {}: the search is blind",
        commands.len()
    );
    let name = desk.register.names_of(&[tip.id]).await.unwrap();
    let name = name[&tip.id].clone();
    let mut walked = 0;
    for (n, (path, command)) in commands.iter().enumerate() {
        if WITHOUT_A_BOOK.contains(&path.as_str()) {
            continue;
        }
        let mut words: Vec<String> = path.split(' ').map(str::to_owned).collect();
        let out = scratch.path().join(format!("out-{n}"));
        let out = out.display().to_string();
        let more = arguments(command, (&tip, &report), &folder, &out);
        let sealed = sealed.display().to_string();
        words.extend(more.into_iter().map(|word| match word.as_str() {
            "SEALED" => sealed.clone(),
            _ => word,
        }));
        let before = refused(&desk, "bob").await;
        let (ok, said) = run("bob", OWN, &words);
        // What was searched for may be repeated.
        let said = match path.as_str() {
            "search" => said.replace(WORDS[1], ""),
            _ => said,
        };
        assert_eq!(words_in(&said), Vec::<&str>::new(), "{path}: {said}");
        assert!(!said.contains(&name), "{path}: {said}");
        assert!(!said.contains("Usage:"), "{path} was not walked: {said}");
        let refusal = if words.contains(&tip.id.to_string()) {
            Some("no tip's id begins with")
        } else if words.contains(&report) {
            Some("no report of your books has the reference")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            assert!(!ok && said.contains(refusal), "{path}: {said}");
            let rows = refused(&desk, "bob").await;
            assert_eq!(rows, before + 1, "{path} left no row");
            walked += 1;
        }
    }
    assert!(walked >= 8, "only {walked}");
    let files = scratch.path().read_dir().unwrap();
    assert_eq!(files.count(), 1, "nothing was written but the passphrase");
    // The controls.
    let words = |id: &str| ["show", id, "--json"].map(str::to_owned);
    assert!(
        run("bob", OWN, &words(&own.id.to_string()))
            .1
            .contains(OWN_WORD)
    );
    assert!(
        run("ann", ANN, &words(&tip.id.to_string()))
            .1
            .contains(WORDS[0])
    );
    ann.verify(|| {}).await.unwrap();
}
