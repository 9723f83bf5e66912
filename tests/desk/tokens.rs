//! A hardware token: an administrator gives its factory seed, as the maker printed it, to an account that has
//! no phone.

use std::process::Output;

use loke::desk::keys::{CodeHash, CodeKind, CodeSeconds, CodeSecret};
use loke::desk::people::{self, NotDone};

use super::served::{ANN, Desk, FIRST, OWN};
use super::{Bench, said, text};

/// RFC 6238, appendix B.
const SEED: &str = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ";
const LONG: &str = "3132333435363738393031323334353637383930313233343536373839303132";
const MINUTES: CodeKind = CodeKind {
    hash: CodeHash::Sha256,
    seconds: CodeSeconds::Sixty,
};

/// The code that a token shows at the desk's time.
fn shows(desk: &Desk, seed: &str, kind: CodeKind) -> String {
    let token = CodeSecret::of_token(seed, kind).unwrap();
    token.code(desk.clock.now()).unwrap()
}

#[tokio::test]
async fn p14_who_has_no_phone_signs_in_with_a_token_whose_seed_the_maker_printed() {
    let desk = Desk::new().await;
    let kinds = [(SEED, CodeKind::default()), (LONG, MINUTES)];
    for (name, (seed, kind)) in ["bob", "cai"].into_iter().zip(kinds) {
        desk.add(
            name,
            "police",
            &[loke::desk::register::AccountRole::Officer],
        )
        .await;
        let ann = desk.act("ann", ANN).await;
        let code = shows(&desk, seed, kind);
        people::give_token(&ann, name, (seed, kind), &code)
            .await
            .unwrap();
        ann.books()[0].close().await;
        // The first sign-in shows no secret, and takes the token's next code.
        let mut browser = desk.browser();
        let page = browser.sign_in(name, FIRST, "").await;
        assert!(!page.text().contains("totp-secret"), "{}", page.text());
        assert!(page.text().contains("Use your token"), "{}", page.text());
        let again = [
            ("token", page.field("token")),
            ("code", code),
            ("new_password", OWN.to_owned()),
            ("again", OWN.to_owned()),
        ];
        let again = again
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let used = browser.post("/sign-in/set-up", &again).await;
        assert_eq!(used.status, 200, "a code works once, also at its set-up");
        desk.clock.advance(120);
        let fields = [
            ("token", used.field("token")),
            ("code", shows(&desk, seed, kind)),
            ("new_password", OWN.to_owned()),
            ("again", OWN.to_owned()),
        ];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let entered = browser.post("/sign-in/set-up", &fields).await;
        assert_eq!(entered.status, 303, "{}", entered.text());
        desk.clock.advance(120);
        let (now, mut other) = (shows(&desk, seed, kind), desk.browser());
        assert_eq!(other.sign_in(name, OWN, &now).await.status, 303);
        assert_eq!(desk.browser().sign_in(name, OWN, &now).await.status, 403);
    }
    let trail = desk.register.trail().await.unwrap();
    let given = trail
        .iter()
        .filter(|row| row.detail == "a hardware token set");
    assert_eq!(given.count(), 2);
}

#[tokio::test]
async fn a_seed_that_is_not_the_tokens_is_refused_with_what_to_do_and_changes_nothing() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let (_, phone) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let right = shows(&desk, LONG, MINUTES);
    let default = CodeKind::default();
    let digit = LONG.replace("39", "3g");
    for (seed, kind, code, sentence) in [
        (
            LONG,
            default,
            right.as_str(),
            "--hash sha256 --seconds 60. Run the command again",
        ),
        (&SEED[1..], default, &right, "this seed has 31 characters"),
        (
            &digit,
            MINUTES,
            &right,
            "character 18 of the seed is not possible",
        ),
        (SEED, default, "", "Compare the serial number"),
        (
            &LONG.replace("31", "41"),
            MINUTES,
            &right,
            "Compare the serial number",
        ),
    ] {
        let refused = people::give_token(&ann, "bob", (seed, kind), code).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(sentence), "{said}");
        assert!(said.ends_with("Nothing was changed"), "{said}");
        assert!(!said.contains(seed), "{said}");
    }
    let bob = desk.act("bob", OWN).await;
    let officer = people::give_token(&bob, "bob", (LONG, MINUTES), &right).await;
    assert!(matches!(officer, Err(NotDone::Role(_))), "{officer:?}");
    desk.clock.advance(60);
    let now = crate::house::desk_browser::code(&phone, desk.clock.now());
    assert_eq!(
        desk.browser().sign_in("bob", OWN, &now).await.status,
        303,
        "as before"
    );
    // The control: the right one takes the phone's place.
    let right = shows(&desk, LONG, MINUTES);
    let given = people::give_token(&ann, "bob", (LONG, MINUTES), &right);
    given.await.unwrap();
    desk.clock.advance(120);
    let lost = crate::house::desk_browser::code(&phone, desk.clock.now());
    assert_eq!(desk.browser().sign_in("bob", OWN, &lost).await.status, 403);
    let now = shows(&desk, LONG, MINUTES);
    assert_eq!(desk.browser().sign_in("bob", OWN, &now).await.status, 303);
    people::disable_account(&ann, "bob").await.unwrap();
    let refused = people::give_token(&ann, "bob", (LONG, MINUTES), &now).await;
    assert!(matches!(refused, Err(NotDone::Disabled(_))), "{refused:?}");
}

#[test]
fn the_command_reads_the_seed_from_a_file_and_needs_the_code() {
    let bench = Bench::new();
    let file = bench.path("seed");
    std::fs::write(&file, format!("{LONG}\n")).unwrap();
    let give = |code: &str| -> Output {
        let args = ["account", "phone", "admin", "--seed-file", text(&file)];
        let kind = ["--hash", "sha256", "--seconds", "60", "--code", code];
        let all: Vec<&str> = args.into_iter().chain(kind).collect();
        bench.command(&all).output().unwrap()
    };
    let wrong = give("x");
    assert!(!wrong.status.success() && said(&wrong).contains("Compare the serial number"));
    let token = CodeSecret::of_token(LONG, MINUTES).unwrap();
    let now = token.code(loke::clock::Clock::System.now()).unwrap();
    let given = give(&now);
    assert!(given.status.success(), "{}", said(&given));
    assert!(said(&given).contains("Destroy"), "{}", said(&given));
    assert!(!said(&given).contains(&LONG[..8]), "{}", said(&given));
    let without = ["account", "phone", "admin", "--seed-file", text(&file)];
    let out = bench.command(&without).output().unwrap();
    assert_eq!(out.status.code(), Some(2), "{}", said(&out));
}
