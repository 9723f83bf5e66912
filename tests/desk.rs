//! The desk: what it keeps, who may open it, and what it writes down.

use loke::clock::Clock;
use loke::desk::keys::Passphrase;
use loke::desk::{audit, setup};

const PASSPHRASE: &str = "correct horse battery staple";

#[tokio::test]
async fn a_new_desk_unlocks_with_its_passphrase_and_its_audit_log_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, passphrase) = (Clock::by_hand(1_795_305_600), Passphrase::new(PASSPHRASE));
    let recipient = setup::make(folder.path(), &passphrase, clock.clone()).await.unwrap();
    let casebook = setup::unlock_casebook(folder.path(), &passphrase, clock).await.unwrap();
    assert_eq!(audit::verify(&casebook).await.unwrap(), 1);
    let identities = setup::unlock_identities(folder.path(), &passphrase).unwrap();
    assert_eq!(identities[0].recipient().unwrap().to_string(), recipient.to_string());
    assert!(setup::unlock_identities(folder.path(), &Passphrase::new("another passphrase")).unwrap_err().to_string().contains("does not open"));
}
