//! The pages of the directory, of figures and of incidents, and the form for what a partner said.

use loke::desk::partners::{PartnerKind, Way};
use loke::tip::Priority;

use super::served::{ANN, Desk};
use super::walk::keep;
use crate::house::desk_browser::{Answer, DeskBrowser, exchange};
use crate::house::partners;

/// Uploads a table as a browser does.
async fn upload(browser: &DeskBrowser, token: &str, table: &str) -> Answer {
    let part = |name: &str, text: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body = format!(
        "{}{}--edge--\r\n",
        part("form_token", token),
        part("table", table)
    );
    let host = browser.address.to_string();
    let headers =
        format!("Origin: http://{host}\r\nContent-Type: multipart/form-data; boundary=edge\r\n");
    let path = "/partners/table";
    exchange(
        browser.address,
        &browser.cookie,
        "POST",
        path,
        &host,
        &headers,
        &body,
    )
    .await
}

#[tokio::test]
async fn an_administrator_keeps_the_directory_and_what_partners_say_is_counted() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = super::tip("a tag on the wall", Priority::Routine, "2026-11-20");
    keep(&ann, "main", &tip).await;
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let page = browser.get("/partners").await;
    let token = page.field("form_token");
    assert!(page.text().contains("The directory is empty"));
    // A usual partner fills the form.
    let usual = browser.get("/partners?name=cleansing").await.text();
    assert!(usual.contains("value=\"Estates cleansing\""), "{usual}");
    let (one, other) = (
        age::x25519::Identity::generate().to_public().to_string(),
        age::x25519::Identity::generate().to_public().to_string(),
    );
    let store = |key: &str, until: &str| {
        [
            ("form_token", token.as_str()),
            ("deed", "store"),
            ("name", "cleansing"),
            ("kind", "cleansing"),
            ("key", key),
            ("way", "folder"),
            ("address", "inbox"),
            ("agreement_until", until),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut told = Vec::new();
    for (key, until) in [(one.as_str(), "soon"), (&one, "2026-12-01"), (&other, "")] {
        let form = store(key, until);
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post("/partners", &form).await;
        told.push(browser.get("/partners").await.text());
    }
    assert!(told[0].contains("Agreement_until is"), "{}", told[0]);
    assert!(told[1].contains("cleansing is in the directory"));
    assert!(told[1].contains("class=\"caution\">Sharing agreement"));
    assert!(told[2].contains("nobody compared it. Nothing leaves"));
    let partner = desk.register.partner("cleansing").await.unwrap().unwrap();
    let print = partner.key.unwrap().fingerprint();
    for (fingerprint, confirmed) in [("0000", false), (print.as_str(), true)] {
        let form = [
            ("form_token", token.as_str()),
            ("deed", "confirm"),
            ("name", "cleansing"),
            ("fingerprint", fingerprint),
        ];
        browser.post("/partners", &form).await;
        let partner = desk.register.partner("cleansing").await.unwrap().unwrap();
        assert_eq!(partner.confirmed, confirmed, "{fingerprint}");
    }

    // A table: a fault names its line, and nothing of the table is stored.
    let head = "name,kind,key,way,address,lanes,fields,agreement_until";
    let good = format!("{head}\nwardens,other,{one},folder,inbox,,,\nlaw,legal,,print,,,,\n");
    let bad = good.replace("law,legal", "law,lawyers");
    for (table, token, status, says) in [
        (&bad, token.as_str(), 303, "Line 3: kind has"),
        (&good, "another", 403, "another session"),
        (&good, &token, 303, "2 partners are in the directory"),
    ] {
        let answer = upload(&browser, token, table).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        let said = match status {
            303 => browser.get("/partners").await.text(),
            _ => answer.text(),
        };
        assert!(said.contains(says), "{says}: {said}");
        let is_there = desk.register.partner("wardens").await.unwrap().is_some();
        assert_eq!(is_there, says.starts_with('2'), "{says}");
    }

    // The hand-over sheet as a document, without the writer's words. Each export is in the log.
    for (file, begins) in [
        ("hand-over.txt", "OFFICIAL-SENSITIVE"),
        ("hand-over.csv", "day,part,tip"),
        ("hand-over.pdf", "%PDF"),
    ] {
        let sheet = browser.get(&format!("/day/{file}")).await;
        assert_eq!(sheet.status, 200, "{file}");
        let text = sheet.text();
        assert!(text.starts_with(begins), "{file}: {text:.80}");
        assert!(!text.contains("tag on the wall"), "{file}");
        let name = &desk.register.names_of(&[tip.id]).await.unwrap()[&tip.id];
        assert!(
            file.ends_with("pdf") || text.contains(name.as_str()),
            "{text}"
        );
        let log = ann.book("main").await.unwrap().trail().await.unwrap();
        let exported = |row: &loke::desk::audit::Row| row.detail == format!("export of {file}");
        assert!(log.iter().any(exported), "{file}");
    }
    assert_eq!(browser.get("/day/other.pdf").await.status, 404);

    // What the partner says on the telephone.
    let path = format!("/tip/{}", tip.id);
    let said = |by: &str| {
        [
            ("form_token", token.as_str()),
            ("about", "cleansing"),
            ("said", "cleaned"),
            ("way", "telephone"),
            ("said_by", by),
            ("said_on", "2026-11-21"),
            ("told_why", "<b>in the rain</b>"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (by, answer) in [
        ("", "Say which partner it was"),
        ("Kim", "It is written down"),
    ] {
        let form = said(by);
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let done = browser.post(&format!("{path}/said"), &form).await;
        assert_eq!(done.status, 303);
        let text = browser.get(&path).await.text();
        assert!(text.contains(answer), "{answer}: {text}");
    }
    let text = browser.get(&path).await.text();
    assert!(text.contains("Kim said so by telephone"), "{text}");
    assert!(text.contains("&#60;b&#62;in the rain"), "{text}");
    let figures = browser.get("/insight").await.text();
    assert!(figures.contains("1: the place was cleaned"), "{figures}");
    assert!(!figures.contains("<td>ann"), "{figures}");
    let other = browser
        .get("/insight?from=2020-01-01&until=2020-02-01")
        .await;
    assert!(other.text().contains("No tip came in these days"));
    let none = browser.get("/incidents").await.text();
    assert!(none.contains("None."), "{none}");

    // A report to the wrong partner, from its page.
    let way = Way::Folder(desk.register.folder().to_owned());
    let key = age::x25519::Identity::generate();
    let police = partners::partner("police", PartnerKind::Police, &key, way);
    partners::add(&ann, &police).await;
    let settings = desk.register.folder().join("desk.toml");
    let settings = loke::desk::settings::DeskSettings::read(&settings).unwrap();
    let draft = partners::words("police", "Please look at the wall.");
    let sent = partners::send(&ann, &settings, tip.id, &draft)
        .await
        .unwrap();
    let report = format!("/report/{}", sent.reference);
    let wrong = [
        ("form_token", token.as_str()),
        ("deed", "wrong-partner"),
        ("day", "2026-11-21"),
        ("time", "10:00"),
        ("why", "a slip of the list"),
    ];
    let opened = browser.post(&report, &wrong).await;
    assert!(opened.location().starts_with("/report/"), "{}", opened.head);
    assert_ne!(opened.location(), report);
    let incidents = browser.get("/incidents").await.text();
    assert!(incidents.contains("a slip of the list"), "{incidents}");
    assert!(incidents.contains("of 72 hours are left"), "{incidents}");
    for page in ["/outbox", path.as_str(), report.as_str(), "/day"] {
        let text = browser.get(page).await.text();
        assert!(text.contains("reached the wrong partner"), "{page}: {text}");
    }
    for (file, holds) in [
        ("report.txt", "Please look at the wall."),
        ("report.csv", "reference,from,to"),
    ] {
        let text = browser.get(&format!("{report}/{file}")).await.text();
        assert!(text.contains(holds), "{file}: {text}");
    }
}
