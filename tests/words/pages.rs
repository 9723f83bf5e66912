//! The pages in each language: the language and direction are declared, typed text has the writer's
//! own direction, and links keep the language.

use loke::words::Languages;

use super::{get, languages, post};
use crate::house::House;
use crate::house::browser::{Page, request, text};
use crate::house::programs;

/// The beginning of a page in this language.
fn begins(code: &str) -> String {
    let direction = if code == "ar" { "rtl" } else { "ltr" };
    format!("<!doctype html>\n<html lang=\"{code}\" dir=\"{direction}\">")
}

fn is_in(page: &Page, code: &str) -> bool {
    page.text().starts_with(&begins(code))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_offers_the_other_languages_each_in_its_own_and_the_nearest_need_first() {
    let house = House::open().await;
    let words = Languages::read().unwrap();
    for (code, _) in languages() {
        let page = get(&house, &format!("/{code}"), "en").await;
        assert!(is_in(&page, &code), "{code}");
        for other in words.all() {
            let link = format!(
                "<button formaction=/{0} lang={0}>{1}</button>",
                other.code,
                other.say("language-name")
            );
            assert_eq!(
                page.text().contains(&link),
                other.code != code,
                "{code}: {link}"
            );
        }
        assert!(
            is_in(
                &get(&house, "/", &format!("{code}-XX, en;q=0.1")).await,
                &code
            ),
            "a browser that asks for it"
        );
        assert!(is_in(&get(&house, "/about", &code).await, &code));
    }
    // The present one is named first, then the others in the order of the setting.
    let offered = |page: &Page| -> Vec<String> {
        let text = page.text();
        let row = text.split_once("<nav aria-label=").unwrap().1;
        let (present, others) = row.split_once("</b>").unwrap();
        assert!(present.contains("<b aria-current=true>"), "{present}");
        let others = others.split_once("</nav>").unwrap().0;
        let codes = others.split("formaction=/").skip(1);
        codes
            .map(|rest| rest.split(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        offered(&get(&house, "/en", "en").await),
        ["pl", "lt", "ro", "pt", "ar", "hu", "es", "zh"]
    );
    let elsewhere = House::on("sqlite:queue.db", |table| {
        let order: toml::Value = vec!["zh", "EN", "ar"].into();
        let web = table["web"].as_table_mut().unwrap();
        web.insert("languages".into(), order);
    })
    .await;
    let there = offered(&get(&elsewhere, "/pl", "en").await);
    assert_eq!(
        (there.len(), &there[..3]),
        (8, &["zh", "en", "ar"].map(String::from)[..])
    );
    assert!(
        is_in(&get(&house, "/", "tlh").await, "en")
            && get(&house, "/tlh", "pl").await.status == 404,
        "the control"
    );
}

/// The targets of the links below a form.
fn links_of(form: &str) -> Vec<String> {
    let below = form.split("<footer>").nth(1).unwrap();
    below
        .split("href=")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap().replace("&#38;", "&"))
        .map(|link| link.split('#').next().unwrap().to_owned())
        .collect()
}

/// The links keep a chosen language, even if the phone prefers another, and the campaign whose
/// poster was scanned.
#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_page_keep_to_its_language_and_campaign() {
    let house = House::open().await;
    for (code, _) in languages() {
        let form = get(&house, &format!("/{code}"), "en").await.text();
        let links = links_of(&form);
        assert_eq!(links.len(), 4, "{links:?}");
        for link in links {
            let page = get(&house, &link, "en").await;
            assert!(page.status == 200 && is_in(&page, &code), "{link}");
        }
        let campaign = get(&house, &format!("/C/9wqg8p?{code}"), "en").await;
        assert!(
            is_in(&campaign, &code) && campaign.hidden("campaign").as_deref() == Some("9WQG8P"),
            "{code}"
        );
        // The pages beside the campaign's form link back to it, also by way of another such page.
        for link in links_of(&campaign.text()) {
            let page = get(&house, &link, "en").await;
            let home = format!("href=\"/c/9WQG8P?{code}\"");
            assert!(
                is_in(&page, &code) && page.text().replace("&#38;", "&").contains(&home),
                "{link}"
            );
        }
    }
    let campaign = get(&house, "/c/9wqg8p", "en").await;
    let fields =
        ["token", "language", "campaign"].map(|name| text(name, &campaign.hidden(name).unwrap()));
    let polish = post(&house, "/pl", &fields).await;
    assert!(
        is_in(&polish, "pl") && polish.hidden("campaign").as_deref() == Some("9WQG8P"),
        "{}",
        polish.text()
    );
    assert!(
        !get(&house, "/about?pl&9WQG8Q", "en")
            .await
            .text()
            .contains("/c/"),
        "a code that is none leads nowhere: the control"
    );
    assert!(
        is_in(&get(&house, "/about", "en").await, "en")
            && is_in(&get(&house, "/about?tlh", "pl").await, "pl"),
        "the control"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_post_the_page_stays_in_the_posted_language() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let all = languages();
    for (code, _) in &all {
        let mistake = post(
            &house,
            "/check",
            &[text("language", code), text("topic", "drugs")],
        )
        .await;
        assert!(mistake.status == 422 && is_in(&mistake, code), "{code}");
        let mut fields = vec![
            text("language", code),
            text("topic", "drugs"),
            text("what", "call me. żółć 灰色 سيارة"),
        ];
        fields.push(text("token", &mistake.hidden("token").unwrap()));
        let check = post(&house, "/check", &fields).await;
        assert!(
            check.status == 200
                && is_in(&check, code)
                && check.hidden("language").as_deref() == Some(code),
            "{code}"
        );
        assert!(
            !check.text().contains("<nav"),
            "the check page offers no other language"
        );
        let receipt = post(&house, "/send", &check.carries(&fields)).await;
        assert!(
            receipt.receipt().is_some() && is_in(&receipt, code),
            "{code}"
        );
        let asked = format!("code=12&language={code}");
        let kind = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept-Language", "en"),
        ];
        assert!(
            is_in(
                &request(house.web, "POST /messages", &kind, asked.as_bytes())
                    .await
                    .unwrap(),
                code
            ),
            "{code}"
        );
    }
    officer.pull().await;
    let mut told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.language.clone())
        .collect();
    let mut codes: Vec<_> = all.into_iter().map(|(code, _)| code).collect();
    told.sort();
    codes.sort();
    assert_eq!(told, codes, "the desk is told the language");
    let unknown = post(
        &house,
        "/check",
        &[text("language", "tlh"), text("topic", "drugs")],
    )
    .await;
    assert!(is_in(&unknown, "en"), "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_runs_in_its_own_direction() {
    let house = House::open().await;
    let form = get(&house, "/ar", "en").await.text();
    let typed: Vec<&str> = form
        .split('<')
        .filter(|tag| tag.starts_with("textarea") || tag.starts_with("input type=\"text\""))
        .collect();
    assert_eq!(typed.len(), 5);
    assert!(
        typed.iter().all(|tag| tag.contains(" dir=auto")),
        "{typed:?}"
    );
    let check = post(
        &house,
        "/check",
        &[
            text("language", "ar"),
            text("topic", "drugs"),
            text("what", "call me"),
        ],
    )
    .await;
    assert!(
        check.text().contains("<bdi><mark>call me</mark></bdi>"),
        "an extract stands for itself: {}",
        check.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_the_drafts_in_a_note_and_finds_nothing_wrong_with_them() {
    let house = House::open().await;
    house.enrol("desk");
    house
        .store
        .note_collection(
            loke::tip::Lane::ALL,
            loke::clock::Clock::System.now(),
            loke::clock::Clock::System.today(),
        )
        .await
        .unwrap();
    let check = std::process::Command::new(programs::gateway())
        .args(["check", "--config"])
        .arg(&house.config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stdout);
    let note = said
        .lines()
        .find(|line| line.starts_with("Note: no native reader"))
        .unwrap_or_default();
    let words = Languages::read().unwrap();
    for language in words.all() {
        assert_eq!(
            note.contains(&format!(
                "{} ({})",
                language.say("language-name"),
                language.code
            )),
            language.is_draft(),
            "{said}"
        );
    }
    assert!(
        words.all().iter().any(|language| !language.is_draft()),
        "English is no draft: the control"
    );
    // R6: the house's recipient has a name that says nothing to a resident.
    assert!(
        said.contains("Note: residents read the name \"desk\""),
        "{said}"
    );
    assert!(
        check.status.success() && said.ends_with("All is well\n"),
        "{said}"
    );
}

/// The style sheet never names left or right, so that a page from right to left is the same page
/// mirrored. The honeypot's cover and the receipt's digits, which run from left to right in every
/// language, are no exception.
#[test]
fn the_style_sheet_knows_no_left_and_no_right() {
    let style = include_str!("../../templates/resident/style.css");
    let one_sided = |css: &str| {
        let sided = |declaration: &str| {
            let (name, value) = declaration.split_once(':').unwrap_or_default();
            let corners = ["margin", "padding", "border-width", "inset"].contains(&name)
                && value.split_whitespace().count() == 4;
            let words: Vec<&str> = value.split_whitespace().collect();
            ["left", "right"]
                .iter()
                .any(|side| name.contains(side) || words.contains(side))
                || (corners && words[1] != words[3])
        };
        css.split(['{', '}', ';', '\n'])
            .filter(|part| sided(part.trim()))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(one_sided(style).is_empty(), "{:?}", one_sided(style));
    for bad in [
        "a{margin-left:1px}",
        "a{left:0}",
        "a{float:right}",
        "a{padding:0 1px 0 2px}",
        "a{text-align:left}",
    ] {
        assert_eq!(one_sided(bad).len(), 1, "{bad}");
    }
}
