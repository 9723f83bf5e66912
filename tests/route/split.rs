//! The split test: reports about one tip for three partners are joined by nothing that Loke writes. An
//! attacker has the files of all three partners, opened, with the moment at which each came. Beside them
//! are three reports about three other tips, sent on the same days to the same partners: the measure of
//! chance. `LOKE_SPLITS` sets how often the attacker has to say which three belong together.

mod attacks;

use std::collections::HashSet;

use age::x25519;
use loke::clock::Day;
use loke::desk::audit::Action;
use loke::desk::book::Arrival;
use loke::desk::open;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::{Draft, PhotoOf};
use loke::desk::route::NotSent;
use loke::random;
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{Photo, PhotoNote, Priority, Removed, Tip, TipId};

use self::attacks::{Observed, Tried};
use super::{Bench, files, tip};
use crate::house::partners::partner;

const PARTNERS: [(&str, PartnerKind); 3] = [
    ("police", PartnerKind::Police),
    ("cleaners", PartnerKind::Cleansing),
    ("housing", PartnerKind::Housing),
];
const DAY: i64 = 86_400;

/// A desk with three partners.
struct Split {
    bench: Bench,
    keys: Vec<x25519::Identity>,
    seen: HashSet<std::path::PathBuf>,
    came: Vec<(TipId, Observed)>,
}

/// The tip and the partner of a report that was ordered: by its reference.
type Ordered = Vec<(String, TipId)>;

impl Split {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let mut keys = Vec::new();
        for (name, kind) in PARTNERS {
            let (key, inbox) = (x25519::Identity::generate(), bench.dir.join(name));
            std::fs::create_dir(&inbox).unwrap();
            bench
                .add(&partner(name, kind, &key, Way::Folder(inbox)))
                .await;
            keys.push(key);
        }
        Self {
            bench,
            keys,
            seen: HashSet::new(),
            came: Vec::new(),
        }
    }

    /// A tip that is like every other one but for its words and its photos.
    async fn tip(&self, photos: usize) -> TipId {
        let bench = &self.bench;
        let note = |n: usize| PhotoNote {
            name: format!("photo-{n}.jpg"),
            removed: vec![Removed::Gps],
        };
        let mut tip: Tip = tip(TipId::random().unwrap());
        (tip.priority, tip.what) = (Priority::Routine, words(30));
        (tip.place, tip.vehicle, tip.thread) = (None, None, None);
        (tip.danger, tip.child) = (None, None);
        tip.language = "en".into();
        tip.photos = (1..=photos).map(note).collect();
        let photo = |_| Photo {
            jpeg: picture(),
            removed: vec![Removed::Gps],
            thumbnail: Vec::new(),
        };
        let photos: Vec<Photo> = (0..photos).map(photo).collect();
        let mut recipients = Recipients::default();
        recipients.add(tip.lane, bench.book().identities()[0].recipient().unwrap());
        let mac_key = MacKey::random().unwrap();
        let sealed = seal::seal(&tip, &photos, &recipients, &mac_key, bench.clock.today());
        let sealed = sealed.unwrap();
        let opened = open::tip(bench.book().identities(), &sealed.bytes).unwrap();
        let arrival = Arrival {
            id: tip.id,
            sealed: &sealed.bytes,
            opened: &opened,
        };
        let kept = bench.book().keep("test", &[arrival], Action::Pull).await;
        kept.unwrap();
        tip.id
    }

    async fn order(&self, tip: TipId, partner: &str, photo: usize) -> (String, TipId) {
        let draft = Draft {
            partner: partner.into(),
            text: words(40),
            place: words(2),
            photos: vec![PhotoOf { tip, number: photo }],
            is_lead: true,
            grade: true,
            ..Draft::default()
        };
        let preview = self.bench.acting.preview(tip, &draft).await.unwrap();
        let ordered = self.bench.order(&preview, "", false).await.unwrap();
        (ordered.reference, tip)
    }

    /// Sets the clock to a random minute of these working days, and lets every batch leave on the way.
    async fn until(&mut self, at: i64, ordered: &Ordered) {
        while self.bench.clock.now() < at {
            let now = self.bench.clock.now();
            let next = (now.div_euclid(3_600) + 1) * 3_600;
            self.bench.clock.advance(next.min(at) - now);
            // Nothing leaves at night.
            if (8 * 60..18 * 60).contains(&self.bench.clock.zone().minute(next)) {
                self.collect(ordered).await;
            }
        }
    }

    /// Delivers what is due, and notes each new file with the moment at which it came.
    async fn collect(&mut self, ordered: &Ordered) {
        self.bench.deliver().await;
        for ((name, _), key) in PARTNERS.iter().zip(&self.keys) {
            for file in files(&self.bench.dir.join(name)) {
                if !self.seen.insert(file.clone()) {
                    continue;
                }
                let reference = file.file_stem().unwrap().to_str().unwrap();
                let tip = ordered.iter().find(|(of, _)| of == reference).unwrap().1;
                let rank = self.came.len();
                let observed = Observed::of(&file, key, self.bench.clock.now(), rank);
                self.came.push((tip, observed));
            }
        }
    }

    /// One round: the reports about one tip, and those about three others.
    async fn round(&mut self) -> (Vec<Observed>, Vec<Observed>) {
        let zone = self.bench.clock.zone();
        let first = next_monday(self.bench.clock.today());
        let split = self.tip(3).await;
        let mut all: Ordered = Vec::new();
        let mut partners: Vec<usize> = vec![0, 1, 2];
        random::shuffle(&mut partners).unwrap();
        // All parts in one sitting, on the first day: the worst that an officer can do. The others come as
        // the days bring them, one a day.
        let sitting = minute();
        let mut turns: Vec<(i64, Option<usize>)> = vec![(zone.at(first, sitting), None)];
        for (day, partner) in partners.iter().enumerate() {
            let at = zone.at(first.plus(day as i32), minute());
            turns.push((at, Some(*partner)));
        }
        turns.sort();
        random::shuffle(&mut partners).unwrap();
        for (at, partner) in turns {
            self.until(at, &all).await;
            match partner {
                None => {
                    for (n, partner) in partners.iter().enumerate() {
                        all.push(self.order(split, PARTNERS[*partner].0, n + 1).await);
                    }
                }
                Some(partner) => {
                    let other = self.tip(1).await;
                    all.push(self.order(other, PARTNERS[partner].0, 1).await);
                }
            }
        }
        self.until(zone.at(first.plus(4), 0), &all).await;
        let came = std::mem::take(&mut self.came);
        assert_eq!(came.len(), 6, "three and three came");
        let (parts, others): (Vec<_>, Vec<_>) = came.into_iter().partition(|(of, _)| *of == split);
        let observed = |all: Vec<(TipId, Observed)>| all.into_iter().map(|(_, o)| o).collect();
        (observed(parts), observed(others))
    }
}

/// A minute of the day before the last batch of the working hours.
fn minute() -> u16 {
    8 * 60 + u16::try_from(random::below(8 * 60).unwrap()).unwrap()
}

fn next_monday(day: Day) -> Day {
    day.plus(7 - day.weekday() as i32)
}

/// Words that no other text has.
fn words(count: usize) -> String {
    let word = |_| hex::encode(random::bytes::<4>().unwrap());
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// A photo of its own: noise, as no camera writes it, so that nothing but Loke could join two.
fn picture() -> Vec<u8> {
    let mut pixels = vec![0; 64 * 48 * 3];
    random::fill(&mut pixels).unwrap();
    let mut out = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut out, 80);
    encoder
        .encode(&pixels, 64, 48, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    out
}

#[tokio::test]
async fn p15_nothing_that_loke_writes_joins_three_reports_about_one_tip() {
    let rounds = std::env::var("LOKE_SPLITS").map_or(20, |n| n.parse::<usize>().unwrap());
    let mut desk = Split::new().await;
    let mut tried = Tried::default();
    for _ in 0..rounds {
        let (parts, others) = desk.round().await;
        tried.compare(&parts, &others);
        for shared in attacks::CONTROLS {
            tried.control(shared, &parts, &others);
        }
    }
    tried.print();
    tried.judge();
}

/// The batches themselves, without an attacker.
#[tokio::test]
async fn p15_parts_of_one_tip_leave_on_different_days_unless_somebody_sends_them_at_once() {
    let desk = Split::new().await;
    let bench = &desk.bench;
    let zone = bench.clock.zone();
    let monday = next_monday(bench.clock.today());
    bench
        .clock
        .advance(zone.at(monday, 10 * 60) - bench.clock.now());
    let tip = desk.tip(3).await;
    let mut leave = Vec::new();
    for (n, (name, _)) in PARTNERS.iter().enumerate() {
        let (reference, _) = desk.order(tip, name, n + 1).await;
        let delivery = bench.register().delivery(&reference).await.unwrap();
        leave.push(delivery.unwrap().leaves_at);
    }
    let days: Vec<Day> = leave.iter().map(|at| zone.day(*at)).collect();
    assert_eq!(days, [monday, monday.plus(1), monday.plus(2)]);
    for at in &leave {
        assert!((9..17).contains(&(zone.minute(*at) / 60)), "{leave:?}");
    }
    // The control: reports about other tips leave with the next batch, and at once is at once.
    let other = desk.tip(1).await;
    let (reference, _) = desk.order(other, "police", 1).await;
    let delivery = bench.register().delivery(&reference).await.unwrap();
    assert_eq!(delivery.unwrap().leaves_at, leave[0]);
    bench.clock.advance(DAY);
    let draft = Draft {
        partner: "police".into(),
        text: words(9),
        ..Draft::default()
    };
    let preview = bench.acting.preview(tip, &draft).await.unwrap();
    assert_eq!(preview.report.day, monday.plus(3).to_string());
    let dated = bench.order(&preview, "", true).await;
    assert!(matches!(dated, Err(NotSent::OtherDay(_))), "{dated:?}");
    let draft = Draft {
        at_once: true,
        ..draft
    };
    let preview = bench.acting.preview(tip, &draft).await.unwrap();
    assert_eq!(preview.report.day, monday.plus(1).to_string());
    let at_once = bench.order(&preview, "", true).await.unwrap();
    assert_eq!(at_once.leaves_at, bench.clock.now());
}
