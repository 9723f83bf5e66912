//! `kill -9` while a member is removed from a book: the member is in it as before, or new keys are due, or the
//! book has them. No state is silent.

use loke::clock::Clock;
use loke::desk::acting::{self, Acting};
use loke::desk::keys::Passphrase;
use loke::desk::register::{AccountRole, Register};
use loke::desk::{book, check, granting};
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, Kills, kills, said, tip};
use crate::house::staff;

#[tokio::test]
async fn p6_p14_a_kill_while_a_member_is_removed_leaves_the_removal_due_or_done() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips = (0..20).map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"));
    let sealed: Vec<_> = tips.map(|one| bench.seal(&one, &[], &mac_key)).collect();
    assert!(said(&bench.import(&sealed)).contains("20 tips imported"));
    let folder = bench.folder();
    let register = Register::open(&folder, Clock::System).await.unwrap();
    let (_, bob) = staff::account(&register, "bob", &[AccountRole::Officer]).await;
    let bob = [bob];
    let own = Passphrase::new(super::super::PASSPHRASE);
    let member = acting::unlock(&folder, "admin", &own).unwrap();
    let open = async || {
        let account = register.account("admin").await.unwrap();
        Acting::open(&register, account, &member).await.unwrap()
    };
    let let_in = async || {
        let admin = open().await;
        granting::grant(&admin, "main", "bob", None).await.unwrap();
        admin.books()[0].close().await;
        book::read_secrets(&folder, "main", "bob", &bob).unwrap()
    };
    let args = ["book", "revoke", "main", "bob"];
    let_in().await;
    let mut instants = Kills::within(&bench, &args);
    let (mut midway, mut due, mut done) = (0, 0, 0);
    for _ in 0..kills() {
        let old = let_in().await;
        midway += u32::from(instants.kill(&bench, &args));
        let line = register.book("main").await.unwrap();
        let grant = line.members.iter().find(|grant| grant.account == "bob");
        let told = check::problems(&register).await.unwrap();
        let is_told = told
            .iter()
            .any(|line| line.contains("book revoke main bob"));
        let is_ended = grant.map(|grant| grant.ended_on.is_some());
        assert_eq!(is_told, is_ended == Some(true), "{told:?}");
        due += u32::from(is_told);
        done += u32::from(grant.is_none());
        if grant.is_some() {
            bench.ok(&args);
        }
        let admin = open().await;
        let main = &admin.books()[0];
        let known: Vec<_> = old
            .identities
            .iter()
            .map(|i| i.recipient().unwrap())
            .collect();
        let fresh = main.recipient().unwrap().to_string();
        assert!(known.iter().all(|key| key.to_string() != fresh));
        assert!(!book::key_file(&folder, "main", "bob").exists());
        assert!(main.strange_members().await.unwrap().is_empty());
        main.close().await;
        let opened = book::Book::open(&register, "main", old, admin.actor()).await;
        assert!(opened.is_err(), "the old key opens nothing any more");
    }
    println!(
        "revoke: {midway} of {} kills before the end, {due} left it due, {done} done",
        kills()
    );
    assert!(midway > 0, "no kill fell into a removal: the test is blind");
    assert_eq!(bench.list().len(), 20, "nothing is lost");
    bench.ok(&["audit", "verify"]);
}
