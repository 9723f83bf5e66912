//! The simulated days: residents, a gateway's queue, and a desk with one book.

use std::collections::{BTreeMap, BTreeSet};

use loke::clock::{Clock, Day};
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::Arrival;
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::replying::{Words, rows};
use loke::digest::sha256;
use loke::pickup::{LeaseToken, Row};
use loke::random;
use loke::receipt::Receipt;
use loke::reply_rows::{LETTERS, RowName, cover_rows};
use loke::seal::{self, MacKey, Recipients};
use loke::store::{Capacity, Store};
use loke::tip::{FollowUp, Lane, Tip, TipId};
use sqlx::{Connection, SqliteConnection};

use crate::house::chance::{Chance, seed};
use crate::house::staff;
use crate::store::queue::{Queue, QueueEntry, entry};
use crate::triage::{routine, with};

const HOUR: i64 = 3_600;
/// Monday, 2026-11-23, 00:00 UTC.
const MONDAY: i64 = 1_795_392_000;
/// The hour of the day in which somebody signs in, from Monday to Friday.
const SIGN_IN: i64 = 9;
/// Most replies to one receipt. A "forget" of more rows than an hour's cover shows.
const REPLIES: usize = 5;
const CONTROL_SEED: u64 = 5;
const BOOK: [u8; 16] = [7; 16];
/// A book that is opened on the first day only.
const CLOSED_BOOK: [u8; 16] = [8; 16];

/// How much happens.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    days: i64,
    tips: usize,
    replies: usize,
    answers: usize,
    forgets: usize,
    rows: usize,
}

impl Scale {
    pub(super) const WHOLE: Self = Self {
        days: 30,
        tips: 500,
        replies: 200,
        answers: 60,
        forgets: 40,
        rows: 1_024,
    };
    pub(super) const SHORT: Self = Self {
        days: 4,
        tips: 30,
        replies: 12,
        answers: 6,
        forgets: 6,
        rows: 400,
    };
    pub(super) const CONTROL: Self = Self {
        days: 4,
        tips: 16,
        replies: 4,
        answers: 2,
        forgets: 4,
        rows: 320,
    };
}

/// A part of the protocol that is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Nothing,
    /// The name of a row follows from the box alone.
    FixedNames,
    /// "Forget" overwrites the rows of its box and no others.
    ForgetAlone,
}

/// A copy of the database at the end of an hour.
pub(super) struct Copy {
    /// Digests of the slots that hold a tip, by number.
    pub(super) tips: BTreeMap<i64, [u8; 32]>,
    /// Name, digest and first bytes of each reply row, by number.
    pub(super) rows: BTreeMap<i64, SeenRow>,
    /// A digest of each other table with all its columns, and of the size of the file.
    pub(super) rest: BTreeMap<String, [u8; 32]>,
}

/// A row in a copy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SeenRow {
    pub(super) name: RowName,
    pub(super) digest: [u8; 32],
    pub(super) size: usize,
    /// The sum of its first bytes.
    pub(super) first_bytes: u64,
}

impl SeenRow {
    pub(super) const FIRST: usize = 64;
}

/// The truth, to judge the attacker's guesses.
#[derive(Default)]
pub(super) struct Truth {
    /// The hours with a replacement, and the box of each row that is a letter.
    pub(super) replaced: Vec<(usize, BTreeMap<RowName, usize>)>,
    /// First reports with a receipt: the hour, the box, and the slot in that hour's copy.
    pub(super) first: Vec<(usize, usize)>,
    /// Each "forget": its hour and the numbers of the rows that it overwrote.
    pub(super) forgets: Vec<(usize, Vec<i64>)>,
}

/// The copies, and the truth.
pub(super) struct Month {
    pub(super) copies: Vec<Copy>,
    pub(super) truth: Truth,
}

/// An act of a resident.
#[derive(Clone, Copy)]
enum Act {
    /// The first report with this receipt, or without one.
    Report(Option<usize>),
    /// An answer, or "it is still happening".
    Answer,
    Forget,
}

struct Run {
    scale: Scale,
    broken: Broken,
    clock: Clock,
    queue: Queue,
    acting: Acting,
    mac_key: MacKey,
    recipients: Recipients,
    chance: Chance,
    /// Numbers of the receipts, by their boxes as a tip has them.
    boxes: BTreeMap<String, usize>,
    /// First tips of the boxes at the desk: those that can be answered.
    at_desk: BTreeMap<usize, TipId>,
    collected: BTreeMap<TipId, usize>,
    written: BTreeMap<TipId, usize>,
    copies: Vec<Copy>,
    truth: Truth,
}

fn receipt(number: usize) -> Receipt {
    Receipt::derive(&[5; 32], &number.to_le_bytes())
}

fn box_of(number: usize) -> String {
    hex::encode(receipt(number).reply_box().expose())
}

impl Month {
    pub(super) async fn run(scale: Scale, broken: Broken) -> Self {
        // In memory if the machine has such a folder: thousands of commits need no disk here.
        let folder = match std::path::Path::new("/dev/shm") {
            memory if memory.is_dir() => tempfile::tempdir_in(memory),
            _ => tempfile::tempdir(),
        };
        let folder = folder.unwrap();
        let clock = Clock::by_hand(MONDAY);
        let identity = Identity::generate();
        let mut recipients = Recipients::default();
        for lane in Lane::ALL {
            recipients.add(*lane, identity.recipient().unwrap());
        }
        std::fs::create_dir(folder.path().join("desk")).unwrap();
        let desk = folder.path().join("desk");
        let (acting, _) = staff::desk_in(&desk, clock.clone(), identity).await;
        let url = format!("sqlite:{}", folder.path().join("queue.db").display());
        let capacity = Capacity {
            text: 256,
            photos: [1; 4],
        };
        let queue = Queue {
            name: "SQLite",
            store: Store::open(&url, capacity).await.unwrap(),
            url,
            folder,
        };
        let mut run = Run {
            scale,
            broken,
            clock,
            queue,
            acting,
            mac_key: MacKey::random().unwrap(),
            recipients,
            chance: Chance(match broken {
                Broken::Nothing => seed("linkage"),
                // In four days, not every seed has what the controls must join.
                Broken::FixedNames | Broken::ForgetAlone => CONTROL_SEED,
            }),
            boxes: (0..scale.tips)
                .map(|number| (box_of(number), number))
                .collect(),
            at_desk: BTreeMap::new(),
            collected: BTreeMap::new(),
            written: BTreeMap::new(),
            copies: Vec::new(),
            truth: Truth::default(),
        };
        let plan = run.plan();
        for hour in 0..scale.days * 24 {
            run.hour(usize::try_from(hour).unwrap(), &plan).await;
        }
        Self {
            copies: run.copies,
            truth: run.truth,
        }
    }
}

impl Run {
    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.chance.below(most as u64)).unwrap()
    }

    /// The hours of the residents' acts. One "forget" an hour at most: two of them show.
    fn plan(&mut self) -> BTreeMap<usize, Vec<Act>> {
        let hours = usize::try_from(self.scale.days).unwrap() * 24;
        let mut plan: BTreeMap<usize, Vec<Act>> = BTreeMap::new();
        // Between some sign-ins there is one tip only.
        let quiet = |hour: usize| (hour + 15) / 24 % 5 == 2;
        for number in 0..self.scale.tips {
            let mut hour = 33 + 120 * number + self.below(24);
            let is_alone = hour < hours;
            while !is_alone && (hour >= hours || quiet(hour)) {
                hour = self.below(hours);
            }
            let kept = (is_alone || self.below(10) < 8).then_some(number);
            plan.entry(hour).or_default().push(Act::Report(kept));
        }
        for (count, act) in [
            (self.scale.answers, Act::Answer),
            (self.scale.forgets, Act::Forget),
        ] {
            let mut taken = BTreeSet::new();
            while taken.len() < count {
                let hour = 25 + self.below(hours - 25);
                if taken.insert(hour) {
                    plan.entry(hour).or_default().push(act);
                }
            }
        }
        plan
    }

    async fn hour(&mut self, hour: usize, plan: &BTreeMap<usize, Vec<Act>>) {
        let now = self.clock.now();
        let of_day = (now - MONDAY) / HOUR % 24;
        if self.clock.today().weekday() < 5 && of_day == SIGN_IN {
            self.collect().await;
            self.write_replies().await;
            self.replace(hour).await;
        }
        for act in plan.get(&hour).into_iter().flatten() {
            self.act(hour, *act).await;
        }
        if of_day == 3 {
            let store = &self.queue.store;
            store.expire(self.clock.today(), 30).await.unwrap();
        }
        // The housekeeping at the end of the hour.
        self.clock.advance(HOUR);
        self.queue.store.release().await.unwrap();
        let now = self.clock.now();
        self.queue
            .store
            .cover_replies(&self.mac_key, now)
            .await
            .unwrap();
        let copy = self.copy().await;
        self.copies.push(copy);
    }

    async fn act(&mut self, hour: usize, act: Act) {
        let living: Vec<usize> = self.at_desk.keys().copied().collect();
        let (number, follow_up) = match act {
            Act::Report(number) => (number, None),
            Act::Answer if living.is_empty() => return,
            Act::Answer => (
                Some(living[self.below(living.len())]),
                Some(FollowUp::Answer),
            ),
            Act::Forget if living.is_empty() => return,
            Act::Forget => (
                Some(living[self.below(living.len())]),
                Some(FollowUp::Forget),
            ),
        };
        let day = self.clock.today();
        let tip = with(routine("They sell at the back door"), |tip| {
            tip.received = day.to_string();
            tip.follow_up = follow_up;
            if let Some(number) = number {
                tip.reply_box = Some(box_of(number));
                tip.reply_key = Some(hex::encode(receipt(number).reply_key().expose()));
            }
        });
        let expiry = day.plus(30);
        let sealed = seal::seal(&tip, &[], &self.recipients, &self.mac_key, expiry).unwrap();
        let entry = QueueEntry {
            released: false,
            ..entry()
        };
        self.queue.store.put(sealed, entry).await.unwrap();
        match (number, follow_up) {
            (Some(number), None) => self.truth.first.push((hour, number)),
            (Some(number), Some(FollowUp::Forget)) => self.forget(hour, number).await,
            _ => {}
        }
    }

    async fn forget(&mut self, hour: usize, number: usize) {
        self.at_desk.remove(&number);
        let (of, now) = (receipt(number).reply_box(), self.clock.now() + HOUR / 2);
        let names: BTreeSet<RowName> = match self.truth.replaced.last() {
            Some((_, boxes)) => {
                let mine = boxes.iter().filter(|(_, of)| **of == number);
                mine.map(|(name, _)| *name).collect()
            }
            None => BTreeSet::new(),
        };
        let before = self.copy().await;
        let there = before
            .rows
            .iter()
            .filter(|(_, row)| names.contains(&row.name));
        let numbers: Vec<i64> = there.map(|(number, _)| *number).collect();
        let (store, today) = (&self.queue.store, self.clock.today());
        if self.broken == Broken::FixedNames {
            return;
        }
        store
            .forget_replies(&of, today, &self.mac_key, now)
            .await
            .unwrap();
        self.truth.forgets.push((hour, numbers));
    }

    /// The desk collects as a pull does.
    async fn collect(&mut self) {
        let (store, now) = (&self.queue.store, self.clock.now());
        let token = LeaseToken(random::bytes().unwrap());
        let sealed = store
            .claim(Lane::ALL, token, 256, 64 << 20, now, now + 60)
            .await
            .unwrap();
        let book = &self.acting.books()[0];
        let opened: Vec<_> = sealed
            .iter()
            .map(|sealed| open::tip(book.identities(), &sealed.bytes).unwrap())
            .collect();
        let arrivals: Vec<Arrival<'_>> = sealed
            .iter()
            .zip(&opened)
            .map(|(sealed, opened)| Arrival {
                id: sealed.id,
                sealed: &sealed.bytes,
                opened,
            })
            .collect();
        if arrivals.is_empty() {
            return;
        }
        book.keep("test", &arrivals, Action::Pull).await.unwrap();
        let ids: Vec<TipId> = sealed.iter().map(|sealed| sealed.id).collect();
        store.ack(token, &ids).await.unwrap();
        for opened in &opened {
            self.note(&opened.tip);
        }
    }

    fn note(&mut self, tip: &Tip) {
        if tip.follow_up.is_some() {
            return;
        }
        let Some(reply_box) = &tip.reply_box else {
            return;
        };
        let number = self.boxes[reply_box];
        self.at_desk.insert(number, tip.id);
        self.collected.insert(tip.id, number);
    }

    async fn write_replies(&mut self) {
        let days = usize::try_from(self.scale.days).unwrap();
        for _ in 0..self.scale.replies.div_ceil(days * 5 / 7) {
            let living: Vec<TipId> = self.at_desk.values().copied().collect();
            if living.is_empty() {
                return;
            }
            let tip = living[self.below(living.len())];
            let written = self.written.entry(tip).or_default();
            if *written == REPLIES {
                continue;
            }
            *written += 1;
            let words = Words::Library("stay-safe");
            self.acting.reply(tip, words, None).await.unwrap();
        }
    }

    /// The daily replacement, made by the desk and stored by the gateway.
    async fn replace(&mut self, hour: usize) {
        let (today, now) = (self.clock.today(), self.clock.now());
        let book = &self.acting.books()[0];
        let boxes = rows::live(self.acting.register(), &[book], today)
            .await
            .unwrap();
        let cover = match self.broken {
            Broken::ForgetAlone => Vec::new(),
            _ => cover_rows(&self.mac_key, &BOOK, today, now),
        };
        let recipient = book.recipient().unwrap().to_string();
        let made = rows::outgoing(&boxes[0], &recipient, self.scale.rows, today, &cover).unwrap();
        let mut rows = made.rows;
        let mut boxes = BTreeMap::new();
        for number in self.collected.values() {
            let of = receipt(*number).reply_box();
            for letter in 0..LETTERS {
                let (name, fixed) = (of.row(today, letter), of.row(Day(0), letter));
                let Some(row) = rows.iter_mut().find(|row| row.name == name) else {
                    continue;
                };
                if self.broken == Broken::FixedNames {
                    row.name = fixed;
                }
                boxes.insert(row.name, *number);
            }
        }
        let store = &self.queue.store;
        store
            .replace_replies("desk", BOOK, today, rows)
            .await
            .unwrap();
        if hour < 24 {
            let rows: Vec<Row> = (0..64).map(|_| Row::random().unwrap()).collect();
            store
                .replace_replies("desk", CLOSED_BOOK, today, rows)
                .await
                .unwrap();
        }
        self.truth.replaced.push((hour, boxes));
    }

    /// A copy of every table, with what an attacker can compare of long values.
    async fn copy(&self) -> Copy {
        let mut db = SqliteConnection::connect(&self.queue.url).await.unwrap();
        let tips: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select number, mac from slot where state > 2")
                .fetch_all(&mut db)
                .await
                .unwrap();
        let rows: Vec<(i64, Vec<u8>, Vec<u8>)> =
            sqlx::query_as("select number, name, sealed from reply_row")
                .fetch_all(&mut db)
                .await
                .unwrap();
        let rest = self.rest(&mut db).await;
        db.close().await.unwrap();
        let seen = rows.into_iter().map(|(number, name, sealed)| {
            let row = SeenRow {
                name: RowName(name.try_into().unwrap()),
                digest: sha256(&sealed),
                size: sealed.len(),
                first_bytes: sealed
                    .iter()
                    .take(SeenRow::FIRST)
                    .map(|byte| u64::from(*byte))
                    .sum(),
            };
            (number, row)
        });
        Copy {
            tips: tips
                .into_iter()
                .map(|(number, mac)| (number, sha256(&mac)))
                .collect(),
            rows: seen.collect(),
            rest,
        }
    }

    /// Digests of all tables but that of the reply rows. A table that a later migration adds is there as
    /// well.
    async fn rest(&self, db: &mut SqliteConnection) -> BTreeMap<String, [u8; 32]> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select name from sqlite_master where type = 'table' and name <> 'reply_row'",
        )
        .fetch_all(&mut *db)
        .await
        .unwrap();
        let mut rest = BTreeMap::new();
        for table in tables {
            let values: String = sqlx::query_scalar(
                "select group_concat('quote(\"' || name || '\")', ' || ') from pragma_table_info(?)",
            )
            .bind(&table)
            .fetch_one(&mut *db)
            .await
            .unwrap();
            let all = format!("select {values} from \"{table}\" order by 1");
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(all))
                .fetch_all(&mut *db)
                .await
                .unwrap();
            rest.insert(table, sha256(rows.concat().as_bytes()));
        }
        let file = self.queue.folder.path().join("queue.db");
        let size = std::fs::metadata(file).unwrap().len();
        rest.insert("the file".to_owned(), sha256(&size.to_le_bytes()));
        rest
    }
}
