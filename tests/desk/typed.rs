//! P14: what a person was typing when the session ended waits for that person alone.

use loke::desk::book::DraftOf;
use loke::desk::keys::DatabaseKey;
use loke::desk::people;
use loke::desk::register::AccountRole;

use super::covers::{kept, photo};
use super::old_books::raw;
use super::served::{ANN, Desk, OWN};
use crate::house::desk_browser::code;

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
    let types_and_leaves = async |bob: &mut crate::house::desk_browser::DeskBrowser| {
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
    people::revoke(&ann, "main", "bob", || ()).await.unwrap();
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
