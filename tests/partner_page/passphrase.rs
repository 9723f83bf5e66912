//! People at partners change their passphrase on the partner page, and sign in by printed codes if they have
//! no phone.

use loke::desk::jobs::answers::collect_keys;
use loke::desk::keys::{ON_A_LIST, Passphrase};
use loke::desk::partner_accounts::{self, NotMade};

use super::Bench;
use super::accounts::{FIRST, OWN};
use crate::house::desk_browser::{Answer, DeskBrowser, code};
use crate::house::partners;
use crate::triage::routine;

const NEW: &str = "eleven slow otters beneath the jetty";

async fn change(browser: &mut DeskBrowser, old: &str, new: &str, again: &str) -> Answer {
    let token = browser.get("/passphrase").await.field("form_token");
    let fields = [
        ("form_token", token.as_str()),
        ("password", old),
        ("new_password", new),
        ("again", again),
    ];
    browser.post("/passphrase", &fields).await
}

#[tokio::test]
async fn a_person_changes_the_passphrase_and_every_report_still_opens() {
    let bench = Bench::with_accounts().await;
    let (team, register) = (&bench.team, bench.team.ann.register());
    let (mut pat, secret) = bench.person("police", "pat").await;
    let tip = team.keep(&routine("words")).await;
    let reference = bench.send(tip, &partners::words("police", "before")).await;
    bench.look().await;
    let path = format!("/report/{reference}");
    let mut elsewhere = DeskBrowser::new(bench.address);
    team.clock.advance(30);
    let now = team.clock.now();
    elsewhere.sign_in("pat", OWN, &code(&secret, now)).await;
    assert_eq!(elsewhere.get(&path).await.status, 200, "the control");
    let file = bench.place.path().join("store/people/pat.age");
    let before = std::fs::read(&file).unwrap();
    for (old, new, again, sentence) in [
        ("not the old one", NEW, NEW, "until now is wrong"),
        (OWN, NEW, OWN, "differ"),
        (OWN, "norwich2026", "norwich2026", "too easy to guess"),
    ] {
        let refused = change(&mut pat, old, new, again).await;
        assert_eq!(refused.status, 403, "{sentence}");
        assert!(refused.text().contains(sentence), "{}", refused.text());
    }
    // A form of another page changes nothing.
    let fields = [
        ("form_token", "00"),
        ("password", OWN),
        ("new_password", NEW),
        ("again", NEW),
    ];
    assert_eq!(pat.post("/passphrase", &fields).await.status, 403);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let changed = change(&mut pat, OWN, NEW, NEW).await;
    assert_eq!(changed.location(), "/reports", "{}", changed.text());
    let list = pat.get("/reports").await.text();
    assert!(list.contains("Your passphrase is changed"), "{list}");
    assert!(pat.get(&path).await.text().contains("before"));
    assert_eq!(elsewhere.get(&path).await.location(), "/sign-in");
    // The same key: nothing to compare, and new reports open too.
    let signed_in = async |word: &str| {
        team.clock.advance(60);
        let mut browser = DeskBrowser::new(bench.address);
        let digits = code(&secret, team.clock.now());
        let signed = browser.sign_in("pat", word, &digits).await;
        (signed.status, browser)
    };
    assert_eq!(signed_in(OWN).await.0, 403);
    let (status, mut again) = signed_in(NEW).await;
    assert_eq!(status, 303);
    assert_eq!(collect_keys(&bench.folder(), register).await, Ok(0));
    let next = team.keep(&routine("more words")).await;
    let next = bench.send(next, &partners::words("police", "after")).await;
    bench.look().await;
    for (reference, words) in [(&reference, "before"), (&next, "after")] {
        let text = again.get(&format!("/report/{reference}")).await.text();
        assert!(text.contains(words), "{text}");
    }
}

/// A first sign-in without a phone.
async fn begin(bench: &Bench, printed: &str) -> u16 {
    let mut browser = DeskBrowser::new(bench.address);
    let page = browser.sign_in("pat", FIRST, "").await;
    let fields = [
        ("token", page.field("token")),
        ("code", printed.to_owned()),
        ("new_password", OWN.to_owned()),
        ("again", OWN.to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    browser.post("/sign-in/set-up", &fields).await.status
}

async fn sign_in(bench: &Bench, printed: &str) -> u16 {
    // Never slowed by an earlier wrong attempt.
    bench.team.clock.advance(60);
    let mut browser = DeskBrowser::new(bench.address);
    browser.sign_in("pat", OWN, printed).await.status
}

#[tokio::test]
async fn a_person_at_a_partner_without_a_phone_signs_in_with_printed_codes() {
    let bench = Bench::with_accounts().await;
    let (team, desk) = (&bench.team, bench.desk());
    let list = async || {
        let codes = partner_accounts::print_codes(&team.ann, &desk, "pat").await;
        let codes = codes.unwrap();
        let texts = codes.iter().map(|code| code.groups().to_string());
        texts.collect::<Vec<_>>()
    };
    let none = partner_accounts::print_codes(&team.ann, &desk, "pat").await;
    assert!(matches!(none, Err(NotMade::NoAccount(_))));
    let first = Passphrase::new(FIRST);
    partner_accounts::add(&team.ann, &desk, "police", "pat", &first)
        .await
        .unwrap();
    let refused = partner_accounts::print_codes(&team.ben, &desk, "pat").await;
    assert!(matches!(refused, Err(NotMade::NotDone(_))));
    let codes = list().await;
    assert_eq!(codes.len(), ON_A_LIST);
    // Account and codes come with one look. What travels has no code.
    let post = std::fs::read(bench.place.path().join("inbox/codes.pat.age")).unwrap();
    for code in &codes {
        let digits = code.replace(' ', "");
        assert!(memchr::memmem::find(&post, digits.as_bytes()).is_none());
    }
    bench.look().await;
    assert_eq!(begin(&bench, "1234 5678 9012").await, 200, "asked again");
    team.clock.advance(60);
    assert_eq!(begin(&bench, &codes[0]).await, 303);
    assert_eq!(sign_in(&bench, &codes[1]).await, 303);
    for refused in [&codes[1], &codes[0], "", "123456"] {
        assert_eq!(sign_in(&bench, refused).await, 403, "{refused}");
    }
    assert_eq!(sign_in(&bench, &codes[2].replace(' ', "-")).await, 303);
    // A new list ends the old one.
    let new = list().await;
    bench.look().await;
    assert_eq!(sign_in(&bench, &codes[3]).await, 403);
    assert_eq!(sign_in(&bench, &new[3]).await, 303);
    let rows = team.ann.register().trail().await.unwrap();
    let printed = rows
        .iter()
        .filter(|row| row.detail.contains("printed for pat"));
    assert_eq!(printed.count(), 2);
    partner_accounts::disable(&team.ann, &desk, "pat")
        .await
        .unwrap();
    let late = partner_accounts::print_codes(&team.ann, &desk, "pat").await;
    assert!(matches!(late, Err(NotMade::NoAccount(_))));
}
