//! P13: the reasons that officers type stay in the book. The test posts every form about a tip or a report
//! with a planted word in each field of free text.

use std::collections::BTreeSet;

use loke::desk::book;
use loke::desk::keys::DatabaseKey;

use super::served::ANN;
use super::walk::{Walk, filled, routes};
use crate::retention::{contains, pages};

const CANARY: &str = "canarytyped";
/// Fields of free text, beside `why` and `note`.
const TEXTS: [&str; 15] = [
    "reason",
    "text",
    "reply",
    "meaning",
    "said",
    "rung",
    "safety",
    "conditions",
    "ask",
    "information",
    "outside",
    "others",
    "for_whom",
    "contact",
    "interpreter",
];

/// The values of the buttons and fields with this name on any page of the desk.
fn values_of(name: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::from([String::new()]);
    let start = format!("name=\"{name}\" value=\"");
    for file in std::fs::read_dir("templates/desk").unwrap() {
        let path = file.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        let found = page.split(&start).skip(1);
        values.extend(found.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    values.retain(|value| !value.contains('{'));
    values
}

#[tokio::test]
async fn p13_a_word_planted_in_each_typed_reason_is_in_no_page_of_the_register() {
    let Walk {
        desk, tip, report, ..
    } = Walk::new().await;
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    let token = ann.get("/queue").await.field("form_token");
    let is_about_one = |path: &str| path.starts_with("/tip/{id}") || path.starts_with("/report/");
    let mut done = BTreeSet::new();
    for (method, path) in routes() {
        if method != "POST" || !is_about_one(path) {
            continue;
        }
        let target = filled(path, &tip, &report);
        let name = if path.starts_with("/report/") {
            "deed"
        } else {
            "decision"
        };
        for act in values_of(name) {
            // Moved or hidden, the tip takes no more reasons.
            if ["move", "about-staff", "know-them"].contains(&act.as_str()) {
                continue;
            }
            for why in [CANARY, "acted"] {
                let kind = if why == CANARY { "legal" } else { "restricted" };
                let mut form = vec![
                    ("form_token", token.as_str()),
                    (name, act.as_str()),
                    ("why", why),
                    ("note", CANARY),
                    ("kind", kind),
                    ("partner", "cleansing"),
                    ("language", "en"),
                    ("day", "2026-11-21"),
                    ("time", "10:00"),
                ];
                form.extend(TEXTS.map(|field| (field, CANARY)));
                if ann.post(&target, &form).await.status == 303 {
                    done.insert(format!("{path} {act}"));
                }
            }
        }
    }
    assert!(done.len() > 15, "{done:?}");
    let folder = desk.register.folder().to_owned();
    let member = desk.unlock("ann", ANN).unwrap();
    let secrets = book::read_secrets(&folder, "main", "ann", &member).unwrap();
    let main = pages(&folder.join("books/main/book.db"), &secrets.database_key);
    assert!(contains(&main, CANARY), "the control");
    let key = DatabaseKey::read(&folder.join("register.key")).unwrap();
    let register = pages(&folder.join("register.db"), &key);
    assert!(contains(&register, "cleansing"), "the control");
    assert!(!contains(&register, CANARY), "after {done:?}");
}
