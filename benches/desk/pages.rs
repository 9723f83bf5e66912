//! How long the pages, a search and a decision take.

use std::time::{Duration, Instant};

use loke::desk::audit::Action;
use loke::desk::book::Search;

use super::filled::Filled;
use super::{goals, words};

/// Requests of each page.
const TURNS: usize = 100;

/// The queue and a tip at two desks that take turns, and a search at the larger one.
pub(crate) async fn compare(few: &Filled, many: &Filled) {
    println!("\n== pages, {} tips", many.tips);
    let (mut queue, mut tip) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for n in 0..TURNS {
        for (desk, (queue, tip)) in [few, many].into_iter().zip(queue.iter_mut().zip(&mut tip)) {
            queue.push(timed(async || drop(desk.browser.get("/queue").await)).await);
            let path = format!("/tip/{}", desk.open_tip(n));
            tip.push(timed(async || drop(desk.browser.get(&path).await)).await);
        }
    }
    let mut found = Vec::new();
    for n in 0..TURNS {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", words::QUESTIONS[n % words::QUESTIONS.len()])
            .finish();
        let path = format!("/search?{query}");
        found.push(timed(async || drop(many.browser.get(&path).await)).await);
    }
    print("queue page", &queue[1], 100.0);
    print("tip page", &tip[1], 100.0);
    print("search page", &found, 100.0);
    for (page, [few, many]) in [("queue", &queue), ("tip", &tip)] {
        let growth = median(many) / median(few);
        let (few, many) = (median(few), median(many));
        println!("  {page} page, medians: {few:.1} and {many:.1} ms");
        goals::at_most(
            &format!("{page} page, times as long as with few tips"),
            growth,
            1.3,
            "",
        );
    }
}

/// Two readers search while a writer writes to the log.
pub(crate) async fn search_beside_a_writer(desk: &Filled) {
    let reader = |from: usize| {
        let acting = desk.acting.clone();
        tokio::spawn(async move {
            let (mut times, mut hits) = (Vec::new(), 0);
            for n in 0..60 {
                let wanted = question(words::QUESTIONS[(from + n) % words::QUESTIONS.len()]);
                let began = Instant::now();
                hits += acting.books()[0].search(&wanted).await.unwrap().len();
                times.push(began.elapsed());
            }
            (times, hits)
        })
    };
    let readers = [reader(0), reader(7)];
    let writer = desk.acting.clone();
    let writing = tokio::spawn(async move {
        for _ in 0..20 {
            writer.books()[0]
                .record(Action::View, "bench", "")
                .await
                .unwrap();
        }
    });
    let (mut times, mut hits) = (Vec::new(), 0);
    for reader in readers {
        let (some, found) = reader.await.unwrap();
        times.extend(some);
        hits += found;
    }
    writing.await.unwrap();
    print("search, two readers and a writer", &times, 50.0);
    println!("    {hits} hits in {} searches", times.len());
    println!("    by question, the first page and its time:");
    for words in words::QUESTIONS {
        let mut found = Vec::new();
        let took = timed(async || {
            found = desk.acting.books()[0]
                .search(&question(words))
                .await
                .unwrap();
        });
        let took = took.await.as_secs_f64() * 1e3;
        println!("      {words}: {} hits, {took:.1} ms", found.len());
    }
}

fn question(words: &str) -> Search {
    Search {
        words: words.into(),
        most: 25,
        ..Search::default()
    }
}

/// Takes tips by the form of their page. The answer is the way to the next tip.
pub(crate) async fn decide(desk: &Filled) {
    let mut times = Vec::new();
    for n in 0..TURNS {
        let path = format!("/tip/{}", desk.open_tip(n));
        let page = desk.browser.get(&path).await;
        let value = |name: &str| {
            let field = format!("name=\"{name}\" value=\"");
            page.split(&field)
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("form_token", value("form_token"))
            .append_pair("version", value("version"))
            .append_pair("view", "open")
            .append_pair("decision", "take")
            .finish();
        let took = timed(async || {
            let answer = desk.browser.post(&path, &form).await;
            assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        });
        times.push(took.await);
    }
    print("decision", &times, 50.0);
}

async fn timed(once: impl AsyncFnOnce()) -> Duration {
    let began = Instant::now();
    once().await;
    began.elapsed()
}

/// Prints the median, and judges the 95th of a hundred.
fn print(what: &str, times: &[Duration], goal: f64) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let p95 = sorted[sorted.len() * 95 / 100].as_secs_f64() * 1e3;
    let figure = format!("{what}, median {:.1}, p95", median(times));
    goals::at_most(&figure, p95, goal, " ms");
}

/// In milliseconds.
fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2].as_secs_f64() * 1e3
}
