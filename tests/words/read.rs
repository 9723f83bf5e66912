//! A language that no native reader has read says so on its page. `languages_read` in
//! `gateway.toml` names those that one has read.

use loke::gateway::settings::GatewaySettings;
use loke::words::Languages;
use toml::Value;

use super::{get, languages};
use crate::house::{House, programs};

/// A house whose operator had these languages read.
async fn having_read(codes: &[&str]) -> House {
    let read: Vec<Value> = codes.iter().map(|code| (*code).into()).collect();
    House::on("sqlite:queue.db", |table| {
        table.insert("languages_read".into(), read.into());
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_says_on_its_page_that_no_native_reader_has_read_it() {
    let words = Languages::read().unwrap();
    for read in [&[] as &[&str], &["pl", "ar"]] {
        let house = having_read(read).await;
        for (code, _) in languages() {
            let language = words.pick(&code);
            let is_draft = language.is_draft() && !read.contains(&code.as_str());
            for path in [format!("/{code}"), format!("/accessibility?{code}")] {
                let page = get(&house, &path, "en").await.text();
                assert_eq!(
                    page.contains(language.say("access-draft")),
                    is_draft,
                    "{path}, {read:?}"
                );
            }
        }
        let check = std::process::Command::new(programs::gateway())
            .args(["check", "--config"])
            .arg(&house.config)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&check.stdout).into_owned();
        assert_eq!(
            (said.contains("Polski (pl)"), said.contains("Română (ro)")),
            (read.is_empty(), true),
            "{said}"
        );
    }
    assert!(!words.pick("en").is_draft(), "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_does_not_exist_is_an_error_that_names_its_line() {
    let house = having_read(&["pl"]).await;
    let good = std::fs::read_to_string(&house.config).unwrap();
    let bad = good.replace(
        "languages_read = [\"pl\"]",
        "languages_read = [\"pl\", \"uk\"]",
    );
    assert_ne!(good, bad);
    std::fs::write(&house.config, &bad).unwrap();
    let trouble = GatewaySettings::read(&house.config).err().unwrap();
    let line = bad
        .lines()
        .position(|line| line.starts_with("languages_read"));
    assert_eq!(trouble.line, line.map(|line| line + 1), "{trouble}");
    assert!(
        trouble.what.contains("\"uk\"") && trouble.mend.contains("pl"),
        "{trouble}"
    );
    std::fs::write(&house.config, &good).unwrap();
    assert_eq!(
        GatewaySettings::read(&house.config).unwrap().languages_read,
        ["pl"],
        "the control"
    );
}
