//! "You said, we did" at the gateway: the desk's pages in every language, with the headers of every
//! page, and a link only if the operator put a folder there.

use std::collections::BTreeMap;
use std::path::Path;

use loke::desk::months::Month;
use loke::desk::public_figures::{Deed, Level, PublicFigure, Share};
use loke::desk::wards::Wards;
use loke::desk::you_said::pages::{COVER, pages};
use loke::tip::Lane;
use loke::words::CODES;

use super::say_everything;
use crate::house::House;

const LIMIT: usize = 14_600;

/// The longest pages: three months of every lane, with all that can be said.
fn write_to(folder: &Path) {
    let wards = Wards::built_in().unwrap();
    let first: Month = "2026-07".parse().unwrap();
    let mut figures = Vec::new();
    for (lane, ward, month) in Lane::ALL
        .iter()
        .flat_map(|lane| wards.all().map(move |ward| (*lane, ward)))
        .flat_map(|(lane, ward)| (0..3).map(move |month| (lane, ward, first.plus(month))))
    {
        let done = Deed::ALL.iter().map(|deed| (*deed, Share::Most));
        figures.push(PublicFigure {
            lane,
            level: Level::WardMonth,
            area: ward.to_owned(),
            first: month,
            last: month,
            reported: 12_345,
            done: BTreeMap::from_iter(done),
        });
    }
    for page in pages(&figures, &wards, COVER).unwrap() {
        let file = folder.join(&page.path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, page.html).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_public_figures_are_one_small_page_without_script_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    write_to(folder.path());
    let house = House::on("sqlite:queue.db", |table| {
        say_everything(table);
        let web = table["web"].as_table_mut().unwrap();
        let folder = folder.path().display().to_string();
        web.insert("you_said".into(), folder.into());
    })
    .await;
    // Read at start: what is put there later is not shown.
    std::fs::write(folder.path().join("en/later.html"), "<!doctype html>").unwrap();
    assert_eq!(house.get("/you-said/en/later.html").await.status, 404);
    let moved = house.get("/you-said?pl").await;
    assert_eq!(moved.status, 303);
    assert_eq!(moved.header("location"), Some("/you-said/pl/index.html"));
    let mut sizes = Vec::new();
    for code in CODES {
        let form = house.get(&format!("/{code}")).await;
        assert!(form.text().contains(&format!("/you-said?{code}")), "{code}");
        assert!(form.wire <= LIMIT, "{code}: {}", form.wire);
        for name in ["index", "thorpe-hamlet"] {
            let page = house.get(&format!("/you-said/{code}/{name}.html")).await;
            assert_eq!(page.status, 200, "{code}/{name}");
            assert!(page.wire <= LIMIT, "{code}/{name}: {}", page.wire);
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{code}\"")));
            assert!(!text.contains("<script") && !text.contains("src="));
            // The page's style is the one that the gateway's policy allows.
            let policy = page.header("content-security-policy").unwrap();
            let hash = policy.split('\'').find(|part| part.starts_with("sha256-"));
            assert!(text.contains(hash.unwrap()), "{policy}");
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            sizes.push(page.wire);
        }
    }
    for path in [
        "/you-said/en/nowhere.html",
        "/you-said/xx/index.html",
        "/you-said/en/..%2fen",
    ] {
        assert_eq!(house.get(path).await.status, 404, "{path}");
    }
    sizes.dedup();
    println!(
        "public figures: {} to {} bytes",
        sizes.iter().min().unwrap(),
        sizes.iter().max().unwrap()
    );

    // The controls: without a folder, and with a broken one, the form is there and no link.
    std::fs::write(folder.path().join("en/later.html"), "<script>").unwrap();
    let broken = House::on("sqlite:queue.db", |table| {
        let web = table["web"].as_table_mut().unwrap();
        let folder = folder.path().display().to_string();
        web.insert("you_said".into(), folder.into());
    })
    .await;
    for house in [broken, House::open().await] {
        assert!(!house.get("/en").await.text().contains("you-said"));
        assert_eq!(house.get("/you-said").await.status, 404);
    }
}
