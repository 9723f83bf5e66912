//! Every link and every form, from `/`, in every language, including error pages: no script, no
//! cookie, no link off the site except the quick exit, no name of the software, no revealing path
//! or title, and one set of headers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use loke::gateway::web::pages::{SIZE_CLASS, THUMBNAIL_ROOM};
use loke::words::{CODES, Languages};

use crate::house::browser::{Field, Page, jpeg, multipart, photo, request, text};
use crate::house::{House, limit};

use super::say_everything;

/// The only headers that a page may have.
const HEADERS: [&str; 13] = [
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "retry-after",
    "x-content-type-options",
    "x-robots-tag",
];
/// Words that must not be in a path of the phone's history or in a title.
const TELLING: [&str; 22] = [
    "abuse", "anonym", "cannabis", "council", "county", "crime", "cuckoo", "dealer", "drug",
    "gang", "graffiti", "grass", "inform", "knife", "loke", "police", "report", "safe", "secret",
    "tip", "weapon", "witness",
];

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Every opening tag of a page, in order. Parses enough HTML for our own pages: a value is in
/// double quotes or contains no white space.
fn tags(html: &str) -> Vec<Tag> {
    let mut all = Vec::new();
    for (at, _) in html
        .match_indices('<')
        .filter(|(at, _)| html[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        let rest = &html[at + 1..];
        let name = rest
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap();
        let mut rest = &rest[name.len()..];
        let mut attributes = BTreeMap::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let key = rest
                .split(|c: char| c == '=' || c == '>' || c.is_whitespace())
                .next()
                .unwrap();
            rest = &rest[key.len()..];
            let value = match rest.strip_prefix("=\"") {
                Some(quoted) => quoted.split('"').next().unwrap(),
                None => rest.strip_prefix('=').map_or("", |bare| {
                    bare.split(|c: char| c == '>' || c.is_whitespace())
                        .next()
                        .unwrap()
                }),
            };
            rest = rest.strip_prefix("=\"").map_or_else(
                || &rest[(value.len() + usize::from(rest.starts_with('='))).min(rest.len())..],
                |q| &q[value.len() + 1..],
            );
            attributes.insert(key.to_ascii_lowercase(), value.to_owned());
        }
        all.push(Tag {
            name: name.to_ascii_lowercase(),
            attributes,
        });
    }
    all
}

/// Faults in one of our pages.
pub(super) fn faults(path: &str, page: &Page, titles: &BTreeSet<String>) -> Vec<String> {
    let html = page.text();
    let tags = tags(&html);
    let mut faults = Vec::new();
    // The resident's own thumbnails, on a page whose policy says so.
    let policy = page.header("content-security-policy").unwrap_or_default();
    let is_thumbnail = |tag: &Tag| {
        tag.name == "img"
            && policy.ends_with("; img-src data:")
            && tag
                .get("src")
                .is_some_and(|src| src.starts_with("data:image/jpeg;base64,"))
    };
    if policy.contains("img-src") && !tags.iter().any(is_thumbnail) {
        faults.push("a policy for thumbnails without one".to_owned());
    }
    for tag in tags.iter().filter(|tag| !is_thumbnail(tag)) {
        if [
            "script", "img", "svg", "iframe", "object", "embed", "video", "audio", "canvas",
            "applet", "base",
        ]
        .contains(&tag.name.as_str())
        {
            faults.push(format!("<{}>", tag.name));
        }
        for (name, value) in &tag.attributes {
            let leads = [
                "href",
                "src",
                "action",
                "formaction",
                "srcset",
                "data",
                "poster",
                "ping",
                "background",
                "cite",
            ]
            .contains(&name.as_str());
            // `data:,` is the empty icon, so that no browser requests one.
            let inside = (value.starts_with('/') && !value.starts_with("//"))
                || value.starts_with('#')
                || value == "data:,";
            if (leads && !inside)
                || name.starts_with("on")
                || name == "style"
                || name == "http-equiv"
            {
                faults.push(format!("{name}={value}"));
            }
            let told = value
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            faults.extend(
                TELLING
                    .iter()
                    .filter(|word| leads && told.contains(**word))
                    .map(|word| format!("the path {value} tells {word}")),
            );
        }
    }
    for bad in ["javascript:", "@import", "@font-face", "url("] {
        faults.extend(
            html.to_ascii_lowercase()
                .contains(bad)
                .then(|| bad.to_owned()),
        );
    }
    faults.extend(
        TELLING
            .iter()
            .filter(|word| path.split('?').next().unwrap().contains(**word))
            .map(|word| format!("the path tells {word}")),
    );
    let title = html
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map_or("", |(title, _)| title);
    if !titles.contains(title)
        || html.matches("<title>").count() != 1
        || TELLING
            .iter()
            .any(|word| title.to_lowercase().contains(word))
    {
        faults.push(format!("the title {title:?}"));
    }
    match tags
        .iter()
        .find(|tag| tag.get("href").is_some_and(|href| href != "data:,"))
    {
        Some(first) if first.get("href") == Some("/leave") => {}
        _ => faults.push("leaving is not the first link".to_owned()),
    }
    faults.extend(
        page.headers
            .iter()
            .filter(|(name, _)| !HEADERS.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value}")),
    );
    faults
}

/// A form of a page as a browser without script would send it, filled in one of the ways that
/// people and machines use.
fn filled(tags: &[Tag], how: &str) -> Vec<Field> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for tag in tags
        .iter()
        .filter(|tag| ["input", "textarea"].contains(&tag.name.as_str()))
    {
        let Some(name) = tag.get("name").filter(|name| *name != "website") else {
            continue;
        };
        let value = tag.get("value").unwrap_or_default();
        match (tag.get("type").unwrap_or("text"), how) {
            ("hidden", "forged") if name == "token" => fields.insert(name.into(), "forged".into()),
            ("hidden", _) => fields.insert(name.into(), value.into()),
            ("file", _) | (_, "empty") => None,
            ("radio" | "checkbox", "mistaken") => None,
            ("checkbox", _) if name == "drop" => None,
            ("radio" | "checkbox", _) => fields.insert(name.into(), value.into()),
            (_, "mistaken") => fields.insert(name.into(), "x".repeat(3_000)),
            _ => fields.insert(name.into(), "my mum, at the shop".into()),
        };
    }
    let mut fields: Vec<Field> = fields
        .iter()
        .map(|(name, value)| text(name, value))
        .collect();
    if how == "photo" {
        fields.extend([photo("p.jpg", &jpeg()), photo("q.jpg", b"no photo")]);
    }
    fields
}

/// The pages that a crawl visited: each request's name, and its response.
async fn crawl(house: &House) -> Vec<(String, Page)> {
    let mut pages: Vec<(String, Page)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting: VecDeque<(String, Option<Vec<Field>>, String)> =
        VecDeque::from([("/".to_owned(), None, "/".to_owned())]);
    for code in CODES {
        waiting.extend(
            ["/nowhere", "/c/ab12cd", "/s/9", "/check", "/send"]
                .map(|path| (format!("{path}?{code}"), None, format!("{path}?{code}"))),
        );
    }
    while let Some((to, form, name)) = waiting.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let page = match &form {
            None => house.get(&to).await,
            Some(fields) if to == "/messages" => {
                let pairs: Vec<_> = fields
                    .iter()
                    .filter_map(|f| {
                        if let Field::Text(n, v) = f {
                            Some((n.as_str(), v.as_str()))
                        } else {
                            None
                        }
                    })
                    .collect();
                house.post_urlencoded(&to, &pairs).await
            }
            Some(fields) => house.post(&to, fields).await,
        };
        let html = page.text();
        let all = tags(&html);
        let language = all
            .iter()
            .find(|tag| tag.name == "html")
            .and_then(|tag| tag.get("lang"))
            .unwrap_or_default()
            .to_owned();
        for link in all
            .iter()
            .filter(|tag| tag.name == "a")
            .filter_map(|tag| tag.get("href"))
            .filter(|href| !href.starts_with('#') && !href.starts_with("/leave"))
        {
            let link = link.split('#').next().unwrap();
            waiting.push_back((link.to_owned(), None, link.to_owned()));
        }
        let actions = all
            .iter()
            .filter_map(|tag| tag.get("action").or(tag.get("formaction")))
            .collect::<BTreeSet<_>>();
        for (action, how) in actions.iter().flat_map(|action| {
            ["empty", "well", "mistaken", "forged", "photo"].map(|how| (*action, how))
        }) {
            waiting.push_back((
                action.to_owned(),
                Some(filled(&all, how)),
                format!("{language}: {} filled {how} to {action}", page.status),
            ));
        }
        pages.push((name, page));
    }
    pages
}

/// The kind of a page, without its language and the report's number.
fn state(name: &str, status: u16) -> String {
    let told = name
        .split_once(": ")
        .filter(|(code, _)| CODES.contains(code))
        .map_or(name, |(_, told)| told);
    let told = told.split('?').next().unwrap();
    let number = told
        .split_once(' ')
        .filter(|(kind, _)| *kind == "report")
        .map_or(told, |(kind, _)| kind);
    let path = if CODES.contains(&number.trim_start_matches('/')) {
        "/"
    } else {
        number
    };
    format!("{path}: {status}")
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_no_link_or_form_of_any_page_leads_to_script_cookie_third_party_or_a_word_that_tells() {
    let titles: BTreeSet<String> = Languages::read()
        .unwrap()
        .all()
        .iter()
        .map(|words| words.say("title").to_owned())
        .collect();
    let wide = |table: &mut toml::Table| {
        limit(
            table,
            &[
                ("requests_per_minute", 100_000),
                ("reports_per_hour", 100_000),
                ("photos_per_hour", 100_000),
            ],
        )
    };
    let bare = House::on("sqlite:queue.db", wide).await;
    let full = House::on("sqlite:queue.db", |table| {
        wide(table);
        say_everything(table);
    })
    .await;
    let mut seen: BTreeMap<u16, usize> = BTreeMap::new();
    let mut headers: BTreeMap<(u16, String), String> = BTreeMap::new();
    // The lengths, by house and state.
    let mut lengths: BTreeMap<(&str, String), BTreeSet<usize>> = BTreeMap::new();
    let mut unfilled = lengths.clone();
    for (which, house) in [("bare", &bare), ("full", &full)] {
        let mut pages = crawl(house).await;
        for kind in ["text/plain", "multipart/form-data"] {
            let page = request(
                house.web,
                "POST /check",
                &[("Content-Type", kind)],
                b"what=x",
            )
            .await
            .unwrap();
            pages.push((format!("POST as {kind}"), page));
        }
        let (kind, body) = multipart(&[
            text("topic", "drugs"),
            text("what", "x"),
            photo("p.jpg", &jpeg()),
        ]);
        pages.push((
            "broken".to_owned(),
            request(
                house.web,
                "POST /check",
                &[("Content-Type", &kind)],
                &body[..body.len() - 99],
            )
            .await
            .unwrap(),
        ));
        // Until the page reports that the queue is full.
        for number in 0.. {
            let (_, all) = house
                .check(&[text("topic", "drugs"), text("what", "x")])
                .await;
            let page = house.post("/send", &all).await;
            let full = page.status == 503;
            pages.push((format!("report {number}"), page));
            if full {
                break;
            }
        }
        for (name, page) in &pages {
            let path = if name.starts_with('/') {
                name.as_str()
            } else {
                "/"
            };
            let found = faults(path, page, &titles);
            assert!(found.is_empty(), "{name}: {found:?}");
            let mut same: Vec<_> = page
                .headers
                .iter()
                .filter(|(name, _)| name != "content-length" && name != "date")
                .map(|(name, value)| (name, value.trim_end_matches("; img-src data:")))
                .collect();
            same.sort();
            // One set of headers per state, whatever the language, the path and the input.
            headers
                .entry((page.status, format!("{same:?}")))
                .or_insert_with(|| name.clone());
            *seen.entry(page.status).or_default() += 1;
            let thumbnails = page.text().matches("<img ").count();
            lengths
                .entry((which, state(name, page.status)))
                .or_default()
                .insert(page.body.len() - thumbnails * THUMBNAIL_ROOM);
            unfilled
                .entry((which, state(name, page.status)))
                .or_default()
                .insert(page.text().trim_end().len());
        }
        for code in CODES {
            for path in [
                "/about",
                "/device",
                "/privacy",
                "/accessibility",
                "/messages",
                "/s/1",
                "/s/2",
                "/s/3",
            ] {
                assert!(pages.iter().any(|(name, page)| *name == format!("{path}?{code}") && page.status == 200), "{path} in {code} was not reached");
            }
            let receipt = pages.iter().any(|(name, page)| {
                name.starts_with(&format!("{code}:")) && page.receipt().is_some()
            });
            assert!(receipt, "no receipt was reached in {code}");
        }
        house.leaves(house.used().await);
    }
    // Over the request limit, the pages beside the form ask the resident to wait.
    let hasty = House::on("sqlite:queue.db", |table| {
        limit(table, &[("requests_per_minute", 1)])
    })
    .await;
    let mut page = hasty.get("/about").await;
    for _ in 0..400 {
        page = if page.status == 429 {
            page
        } else {
            hasty.get("/about").await
        };
    }
    assert_eq!(
        (page.status, faults("/about", &page, &titles)),
        (429, Vec::new())
    );
    println!("pages by status: {seen:?}");
    for status in [200, 404, 405, 415, 422, 503] {
        assert!(
            seen.contains_key(&status),
            "no page of status {status} was reached: {seen:?}"
        );
    }
    assert_eq!(
        headers.len(),
        seen.len(),
        "one set of headers a status: {headers:#?}"
    );
    // Pages with much input are longer, and each has its own length.
    let several: Vec<_> = lengths
        .iter()
        .filter(|(_, lengths)| {
            lengths.len() > 1 && lengths.iter().any(|length| *length <= 2 * SIZE_CLASS)
        })
        .collect();
    assert!(
        several.is_empty(),
        "one length a state, whatever the language and the code: {several:#?}"
    );
    let differ = unfilled
        .values()
        .filter(|lengths| lengths.len() > 1)
        .count();
    assert!(
        differ > 30,
        "the control: without their spaces {differ} of {} states differ",
        lengths.len()
    );
    // The 405 response lists the allowed methods (RFC 9110, 15.5.6).
    let sets: BTreeSet<&String> = headers
        .keys()
        .filter(|(status, _)| *status != 405)
        .map(|(_, set)| set)
        .collect();
    assert_eq!(sets.len(), 1, "and the same for all: {headers:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_a_spoilt_page_is_found_out() {
    let house = House::open().await;
    let page = house.get("/").await;
    let titles = BTreeSet::from(["Your message".to_owned()]);
    assert_eq!(faults("/", &page, &titles), Vec::<String>::new());
    let spoil = |from: &str, to: &str| {
        let html = page.text();
        assert!(html.contains(from), "{from}");
        faults(
            "/",
            &Page {
                body: html.replacen(from, to, 1).into_bytes(),
                ..page.clone()
            },
            &titles,
        )
    };
    for (from, to) in [
        ("<main>", "<main><script>x</script>"),
        ("<main>", "<main onclick=x>"),
        ("<main>", "<main><img src=/x>"),
        ("<main>", "<main><img src=\"data:image/jpeg;base64,AA\">"),
        ("<main>", "<main><a href=//example.org/>x</a>"),
        ("<main>", "<main><a href=\"https://example.org/\">x</a>"),
        ("href=\"/leave\"", "href=\"/stay\""),
        ("action=\"/check\"", "action=\"http://example.org/check\""),
        ("action=\"/check\"", "action=\"/report\""),
        ("Your message", "Report a crime"),
        ("<style>", "<style>@import x;"),
    ] {
        assert!(!spoil(from, to).is_empty(), "{to}");
    }
    assert!(!faults("/report", &page, &titles).is_empty());
    for header in ["set-cookie", "server", "via", "x-powered-by", "etag"] {
        let mut headers = page.headers.clone();
        headers.push((header.to_owned(), "x".to_owned()));
        assert_eq!(
            faults(
                "/",
                &Page {
                    headers,
                    ..page.clone()
                },
                &titles
            )
            .len(),
            1,
            "{header}"
        );
    }
}
