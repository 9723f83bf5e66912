//! A Monday at the desk. Residents report on the public page, the desk collects from the queue, and
//! three officers work through it in three real Chromium browsers by keyboard alone. Every tip ends in
//! exactly one right state, nothing risky is closed by one person, nobody sees the tips of a book that
//! is not theirs, and the presses stay under their bars. `LOKE_MONDAY` sets the number of tips; with it
//! the Monday is repeated on a queue in PostgreSQL.

mod residents;

use std::collections::{BTreeMap, BTreeSet};

use loke::desk::acting::Acting;
use loke::desk::book::{Outcome, State, Triage};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::settings::DeskSettings;
use loke::desk::{granting, people};
use loke::tip::{Lane, TipId};

use super::keyboard::tab_to;
use super::phone::{ENTER, Kind, Phone};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::house::{every_tip, partners};
use crate::store::queue::new_database;
use crate::triage::Team;
use residents::{End, FAMILY, Report};

/// Tips in `.ci/run`.
const SHORT: usize = 40;
/// Most presses for a tip, over all: 900 for 300 tips. On a short morning three officers go on to the
/// next tip more often.
fn each(tips: usize) -> usize {
    if tips < 300 { 4 } else { 3 }
}

/// An officer at a browser.
struct Officer {
    acting: Acting,
    phone: Phone,
    presses: usize,
    /// Whether a page of this officer had a word of the family's tips.
    saw_family: bool,
}

impl Officer {
    async fn press(&mut self, keys: &str) {
        self.presses += keys.chars().count();
        let from = self.phone.address().await;
        self.phone.press(keys).await;
        self.phone.leaves(&from).await;
        self.phone.wait("footer").await;
        self.saw_family |= self.phone.source().await.contains(FAMILY);
    }

    /// A report to the partner that the page proposes, in the officer's words.
    async fn route(&mut self) {
        self.phone.press("r").await;
        self.phone.press("Please look at this").await;
        let from = self.phone.address().await;
        self.phone.press_with_ctrl(ENTER).await;
        self.phone.leaves(&from).await;
        self.phone.wait("footer").await;
        self.presses += 2;
        self.press("s").await;
    }

    /// The phone brief, and the record of the call.
    async fn ring(&mut self) {
        self.press("g").await;
        tab_to(&self.phone, "value", "made").await;
        self.phone.press(" ").await;
        tab_to(&self.phone, "name", "reference").await;
        self.phone.press("E-1").await;
        tab_to(&self.phone, "name", "consent").await;
        self.phone.press(" ").await;
        tab_to(&self.phone, "name", "why").await;
        self.phone.press("the mother agreed").await;
        let from = self.phone.address().await;
        self.phone.press(&ENTER.to_string()).await;
        self.phone.leaves(&from).await;
        self.phone.wait("footer").await;
    }
}

/// The desk of a Monday.
struct Monday {
    team: Team,
    ends: BTreeMap<TipId, End>,
    /// Tips about which somebody must still do something.
    left: BTreeSet<TipId>,
    presses: BTreeMap<TipId, usize>,
}

/// A desk with a book for the tips about children and adults at risk, which opens for Ann and Ben.
async fn desk_with_family() -> (Team, [String; 2]) {
    let mut team = Team::new().await;
    let register = team.ann.register().clone();
    people::add_book(&team.ann, "family", &[Lane::Safeguarding])
        .await
        .unwrap();
    let open = async |name: &str| {
        let account = register.account(name).await.unwrap();
        let member = team.member_of(name);
        Acting::open(&register, account, std::slice::from_ref(&member))
            .await
            .unwrap()
    };
    let ann = open("ann").await;
    granting::grant(&ann, "family", "ben", None).await.unwrap();
    let (ben, cai) = (open("ben").await, open("cai").await);
    assert_eq!((ben.books().len(), cai.books().len()), (2, 1));
    (team.ann, team.ben, team.cai) = (ann, ben, cai);
    let key = age::x25519::Identity::generate();
    for (name, kind) in [
        ("cleansing", PartnerKind::Cleansing),
        ("police", PartnerKind::Police),
    ] {
        let folder = register.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        let way = Way::Folder(folder);
        partners::add(&team.ann, &partners::partner(name, kind, &key, way)).await;
    }
    let mut keys = Vec::new();
    for book in ["main", "family"] {
        keys.push(register.book(book).await.unwrap().recipient);
    }
    (team, keys.try_into().unwrap())
}

impl Monday {
    /// Everybody reports, and the desk collects.
    async fn morning(database: &str, reports: &[Report]) -> Self {
        let (team, [main, family]) = desk_with_family().await;
        let house = residents::gateway(database, &main, &family).await;
        let photos = residents::report_all(&house, &team.ann, reports).await;
        let mut words: BTreeMap<&str, End> = BTreeMap::new();
        words.extend(reports.iter().map(|r| (r.words.as_str(), r.end)));
        let mut ends = BTreeMap::new();
        let mut arrived = 0;
        for book in team.ann.books() {
            for row in every_tip(book).await {
                arrived += row.photos;
                ends.insert(row.id, words[row.words.as_str()]);
            }
        }
        assert_eq!(ends.len(), reports.len(), "each tip once");
        assert_eq!(usize::try_from(arrived).unwrap(), photos);
        println!("{} tips, {photos} photos", ends.len());
        Self {
            team,
            left: ends.keys().copied().collect(),
            ends,
            presses: BTreeMap::new(),
        }
    }

    async fn triage(&self, tip: TipId) -> Triage {
        let book = self.team.ann.book_of(tip).await.unwrap();
        book.triage(tip).await.unwrap().triage
    }

    /// The other tip about the flat, if this is one of the two.
    fn other_of_flat(&self, tip: TipId) -> Option<TipId> {
        let mut flat = self.ends.iter().filter(|(_, end)| **end == End::Flat);
        flat.find(|(id, _)| **id != tip).map(|(id, _)| *id)
    }

    /// The keys for a tip that is open and waits for nobody. None: leave it to somebody else.
    async fn keys(&self, tip: TipId) -> Option<&'static str> {
        Some(match self.ends[&tip] {
            End::Spam => "s",
            End::Duplicate => "d",
            End::CouldNotAct => "c1",
            End::Acted | End::Danger => "a",
            End::Child => {
                let book = self.team.ann.book_of(tip).await.unwrap();
                let called = book.welfare(tip).await.unwrap().lets_reports_leave();
                if called { "a" } else { "g" }
            }
            End::Cleansing | End::Police => "r",
            End::Flat => {
                let other = self.triage(self.other_of_flat(tip)?).await;
                match other.folded_into {
                    Some(_) => "a",
                    None if other.pending.is_some() => return None,
                    None => "f",
                }
            }
        })
    }

    /// One officer decides about the tip of their page, or goes on to the next one.
    async fn turn(&mut self, officer: &mut Officer, queue: &str) {
        let at = officer.phone.address().await;
        let Some(name) = at.split("/tip/").nth(1) else {
            let is_empty = officer.phone.all("[data-row]").await.is_empty();
            if is_empty || !at.starts_with(queue) {
                officer.phone.open(queue).await;
                officer.phone.wait("footer").await;
                officer.presses += 1;
            }
            if !officer.phone.all("[data-row]").await.is_empty() {
                officer.press(&format!("j{ENTER}")).await;
            }
            return;
        };
        let name = name.split(['?', '/']).next().unwrap();
        let register = self.team.ann.register();
        let (id, _) = register.named(name).await.unwrap().unwrap();
        let book = self.team.ann.book_of(id).await.unwrap();
        let id = book.holder(id).await.unwrap();
        let triage = self.triage(id).await;
        let me = officer.acting.account().name.as_str();
        let keys = match triage.pending() {
            _ if !triage.is_open() || !self.left.contains(&id) => None,
            Some(pending) if pending.by == me => None,
            Some(_) => Some("y"),
            None => self.keys(id).await,
        };
        let keys = keys.unwrap_or("n");
        let control = format!("[data-key=\"{}\"]", &keys[..1]);
        // The page may be older than a colleague's decision: then it is loaded again.
        if officer.phone.all(&control).await.is_empty() {
            officer.phone.open(&at).await;
            officer.phone.wait("footer").await;
            officer.presses += 1;
            return;
        }
        let before = officer.presses;
        match keys {
            "r" => officer.route().await,
            "g" => officer.ring().await,
            keys => officer.press(keys).await,
        }
        if keys != "n" {
            *self.presses.entry(id).or_default() += officer.presses - before;
        }
        let mut with = book.folded_into(id).await.unwrap();
        with.push(id);
        for tip in with {
            let triage = self.triage(tip).await;
            let ordered = triage.state == State::Waiting && triage.pending.is_none();
            let folded = triage.folded_into.is_some();
            if triage.state == State::Closed || ordered || folded {
                self.left.remove(&tip);
            }
        }
    }

    /// Lets the reports that wait leave and arrive.
    async fn reports_leave(&self) {
        self.team.clock.advance(2 * 3_600);
        let folder = self.team.ann.register().folder();
        let desk = DeskSettings::read(&folder.join("desk.toml")).unwrap();
        partners::deliver(&self.team.ann, &desk).await;
    }

    /// Each tip that is not in its one right state.
    async fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, end) in &self.ends {
            let triage = self.triage(*id).await;
            let outcome = match end {
                End::Spam => Some(Outcome::Spam),
                End::Duplicate => Some(Outcome::Duplicate),
                End::CouldNotAct => Some(Outcome::CouldNotAct),
                End::Acted | End::Danger | End::Child => Some(Outcome::Acted),
                End::Flat if triage.folded_into.is_none() => Some(Outcome::Acted),
                End::Flat | End::Cleansing | End::Police => None,
            };
            let sent = self.team.ann.register().deliveries_of(*id).await.unwrap();
            let to: Vec<&str> = sent.iter().map(|sent| sent.partner.as_str()).collect();
            let right = match end {
                End::Cleansing => triage.state == State::Routed && to == ["cleansing"],
                End::Police => triage.state == State::Routed && to == ["police"],
                End::Flat if triage.folded_into.is_some() => {
                    let other = self.other_of_flat(*id).map(|id| id.to_string());
                    triage.folded_into == other && triage.pending.is_none()
                }
                _ => triage.state == State::Closed && triage.pending.is_none() && to.is_empty(),
            };
            if !right || triage.outcome != outcome {
                wrong.push(format!("{end:?}: {triage:?} {to:?}"));
            }
            let book = self.team.ann.book_of(*id).await.unwrap();
            let made = book.decisions_on(*id).await.unwrap();
            let who: BTreeSet<_> = made.iter().map(|made| &made.who).collect();
            if matches!(end, End::Danger | End::Child) && who.len() < 2 {
                wrong.push(format!("one person alone closed {end:?}"));
            }
        }
        wrong
    }

    /// Prints the presses of each outcome, and compares them with their bars.
    fn presses_are_few(&self, officers: &[Officer]) {
        let mut spent: BTreeMap<End, Vec<usize>> = BTreeMap::new();
        for (id, end) in &self.ends {
            let presses = self.presses.get(id).copied().unwrap_or(0);
            spent.entry(*end).or_default().push(presses);
        }
        for (end, presses) in &spent {
            let (tips, all) = (presses.len(), presses.iter().sum::<usize>());
            let most = presses.iter().max().unwrap();
            println!(
                "{end:?}: {tips} tips, {all} presses, most {most}, bar {} each",
                end.bar()
            );
            assert!(all <= tips * end.bar(), "{end:?}");
        }
        let all: usize = officers.iter().map(|officer| officer.presses).sum();
        let tips = self.ends.len();
        let bar = tips * each(tips);
        println!("{tips} tips: {all} presses in all, bar {bar}");
        assert!(all <= bar, "{all} presses");
    }
}

async fn monday(database: &str, count: usize) {
    let mut monday = Monday::morning(database, &residents::reports(count)).await;
    let desk = ServedDesk::of(&monday.team).await;
    let queue = format!("http://{}/queue?view=open", desk.address);
    let mut officers = Vec::new();
    let team = &monday.team;
    for acting in [&team.ann, &team.ben, &team.cai] {
        officers.push(Officer {
            acting: acting.clone(),
            phone: desk.signed_in(team, acting, true).await,
            presses: 0,
            saw_family: false,
        });
    }
    let first = &mut officers[0];
    first
        .phone
        .picture(&screenshots().join("desk-queue.png"))
        .await;
    // From sign-in to the first danger tip.
    first.press(&format!("j{ENTER}")).await;
    let words = first.phone.words("article").await;
    assert!(
        words.contains("Danger") || words.contains("Child"),
        "{words}"
    );
    println!("sign-in to the first danger tip: {} presses", first.presses);
    assert!(first.presses <= 2);
    first
        .phone
        .picture(&screenshots().join("desk-tip.png"))
        .await;

    assert!(monday.wrong().await.len() >= count, "the control");
    for turn in 0..count * 12 {
        if monday.left.is_empty() {
            break;
        }
        monday.turn(&mut officers[turn % 3], &queue).await;
    }
    let left = monday.left.iter().map(|tip| monday.ends[tip]);
    assert!(monday.left.is_empty(), "{:?}", left.collect::<Vec<_>>());
    // Cai is not in the book of the family: no page of his had a word of it, and none opens.
    let [ann, ben, cai] = &officers[..] else {
        panic!("three officers")
    };
    assert!(ann.saw_family || ben.saw_family, "the control");
    assert!(!cai.saw_family);
    let family = monday.ends.iter().filter(|(_, end)| **end == End::Child);
    for (tip, _) in family {
        let page = format!("http://{}/tip/{tip}", desk.address);
        cai.phone.open(&page).await;
        assert!(cai.phone.words("main").await.contains("Tip not found"));
        assert!(!cai.phone.source().await.contains(FAMILY));
    }
    monday.presses_are_few(&officers);
    monday.reports_leave().await;
    let wrong = monday.wrong().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    monday.team.ann.verify(|| {}).await.unwrap();
    drop(desk);
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_monday_by_keyboard_ends_every_tip_in_its_one_right_state() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let long = std::env::var("LOKE_MONDAY");
    let count = long.as_ref().map_or(SHORT, |count| count.parse().unwrap());
    println!("a queue in SQLite");
    monday("sqlite:queue.db", count).await;
    if long.is_ok()
        && let Some(database) = new_database().await
    {
        println!("a queue in PostgreSQL");
        monday(&database, count).await;
    }
}
