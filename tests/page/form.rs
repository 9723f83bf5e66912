//! The form asks only what is needed and nothing about the writer, danger first. Each mistake is
//! shown at its field and in a summary that links to it.

use crate::house::House;
use crate::house::browser::{Page, photo, text};

/// The fields that a resident fills in. None asks for the writer's name, address or number.
const ASKED: [&str; 13] = [
    "topic",
    "what",
    "where",
    "when",
    "danger",
    "child",
    "ongoing",
    "signs",
    "offensive",
    "impact",
    "vehicle",
    "how_known",
    "photos",
];

/// The names of a page's visible fields in order, each once.
fn fields(page: &Page) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let html = page.text();
    for tag in html.split('<').filter(|tag| {
        (tag.starts_with("input") || tag.starts_with("textarea"))
            && !tag.contains("type=\"hidden\"")
            && !tag.contains("type=hidden")
    }) {
        let name = tag
            .split("name=")
            .nth(1)
            .unwrap()
            .split([' ', '>'])
            .next()
            .unwrap();
        if name != "website" && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_asks_what_is_needed_and_nothing_of_the_writer() {
    let house = House::open().await;
    let form = house.get("/").await;
    assert_eq!(fields(&form), ASKED);
    let html = form.text();
    let at = |says: &str| {
        html.find(says)
            .unwrap_or_else(|| panic!("{says} is not on the form"))
    };
    // Who reads it and the emergency number come first, then the note that nobody watches at night,
    // the questions, and other ways to report.
    let order = [
        "class=\"leave\"",
        "Your message goes to the council and the police.",
        "Call 999.",
        "at night",
        "name=topic",
        "Only for graffiti",
        "call 101. Crimestoppers is 0800 555 111",
    ];
    assert_eq!(html.matches("999.").count(), 1, "{html}");
    assert!(
        order.windows(2).all(|pair| at(pair[0]) < at(pair[1])),
        "{html}"
    );
    at("Never go near dealers or their homes to take a photo.");
    for topic in [
        "Graffiti or tags",
        "A home taken over by drug dealers",
        "Drug dealing or drug use",
    ] {
        at(&format!("\"><legend>{topic}</legend>"));
    }
    for number in 1..=3 {
        assert!(
            house
                .get(&format!("/s/{number}"))
                .await
                .text()
                .contains("Do not go near. Do not take photos of people or their homes.")
        );
    }
    let (check, _) = house
        .check(&[text("topic", "drugs"), text("what", "x")])
        .await;
    // The rest can be changed on the form, one tap away.
    let further = ["ongoing", "signs", "offensive", "how_known"];
    let changed: Vec<&str> = ASKED
        .into_iter()
        .filter(|name| !further.contains(name))
        .collect();
    assert_eq!(
        fields(&check),
        changed,
        "it can be changed where it is checked"
    );
    assert!(check.text().contains("formaction=\"/en\">More questions<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_stands_at_its_field_and_in_a_summary_that_leads_there() {
    let house = House::open().await;
    let long = "x".repeat(2_001);
    let mut posted = vec![photo("p.jpg", b"no photo")];
    posted.extend(["what", "where", "when", "impact", "vehicle"].map(|name| text(name, &long)));
    let (page, _) = house.check(&posted).await;
    let html = page.text();
    let (_, summary) = html.split_once("role=\"alert\"").unwrap();
    let (summary, form) = summary.split_once("</ul>").unwrap();
    let mut leads: Vec<&str> = summary
        .split("href=#")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .collect();
    leads.dedup();
    assert_eq!(
        leads,
        [
            "topic", "what", "where", "when", "impact", "vehicle", "photos"
        ]
    );
    for field in leads {
        // The link leads to the input itself, not to an element around it.
        let tag = form
            .split('<')
            .find(|tag| {
                tag.contains(&format!(" id={field} ")) || tag.contains(&format!(" id=\"{field}\" "))
            })
            .unwrap();
        assert!(
            tag.starts_with("input") || tag.starts_with("textarea"),
            "{field}: {tag}"
        );
        let says = form
            .split_once(&format!("id=\"{field}-mistake\">"))
            .unwrap()
            .1
            .split('<')
            .next()
            .unwrap();
        // In the summary, the photo's number is a link.
        let reason = says.trim_start_matches("Photo 1:").trim();
        assert!(
            reason.ends_with('.') && summary.contains(reason),
            "{field}: {says}"
        );
        assert_eq!(
            form.matches(&format!("{field}-mistake")).count(),
            2,
            "{field}: the sentence and who it describes"
        );
        assert_eq!(tag.contains("aria-invalid=true"), field != "topic", "{tag}");
    }
    assert_eq!(
        (page.area("what"), page.area("impact")),
        (long.clone(), long.clone()),
        "what was typed is kept"
    );
    // An invalid receipt is reported at its field too, and its digits stay there to be corrected.
    for code in ["1234", &"1".repeat(28)] {
        let page = house.post_urlencoded("/messages", &[("code", code)]).await;
        let html = page.text();
        assert_eq!(
            (
                page.status,
                html.matches("code-mistake").count(),
                html.contains("aria-invalid")
            ),
            (422, 2, true),
            "{html}"
        );
        assert!(html.contains(&format!(" value=\"{code}\"")), "{html}");
    }
    let (fine, _) = house
        .check(&[text("topic", "drugs"), text("what", "x")])
        .await;
    assert!(
        !fine.text().contains("-mistake") && !fine.text().contains("aria-invalid"),
        "the control"
    );
}

/// The words that a resident sees on a page without unfolding anything.
fn words_in_sight(html: &str) -> Vec<String> {
    let body = html.split_once("<body>").unwrap().1;
    let (mut seen, mut folds, mut in_summary, mut hidden) = (String::new(), 0, false, false);
    for piece in body.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        match tag.split(' ').next().unwrap() {
            "details" => folds += 1,
            "/details" => folds -= 1,
            "summary" => in_summary = true,
            "/summary" => in_summary = false,
            "/button" | "/div" => hidden = false,
            _ => {}
        }
        hidden |= tag.contains("class=trap");
        if !hidden && (folds == 0 || folds == 1 && in_summary) {
            seen.push(' ');
            seen.push_str(text);
        }
    }
    seen.split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

/// R7: with the names of the languages and every number.
#[tokio::test(flavor = "multi_thread")]
async fn the_form_has_at_most_160_words_in_sight() {
    let house = House::open().await;
    let form = house.get("/en").await.text();
    let words = words_in_sight(&form);
    println!("{} words: {}", words.len(), words.join(" "));
    assert!(words.len() <= 160, "{} words: {words:?}", words.len());
    let unfolded = form
        .replace("<details", "<div")
        .replace("</details", "</div");
    assert!(words_in_sight(&unfolded).len() > 160, "the control");
}
