//! Where people at partners are signed in: each sees the own sessions, and ends one or all others with a
//! code.

use super::Bench;
use super::accounts::OWN;
use crate::house::desk_browser::{Answer, DeskBrowser, code};

/// One more sign-in of an account, a minute later.
async fn elsewhere(bench: &Bench, account: &str, secret: &[u8]) -> DeskBrowser {
    bench.team.clock.advance(60);
    let mut browser = DeskBrowser::new(bench.address);
    let digits = code(secret, bench.team.clock.now());
    let signed = browser.sign_in(account, OWN, &digits).await;
    assert_eq!(signed.location(), "/reports", "{}", signed.text());
    browser
}

/// The numbers of the other sessions on the page.
fn others(page: &Answer) -> Vec<String> {
    let text = page.text();
    let fields = text.split("name=\"which\" value=\"").skip(1);
    let values = fields.map(|rest| rest.split('"').next().unwrap().to_owned());
    values.filter(|value| value != "all").collect()
}

/// Posts the form. Returns the sentence that the next page has.
async fn end(browser: &mut DeskBrowser, which: &str, code: &str) -> String {
    let form_token = browser.get("/sessions").await.field("form_token");
    let fields = [
        ("form_token", form_token.as_str()),
        ("which", which),
        ("code", code),
    ];
    let done = browser.post("/sessions", &fields).await;
    assert_eq!(done.location(), "/sessions", "{}", done.text());
    browser.get("/sessions").await.text()
}

async fn is_in(browser: &mut DeskBrowser) -> bool {
    browser.get("/reports").await.status == 200
}

#[tokio::test]
async fn p15_a_person_sees_the_own_sessions_and_ends_one_or_all_others_with_a_code() {
    let bench = Bench::with_accounts().await;
    let clock = &bench.team.clock;
    let (mut pat, secret) = bench.person("police", "pat").await;
    let (mut cleo, of_cleo) = bench.person("cleansing", "cleo").await;
    let alone = pat.get("/sessions").await;
    assert!(alone.text().contains("signed in nowhere else"));
    let mut first = elsewhere(&bench, "pat", &secret).await;
    let mut second = elsewhere(&bench, "pat", &secret).await;
    let mut third = elsewhere(&bench, "pat", &secret).await;
    let mut other = elsewhere(&bench, "cleo", &of_cleo).await;
    let ids = others(&pat.get("/sessions").await);
    assert_eq!(ids.len(), 3);
    let theirs = others(&cleo.get("/sessions").await);
    assert!(theirs.len() == 1 && !ids.contains(&theirs[0]), "{theirs:?}");

    // Not without a code, not by a form of another page, and never somebody else's.
    let wrong = end(&mut pat, "all", "000000").await;
    assert!(wrong.contains("Nothing was ended"), "{wrong}");
    clock.advance(60);
    let digits = || code(&secret, clock.now());
    let typed = digits();
    let forged = [("form_token", "00"), ("which", "all"), ("code", &typed)];
    pat.post("/sessions", &forged).await;
    let said = pat.get("/sessions").await.text();
    assert!(said.contains("Nothing was ended"), "{said}");
    let said = end(&mut pat, &theirs[0], &typed).await;
    assert!(said.contains("It had ended already"), "{said}");
    let used = end(&mut pat, "all", &typed).await;
    assert!(used.contains("Nothing was ended"), "a code works once");
    for browser in [&mut first, &mut second, &mut third, &mut cleo, &mut other] {
        assert!(is_in(browser).await);
    }

    clock.advance(60);
    let said = end(&mut pat, &ids[0], &digits()).await;
    assert!(said.contains("Ended: 1."), "{said}");
    assert!(!is_in(&mut first).await && is_in(&mut second).await);
    // The browser of an ended session needs a code again.
    assert_eq!(first.sign_in("pat", OWN, "").await.status, 403);
    clock.advance(60);
    let said = end(&mut pat, "all", &digits()).await;
    assert!(said.contains("Ended: 2."), "{said}");
    assert!(!is_in(&mut second).await && !is_in(&mut third).await);
    assert!(is_in(&mut pat).await && is_in(&mut cleo).await && is_in(&mut other).await);
    assert!(said.contains("signed in nowhere else"), "{said}");
}
