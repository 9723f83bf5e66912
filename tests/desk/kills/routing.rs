//! `kill -9` while reports are routed, while they are delivered, and while answers are collected: no
//! report is lost, a partner's folder gets none twice, and each answer is recorded once.

use std::collections::{BTreeMap, BTreeSet};

use age::x25519;
use loke::clock::{Clock, Day};
use loke::desk::answers::{Answer, Choice};
use loke::desk::outbox;
use loke::desk::register::Register;
use loke::desk::report::Report;
use loke::desk::settings::DeskSettings;
use loke::random;
use loke::seal::MacKey;
use loke::tip::{Priority, Tip};

use crate::route::open_as;

use super::{Bench, Kills, key_of, kills, raw, said, text, tip};

/// The reports in the partner's folder, opened with its key, by their file's name.
pub(super) fn delivered(bench: &Bench, key: &x25519::Identity) -> BTreeMap<String, Report> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(bench.path("inbox")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        let sealed = std::fs::read(entry.path()).unwrap();
        let files = open_as(key, &sealed);
        assert_eq!(files[0].0, "report.json");
        found.insert(name, serde_json::from_slice(&files[0].1).unwrap());
    }
    found
}

/// Adds lines to the desk's settings.
pub(super) fn settle(bench: &Bench, lines: &str) {
    let config = bench.folder().join("desk.toml");
    let mut settings = std::fs::read_to_string(&config).unwrap();
    settings.push_str(lines);
    std::fs::write(&config, settings).unwrap();
}

/// Adds partners for cleansing, each with its name, key, way and address.
pub(super) fn know(bench: &Bench, partners: &[[&str; 4]]) {
    let mut table = "name,kind,key,way,address,lanes,fields,agreement_until\n".to_owned();
    for [name, key, way, address] in partners {
        table.push_str(&format!("{name},cleansing,{key},{way},{address},,,\n"));
    }
    std::fs::write(bench.path("partners.csv"), table).unwrap();
    bench.ok(&["partner", "import", text(&bench.path("partners.csv"))]);
}

/// Imports a tip for each round, and one for before.
pub(super) fn tips_of(bench: &Bench, rounds: usize) -> Vec<Tip> {
    let mac_key = MacKey::random().unwrap();
    let tips: Vec<_> = (0..=rounds)
        .map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"))
        .collect();
    let sealed: Vec<_> = tips.iter().map(|t| bench.seal(t, &[], &mac_key)).collect();
    let imported = said(&bench.import(&sealed));
    assert!(imported.contains("tips imported"), "{imported}");
    tips
}

/// Delivers what a killed attempt had leased. Its lease ends after five minutes.
async fn after_the_leases(bench: &Bench) {
    let desk = DeskSettings::read(&bench.folder().join("desk.toml")).unwrap();
    let register = Register::open(&bench.folder(), Clock::System)
        .await
        .unwrap();
    let later = Clock::System.now() + 301;
    outbox::send_due(&register, &desk, later).await.unwrap();
    register.close().await;
}

#[tokio::test]
async fn p6_a_kill_while_reports_are_routed_or_answers_collected_loses_and_doubles_none() {
    let bench = Bench::new();
    let key = x25519::Identity::generate();
    for folder in ["inbox", "answers"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
    }
    let answers = bench.path("answers");
    settle(
        &bench,
        &format!("\n[answers]\nfolder = \"{}\"\n", answers.display()),
    );
    let (public, inbox) = (key.to_public().to_string(), bench.path("inbox"));
    know(&bench, &[["cleansing", &public, "folder", text(&inbox)]]);
    let rounds = kills() as usize;
    let tips = tips_of(&bench, rounds);
    let words = bench.path("report.txt");
    let args = |id: &str| -> Vec<String> {
        let args = ["route", id, "--to", "cleansing", "--now", "--text"];
        let mut args: Vec<String> = args.map(str::to_owned).to_vec();
        args.push(text(&words).to_owned());
        args
    };
    std::fs::write(&words, "report 0").unwrap();
    let first = args(&tips[0].id.to_string());
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let mut routing = Kills::within(&bench, &first);
    let mut delivery = Kills::within(&bench, &["deliver"]);

    // A round: a report is routed and killed; the last round's answer is collected and killed.
    let mut midway = 0;
    let mut answered = BTreeSet::new();
    for (n, one) in tips.iter().enumerate().skip(1) {
        std::fs::write(&words, format!("report {n}")).unwrap();
        let round = args(&one.id.to_string());
        let round: Vec<&str> = round.iter().map(String::as_str).collect();
        midway += usize::from(routing.kill(&bench, &round));
        for report in delivered(&bench, &key).into_values() {
            if answered.insert(report.reference.clone()) {
                let answer = Answer {
                    reference: report.reference.parse().unwrap(),
                    code: report.answer_code.unwrap().parse().unwrap(),
                    choice: Choice::Done,
                };
                let file = answer.seal(&bench.recipient(), Day(20_800)).unwrap();
                let name = hex::encode(random::bytes::<16>().unwrap());
                let path = bench.path("answers").join(format!("{name}.age"));
                std::fs::write(path, file).unwrap();
            }
        }
        delivery.kill(&bench, &["deliver"]);
    }
    assert!(midway > 0, "no kill fell into a route: the test is blind");
    bench.ok(&["deliver"]);
    // A tip without an order is routed now. The others are refused, because two on one day would show
    // that they belong together.
    let mut refused = 0;
    for (n, one) in tips.iter().enumerate() {
        std::fs::write(&words, format!("report {n}")).unwrap();
        let round = args(&one.id.to_string());
        let round: Vec<&str> = round.iter().map(String::as_str).collect();
        let out = bench.command(&round).output().unwrap();
        if !out.status.success() {
            let twice = "gets a report about this tip on";
            assert!(said(&out).contains(twice), "{}", said(&out));
            refused += 1;
        }
    }
    assert!(refused > 0, "the control");
    after_the_leases(&bench).await;
    let found = delivered(&bench, &key);
    let texts: BTreeSet<&str> = found.values().map(|report| report.text.as_str()).collect();
    assert_eq!((found.len(), texts.len()), (tips.len(), tips.len()));
    let outbox = bench.ok(&["outbox", "--json"]);
    let outbox: Vec<serde_json::Value> = serde_json::from_str(&outbox).unwrap();
    let arrived: BTreeSet<String> = outbox
        .iter()
        .filter(|line| line["state"] == "arrived")
        .map(|line| format!("{}.age", line["reference"].as_str().unwrap()))
        .collect();
    assert_eq!(outbox.len(), tips.len());
    assert_eq!(arrived, found.into_keys().collect());
    bench.ok(&["deliver"]);
    let tables = raw(&bench, &key_of(&bench)).await;
    let recorded: Vec<String> = sqlx::query_scalar("select reference from answers")
        .fetch_all(&tables)
        .await
        .unwrap();
    tables.close().await;
    assert_eq!(recorded.len(), answered.len());
    assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), answered);
    let left = std::fs::read_dir(bench.path("answers")).unwrap();
    assert_eq!(left.count(), 0);
    bench.ok(&["audit", "verify"]);
}
