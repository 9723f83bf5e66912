//! P14: accounts and sign-in at the page, and what is open while somebody is signed in.

use loke::desk::granting;
use loke::desk::keys::{self, Passphrase};
use loke::desk::people::{self, NotDone};
use loke::desk::register::AccountRole;

use super::served::{ANN, Desk, FIRST, OWN};
use crate::house::desk_browser::{DeskBrowser, code};

#[tokio::test]
async fn p14_a_book_opens_at_sign_in_and_closes_with_its_last_session() {
    let desk = Desk::new().await;
    assert!(
        desk.open.all().is_empty(),
        "nothing is open before a sign-in"
    );
    let mut one = desk.browser();
    let secret = one.first_sign_in("ann", ANN, desk.clock.now()).await;
    assert_eq!(desk.open.all().len(), 1);
    assert_eq!(one.get("/").await.status, 200);
    // A second session of the same person: the book stays open until both are over.
    desk.clock.advance(60);
    let mut two = desk.browser();
    let signed = two
        .sign_in("ann", ANN, &code(&secret, desk.clock.now()))
        .await;
    assert_eq!(signed.status, 303, "{}", signed.text());
    let token = one.get("/").await.field("form_token");
    assert_eq!(
        one.post("/leave", &[("form_token", &token)]).await.status,
        303
    );
    assert_eq!(
        desk.open.all().len(),
        1,
        "the control: the other session has it open"
    );
    assert_eq!(
        one.get("/").await.location(),
        "/sign-in",
        "the old cookie is dead"
    );
    let token = two.get("/").await.field("form_token");
    two.post("/leave", &[("form_token", &token)]).await;
    assert!(desk.open.all().is_empty());
}

#[tokio::test]
async fn p14_a_person_sees_the_own_sessions_and_a_code_ends_all_others() {
    let desk = Desk::new().await;
    let mut one = desk.browser();
    let secret = one.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(60);
    let mut two = desk.browser();
    let fresh = code(&secret, desk.clock.now());
    two.sign_in("ann", ANN, &fresh).await;
    let page = two.get("/sessions").await;
    assert_eq!(page.text().matches("another one").count(), 1);
    let token = page.field("form_token");
    // A code that was used, as by somebody who found the desk unlocked, ends nothing.
    let form = |code| [("form_token", token.clone()), ("code", code)];
    let send = async |browser: &mut DeskBrowser, code: String| {
        let form = form(code);
        let form: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post("/sessions", &form).await
    };
    send(&mut two, fresh).await;
    assert_eq!(one.get("/queue").await.status, 200, "the control");
    desk.clock.advance(60);
    send(&mut two, code(&secret, desk.clock.now())).await;
    assert_eq!(one.get("/queue").await.location(), "/sign-in");
    let page = two.get("/sessions").await.text();
    assert!(page.contains("signed in nowhere else"), "{page}");
    assert_eq!(desk.open.all().len(), 1, "this session has the book open");
}

#[tokio::test]
async fn p14_a_session_that_is_over_by_the_clock_closes_its_books() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(14 * 60);
    assert_eq!(browser.get("/").await.status, 200, "the control");
    desk.screen.end_sessions().await.unwrap();
    assert_eq!(desk.open.all().len(), 1);
    desk.clock.advance(15 * 60);
    assert_eq!(browser.get("/").await.location(), "/sign-in");
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty());
    let rows = desk.register.trail().await.unwrap();
    assert!(rows.iter().any(|row| row.action == "sign-out"), "{rows:?}");
}

#[tokio::test]
async fn a_wrong_passphrase_a_wrong_code_and_a_used_code_are_refused_alike() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let used = code(&secret, desk.clock.now());
    let mut said = Vec::new();
    for (name, passphrase, typed) in [
        ("ann", "correct horse battery stable", used.as_str()),
        ("nobody", ANN, &used),
        ("ann", ANN, "000000"),
        ("ann", ANN, &used),
    ] {
        // Slowed after three wrong attempts.
        desk.clock.advance(2);
        let answer = desk.browser().sign_in(name, passphrase, typed).await;
        assert_eq!(answer.status, 403, "{name}");
        said.push(answer.text());
    }
    assert!(said.iter().all(|page| *page == said[0]), "{said:?}");
    desk.clock.advance(60);
    let fresh = code(&secret, desk.clock.now());
    let signed = desk.browser().sign_in("ann", ANN, &fresh).await;
    assert_eq!(signed.status, 303, "the control: {}", signed.text());
    let rows = desk.register.trail().await.unwrap();
    let refused: Vec<_> = rows.iter().filter(|row| row.action == "refused").collect();
    assert_eq!(refused.len(), 4);
    assert!(
        refused.iter().any(|row| row.object == "an unknown name"),
        "a name may be a passphrase in the wrong field: {refused:?}"
    );
}

#[tokio::test]
async fn guesses_slow_an_account_and_a_pause_opens_it_again() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    for _ in 0..3 {
        assert_eq!(
            desk.browser().sign_in("ann", "a guess", "1").await.status,
            403
        );
    }
    let slowed = desk.browser().sign_in("ann", ANN, "1").await;
    assert_eq!(slowed.status, 429);
    assert!(
        slowed.text().contains("Try again in 2 seconds"),
        "{}",
        slowed.text()
    );
    desk.clock.advance(60);
    let fresh = code(&secret, desk.clock.now());
    assert_eq!(desk.browser().sign_in("ann", ANN, &fresh).await.status, 303);
}

#[tokio::test]
async fn p14_a_strangers_guesses_keep_no_officer_out_of_a_browser_that_signed_in_before() {
    let desk = Desk::new().await;
    let mut known = desk.browser();
    let secret = known.first_sign_in("ann", ANN, desk.clock.now()).await;
    let token = known.get("/queue").await.field("form_token");
    known.post("/leave", &[("form_token", &token)]).await;
    desk.clock.advance(60);
    for _ in 0..3 {
        let guess = desk.browser().sign_in("ann", "a guess", "1").await;
        assert_eq!(guess.status, 403);
    }
    let fresh = code(&secret, desk.clock.now());
    let elsewhere = desk.browser().sign_in("ann", ANN, &fresh).await;
    assert_eq!(elsewhere.status, 429, "the control: strangers are slowed");
    assert_eq!(known.sign_in("ann", ANN, &fresh).await.status, 303);
    // It is known for that account alone.
    desk.add_bob().await;
    for _ in 0..3 {
        known.sign_in("bob", "a guess", "1").await;
    }
    assert_eq!(known.sign_in("bob", FIRST, "").await.status, 429);
    // By its own guesses it is slowed too. A disabled account forgets its browsers.
    for _ in 0..3 {
        assert_eq!(known.sign_in("ann", "a guess", "1").await.status, 403);
    }
    assert_eq!(known.sign_in("ann", ANN, &fresh).await.status, 429);
}

#[tokio::test]
async fn a_new_passphrase_is_a_new_key_and_every_book_still_opens() {
    let desk = Desk::new().await;
    let account = desk.register.account("ann").await.unwrap();
    let old = desk.unlock("ann", ANN).unwrap();
    people::change_passphrase(&desk.register, &account, &old, &Passphrase::new(OWN))
        .await
        .unwrap();
    assert!(desk.unlock("ann", ANN).is_err());
    let again = desk.act("ann", OWN).await;
    assert_eq!(again.books().len(), 1);
    assert!(again.books()[0].strange_members().await.unwrap().is_empty());
    let opened = loke::desk::book::read_secrets(desk.register.folder(), "main", "ann", &old);
    assert!(opened.is_err(), "the old identity opens nothing");
}

/// P14: somebody with the register puts another key behind a colleague's name, or a key file into
/// the book's folder: the members are told.
#[tokio::test]
async fn an_account_name_that_is_no_file_name_is_refused() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    for name in ["", "../x", "A", "a/b", "1a", "-a", &"a".repeat(41)] {
        let roles = [AccountRole::Officer];
        let first = Passphrase::new(FIRST);
        let refused = people::add_account(&ann, name, "council", &roles, &first).await;
        assert!(
            matches!(refused, Err(NotDone::Name(_))),
            "{name}: {refused:?}"
        );
    }
}

/// P14: what a removed member copied opens no page, tip or key file made after the change.
/// A change of keys that was interrupted before the switch is undone, and after it is finished.
/// A moved tip is in one book, opens with that book's key alone, and leaves nothing in the old book.
/// A desk with one person, no codes and no gateway is told so; then each is put right.
#[tokio::test]
async fn a_new_passphrase_ends_every_session_of_the_account() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    assert_eq!(browser.get("/").await.status, 200, "the control");
    let account = desk.register.account("ann").await.unwrap();
    let old = desk.unlock("ann", ANN).unwrap();
    people::change_passphrase(&desk.register, &account, &old, &Passphrase::new(OWN))
        .await
        .unwrap();
    assert_eq!(browser.get("/").await.location(), "/sign-in");
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty());
}

#[tokio::test]
async fn p14_a_person_changes_the_own_passphrase_at_the_page_and_each_session_ends() {
    let desk = Desk::new().await;
    let mut one = desk.browser();
    let secret = one.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(60);
    let mut two = desk.browser();
    let fresh = code(&secret, desk.clock.now());
    two.sign_in("ann", ANN, &fresh).await;
    let token = one.get("/passphrase").await.field("form_token");
    let mut change = async |old: &str, new: &str, again: &str| {
        let form = [
            ("form_token", token.as_str()),
            ("password", old),
            ("new_password", new),
            ("again", again),
        ];
        let answer = one.post("/passphrase", &form).await;
        (answer.status, answer.text())
    };
    for (old, new, again, said) in [
        ("a guess", OWN, OWN, "until now is wrong"),
        (ANN, "password1", "password1", "too easy to guess"),
        (ANN, OWN, ANN, "differ"),
    ] {
        let (status, page) = change(old, new, again).await;
        assert!(status == 403 && page.contains(said), "{said}: {page}");
    }
    assert_eq!(two.get("/queue").await.status, 200, "nothing was changed");
    let (status, page) = change(ANN, OWN, OWN).await;
    assert!(status == 200 && page.contains("is changed"), "{page}");
    assert_eq!(two.get("/queue").await.location(), "/sign-in");
    assert!(desk.open.all().is_empty());
    // It never ends by itself, and the old one opens nothing.
    desk.clock.advance(400 * 86_400);
    let fresh = code(&secret, desk.clock.now());
    assert_eq!(desk.browser().sign_in("ann", ANN, &fresh).await.status, 403);
    assert_eq!(desk.browser().sign_in("ann", OWN, &fresh).await.status, 303);
    assert_eq!(desk.open.all().len(), 1);
}

/// An administrator who holds no other role reads no tip and makes no book; an officer makes no
/// account.
#[tokio::test]
async fn a_passphrase_is_taken_byte_for_byte_and_may_be_long() {
    let desk = Desk::new().await;
    let account = desk.register.account("ann").await.unwrap();
    let member = desk.unlock("ann", ANN).unwrap();
    let long = format!(" Ünïcode & <spaces> {} ", "x1 ".repeat(200));
    people::change_passphrase(&desk.register, &account, &member, &Passphrase::new(&long))
        .await
        .unwrap();
    for other in [long.trim(), &long.to_lowercase(), &long[..long.len() - 1]] {
        assert!(desk.unlock("ann", other).is_err(), "{other}");
    }
    let mut browser = desk.browser();
    browser.first_sign_in("ann", &long, desk.clock.now()).await;
    assert_eq!(browser.get("/").await.status, 200);
}

#[tokio::test]
async fn the_sign_in_page_masks_and_permits_what_it_must() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    let page = browser.get("/sign-in").await;
    let text = page.text();
    assert!(
        text.contains("name=\"password\" type=\"password\" autocomplete=\"off\""),
        "{text}"
    );
    for never in ["<script", "onpaste", "hint question", "maxlength"] {
        assert!(!text.contains(never), "{never}");
    }
    assert!(
        page.head.contains("cache-control: no-store"),
        "{}",
        page.head
    );
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let inside = browser.get("/").await.text();
    assert!(
        inside.contains("Sign out") && inside.contains("signed in until"),
        "{inside}"
    );
}

/// A shared machine's browser must offer nobody what a colleague typed.
#[test]
fn every_field_that_takes_text_tells_the_browser_to_keep_nothing() {
    let mut fields = 0;
    for file in std::fs::read_dir("templates/desk").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|end| end != "html") {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for tag in page.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let chosen = ["hidden", "checkbox", "radio", "file", "submit"];
            let is_chosen = chosen
                .iter()
                .any(|of| tag.contains(&format!("type=\"{of}\"")));
            if (tag.starts_with("input ") && !is_chosen) || tag.starts_with("textarea ") {
                let whole = tag.contains("autocomplete=\"off\"");
                assert!(whole, "{}: <{tag}>", path.display());
                fields += 1;
            }
        }
    }
    assert!(fields > 20, "only {fields}: the search is blind");
}

#[tokio::test]
async fn no_page_but_sign_in_answers_without_a_session() {
    let desk = Desk::new().await;
    let mut nobody = desk.browser();
    for path in [
        "/",
        "/tip/00",
        "/tip/00/photo/1",
        "/queue",
        "/audit",
        "/search?q=x",
        "/enter/x",
    ] {
        assert_eq!(nobody.get(path).await.location(), "/sign-in", "{path}");
    }
    for path in ["/collect", "/leave", "/tip/00/route"] {
        assert_eq!(
            nobody.post(path, &[("form_token", "")]).await.status,
            401,
            "{path}"
        );
    }
    assert_eq!(nobody.get("/sign-in").await.status, 200, "the control");
}

/// No sign-in link: a session begins with a passphrase, and at no other route.
#[tokio::test]
async fn p14_no_link_signs_anybody_in_at_any_route_of_the_page() {
    let desk = Desk::new().await;
    for (method, path) in super::walk::routes() {
        let path = path.replace("{id}", "x").replace(['{', '}'], "");
        let mut nobody = desk.browser();
        let answer = match method {
            "GET" => nobody.get(&path).await,
            _ => nobody.post(&path, &[("name", "ann"), ("token", "x")]).await,
        };
        assert!(!answer.head.contains("set-cookie"), "{method} {path}");
        assert_eq!(nobody.get("/queue").await.location(), "/sign-in");
    }
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    assert!(!ann.cookie.is_empty(), "the control");
    let old = format!("/enter/{}", "0".repeat(64));
    assert_eq!(
        ann.get(&old).await.status,
        404,
        "the link of older versions"
    );
}

#[tokio::test]
async fn a_forgotten_passphrase_is_replaced_by_a_key_that_opens_no_book() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    people::renew_account(&ann, "bob", &Passphrase::new(FIRST))
        .await
        .unwrap();
    assert!(desk.unlock("bob", OWN).is_err());
    let bob = desk.register.account("bob").await.unwrap();
    assert!(
        bob.first && bob.code_secret.is_none(),
        "codes are set up anew"
    );
    desk.bob_chooses().await;
    let member = desk.unlock("bob", OWN).unwrap();
    let folder = desk.register.folder();
    let opened = loke::desk::book::read_secrets(folder, "main", "bob", &member);
    assert!(
        matches!(opened, Err(keys::Error::NotForThisMember(_))),
        "{opened:?}"
    );
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    assert_eq!(desk.act("bob", OWN).await.books().len(), 1, "let in again");
}

/// The office: tea, a visitor, and then the passphrase alone.
#[tokio::test]
async fn p14_within_eight_hours_an_idle_browser_needs_the_passphrase_alone_and_no_other_does() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let mut ann = desk.browser();
    let secret = ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    assert!(ann.get("/sign-in").await.text().contains("first sign-in"));
    desk.clock.advance(15 * 60);
    assert_eq!(ann.get("/queue").await.location(), "/sign-in");
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty(), "its book is closed");
    assert!(
        ann.get("/sign-in")
            .await
            .text()
            .contains("leave this empty")
    );
    for (who, passphrase) in [("ann", "a guess"), ("bob", OWN)] {
        let refused = ann.sign_in(who, passphrase, "").await;
        assert_eq!(refused.status, 403, "{who}: the browser is ann's");
    }
    let elsewhere = desk.browser().sign_in("ann", ANN, "").await;
    assert_eq!(elsewhere.status, 403, "another browser needs a code");
    assert_eq!(ann.sign_in("ann", ANN, "").await.status, 303);
    assert_eq!(ann.get("/queue").await.status, 200);
    assert_eq!(desk.open.all().len(), 1);
    // Whoever signs out means it.
    let token = ann.get("/queue").await.field("form_token");
    ann.post("/leave", &[("form_token", &token)]).await;
    assert_eq!(ann.sign_in("ann", ANN, "").await.status, 403);
    // Eight hours after the code it is asked for again, however often the passphrase was given.
    desk.clock.advance(60);
    let fresh = code(&secret, desk.clock.now());
    assert_eq!(ann.sign_in("ann", ANN, &fresh).await.status, 303);
    for _ in 0..7 {
        desk.clock.advance(3_600);
        assert_eq!(ann.sign_in("ann", ANN, "").await.status, 303);
    }
    desk.clock.advance(3_600);
    assert_eq!(ann.get("/queue").await.location(), "/sign-in");
    assert_eq!(ann.sign_in("ann", ANN, "").await.status, 403);
    // After a jump of the clock nobody knows how long a page stood open.
    let fresh = code(&secret, desk.clock.now());
    assert_eq!(ann.sign_in("ann", ANN, &fresh).await.status, 303);
    desk.clock.advance(15 * 60);
    desk.screen.end_sessions().await.unwrap();
    desk.screen.end_all("the clock jumped").await;
    assert_eq!(ann.sign_in("ann", ANN, "").await.status, 403);
}
