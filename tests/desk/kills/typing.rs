//! `kill -9` of the serving process while somebody is typing: the browser still has the page, and its form
//! keeps the text for the writer alone.

use loke::clock::Clock;
use loke::desk::keys::DatabaseKey;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, said, tip};
use crate::desk::PASSPHRASE;
use crate::desk::hardening::{is_root, serve};
use crate::desk::old_books::raw;
use crate::house::desk_browser::{DeskBrowser, code};

#[tokio::test]
async fn p14_a_text_that_was_being_typed_when_the_desk_was_killed_is_sealed_and_comes_back() {
    let (bench, root) = (Bench::new(), is_root());
    let one = tip("the words", Priority::Routine, "2026-11-22");
    let sealed = bench.seal(&one, &[], &MacKey::random().unwrap());
    assert!(said(&bench.import(&[sealed])).contains("1 tip imported"));
    let (desk, address) = serve(&bench, root);
    let mut browser = DeskBrowser::new(address);
    let now = Clock::System.now();
    let secret = browser.first_sign_in("admin", PASSPHRASE, now).await;
    let note = format!("/tip/{}", one.id);
    let token = browser.get(&note).await.field("form_token");
    // This kills it.
    drop(desk);

    let (desk, address) = serve(&bench, root);
    browser.address = address;
    let typed = [("form_token", token.as_str()), ("note", "canary one")];
    let mut stranger = DeskBrowser::new(address);
    let refused = stranger.post(&note, &typed).await.text();
    assert!(!refused.contains("kept"), "the control: {refused}");
    let answer = browser.post(&note, &typed).await;
    assert_eq!(answer.status, 401);
    let text = answer.text();
    assert!(text.contains("kept for you alone"), "{text}");
    let report = [("form_token", token.as_str()), ("what", "canary two")];
    let text = browser.post("/new", &report).await.text();
    assert!(text.contains("kept for you alone"), "{text}");
    drop(desk);

    let folder = bench.folder();
    let key = DatabaseKey::read(&folder.join("register.key")).unwrap();
    let tables = raw(&folder.join("register.db"), &key).await;
    let rows = sqlx::query_scalar("select sealed from typed_texts");
    let rows: Vec<Vec<u8>> = rows.fetch_all(&tables).await.unwrap();
    tables.close().await;
    assert_eq!(rows.len(), 2);
    let canary = |row: &Vec<u8>| row.windows(6).any(|part| part == b"canary");
    assert!(!rows.iter().any(canary), "sealed");

    let (_desk, address) = serve(&bench, root);
    browser.address = address;
    // The code of the next step: the one of the first sign-in was used.
    let next = code(&secret, Clock::System.now() + 30);
    let signed = browser.sign_in("admin", PASSPHRASE, &next).await;
    assert_eq!(signed.status, 303, "{}", signed.text());
    let page = browser.get(&note).await.text();
    assert!(page.contains(">canary one</textarea>"), "{page}");
    let page = browser.get("/new").await.text();
    assert!(page.contains(">canary two</textarea>"), "{page}");
}
