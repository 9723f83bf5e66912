//! Addresses as people, scanners and machines write them: those meant for one of our pages lead
//! there. For every other path and every method, the response is ours: our page, our headers, the
//! quick exit, and none of the request's text.

use std::collections::{BTreeMap, BTreeSet};

use loke::campaign::CampaignCode;
use loke::words::Languages;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::crawl::faults;
use crate::house::browser::{Page, read};
use crate::house::{House, limit};

fn campaign_of(page: &Page) -> Option<String> {
    page.hidden("campaign")
}

/// A character as a browser percent-encodes it in an address.
fn encoded(c: char) -> String {
    c.to_string()
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect()
}

/// A campaign's address as scanners and people write it.
const ADDRESSES: &[&str] = &[
    "/c/CODE",
    "/c/CODE/",
    "//c/CODE",
    "/c//CODE",
    "///c///CODE///",
    "/c/CODE.",
    "/c/CODE,",
    "/c/CODE)",
    "/c/CODE).",
    "/c/CODE;",
    "/c/CODE:",
    "/c/CODE!",
    "/c/CODE'",
    "/c/CODE\"",
    "/c/CODE%22",
    "/c/CODE%3E",
    "/c/CODE]",
    "/c/CODE*",
    "/c/CODE_",
    "/c/CODE-",
    "/c/CODE%20",
    "/c/%20CODE",
    "/c/CODE%0A",
    "/c/CODE%0D%0A",
    "/c/CODE%09",
    "/c/CODE%C2%A0",
    "/c/CODE%E2%80%8B",
    "/c/CODE%E2%80%8E",
    "/c/CODE%EF%BB%BF",
    "/c/CODE%E2%80%9D",
    "/c/CODE%E3%80%82",
    "/c/CODE%EF%BC%89",
    "/c/CODE%2520",
    "/c/CODE%2F",
    "/c%2FCODE",
    "/%63/CODE",
    "/c\\CODE",
    "/c/CODE\\",
    "/%EF%BD%83%EF%BC%8FCODE",
    "/./c/CODE",
    "/c/./CODE",
    "/C/CODE",
    "/c/CODE?fbclid=x",
    "/c/CODE/?pl",
    "/c/CODE?pl.",
];

async fn house() -> House {
    House::on("sqlite:queue.db", |table| {
        limit(table, &[("requests_per_minute", 100_000)])
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_as_scanners_and_people_write_it_shows_the_form_with_its_campaign() {
    let house = house().await;
    let code = CampaignCode::random().unwrap().to_string();
    for path in ADDRESSES {
        let odd = path.replace("CODE", &code);
        let page = ask(&house, &format!("GET {odd} HTTP/1.1")).await;
        assert_eq!(
            (page.status, campaign_of(&page).as_deref()),
            (200, Some(&*code)),
            "{path}"
        );
        let folded = path.replace("CODE", &code.to_lowercase());
        assert_eq!(
            campaign_of(&ask(&house, &format!("GET {folded} HTTP/1.1")).await).as_deref(),
            Some(&*code),
            "{folded}"
        );
    }
    // Full-width digits and letters, as Chinese and Japanese input methods produce them.
    let wide: String = code
        .chars()
        .filter_map(|c| char::from_u32(u32::from(c) + 0xfee0))
        .map(encoded)
        .collect();
    assert_eq!(
        campaign_of(&ask(&house, &format!("GET /c/{wide} HTTP/1.1")).await).as_deref(),
        Some(&*code),
        "{wide}"
    );
    for (path, language) in [
        ("/pl", "pl"),
        ("/pl/", "pl"),
        ("//pl", "pl"),
        ("/PL.", "pl"),
        ("/pl%20", "pl"),
        ("/ar)", "ar"),
        ("/?pl", "pl"),
    ] {
        let page = ask(&house, &format!("GET {path} HTTP/1.1")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.text().contains(&format!("<html lang=\"{language}\"")),
            "{path}"
        );
    }
    for path in [
        "/about/",
        "/About.",
        "//privacy",
        "/s/1/",
        "/messages/",
        "/about/.",
    ] {
        assert_eq!(
            ask(&house, &format!("GET {path} HTTP/1.1")).await.status,
            200,
            "{path}"
        );
    }
    // A lost or unreadable code still leads to the form; other unknown addresses remain unknown.
    for path in ["/c/", "/c", "/c/%FF", "/c/%F0%9F%98%80"] {
        let page = ask(&house, &format!("GET {path} HTTP/1.1")).await;
        assert_eq!((page.status, campaign_of(&page)), (200, None), "{path}");
    }
    for path in [
        "/nowhere",
        "/nowhere/",
        "/wp-login.php",
        "/%E6%97%A5%E6%9C%AC",
        "/c/AB/CD/EF",
    ] {
        assert_eq!(
            ask(&house, &format!("GET {path} HTTP/1.1")).await.status,
            404,
            "the control: {path}"
        );
    }
}

/// Sends a request line with a host, and reads the response.
async fn ask(house: &House, line: &str) -> Page {
    raw(
        house,
        format!("{line}\r\nHost: house.invalid\r\nContent-Length: 0\r\n\r\n").as_bytes(),
    )
    .await
    .unwrap_or_else(|e| panic!("{line}: {e}"))
}

async fn raw(house: &House, bytes: &[u8]) -> std::io::Result<Page> {
    let mut stream = TcpStream::connect(house.web).await?;
    stream.write_all(bytes).await?;
    read(&mut stream).await
}

/// Faults in a response that should be one of our pages, or its head.
fn wrong(page: &Page, is_head: bool, titles: &BTreeSet<String>, canary: &str) -> Vec<String> {
    let mut wrong: Vec<String> = if is_head {
        (!page.body.is_empty())
            .then(|| "a body".to_owned())
            .into_iter()
            .collect()
    } else {
        faults("/", page, titles)
    };
    for name in [
        "content-security-policy",
        "cache-control",
        "referrer-policy",
        "x-content-type-options",
        "content-type",
    ] {
        wrong.extend(page.header(name).is_none().then(|| format!("no {name}")));
    }
    wrong.extend(
        page.text()
            .contains(canary)
            .then(|| "it repeats what was sent".to_owned()),
    );
    wrong.extend(
        page.headers
            .iter()
            .any(|(_, value)| value.contains(canary))
            .then(|| "a header repeats what was sent".to_owned()),
    );
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_every_method_at_every_odd_path_is_answered_by_a_page_of_ours_and_no_other() {
    let house = house().await;
    let canary = house.canary("path");
    let titles: BTreeSet<String> = Languages::read()
        .unwrap()
        .all()
        .iter()
        .map(|words| words.say("title").to_owned())
        .collect();
    let long = format!("/{}", "x".repeat(20_000));
    let paths = [
        "/",
        "/check",
        "/send",
        "/pl",
        "/c/%FF",
        "/you-said",
        "/you-said/%FF/x.html",
        "/you-said/en/%FF",
        "/you-said/en/../../etc/passwd",
        "/c/%00",
        "/%00",
        "/%FF%FE",
        "/..",
        "/../../etc/passwd",
        "/%2e%2e/",
        "/.",
        "//",
        "///",
        "/%",
        "/%zz",
        "/?%FF",
        "/?&&&",
        "/about",
        "/messages",
        "/s/1",
        "/s/%FF",
        "/s/",
        "/.well-known/security.txt",
        "/nowhere",
        "*",
        "/*",
        "/{language}",
        "/c/{campaign}",
        "/;x=1",
        "/c/a/b/c",
        "http://house.invalid/nowhere",
        "http://house.invalid",
        "/\u{e9}",
        &long,
    ];
    let paths: Vec<String> = paths
        .iter()
        .map(|path| (*path).to_owned())
        .chain([format!("/{canary}"), format!("/c/{canary}?{canary}")])
        .collect();
    let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get",
        "X-CANARY",
    ];
    let mut seen: BTreeMap<u16, usize> = BTreeMap::new();
    for (method, path) in methods
        .iter()
        .flat_map(|method| paths.iter().map(move |path| (*method, path)))
    {
        let page = ask(&house, &format!("{method} {path} HTTP/1.1")).await;
        let found = wrong(
            &page,
            method == "HEAD" && page.status != 400,
            &titles,
            &canary,
        );
        assert_eq!(
            found,
            Vec::<String>::new(),
            "{method} {path}: {}",
            page.status
        );
        assert_eq!(
            page.status == 405,
            page.header("allow").is_some(),
            "{method} {path}: {}",
            page.status
        );
        *seen.entry(page.status).or_default() += 1;
    }
    // Invalid requests, which the HTTP library would answer itself.
    let heads = [
        (
            "CONNECT house.invalid:443 HTTP/1.1\r\nHost: house.invalid\r\n\r\n".to_owned(),
            405,
        ),
        (
            "CONNECT / HTTP/1.1\r\nHost: house.invalid\r\n\r\n".to_owned(),
            405,
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost: house.invalid\r\n\r\n".to_owned(),
            405,
        ),
        (format!("{canary} {canary} {canary}\r\n\r\n"), 400),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("GET no-slash HTTP/1.1\r\n\r\n".to_owned(), 200),
        ("GET /a b HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nX: {canary}\0\r\n\r\n"), 400),
        (
            "POST /check HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(),
            400,
        ),
        (
            "POST /check HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n".to_owned(),
            400,
        ),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        (
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(),
            400,
        ),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000)), 431),
        (
            format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", canary.repeat(2_000)),
            431,
        ),
        (
            format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(200)),
            431,
        ),
    ];
    for (head, status) in heads {
        let shown: String = head.chars().take(60).collect();
        let page = raw(&house, head.as_bytes())
            .await
            .unwrap_or_else(|e| panic!("{shown:?}: {e}"));
        assert_eq!(
            (page.status, wrong(&page, false, &titles, &canary)),
            (status, Vec::new()),
            "{shown:?}"
        );
        *seen.entry(page.status).or_default() += 1;
    }
    println!("answers by status: {seen:?}");
    for status in [200, 404, 405, 400, 431, 415] {
        assert!(
            seen.contains_key(&status),
            "no answer of status {status}: {seen:?}"
        );
    }
}
