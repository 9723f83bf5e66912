//! P11: after "leave" the Back button shows none of the typed text, in each browser, with script
//! and without, from every page of a report. The test looks at each page in the history, not only
//! at the last.

use loke::random;

use super::relay::{Relay, cover};
use super::*;

#[derive(Debug, Clone, Copy)]
enum From {
    Form,
    Check,
    Receipt,
}

const PAGES: [From; 3] = [From::Form, From::Check, From::Receipt];
/// More than the number of pages of a report.
const BACKS: usize = 5;

fn tries() -> usize {
    std::env::var("LOKE_LEAVES").map_or(if full() { 20 } else { 1 }, |tries| tries.parse().unwrap())
}

/// Fills in a report up to this page, leaves, and presses Back until the start. Returns how many of
/// the pages showed typed text.
async fn leave(phone: &Phone, page: From, web: &str, weather: &str) -> usize {
    let word = format!("heron{}", hex::encode(random::bytes::<8>().unwrap()));
    let began = format!("{weather}began");
    phone.open(&began).await;
    phone.open(web).await;
    phone.touch("input[name=topic][value=drugs]").await;
    phone.fill("#what", &word).await;
    phone.fill("#where", &word).await;
    let mut telling = vec![word];
    let mut pages = 1;
    if !matches!(page, From::Form) {
        phone.touch(NEXT).await;
        phone.wait("form[action='/send']").await;
        assert!(
            phone.holds(&telling[0]).await,
            "the look sees it: the control"
        );
        pages += 1;
    }
    if matches!(page, From::Receipt) {
        phone.touch(NEXT).await;
        telling.push(
            phone
                .words("#receipt")
                .await
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
                + " ",
        );
        pages += 1;
    }
    phone.touch("a.leave").await;
    phone.arrives(weather).await;
    phone.wait("#weather").await;
    let (mut seen, mut looked) = (0, 0);
    loop {
        phone.back().await;
        phone.leaves(weather).await;
        if phone.address().await == began {
            assert!(
                looked >= pages,
                "{:?}: only {looked} of {pages} pages were looked at",
                phone.kind
            );
            return seen;
        }
        assert!(
            looked < BACKS,
            "Back does not come to where it began: {}",
            phone.address().await
        );
        let mut shown = !phone.all("input[value=drugs]:checked").await.is_empty();
        for word in &telling {
            shown |= phone.holds(word).await;
        }
        seen += usize::from(shown);
        looked += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_after_leaving_back_shows_nothing_of_what_was_typed() {
    let place = tempfile::tempdir().unwrap();
    let weather = cover().await;
    let mut gateway = gateway(place.path(), Some(&weather)).await;
    let web = format!("http://{}/en", gateway.browser.0);
    let mut shown = Vec::new();
    let mut at_once = tokio::task::JoinSet::new();
    for (kind, script) in browsers() {
        let (web, weather) = (web.clone(), weather.clone());
        at_once.spawn(async move {
            let phone = Phone::start(kind, script).await;
            let mut lines = Vec::new();
            for page in PAGES {
                let (mut bad, began) = (0, std::time::Instant::now());
                for _ in 0..tries() {
                    bad += usize::from(leave(&phone, page, &web, &weather).await > 0);
                }
                let took = began.elapsed().as_secs();
                println!(
                    "{kind:?}, script {script}, from {page:?}: gone in {} of {}, {took} s",
                    tries() - bad,
                    tries()
                );
                lines.push((kind, script, format!("{page:?}"), bad));
            }
            lines
        });
    }
    while let Some(lines) = at_once.join_next().await {
        shown.extend(lines.unwrap().into_iter().filter(|(.., bad)| *bad > 0));
    }
    assert!(shown.is_empty(), "{shown:?}");
    gateway.stop().await;
}

/// The control: without `no-store`, `Clear-Site-Data`, the intermediate page and
/// `autocomplete=off`, the words come back.
#[tokio::test(flavor = "multi_thread")]
async fn p11_without_its_headers_and_hops_the_page_would_show_the_words_again() {
    let place = tempfile::tempdir().unwrap();
    let weather = cover().await;
    let mut gateway = gateway(place.path(), Some(&weather)).await;
    let relay = Relay::careless(gateway.browser.0).await;
    let web = format!("http://{}/en", relay.address);
    for (kind, script) in browsers()
        .into_iter()
        .filter(|(_, script)| full() || !script)
    {
        let phone = Phone::start(kind, script).await;
        for page in PAGES {
            let seen = leave(&phone, page, &web, &weather).await;
            println!(
                "{kind:?}, script {script}, from {page:?}: {seen} pages showed it without care"
            );
            // Firefox restores no field if another site came between, but it does restore text that
            // the server wrote into a page.
            let keeps_none = kind == Kind::Firefox && matches!(page, From::Form);
            assert!(
                seen > 0 || keeps_none,
                "{kind:?}, script {script}, from {page:?}"
            );
        }
    }
    gateway.stop().await;
}
