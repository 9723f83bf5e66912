//! Promise P6, a receipt means the report is stored: the test kills the real gateway under load
//! with `kill -9` at random instants and starts it again on the same folder. A desk collects every
//! report whose receipt was seen exactly once and complete; no report appears twice or in part.
//! `LOKE_KILLS` sets the number of kills, `LOKE_SEED` their instants.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use loke::desk::open;
use loke::random;
use loke::tip::{Tip, TipId};
use tokio::task::JoinSet;

use crate::house::browser::{Browser, Field, jpeg, photo, text};
use crate::house::chance::{Chance, seed};
use crate::house::real::RealGateway;
use crate::house::{Officer, contains, every_tip, limit, sweep};
use crate::store::queue::new_database;

const RESIDENTS: usize = 16;
/// Reports of each resident in one round.
const EACH: usize = 10;
/// Longest time for one round, with or without a kill.
const PATIENCE: Duration = Duration::from_secs(120);

/// The reports that were sent, and those with a receipt. One word identifies one report.
#[derive(Default)]
struct Words {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

/// The fields of a report, all derived from one word, so that a cut or foreign field shows.
fn fields(word: &str) -> Vec<Field> {
    let mut fields = ["topic", "what", "where", "when", "vehicle", "impact"]
        .map(|name| text(name, &answer(name, word)))
        .to_vec();
    fields.extend(has_photo(word).then(|| photo("IMG_0001.jpg", &jpeg())));
    fields
}

fn answer(field: &str, word: &str) -> String {
    match field {
        "topic" => "graffiti".to_owned(),
        "what" => format!("{word} {}", "on the wall ".repeat(100).trim()),
        _ => format!("{field} {word}"),
    }
}

/// One report in eight has a photo: a tip of over a megabyte, which takes longer to write.
fn has_photo(word: &str) -> bool {
    word.ends_with('8')
}

fn is_whole(tip: &Tip, word: &str) -> bool {
    let is =
        |field: &str, text: &Option<String>| text.as_deref() == Some(answer(field, word).as_str());
    let fields = [
        is("where", &tip.place),
        is("when", &tip.when),
        is("vehicle", &tip.vehicle),
        is("impact", &tip.impact),
    ];
    tip.what == answer("what", word)
        && fields == [true; 4]
        && tip.photos.len() == usize::from(has_photo(word))
        && tip.reply_key.is_some()
}

/// Compares the collected tips with the residents' receipts.
fn judge(words: &Words, tips: &[Tip]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for tip in tips {
        let word = tip.what.split(' ').next().unwrap_or_default();
        if !words.sent.contains(word) {
            return Err(format!("nobody sent {word}"));
        }
        if !is_whole(tip, word) {
            return Err(format!("{word} is not whole"));
        }
        if !seen.insert(word) {
            return Err(format!("{word} is there twice"));
        }
    }
    match words
        .acknowledged
        .iter()
        .find(|word| !seen.contains(word.as_str()))
    {
        Some(word) => Err(format!("{word} was acknowledged and is lost")),
        None => Ok(()),
    }
}

/// One report: form, check page, send. Returns true if a receipt was seen.
async fn report(browser: Browser, word: &str) -> std::io::Result<bool> {
    let mut all = fields(word);
    // Half of the forms without a photo are sent as a phone without file fields sends them.
    let sent = if has_photo(word) || random::below(2).unwrap() == 0 {
        let (_, all) = browser.check(&all).await?;
        browser.post("/send", &all).await?
    } else {
        all.push(text("token", &browser.token().await?));
        let page = browser.post_urlencoded("/check", &pairs(&all)).await?;
        browser
            .post_urlencoded("/send", &pairs(&page.carries(&all)))
            .await?
    };
    Ok(sent.receipt().is_some())
}

fn pairs(fields: &[Field]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .filter_map(|f| {
            if let Field::Text(n, v) = f {
                Some((n.as_str(), v.as_str()))
            } else {
                None
            }
        })
        .collect()
}

/// Each resident reports until all reports are sent or the gateway is gone. Returns the reports
/// that were sent and those that were acknowledged.
async fn one_round(browser: Browser, prefix: String) -> Words {
    let mut residents = JoinSet::new();
    for resident in 0..RESIDENTS {
        let prefix = prefix.clone();
        residents.spawn(async move {
            let mut words = Words::default();
            for n in 1..=EACH {
                let word = format!("{prefix}-{resident}-{n}");
                words.sent.insert(word.clone());
                match report(browser, &word).await {
                    Ok(true) => words.acknowledged.insert(word),
                    Ok(false) => continue,
                    Err(_) => break,
                };
            }
            words
        });
    }
    let mut all = Words::default();
    while let Some(words) = residents.join_next().await {
        let mut words = words.unwrap();
        all.sent.append(&mut words.sent);
        all.acknowledged.append(&mut words.acknowledged);
    }
    all
}

/// Collects everything and opens the new tips. `known` are the tips of earlier rounds.
async fn collect(officer: &Officer, known: &mut BTreeSet<TipId>, tips: &mut Vec<Tip>) {
    let tally = officer.pull().await;
    assert!(
        !tally.needs_a_person() && tally.left == 0,
        "{:?}",
        tally.troubles()
    );
    for line in every_tip(officer.book()).await {
        if known.insert(line.id) {
            let sealed = officer.book().sealed(line.id).await.unwrap();
            tips.push(
                open::tip(officer.book().identities(), &sealed)
                    .unwrap()
                    .tip
                    .clone(),
            );
        }
    }
}

async fn kills_lose_nothing(engine: &str, database: &str) {
    let kills: u32 = std::env::var("LOKE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let mut chance = Chance(seed("kills of the gateway"));
    let place = tempfile::tempdir().unwrap();
    let canary = format!("canary-{}", hex::encode(random::bytes::<8>().unwrap()));
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        database,
        "1024,64,1,1,1",
        |table| {
            limit(
                table,
                &[
                    ("requests_per_minute", 10_000_000),
                    ("reports_per_hour", 10_000_000),
                    ("photos_per_hour", 10_000_000),
                ],
            );
        },
    );
    gateway.start().await;
    let officer = gateway.officer().await;
    // The first round has no kill: it measures how long a round takes.
    let began = Instant::now();
    let mut words = one_round(gateway.browser, format!("{canary}-0")).await;
    let span = began.elapsed();
    assert_eq!(
        (words.sent.len(), words.acknowledged.len()),
        (RESIDENTS * EACH, RESIDENTS * EACH),
        "the control: without a kill all are told"
    );
    let (mut known, mut tips, mut midway) = (BTreeSet::new(), Vec::new(), 0);
    for round in 1..=kills {
        let writing = tokio::spawn(tokio::time::timeout(
            PATIENCE,
            one_round(gateway.browser, format!("{canary}-{round}")),
        ));
        tokio::time::sleep(chance.within(span)).await;
        gateway.kill().await;
        let mut told = writing.await.unwrap().unwrap();
        midway += u32::from((1..RESIDENTS * EACH).contains(&told.acknowledged.len()));
        words.sent.append(&mut told.sent);
        words.acknowledged.append(&mut told.acknowledged);
        nothing_in_the_clear(&gateway.folder, &canary);
        if round % 4 == 0 {
            // Kill it during start-up.
            gateway.launch();
            tokio::time::sleep(Duration::from_millis(chance.below(100))).await;
            gateway.kill().await;
        }
        gateway.start().await;
        collect(&officer, &mut known, &mut tips).await;
        judge(&words, &tips).unwrap();
    }
    gateway.stop().await;
    officer.acting.verify(|| {}).await.unwrap();
    nothing_in_the_clear(&gateway.folder, &canary);
    assert!(
        !contains(&gateway.log(), canary.as_bytes()),
        "a word is in the log"
    );
    println!(
        "{engine}: {kills} kills under load ({midway} with a part of the round told, {} more at the start), {} reports sent, {} acknowledged, {} stored: 0 lost, 0 doubled, 0 in part",
        kills / 4,
        words.sent.len(),
        words.acknowledged.len(),
        tips.len()
    );
    assert!(
        kills < 8 || midway > 0,
        "no kill fell into a round: the test shows nothing"
    );
}

/// P1 after a kill: no file of the gateway contains a word of a report.
fn nothing_in_the_clear(folder: &Path, canary: &str) {
    let finds = sweep(folder, &[canary.to_owned()]);
    assert!(finds.is_empty(), "{finds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_kills_of_the_gateway_on_sqlite_lose_and_double_nothing() {
    kills_lose_nothing("SQLite", "sqlite:queue.db").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_kills_of_the_gateway_on_postgres_lose_and_double_nothing() {
    let Some(url) = new_database().await else {
        return;
    };
    kills_lose_nothing("PostgreSQL", &url).await;
}

/// The control: the judge accepts the collected tips, and rejects the same list with one tip
/// missing, doubled, cut or invented.
#[tokio::test(flavor = "multi_thread")]
async fn the_judge_sees_what_is_lost_doubled_cut_and_made_up() {
    let house = crate::house::House::open().await;
    let officer = house.officer("desk", "").await;
    let mut words = Words::default();
    for word in ["word-1", "word-2", "word-8"] {
        assert!(report(Browser(house.web), word).await.unwrap());
        words.sent.insert(word.to_owned());
        words.acknowledged.insert(word.to_owned());
    }
    let mut tips = Vec::new();
    collect(&officer, &mut BTreeSet::new(), &mut tips).await;
    let judged = |change: &dyn Fn(&mut Vec<Tip>)| {
        let mut doctored = tips.clone();
        change(&mut doctored);
        judge(&words, &doctored).unwrap_err()
    };
    judge(&words, &tips).unwrap();
    assert!(judged(&|tips| drop(tips.pop())).contains("lost"));
    assert!(judged(&|tips| tips.push(tips[0].clone())).contains("twice"));
    assert!(judged(&|tips| tips[1].when = None).contains("not whole"));
    assert!(judged(&|tips| tips[2].what.truncate(50)).contains("not whole"));
    assert!(judged(&|tips| tips[0].what.insert(0, 'x')).contains("nobody sent"));
    words.sent.insert("word-3".to_owned());
    judge(&words, &tips).unwrap();
}
