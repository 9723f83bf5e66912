//! The sign-in of the partner page and its sessions: the rows of `docs/asvs.md` that a request shows.

use super::Bench;
use super::accounts::OWN;
use crate::house::desk_browser::{DeskBrowser, code};

impl Bench {
    fn browser(&self) -> DeskBrowser {
        DeskBrowser::new(self.address)
    }

    /// The digits of a minute in which nobody signed in.
    fn digits(&self, secret: &[u8]) -> String {
        self.team.clock.advance(60);
        code(secret, self.team.clock.now())
    }
}

#[tokio::test]
async fn the_partner_pages_sign_in_masks_and_permits_what_it_must() {
    let bench = Bench::with_accounts().await;
    let (mut pat, _) = bench.person("police", "pat").await;
    let page = bench.browser().get("/sign-in").await;
    let text = page.text();
    assert!(
        text.contains("name=\"password\" type=\"password\" autocomplete=\"off\""),
        "{text}"
    );
    for never in ["<script", "onpaste", "hint question", "maxlength"] {
        assert!(!text.contains(never), "{never}");
    }
    assert!(page.head.contains("cache-control: no-store"));
    for path in ["/reports", "/passphrase", "/sessions"] {
        let inside = pat.get(path).await.text();
        let out = inside.contains("action=\"/leave\"") && inside.contains("Sign out");
        assert!(out && inside.contains("Signed in until"), "{inside}");
        assert_eq!(bench.browser().get(path).await.location(), "/sign-in");
    }
}

#[tokio::test]
async fn a_wrong_passphrase_a_wrong_code_and_a_used_code_are_refused_alike_at_the_partner_page() {
    let bench = Bench::with_accounts().await;
    let (_, secret) = bench.person("police", "pat").await;
    let used = bench.digits(&secret);
    let signed_in = bench.browser().sign_in("pat", OWN, &used).await;
    assert_eq!(signed_in.status, 303, "the control");
    let mut said = Vec::new();
    let spaced = format!(" {OWN}");
    for (name, passphrase, typed) in [
        ("pat", "correct horse battery stable", used.as_str()),
        // Byte for byte.
        ("pat", &spaced, &used),
        ("nobody", OWN, &used),
        ("pat", OWN, "000000"),
        ("pat", OWN, &used),
    ] {
        // Slowed after three wrong attempts.
        bench.team.clock.advance(5);
        let answer = bench.browser().sign_in(name, passphrase, typed).await;
        assert_eq!(answer.status, 403, "{name}");
        said.push(answer.text());
    }
    assert!(said.iter().all(|page| *page == said[0]), "{said:?}");
    // At once: slowed, and a pause opens it again.
    let slowed = bench.browser().sign_in("pat", OWN, "1").await;
    assert_eq!(slowed.status, 429, "{}", slowed.text());
    let digits = bench.digits(&secret);
    let opened = bench.browser().sign_in("pat", OWN, &digits).await;
    assert_eq!(opened.status, 303);
}

#[tokio::test]
async fn a_session_of_the_partner_page_ends_after_a_quarter_of_an_hour_and_after_eight_hours() {
    let bench = Bench::with_accounts().await;
    let (mut pat, secret) = bench.person("police", "pat").await;
    let first = pat.cookie.clone();
    bench.team.clock.advance(14 * 60);
    assert_eq!(pat.get("/reports").await.status, 200);
    bench.team.clock.advance(16 * 60);
    assert_eq!(pat.get("/reports").await.location(), "/sign-in");
    let digits = bench.digits(&secret);
    assert_eq!(pat.sign_in("pat", OWN, &digits).await.status, 303);
    assert_ne!(pat.cookie, first, "each sign-in makes a new cookie");
    let began = bench.team.clock.now();
    while bench.team.clock.now() < began + 8 * 3_600 - 14 * 60 {
        bench.team.clock.advance(14 * 60);
        assert_eq!(pat.get("/reports").await.status, 200);
    }
    bench.team.clock.advance(14 * 60);
    assert_eq!(pat.get("/reports").await.location(), "/sign-in");
}
