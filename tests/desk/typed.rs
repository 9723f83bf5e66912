//! P14: what a person was typing when the session ended waits for that person alone.

use loke::desk::book::DraftOf;
use loke::desk::keys::{DatabaseKey, Passphrase};
use loke::desk::people;
use loke::desk::register::AccountRole;

use super::covers::{kept, photo};
use super::old_books::raw;
use super::served::{ANN, Desk, FIRST, OWN};
use crate::house::desk_browser::{DeskBrowser, code};

/// Longer than a session without a request.
const AWAY: i64 = 16 * 60;

/// The sealed texts that the register has.
async fn sealed(desk: &Desk) -> Vec<Vec<u8>> {
    let folder = desk.register.folder();
    let key = DatabaseKey::read(&folder.join("register.key")).unwrap();
    let tables = raw(&folder.join("register.db"), &key).await;
    let rows = sqlx::query_scalar("select sealed from typed_texts");
    let rows = rows.fetch_all(&tables).await.unwrap();
    tables.close().await;
    rows
}

#[tokio::test]
async fn p14_a_text_of_an_ended_session_is_sealed_to_its_writer_and_is_a_draft_at_the_next_sign_in()
{
    let desk = Desk::new().await;
    let tip = kept(&desk.act("ann", ANN).await, &photo()).await;
    let note = format!("/tip/{}", tip.id);
    let (report, reply) = (format!("{note}/report"), format!("{note}/reply"));
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let token = browser.get(&note).await.field("form_token");
    desk.clock.advance(AWAY);
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty(), "no key is in memory");

    let form = |field, text| [("form_token", token.as_str()), (field, text)];
    for (path, form) in [
        (
            &note,
            [("form_token", "of another page"), ("note", "canary")],
        ),
        (&note, form("note", " ")),
        (&"/bulk".to_owned(), form("note", "canary")),
    ] {
        let answer = browser.post(path, &form).await;
        let said = answer.text();
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            said.contains("nothing was done") && !said.contains("kept"),
            "{said}"
        );
    }
    let mut stranger = desk.browser();
    stranger.post(&note, &form("note", "canary")).await;
    assert!(sealed(&desk).await.is_empty(), "the control");

    for (path, form) in [
        (&note, form("note", "canary one")),
        (&note, form("note", "canary one and two")),
        (&report, form("text", "canary three")),
        (&reply, form("reply", "canary four")),
    ] {
        let ticks = [("grade", "yes")];
        let beside = if *path == report { &ticks[..] } else { &[] };
        let form = [&form[..], beside].concat();
        let answer = browser.post(path, &form).await;
        assert!(
            answer.text().contains("kept for you alone"),
            "{}",
            answer.text()
        );
    }
    let rows = sealed(&desk).await;
    assert_eq!(
        rows.len(),
        3,
        "a later text of one field replaces the earlier one"
    );
    for row in &rows {
        assert!(row.starts_with(b"age-encryption.org/v1"));
        assert!(!row.windows(6).any(|part| part == b"canary"));
    }
    assert_eq!(browser.sign_in("ann", ANN, "").await.status, 303);
    let page = browser.get(&note).await.text();
    assert!(page.contains(">canary one and two</textarea>"), "{page}");
    let ann = desk.act("ann", ANN).await;
    let drafts = ann.books()[0].drafts_on(DraftOf::Report, tip.id).await;
    assert_eq!(drafts.unwrap(), [("ann".into(), "canary three".into())]);
    let report = ann.books()[0].report_draft(tip.id).await.unwrap().unwrap();
    assert!(report.grade, "with what was ticked");
    let replies = ann.books()[0].reply_drafts_on(tip.id).await.unwrap();
    assert_eq!(
        (replies.len(), replies[0].text.as_str()),
        (1, "canary four")
    );
    assert!(sealed(&desk).await.is_empty(), "it goes once it is a draft");
}

#[tokio::test]
async fn p14_a_text_of_an_ended_session_goes_with_the_account_and_returns_to_no_book_that_is_lost()
{
    let desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    desk.add("cai", "police", &[AccountRole::Administrator])
        .await;
    let (_, secret) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let path = format!("/tip/{}", tip.id);
    loke::desk::granting::grant(&ann, "main", "bob", None)
        .await
        .unwrap();
    let mut bob = desk.browser();
    let types_and_leaves = async |bob: &mut DeskBrowser| {
        desk.clock.advance(60);
        let code = code(&secret, desk.clock.now());
        assert_eq!(bob.sign_in("bob", OWN, &code).await.status, 303);
        let token = bob.get(&path).await.field("form_token");
        desk.clock.advance(AWAY);
        desk.screen.end_sessions().await.unwrap();
        let form = [("form_token", token.as_str()), ("note", "canary")];
        bob.post(&path, &form).await
    };
    let said = types_and_leaves(&mut bob).await.text();
    assert!(said.contains("kept for you alone"), "{said}");
    // The book has new keys before bob comes back.
    people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
    assert!(sealed(&desk).await.is_empty(), "it goes with the book");
    assert_eq!(bob.sign_in("bob", OWN, "").await.status, 303);
    assert_eq!(bob.get(&path).await.status, 404);
    assert!(sealed(&desk).await.is_empty());

    let ann = desk.act("ann", ANN).await;
    loke::desk::granting::grant(&ann, "main", "bob", None)
        .await
        .unwrap();
    types_and_leaves(&mut bob).await;
    assert_eq!(sealed(&desk).await.len(), 1);
    people::disable_account(&ann, "bob").await.unwrap();
    assert!(sealed(&desk).await.is_empty());
}

/// Removes bob from the book while the serving process closes it, and runs `meanwhile` once it is closed.
async fn revoke_bob(desk: &Desk, meanwhile: impl Future<Output = ()>) {
    let ann = desk.act("ann", ANN).await;
    let closing = async {
        while !desk.open.all().is_empty() {
            desk.screen.end_sessions().await.unwrap();
            tokio::task::yield_now().await;
        }
        meanwhile.await;
    };
    let (revoked, ()) = tokio::join!(people::revoke(&ann, "main", "bob", |_| ()), closing);
    revoked.unwrap();
}

#[tokio::test]
async fn p14_a_text_that_arrives_while_its_book_is_closed_is_kept_and_a_draft_when_it_opens_again()
{
    let desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    let (mut bob, bobs) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let granted = loke::desk::granting::grant(&ann, "main", "bob", None).await;
    granted.unwrap();
    ann.books()[0].close().await;
    drop(ann);
    let note = format!("/tip/{}", tip.id);
    let (draft, report) = (format!("{note}/draft"), format!("{note}/report"));
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(60);
    let now = code(&bobs, desk.clock.now());
    let signed = bob.sign_in("bob", OWN, &now);
    assert_eq!(signed.await.status, 303);
    let token = browser.get(&note).await.field("form_token");
    let bobs_token = bob.get(&note).await.field("form_token");
    let entered = [
        ("form_token", token.as_str()),
        ("topic", "drugs"),
        ("what", "canary three"),
    ];
    let (mut answers, mut theirs) = (Vec::new(), 0);
    revoke_bob(&desk, async {
        for (path, field, text) in [
            (&draft, "note", "canary one"),
            (&note, "note", "canary one and two"),
            (&report, "text", "canary four"),
        ] {
            let form = [("form_token", token.as_str()), (field, text)];
            answers.push(browser.post(path, &form).await);
        }
        answers.push(browser.post("/new", &entered).await);
        let form = [
            ("form_token", bobs_token.as_str()),
            ("decision", "note"),
            ("note", "canary"),
        ];
        theirs = bob.post(&note, &form).await.status;
    })
    .await;
    for answer in &answers {
        let said = answer.text();
        assert_eq!(answer.status, 409, "{said}");
        assert!(said.contains("Your text is kept for you alone"), "{said}");
    }
    assert_eq!(theirs, 404, "who was removed keeps nothing");
    let rows = sealed(&desk).await;
    assert_eq!(rows.len(), 3, "a later text replaces an earlier one");
    let clear = |row: &Vec<u8>| row.windows(6).any(|part| part == b"canary");
    assert!(!rows.iter().any(clear));
    // The same afterwards, until ann signs in again. The page says why it shows no tip.
    let queue = browser.get("/queue").await.text();
    assert!(queue.contains("The book main was closed"), "{queue}");
    let queue = bob.get("/queue").await.text();
    assert!(!queue.contains("was closed"), "{queue}");
    let form = [
        ("form_token", token.as_str()),
        ("note", "canary one, two, five"),
    ];
    assert_eq!(browser.post(&note, &form).await.status, 409);
    let left = [("form_token", token.as_str())];
    assert_eq!(browser.post("/leave", &left).await.status, 303);
    desk.clock.advance(60);
    let now = code(&secret, desk.clock.now());
    let signed = browser.sign_in("ann", ANN, &now);
    assert_eq!(signed.await.status, 303);
    let page = browser.get(&note).await.text();
    assert!(page.contains(">canary one, two, five</textarea>"), "{page}");
    let ann = desk.act("ann", ANN).await;
    let drafts = ann.books()[0].drafts_on(DraftOf::Report, tip.id).await;
    assert_eq!(drafts.unwrap(), [("ann".into(), "canary four".into())]);
    assert_eq!(
        sealed(&desk).await.len(),
        1,
        "the report waits for its form"
    );
    let page = browser.get("/new").await.text();
    assert!(page.contains(">canary three</textarea>"), "{page}");
}

#[tokio::test]
async fn p14_a_report_that_was_being_entered_waits_on_its_page_until_it_is_stored() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let fresh = browser.get("/new").await;
    assert!(!fresh.text().contains("Throw it away"));
    let token = fresh.field("form_token");
    let goes = async |browser: &mut DeskBrowser, fields: &[(&str, &str)]| {
        desk.clock.advance(AWAY);
        desk.screen.end_sessions().await.unwrap();
        let said = browser.post("/new", fields).await.text();
        assert!(said.contains("kept for you alone"), "{said}");
        assert_eq!(browser.sign_in("ann", ANN, "").await.status, 303);
        let page = browser.get("/").await;
        let page = if page.status == 303 {
            browser.get("/queue").await
        } else {
            page
        };
        assert!(page.text().contains("The report that you were entering"));
        browser.get("/new").await
    };
    let typed = [
        ("form_token", token.as_str()),
        ("topic", "drugs"),
        ("danger", "yes"),
        ("what", "canary one"),
    ];
    let page = goes(&mut browser, &typed).await;
    let text = page.text();
    assert!(text.contains(">canary one</textarea>"), "{text}");
    for box_ in [
        "value=\"drugs\" checked",
        "name=\"danger\" value=\"yes\" checked",
    ] {
        assert!(text.contains(box_), "{box_}: {text}");
    }
    let rows = sealed(&desk).await;
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].windows(6).any(|part| part == b"canary"));
    // The session ends again in the middle of the same report: it is one report.
    let (token, place) = (page.field("form_token"), page.field("kept"));
    let typed = [
        ("form_token", token.as_str()),
        ("kept", place.as_str()),
        ("topic", "drugs"),
        ("what", "canary one and two"),
    ];
    let page = goes(&mut browser, &typed).await;
    assert!(page.text().contains(">canary one and two</textarea>"));
    assert_eq!(sealed(&desk).await.len(), 1);
    let token = page.field("form_token");
    let stored = [
        ("form_token", token.as_str()),
        ("kept", place.as_str()),
        ("topic", "drugs"),
        ("what", "canary one and two"),
    ];
    let answer = browser.post("/new", &stored).await;
    assert!(answer.location().starts_with("/tip/"), "{}", answer.text());
    assert!(sealed(&desk).await.is_empty(), "it goes once it is used");
    assert!(!browser.get("/new").await.text().contains("canary"));
    // A report that is thrown away goes too.
    let token = browser.get("/new").await.field("form_token");
    let typed = [("form_token", token.as_str()), ("where", "canary lane")];
    let page = goes(&mut browser, &typed).await;
    let (token, place) = (page.field("form_token"), page.field("kept"));
    let thrown = [
        ("form_token", token.as_str()),
        ("kept", place.as_str()),
        ("discard", "yes"),
    ];
    assert_eq!(browser.post("/new", &thrown).await.location(), "/new");
    assert!(sealed(&desk).await.is_empty());
    assert!(!browser.get("/new").await.text().contains("canary"));
    // One that waits goes with the account's book, and with the account.
    desk.add(
        "bob",
        "police",
        &[AccountRole::Administrator, AccountRole::Officer],
    )
    .await;
    let (mut bob, _) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    for goes_with in ["book", "account"] {
        let granted = loke::desk::granting::grant(&ann, "main", "bob", None).await;
        granted.unwrap();
        let token = bob.get("/new").await.field("form_token");
        let typed = [("form_token", token.as_str()), ("what", "canary")];
        desk.clock.advance(AWAY);
        desk.screen.end_sessions().await.unwrap();
        bob.post("/new", &typed).await;
        assert_eq!(sealed(&desk).await.len(), 1);
        if goes_with == "account" {
            people::disable_account(&ann, "bob").await.unwrap();
        } else {
            let register = ann.register();
            let gone = register.revoke(&ann.actor(), "main", "bob").await;
            assert!(gone.unwrap());
            assert_eq!(bob.sign_in("bob", OWN, "").await.status, 303);
        }
        assert!(
            sealed(&desk).await.is_empty(),
            "it goes with the {goes_with}"
        );
    }
}

#[tokio::test]
async fn p14_a_form_of_an_earlier_session_or_key_keeps_its_text_and_never_for_a_key_of_somebody_else()
 {
    let desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let note = format!("/tip/{}", tip.id);
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let token = browser.get(&note).await.field("form_token");
    let typed = [("form_token", token.as_str()), ("note", "canary one")];
    let (own, first) = (Passphrase::new(OWN), Passphrase::new(ANN));
    // Another tab signed in again meanwhile.
    desk.clock.advance(AWAY);
    desk.screen.end_sessions().await.unwrap();
    assert_eq!(browser.sign_in("ann", ANN, "").await.status, 303);
    let said = browser.post(&note, &typed).await;
    assert_eq!(said.status, 409, "{}", said.text());
    assert!(
        said.text().contains("an earlier session"),
        "{}",
        said.text()
    );
    assert!(sealed(&desk).await.is_empty(), "it is a draft at once");
    let page = browser.get(&note).await;
    assert!(page.text().contains(">canary one</textarea>"));
    let forged = [("form_token", "of nobody"), ("note", "canary")];
    assert_eq!(browser.post(&note, &forged).await.status, 403);
    // A new passphrase, chosen elsewhere.
    let token = page.field("form_token");
    let account = desk.register.account("ann").await.unwrap();
    let member = desk.unlock("ann", ANN).unwrap();
    let changed = people::change_passphrase(&desk.register, &account, &member, &own);
    changed.await.unwrap();
    let typed = [("form_token", token.as_str()), ("note", "canary one two")];
    let said = browser.post(&note, &typed).await;
    assert_eq!(said.status, 401, "{}", said.text());
    assert!(
        said.text().contains("kept for you alone"),
        "{}",
        said.text()
    );
    desk.screen.end_sessions().await.unwrap();
    let report = format!("{note}/report");
    let typed = [("form_token", token.as_str()), ("text", "canary three")];
    let said = browser.post(&report, &typed).await.text();
    assert!(said.contains("kept for you alone"), "{said}");
    // And another one: the texts are sealed anew.
    let account = desk.register.account("ann").await.unwrap();
    let member = desk.unlock("ann", OWN).unwrap();
    let again = people::change_passphrase(&desk.register, &account, &member, &first);
    let (account, _) = again.await.unwrap();
    assert_eq!(sealed(&desk).await.len(), 2);
    let member = desk.unlock("ann", ANN).unwrap();
    for row in sealed(&desk).await {
        loke::desk::open::plain(&member, &row).unwrap();
    }
    // A key that the administrator made: whoever has it is perhaps not the person at this page.
    people::renew_account(&ann, "ann", &Passphrase::new(FIRST))
        .await
        .unwrap();
    drop(account);
    let before = sealed(&desk).await;
    let said = browser.post(&note, &typed).await.text();
    assert!(!said.contains("kept"), "{said}");
    assert_eq!(sealed(&desk).await, before);
}

/// The other page has no session, and the forms of the old one are still in browsers.
#[tokio::test]
async fn p14_a_form_from_before_a_restart_keeps_its_text_unless_its_writer_lost_the_book_or_account()
 {
    let mut desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    let (_, secret) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let note = format!("/tip/{}", tip.id);
    let mut bob = desk.browser();
    for lost in ["nothing", "the cookie", "the book", "the account"] {
        let ann = desk.act("ann", ANN).await;
        if !ann
            .register()
            .books_of("bob")
            .await
            .unwrap()
            .contains(&"main".to_owned())
        {
            loke::desk::granting::grant(&ann, "main", "bob", None)
                .await
                .unwrap();
        }
        desk.clock.advance(60);
        let now = code(&secret, desk.clock.now());
        assert_eq!(bob.sign_in("bob", OWN, &now).await.status, 303);
        let token = bob.get(&note).await.field("form_token");
        desk.restart().await;
        bob.address = desk.address;
        assert_eq!(bob.get("/queue").await.location(), "/sign-in");
        match lost {
            "the cookie" => bob.cookie.clear(),
            "the book" => {
                let gone = ann.register().revoke(&ann.actor(), "main", "bob").await;
                assert!(gone.unwrap());
            }
            "the account" => people::disable_account(&ann, "bob").await.unwrap(),
            _ => {}
        }
        let typed = [("form_token", token.as_str()), ("note", "canary one")];
        let said = bob.post(&note, &typed).await;
        assert_eq!(said.status, 401, "{lost}");
        let is_kept = said.text().contains("kept for you alone");
        assert_eq!(is_kept, lost == "nothing", "{lost}: {}", said.text());
        assert_eq!(sealed(&desk).await.len(), usize::from(is_kept), "{lost}");
        if is_kept {
            desk.clock.advance(60);
            let now = code(&secret, desk.clock.now());
            assert_eq!(bob.sign_in("bob", OWN, &now).await.status, 303);
            let page = bob.get(&note).await.text();
            assert!(page.contains(">canary one</textarea>"), "{page}");
        }
        ann.books()[0].close().await;
    }
    // After four days and a session's longest time nothing is left of one.
    desk.clock.advance(5 * 86_400);
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    let folder = desk.register.folder();
    let key = DatabaseKey::read(&folder.join("register.key")).unwrap();
    let tables = raw(&folder.join("register.db"), &key).await;
    let left = sqlx::query_scalar("select count(*) from sessions");
    let left: i64 = left.fetch_one(&tables).await.unwrap();
    tables.close().await;
    assert_eq!(left, 1, "the new one");
}
