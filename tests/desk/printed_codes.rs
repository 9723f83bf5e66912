//! Printed one-time codes: an officer without a phone signs in with a list on paper.

use std::collections::BTreeSet;

use loke::desk::check;
use loke::desk::keys::{ON_A_LIST, Passphrase, PrintedCode};
use loke::desk::people::{self, NotDone};

use super::served::{ANN, Desk, FIRST, OWN};
use crate::house::desk_browser::code;

/// A new list for Bob, as printed.
async fn list(desk: &Desk) -> Vec<String> {
    let ann = desk.act("ann", ANN).await;
    let codes = people::print_codes(&ann, "bob").await.unwrap();
    codes.iter().map(|code| code.groups().to_string()).collect()
}

/// Bob's first sign-in, without a phone.
async fn bob_begins(desk: &Desk, printed: &str) -> u16 {
    let mut browser = desk.browser();
    let page = browser.sign_in("bob", FIRST, "").await;
    let token = page.field("token");
    let fields = [
        ("token", token.as_str()),
        ("code", printed),
        ("new_password", OWN),
        ("again", OWN),
    ];
    browser.post("/sign-in/set-up", &fields).await.status
}

async fn bob_signs_in(desk: &Desk, printed: &str) -> u16 {
    // Never slowed by an earlier wrong attempt.
    desk.clock.advance(60);
    desk.browser().sign_in("bob", OWN, printed).await.status
}

#[tokio::test]
async fn who_lost_the_phone_sets_up_another_and_keeps_the_key_and_the_books() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let (_, lost) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    loke::desk::granting::grant(&ann, "main", "bob", None)
        .await
        .unwrap();
    let bob = desk.act("bob", OWN).await;
    let officer = people::new_phone(&bob, "ann").await;
    assert!(matches!(officer, Err(NotDone::Role(_))), "{officer:?}");
    people::new_phone(&ann, "bob").await.unwrap();
    desk.clock.advance(60);
    let mut browser = desk.browser();
    let fresh = code(&lost, desk.clock.now());
    let page = browser.sign_in("bob", OWN, &fresh).await;
    assert_eq!(page.status, 200, "the lost phone signs nobody in");
    let secret = crate::house::desk_browser::from_base32(&page.code_secret());
    let (token, fresh) = (page.field("token"), code(&secret, desk.clock.now()));
    let fields = [("token", token.as_str()), ("code", fresh.as_str())];
    let entered = browser.post("/sign-in/set-up", &fields).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    assert_eq!(desk.act("bob", OWN).await.books().len(), 1, "the same key");
}

#[tokio::test]
async fn an_officer_without_a_phone_signs_in_with_a_printed_code_that_works_once() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let codes = list(&desk).await;
    assert_eq!(
        codes.iter().collect::<BTreeSet<_>>().len(),
        ON_A_LIST,
        "all differ"
    );
    assert_eq!(bob_begins(&desk, &codes[0]).await, 303);
    let bob = desk.register.account("bob").await.unwrap();
    assert!(bob.code_secret.is_none() && !bob.first);

    assert_eq!(bob_signs_in(&desk, &codes[1]).await, 303);
    for refused in [&codes[1], &codes[0], "", "123456", "1234 5678 9012"] {
        assert_eq!(bob_signs_in(&desk, refused).await, 403, "{refused}");
    }
    // As a person may type it.
    assert_eq!(bob_signs_in(&desk, &codes[2].replace(' ', "-")).await, 303);
    assert_eq!(
        desk.register.printed_codes_left("bob").await.unwrap(),
        Some(ON_A_LIST as i64 - 3)
    );

    // The list is Bob's: it opens no other account, and is not used up there.
    let mut ann = desk.browser();
    let secret = ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    let refused = desk.browser().sign_in("ann", ANN, &codes[3]).await;
    assert_eq!(refused.status, 403);
    desk.clock.advance(60);
    let phone = code(&secret, desk.clock.now());
    let signed = desk.browser().sign_in("ann", ANN, &phone).await;
    assert_eq!(signed.status, 303, "the control: {}", signed.text());
    assert_eq!(bob_signs_in(&desk, &codes[3]).await, 303);

    let rows = desk.register.trail().await.unwrap();
    let of_bob = |object: &str| {
        let rows = rows.iter().filter(|row| row.who == "bob");
        rows.filter(|row| row.object == object).count()
    };
    assert_eq!(of_bob("page, printed code"), 3, "{rows:?}");
    assert!(
        rows.iter()
            .any(|row| row.detail == format!("{ON_A_LIST} one-time codes printed")),
        "{rows:?}"
    );
    let digits: Vec<String> = codes.iter().map(|code| code.replace(' ', "")).collect();
    let said = format!("{rows:?}");
    assert!(
        !digits.iter().any(|code| said.contains(code.as_str())),
        "a code is in the log"
    );
}

#[tokio::test]
async fn a_list_that_is_used_up_never_leaves_the_passphrase_alone_and_a_new_one_ends_it() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let old = list(&desk).await;
    assert_eq!(bob_begins(&desk, &old[0]).await, 303);
    for code in &old[1..] {
        let code = PrintedCode::typed(code).unwrap();
        assert!(desk.register.use_printed_code("bob", code).await.unwrap());
    }
    assert_eq!(bob_signs_in(&desk, "").await, 403);
    let found = check::problems(&desk.register).await.unwrap();
    let says = "bob has 0 printed codes left.";
    assert!(found.iter().any(|line| line.starts_with(says)), "{found:?}");

    let new = list(&desk).await;
    let found = check::problems(&desk.register).await.unwrap();
    assert!(
        !found.iter().any(|line| line.contains("bob has")),
        "{found:?}"
    );
    assert_eq!(bob_signs_in(&desk, &old[5]).await, 403);
    assert_eq!(bob_signs_in(&desk, &new[5]).await, 303, "the control");

    // A new key for a forgotten passphrase ends the list, too: it may be with the passphrase.
    let ann = desk.act("ann", ANN).await;
    people::renew_account(&ann, "bob", &Passphrase::new(FIRST))
        .await
        .unwrap();
    assert_eq!(desk.register.printed_codes_left("bob").await.unwrap(), None);
}

#[tokio::test]
async fn only_an_administrator_prints_codes_and_only_for_an_account_that_can_sign_in() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let codes = list(&desk).await;
    assert_eq!(bob_begins(&desk, &codes[0]).await, 303);
    let bob = desk.act("bob", OWN).await;
    let refused = people::print_codes(&bob, "bob").await;
    assert!(matches!(refused, Err(NotDone::Role(_))), "{refused:?}");
    let ann = desk.act("ann", ANN).await;
    assert!(people::print_codes(&ann, "nobody").await.is_err());
    people::disable_account(&ann, "bob").await.unwrap();
    assert!(people::print_codes(&ann, "bob").await.is_err());
    assert!(
        people::print_codes(&ann, "ann").await.is_ok(),
        "the control"
    );
}
