//! P17 and P13 with a real gateway, a real relay and a hand-set clock: who is told that something
//! urgent waits, what leaves by mail, and what the page says after sign-in.

mod deliveries;
mod grants;
mod page;
mod replies;
mod walked;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use loke::clock::Clock;
use loke::desk::alerts::MARK;
use loke::desk::audit::{self, Action, Actor, Broken};
use loke::desk::book::{Decision, Outcome};
use loke::desk::check;
use loke::desk::jobs::{Step, alert, count};
use loke::desk::keys::DatabaseKey;
use loke::desk::register::Register;
use loke::gateway::listener::Listener;
use loke::random::NoRandomness;
use loke::tip::TipId;

use super::served::{ANN, Desk};
use crate::house::browser::text;
use crate::house::desk_browser::{DeskBrowser, code};
use crate::house::{House, NOON, Officer};
use crate::route::mailbox::{self, Mail};
use crate::triage::{close, decide};

/// NOON is on a Saturday: nobody is on duty but for this list.
const DUTY: &str = "supervisors = [\"cat\"]\ndeputy = \"dan@council.example\"\ndaily_at = \"08:00\"\n\
    [[duty]]\non = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\"]\nfrom = \"09:00\"\nuntil = \"18:00\"\npeople = [\"ann\", \"bob\"]\n\
    [addresses]\nann = \"ann@council.example\"\nbob = \"bob@council.example\"\ncat = \"cat@council.example\"\n";

/// A desk at a gateway, with a duty list, and a relay that records every mail.
struct Watch {
    house: House,
    officer: Officer,
    config: PathBuf,
    mails: Arc<Mutex<Vec<Mail>>>,
    relay: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

impl Watch {
    async fn new() -> Self {
        let house = House::open().await;
        let officer = house.officer("desk", "").await;
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        let loopback = "127.0.0.1:0".parse().unwrap();
        let (address, relay) = mailbox::listen(loopback, move |mail| {
            kept.lock().unwrap().push(mail);
            Ok(())
        })
        .await
        .unwrap();
        let folder = officer.acting.register().folder().to_owned();
        let config = folder.join("desk.toml");
        let mail =
            format!("[mail]\nsmtp = \"smtp://{address}\"\nfrom = \"desk@council.example\"\n");
        std::fs::write(&config, mail).unwrap();
        std::fs::create_dir(folder.join("rules")).unwrap();
        std::fs::write(folder.join("rules/duty.toml"), DUTY).unwrap();
        Self {
            house,
            officer,
            config,
            mails,
            relay,
        }
    }

    fn register(&self) -> &Register {
        self.officer.acting.register()
    }

    fn clock(&self) -> &Clock {
        &self.house.clock
    }

    /// Counts at the gateway and handles the clock's moment. No drill is drawn but as `drill` says.
    async fn step(&self, drill: &mut dyn FnMut(u64) -> Result<u64, NoRandomness>) {
        assert_eq!(count::step(self.register()).await, Step::Done);
        let next = self.clock().now() / MARK * MARK + MARK;
        let ended = alert::step(self.register(), &self.config, drill).await;
        assert_eq!(ended, Step::Retry(next));
    }

    /// Steps each minute for some minutes. Returns the mails that left: minutes since noon, and the
    /// recipient's name.
    async fn minutes(&self, minutes: i64) -> Vec<(i64, String)> {
        let mut left = Vec::new();
        for _ in 0..minutes {
            // Drills are drawn for the last mark of the day.
            self.step(&mut late).await;
            for mail in self.mails.lock().unwrap().iter().skip(left.len()) {
                let name = mail.recipient.split('@').next().unwrap().to_owned();
                left.push(((self.clock().now() - NOON) / 60, name));
            }
            self.clock().advance(60);
        }
        left
    }

    fn taken_mails(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }

    async fn report_danger(&self) {
        let fields = [
            text("topic", "drugs"),
            text("what", "somebody has a knife"),
            text("danger", "yes"),
        ];
        self.house.report(&fields).await;
    }
}

fn named(told: &[(i64, &str)]) -> Vec<(i64, String)> {
    told.iter()
        .map(|(at, name)| (*at, (*name).to_owned()))
        .collect()
}

/// With nobody signed in and no key:
/// a sealed urgent tip is told of until somebody collected *and* took it. Reading is not taking.
#[tokio::test(flavor = "multi_thread")]
async fn p17_exactly_the_due_mails_leave_until_somebody_takes_the_tip() {
    let watch = Watch::new().await;
    let routine = [text("topic", "other"), text("what", "noise at night")];
    watch.house.report(&routine).await;
    watch.house.leaves(1);
    let quiet = watch.minutes(25).await;
    // The daily mail of eight o'clock is late, because the desk began at noon.
    assert_eq!(quiet, named(&[(0, "cat"), (0, "dan")]));
    watch.taken_mails();
    watch.report_danger().await;
    watch.house.leaves(2);
    assert_eq!(
        watch.minutes(40).await,
        named(&[(30, "ann"), (50, "bob"), (60, "cat")]),
        "sealed at the gateway, and nobody is signed in"
    );
    watch.taken_mails();
    // Somebody collects and reads it: the alert goes on.
    assert_eq!(watch.officer.pull().await.collected, 2);
    watch.house.leaves(0);
    let tips = watch.officer.tips().await;
    let id = tips
        .iter()
        .find(|tip| tip.what.contains("knife"))
        .unwrap()
        .id;
    assert_eq!(watch.minutes(20).await, named(&[(80, "ann")]));
    watch.taken_mails();
    take(&watch.officer, id).await;
    assert_eq!(watch.minutes(60).await, []);
    assert!(watch.register().running_alert().await.unwrap().is_none());
    let alerts = watch.register().alerts().await.unwrap();
    assert_eq!(alerts.len(), 1);
    assert!(!alerts[0].drill && alerts[0].urgent);
}

async fn take(officer: &Officer, id: TipId) {
    decide(&officer.acting, id, Decision::Take).await.unwrap();
}

/// Two mails of one kind are the same bytes but for the random name, the date and the address. So
/// is an alert that is a drill, and a daily mail of an empty and of a full day.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_mail_proves_no_report_since_drills_and_empty_days_look_the_same() {
    let watch = Watch::new().await;
    // The first drill is drawn for the first mark after noon.
    watch.step(&mut |_| Ok(0)).await;
    let daily = watch.taken_mails();
    watch.clock().advance(MARK);
    watch.step(&mut |_| Ok(0)).await;
    let drill = watch.taken_mails();
    assert!(
        watch
            .register()
            .running_alert()
            .await
            .unwrap()
            .unwrap()
            .drill
    );
    let actor = watch.officer.acting.actor();
    assert!(watch.register().note_drill_seen(&actor).await.unwrap());
    assert!(
        !watch.register().note_drill_seen(&actor).await.unwrap(),
        "once"
    );
    for _ in 0..3 {
        watch.report_danger().await;
    }
    watch.house.leaves(3);
    watch.clock().advance(MARK);
    watch.step(&mut late).await;
    let real = watch.taken_mails();
    assert!(
        !watch
            .register()
            .running_alert()
            .await
            .unwrap()
            .unwrap()
            .drill
    );
    assert_eq!((drill.len(), real.len()), (1, 1));
    assert_eq!(plain(&drill[0]), plain(&real[0]));
    assert_eq!(drill[0].raw.len(), real[0].raw.len());
    assert_ne!(drill[0].raw, real[0].raw, "the control: the dates differ");
    // The next day at eight, after a day with reports.
    watch.officer.pull().await;
    watch.house.leaves(0);
    for tip in watch.officer.tips().await {
        take(&watch.officer, tip.id).await;
    }
    watch.clock().advance(20 * 3_600 - 2 * MARK);
    watch.step(&mut late).await;
    let full = watch.taken_mails();
    let full: Vec<&Mail> = full
        .iter()
        .filter(|mail| subject(mail).contains("Daily"))
        .collect();
    assert_eq!((daily.len(), full.len()), (2, 2), "supervisor and deputy");
    assert_eq!(plain(&daily[0]), plain(full[0]));
    assert_eq!(daily[0].raw.len(), full[0].raw.len());
    assert_ne!(head(&daily[0]), head(full[0]));
    for mail in daily.iter().chain(full).chain(&drill).chain(&real) {
        let said = String::from_utf8_lossy(&mail.raw).to_lowercase();
        for word in [
            "knife",
            "drugs",
            "urgent",
            "tip",
            "report",
            "safeguarding",
            "main",
        ] {
            assert!(!said.contains(word), "{word}: {said}");
        }
    }
}

fn subject(mail: &Mail) -> String {
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    raw.lines()
        .find(|line| line.starts_with("Subject:"))
        .unwrap()
        .to_owned()
}

/// A mail with what may differ replaced by its length: the random name, the date, row, hash and day.
fn plain(mail: &Mail) -> String {
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    let lines = raw.lines().map(|line| {
        let word = line.trim_start().split(' ').next().unwrap();
        if ["Message-ID:", "Date:", "row", "hash", "grant"].contains(&word) {
            format!("{word} {}", line.len())
        } else if let Some((before, _)) = line.split_once("ends here on 20") {
            format!("{before} {}", line.len())
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The row and the hash of a daily mail.
fn head(mail: &Mail) -> (i64, String) {
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    let field = |name: &str| {
        let line = raw.lines().find(|line| line.trim_start().starts_with(name));
        line.unwrap()
            .trim()
            .split(' ')
            .next_back()
            .unwrap()
            .to_owned()
    };
    (field("row ").parse().unwrap(), field("hash "))
}

/// The whole way: the book tells the register, and the job sends the mail.
#[tokio::test(flavor = "multi_thread")]
async fn reminders_leave_when_something_is_due_and_never_for_a_closed_tip() {
    let watch = Watch::new().await;
    for what in ["noise at night", "rubbish in the yard"] {
        let fields = [text("topic", "other"), text("what", what)];
        watch.house.report(&fields).await;
    }
    watch.house.leaves(2);
    assert_eq!(watch.officer.pull().await.collected, 2);
    watch.house.leaves(0);
    let tips = watch.officer.tips().await;
    let end = async |n: usize| {
        let closed = decide(&watch.officer.acting, tips[n].id, close(Outcome::Acted)).await;
        closed.unwrap();
    };
    let reminded = async || {
        watch.step(&mut late).await;
        let mails = watch.taken_mails();
        let mails = mails.iter().filter(|mail| subject(mail).contains("due"));
        let mails: Vec<String> = mails.map(|mail| mail.recipient.clone()).collect();
        mails
    };
    assert!(reminded().await.is_empty());
    // Five working days after a Saturday is Friday; an hour before its end.
    watch.clock().advance(6 * 86_400 + 4 * 3_600 - MARK);
    assert!(reminded().await.is_empty(), "ten minutes before");
    watch.clock().advance(MARK);
    assert_eq!(reminded().await, ["ann@council.example"], "one for both");
    watch.clock().advance(MARK);
    assert!(reminded().await.is_empty(), "once");
    end(0).await;
    // At the week's end nobody works. On Monday the other one is over its time.
    watch.clock().advance(86_400);
    assert!(reminded().await.is_empty());
    watch.clock().advance(2 * 86_400 - 7 * 3_600 - MARK);
    assert_eq!(reminded().await, ["ann@council.example"], "the control");
    end(1).await;
    watch.clock().advance(86_400);
    assert!(reminded().await.is_empty(), "both are closed");
}

/// A relay that refuses, or is not there, delays a mail to the next mark and loses none. An alert's
/// mail that waited an hour is given up: newer ones follow.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_mail_that_cannot_leave_is_tried_again_at_the_next_mark() {
    let watch = Watch::new().await;
    let good = std::fs::read_to_string(&watch.config).unwrap();
    std::fs::write(
        &watch.config,
        "[mail]\nsmtp = \"smtp://127.0.0.1:1\"\nfrom = \"desk@council.example\"\n",
    )
    .unwrap();
    watch.report_danger().await;
    watch.house.leaves(1);
    watch.step(&mut late).await;
    let problems = watch.register().mail_problems().await.unwrap();
    assert_eq!(problems.len(), 3, "{problems:?}");
    std::fs::write(&watch.config, good).unwrap();
    for _ in 0..9 {
        watch.clock().advance(60);
        watch.step(&mut late).await;
        assert_eq!(
            watch.taken_mails().len(),
            0,
            "between two marks nothing leaves"
        );
    }
    watch.clock().advance(60);
    watch.step(&mut late).await;
    let mut left: Vec<_> = watch
        .taken_mails()
        .iter()
        .map(|mail| mail.recipient.clone())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "ann@council.example",
            "cat@council.example",
            "dan@council.example"
        ]
    );
    assert!(watch.register().mail_problems().await.unwrap().is_empty());
}

/// A gateway that does not answer ends no alert.
#[tokio::test(flavor = "multi_thread")]
async fn p17_an_outage_of_the_gateway_ends_no_alert() {
    let watch = Watch::new().await;
    watch.report_danger().await;
    watch.house.leaves(1);
    watch.step(&mut late).await;
    assert_eq!(watch.register().untaken().await.unwrap(), 1);
    let mut enrolment = watch.register().enrolments().await.unwrap().remove(0).0;
    let pickup = watch.house.address(Listener::Pickup).to_string();
    assert_eq!(enrolment.pickup, pickup);
    // The desk's enrolment is revoked at the gateway.
    "00".repeat(32).clone_into(&mut enrolment.pin);
    let actor = watch.officer.acting.actor();
    watch.register().connect(&actor, &enrolment).await.unwrap();
    let failed = count::step(watch.register()).await;
    assert!(matches!(failed, Step::Failed(_)), "{failed:?}");
    assert_eq!(watch.register().untaken().await.unwrap(), 1);
}

/// A broken duty list: `check` names the line, and the last good one stays, also after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_broken_duty_list_names_its_line_and_the_last_good_one_stays() {
    let watch = Watch::new().await;
    watch.step(&mut late).await;
    watch.taken_mails();
    let file = watch.register().folder().join("rules/duty.toml");
    std::fs::write(&file, DUTY.replace("09:00", "9 o'clock")).unwrap();
    let (duty, problem) = loke::desk::duty::current(watch.register()).await.unwrap();
    let problem = problem.unwrap().to_string();
    assert!(problem.contains("duty.toml, line 6"), "{problem}");
    assert_eq!(duty.everybody().len(), 4);
    watch.report_danger().await;
    watch.house.leaves(1);
    watch.clock().advance(MARK);
    watch.step(&mut late).await;
    assert_eq!(watch.taken_mails().len(), 1, "ann is told");
    std::fs::remove_file(&file).unwrap();
    let (duty, problem) = loke::desk::duty::current(watch.register()).await.unwrap();
    assert!(
        problem.is_none() && duty.everybody().is_empty(),
        "the control: the built-in list"
    );
}

/// Draws the last mark of the day for each drill.
fn late(below: u64) -> Result<u64, NoRandomness> {
    Ok(below.saturating_sub(1))
}

/// Somebody with the folder and every key writes a new log, with its head file. Only a head that left
/// the machine shows it.
#[tokio::test(flavor = "multi_thread")]
async fn p13_a_log_that_was_written_anew_does_not_fit_the_daily_mail() {
    let watch = Watch::new().await;
    watch.step(&mut late).await;
    let mail = watch.taken_mails().remove(0);
    let folder = watch.register().folder().to_owned();
    let saved = folder.join("mail.eml");
    std::fs::write(&saved, &mail.raw).unwrap();
    let head = audit::read_mailed(&saved).unwrap();
    watch.register().verify(|| {}).await.unwrap();
    watch.register().has_head(&head).await.unwrap();
    let key = DatabaseKey::read(&folder.join("register.key")).unwrap();
    let tables = super::audit::Tables::open(&folder.join("register.db"), &key).await;
    tables.run("delete from audit").await;
    let broken = watch.register().has_head(&head).await;
    assert!(
        matches!(broken, Err(Broken::Shortened { ends: 0, .. })),
        "{broken:?}"
    );
    for n in 0..head.seq + 5 {
        let (desk, object) = (Actor::desk(), n.to_string());
        let record = watch.register().record(&desk, Action::View, &object, "");
        record.await.unwrap();
    }
    watch.register().verify(|| {}).await.unwrap();
    let broken = watch.register().has_head(&head).await;
    assert!(
        matches!(broken, Err(Broken::Changed(_, row)) if row == head.seq),
        "{broken:?}"
    );
    std::fs::write(&saved, "row of seats\nhash browns").unwrap();
    assert!(matches!(
        audit::read_mailed(&saved),
        Err(Broken::NotAMail(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_check_fails_if_no_audit_head_left_for_two_days() {
    let watch = Watch::new().await;
    let fails = async || {
        let problems = check::problems(watch.register()).await.unwrap().join("\n");
        problems.contains("The end of the audit log did not leave")
    };
    assert!(!fails().await, "the desk is new");
    watch.step(&mut late).await;
    assert!(!fails().await);
    watch.clock().advance(2 * 86_400);
    assert!(!fails().await);
    watch.clock().advance(1);
    assert!(fails().await, "yesterday's did not leave, nor today's");
    watch.clock().advance(MARK - 1);
    watch.step(&mut late).await;
    assert!(!fails().await, "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_names_whom_no_alert_reaches() {
    let watch = Watch::new().await;
    let said = async || check::problems(watch.register()).await.unwrap().join("\n");
    let told = said().await;
    // The desk's only account is ann.
    for name in ["bob", "cat"] {
        let line = format!("names {name}, who has no account here");
        assert!(told.contains(&line), "{told}");
    }
    assert!(
        !told.contains("names ann,") && !told.contains("names dan"),
        "{told}"
    );
    assert!(!told.contains("no address for ann"), "{told}");
    let file = watch.register().folder().join("rules/duty.toml");
    let without = DUTY
        .replace(
            "supervisors = [\"cat\"]\ndeputy = \"dan@council.example\"",
            "supervisors = []",
        )
        .replace("\"ann\", ", "")
        .replace("ann = \"ann@council.example\"\n", "");
    std::fs::write(&file, without).unwrap();
    let told = said().await;
    for lack in ["no supervisor", "no deputy", "no address for ann"] {
        assert!(told.contains(lack), "{lack}: {told}");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(said().await.contains("No alert reaches anybody"));
    std::fs::write(&file, "daily_at = 8").unwrap();
    assert!(said().await.contains("duty.toml, line 1: "));
}

/// A change of keys: each page and `check` are red until the gateway has the new key, and it alone.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_red_until_the_gateway_has_the_new_key_alone() {
    let mut watch = Watch::new().await;
    let red = async |watch: &Watch| {
        let counted = count::step(watch.register()).await;
        assert_eq!(counted, Step::Done);
        check::problems(watch.register()).await.unwrap().join("\n")
    };
    let (old, new_key) = (
        "still encrypts drugs to an old key of the book main",
        "does not encrypt drugs to the key of the book main",
    );
    let told = red(&watch).await;
    assert!(
        !told.contains(old) && !told.contains(new_key),
        "the control: {told}"
    );
    let before = watch.officer.book().recipient().unwrap().to_string();
    let after = loke::desk::people::change_keys(&watch.officer.acting, "main", |_| ());
    let after = after.await.unwrap().to_string();
    let told = red(&watch).await;
    assert!(told.contains(old) && told.contains(new_key), "{told}");
    // The operator adds the new key, and forgets to take the old one out.
    let pickup = watch.house.address(Listener::Pickup).to_string();
    let text = std::fs::read_to_string(&watch.house.config).unwrap();
    let mut table: toml::Table = text.parse().unwrap();
    table["pickup"]
        .as_table_mut()
        .unwrap()
        .insert("listen".into(), pickup.into());
    let text = table.to_string();
    let both = format!("{text}\n[[recipients]]\nname = \"new\"\nkey = \"{after}\"\n");
    std::fs::write(&watch.house.config, both).unwrap();
    watch.house.restart().await;
    let told = red(&watch).await;
    assert!(told.contains(old) && !told.contains(new_key), "{told}");
    std::fs::write(&watch.house.config, text.replace(&before, &after)).unwrap();
    watch.house.restart().await;
    let told = red(&watch).await;
    assert!(!told.contains(old) && !told.contains(new_key), "{told}");
}

/// A decision that waits for a second person leaves the tip untaken, and undoing "take" opens it
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_proposed_close_takes_nothing_and_an_undone_take_alerts_again() {
    let watch = Watch::new().await;
    watch.report_danger().await;
    let tip = watch.officer.the_tip().await;
    watch.house.leaves(0);
    count::step(watch.register()).await;
    let untaken = async || watch.register().untaken().await.unwrap();
    assert_eq!(untaken().await, 1);
    let acting = &watch.officer.acting;
    decide(acting, tip.id, close(Outcome::Spam)).await.unwrap();
    assert_eq!(untaken().await, 1, "a second person must agree");
    decide(acting, tip.id, Decision::Take).await.unwrap();
    assert_eq!(untaken().await, 0);
    acting.undo().await.unwrap();
    assert_eq!(untaken().await, 1);
    decide(acting, tip.id, Decision::Take).await.unwrap();
    assert_eq!(untaken().await, 0, "the control");
}
