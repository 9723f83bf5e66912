//! The full circle of a receipt in a real Chromium at 360 px, on each engine: report, reply, answer, a
//! second incident, forget. P7: afterwards no byte of the replies is left in the gateway's files.

use std::path::{Path, PathBuf};

use loke::desk::book::{Decision, State};
use loke::desk::replying::{Words as ReplyWords, rows};
use loke::receipt::Receipt;
use loke::reply_rows::LETTERS;
use loke::tip::{FollowUp, TipId};
use loke::words::{Languages, Words};

use super::phone::{Kind, Phone};
use super::{NEXT, browsers, screenshots};
use crate::house::browser::text;
use crate::house::sweep::Sweep;
use crate::house::{House, Officer, every_tip, limit};
use crate::store::cluster::Cluster;
use crate::triage::decide;

const CODES: [&str; 3] = ["en", "pl", "ar"];
const TEXT: &str = "which-day";
const DAY: i64 = 86_400;

/// A gateway with its database, a desk and a phone.
struct Circle {
    engine: &'static str,
    house: House,
    officer: Officer,
    phone: Phone,
    cluster: Option<Cluster>,
}

/// A resident with a receipt.
struct Resident<'a> {
    words: &'a Words,
    receipt: Receipt,
    grouped: String,
    tip: TipId,
}

impl Circle {
    async fn on(engine: &'static str, cluster: Option<Cluster>) -> Self {
        let database = match &cluster {
            Some(cluster) => cluster.url(),
            None => "sqlite:queue.db".to_owned(),
        };
        let house = House::on(&database, |table| {
            limit(table, &[("requests_per_minute", 100_000)]);
            table["pickup"]
                .as_table_mut()
                .unwrap()
                .insert("reply_rows".into(), 64.into());
        })
        .await;
        Self {
            engine,
            officer: house.officer("desk", "").await,
            phone: Phone::start(Kind::Chromium, true).await,
            house,
            cluster,
        }
    }

    /// Reports by the form and keeps the receipt.
    async fn report<'a>(&self, words: &'a Words) -> Resident<'a> {
        let phone = &self.phone;
        let html = format!("html[lang={}][dir={}]", words.code, words.direction());
        phone
            .open(&format!("http://{}/{}", self.house.web, words.code))
            .await;
        phone.wait(&html).await;
        assert_eq!(phone.width().await, 360);
        phone.touch("input[name=topic][value=drugs]").await;
        phone.fill("#what", words.say("signs-safe")).await;
        phone.fill("#where", words.say("where-hint")).await;
        phone.touch(NEXT).await;
        phone.wait("form[action='/send']").await;
        phone.touch(NEXT).await;
        let grouped = phone.words("#receipt").await;
        let receipt = Receipt::parse(&grouped).unwrap();
        let tip = self.collected(&receipt).await.pop().unwrap();
        phone.touch("a[href^='/messages']").await;
        phone.wait(&html).await;
        Resident {
            words,
            receipt,
            grouped,
            tip,
        }
    }

    /// Collects. Returns the tips with this receipt.
    async fn collected(&self, receipt: &Receipt) -> Vec<TipId> {
        let tally = self.officer.pull().await;
        assert!(!tally.needs_a_person(), "{:?}", tally.troubles());
        let reply_box = hex::encode(receipt.reply_box().expose());
        let mut found = Vec::new();
        for line in every_tip(self.officer.book()).await {
            let held = self.officer.book().view(line.id).await.unwrap();
            if held.json.contains(&reply_box) {
                found.push(line.id);
            }
        }
        found
    }

    /// Takes the tip and sends a text of the library. It leaves with all rows of the book.
    async fn reply(&self, tip: TipId) {
        let acting = &self.officer.acting;
        decide(acting, tip, Decision::Take).await.unwrap();
        let words = ReplyWords::Library(TEXT);
        acting.reply(tip, words, None).await.unwrap();
        self.replace().await;
    }

    async fn replace(&self) {
        let acting = &self.officer.acting;
        let made = rows::replace(acting.register(), acting.books(), 0).await;
        assert_eq!(made.unwrap(), 1);
    }

    /// Types the digits.
    async fn look(&self, resident: &Resident<'_>) {
        let phone = &self.phone;
        phone
            .open(&format!(
                "http://{}/messages?{}",
                self.house.web, resident.words.code
            ))
            .await;
        phone.fill("#code", &resident.grouped).await;
        phone.touch("form button:not([name])").await;
        phone.wait("#answer").await;
    }

    /// Reads the reply, answers it, and adds an incident.
    async fn read_and_answer(&self, resident: &Resident<'_>) {
        let (phone, words) = (&self.phone, resident.words);
        self.look(resident).await;
        assert_eq!(phone.words(".answer").await, self.text_in(words.code));
        self.picture("reply", words).await;
        phone.fill("#answer", words.say("impact-label")).await;
        phone.touch("button[value=answer]").await;
        self.says(words, "messages-sent").await;
        phone.touch("details:first-of-type > summary").await;
        phone.fill("#day", "11202026").await;
        phone.fill("#time", "0930PM").await;
        self.picture("still", words).await;
        phone.touch("button[value=still]").await;
        phone.wait("details:first-of-type:not([open])").await;
        self.says(words, "messages-sent").await;
    }

    async fn forget(&self, resident: &Resident<'_>) {
        self.look(resident).await;
        self.phone.touch("details:last-of-type > summary").await;
        self.picture("forget", resident.words).await;
        self.phone.touch("button[value=forget]").await;
        self.phone.wait("#code").await;
        self.says(resident.words, "messages-forgotten").await;
        self.picture("forgotten", resident.words).await;
    }

    async fn says(&self, words: &Words, id: &str) {
        let said = self.phone.words(".box[role=status]").await;
        assert!(said.contains(words.say(id)), "{}: {said}", words.code);
    }

    /// Checks that the page fits the phone. Once a language, saves a picture.
    async fn picture(&self, page: &str, words: &Words) {
        let needed = self.phone.needed_width().await;
        assert!(needed <= 360, "{} {page}: {needed} px", words.code);
        if self.cluster.is_none() {
            let name = format!("messages-{page}-{}.png", words.code);
            self.phone.picture(&screenshots().join(name)).await;
        }
    }

    fn text_in(&self, code: &str) -> String {
        let library = self.officer.acting.register().library();
        let text = library.text(TEXT).unwrap().in_language(code);
        text.unwrap().to_owned()
    }

    /// Every file of the gateway and of its database.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        read_all(self.house.config.parent().unwrap(), &mut files);
        files.extend(self.cluster.iter().flat_map(Cluster::files));
        files
    }

    /// The names of what the files have.
    fn finds(&self, sought: &Sweep) -> Vec<String> {
        let found = self.files().into_iter().flat_map(|(path, bytes)| {
            let finds = sought.finds(&bytes).into_iter();
            let say = move |find| format!("{find} in {}", path.display());
            finds.map(say).collect::<Vec<_>>()
        });
        found.collect()
    }

    /// The stored rows of a receipt, today.
    async fn stored(&self, receipt: &Receipt) -> Vec<Vec<u8>> {
        let today = self.house.clock.today();
        let names: Vec<_> = (0..LETTERS)
            .map(|letter| receipt.reply_box().row(today, letter))
            .collect();
        let rows = self.house.store.reply_rows(&names).await.unwrap();
        let pieces = rows.iter().flat_map(|(name, sealed)| {
            let pieces = sealed.chunks_exact(16).map(<[u8]>::to_vec);
            pieces.chain([name.0.to_vec()]).collect::<Vec<_>>()
        });
        pieces.collect()
    }
}

fn read_all(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read_all(&path, files),
            false => files.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
}

/// Everything that opens or tells a reply: digits, key, box and text, in every form.
fn telling(receipt: &Receipt, text: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("digits", receipt.groups().concat().into_bytes()),
        ("digits in groups", receipt.groups().join(" ").into_bytes()),
        ("reply key", receipt.reply_key().expose().to_vec()),
        ("reply box", receipt.reply_box().expose().to_vec()),
        ("text", text.as_bytes().to_vec()),
    ]
}

fn sealed(pieces: Vec<Vec<u8>>) -> Sweep {
    assert!(pieces.len() > 100, "a row is stored");
    Sweep::raw(pieces.into_iter().map(|piece| ("a stored row", piece))).unwrap()
}

/// Both engines; SQLite alone if PostgreSQL is not installed.
async fn circles() -> Vec<Circle> {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return Vec::new();
    }
    let mut circles = vec![Circle::on("SQLite", None).await];
    if let Some(cluster) = Cluster::start("") {
        circles.push(Circle::on("PostgreSQL", Some(cluster)).await);
    }
    circles
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_report_reply_answer_a_second_incident_and_forget_leave_no_byte_of_the_replies() {
    let languages = Languages::read().unwrap();
    for circle in circles().await {
        let (house, acting) = (&circle.house, &circle.officer.acting);
        let mut residents = Vec::new();
        for code in CODES {
            let resident = circle.report(languages.get(code).unwrap()).await;
            circle.reply(resident.tip).await;
            residents.push(resident);
        }
        for resident in &residents {
            circle.read_and_answer(resident).await;
        }
        for Resident { receipt, tip, .. } in &residents {
            assert_eq!(circle.collected(receipt).await.len(), 3);
            let thread = acting.thread_of(*tip).await.unwrap().thread;
            let kinds: Vec<_> = thread
                .incidents
                .iter()
                .map(|of| of.follow_up.clone())
                .collect();
            for kind in [FollowUp::Answer, FollowUp::Still] {
                assert!(kinds.contains(&Some(kind.word().to_owned())), "{kinds:?}");
            }
            for incident in &thread.incidents {
                let triage = circle
                    .officer
                    .book()
                    .triage(incident.id)
                    .await
                    .unwrap()
                    .triage;
                assert_eq!(
                    (triage.state, triage.owner.as_deref()),
                    (State::Taken, Some("ann")),
                    "with whoever took the thread"
                );
                if incident.follow_up.as_deref() == Some("still") {
                    assert_eq!(incident.happened.as_deref(), Some("2026-11-20 21:30"));
                }
            }
        }
        let (mut rows, mut words) = (Vec::new(), Vec::new());
        for Resident {
            receipt, words: of, ..
        } in &residents
        {
            rows.extend(circle.stored(receipt).await);
            words.extend(telling(receipt, &circle.text_in(of.code)));
        }
        let (stored, telling) = (sealed(rows), Sweep::new(words.clone()).unwrap());
        assert!(!circle.finds(&stored).is_empty(), "the control");
        for (name, word) in &words {
            assert!(!telling.finds(word).is_empty(), "the control: {name}");
        }
        assert_eq!(circle.finds(&telling), Vec::<String>::new());
        for resident in &residents {
            circle.forget(resident).await;
        }
        for Resident { receipt, tip, .. } in &residents {
            assert!(
                circle.collected(receipt).await.is_empty(),
                "no box at the desk"
            );
            let thread = acting.thread_of(*tip).await.unwrap().thread;
            assert!(thread.replies.is_empty() && thread.forget.is_some());
        }
        // PostgreSQL keeps deleted bytes until the night.
        house.store.rewrite().await.unwrap();
        for sought in [&stored, &telling] {
            assert_eq!(
                circle.finds(sought),
                Vec::<String>::new(),
                "{}",
                circle.engine
            );
        }
        house.clock.advance(DAY);
        circle.replace().await;
        circle.look(&residents[0]).await;
        circle.says(residents[0].words, "messages-none").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_replies_that_expired_leave_no_byte_at_the_gateway() {
    let languages = Languages::read().unwrap();
    for circle in circles().await {
        let house = &circle.house;
        let fields = [text("topic", "drugs"), text("what", "They sell here")];
        let grouped = house.report(&fields).await;
        let receipt = Receipt::parse(&grouped).unwrap();
        let tip = circle.collected(&receipt).await.pop().unwrap();
        circle.reply(tip).await;
        let resident = Resident {
            words: languages.get("en").unwrap(),
            grouped,
            tip,
            receipt,
        };
        circle.look(&resident).await;
        assert_eq!(circle.phone.words(".answer").await, circle.text_in("en"));
        let receipt = &resident.receipt;
        let stored = sealed(circle.stored(receipt).await);
        assert!(!circle.finds(&stored).is_empty(), "the control");
        // Nobody opens the book for two weeks.
        house.clock.advance(14 * DAY);
        house.store.expire(house.clock.today(), 0).await.unwrap();
        house.store.rewrite().await.unwrap();
        circle.look(&resident).await;
        circle.says(resident.words, "messages-none").await;
        let telling = Sweep::new(telling(receipt, &circle.text_in("en"))).unwrap();
        for sought in [&stored, &telling] {
            assert_eq!(
                circle.finds(sought),
                Vec::<String>::new(),
                "{}",
                circle.engine
            );
        }
    }
}
