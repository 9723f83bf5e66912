//! P14: the counts that a desk asks a gateway for, and every mail to staff, have nothing of a tip. The words of
//! the walk are looked for in each.

use std::collections::BTreeSet;

use loke::desk::audit::Action;
use loke::desk::book::HoldKind;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::retention;
use loke::desk::settings::DeskSettings;
use loke::gateway::listener::Listener;
use loke::pickup::Count;
use loke::tip::TipId;

use super::{Watch, late, subject};
use crate::desk::walk::{WORDS, words_in};
use crate::house::browser::text;
use crate::house::partners;
use crate::pickup::client::{Client, token};
use crate::route::mailbox::Mail;

/// Reports the words of the walk, with danger.
async fn report(watch: &Watch) {
    let fields = [
        text("topic", "drugs"),
        text("what", WORDS[0]),
        text("where", WORDS[1]),
        text("danger", "yes"),
    ];
    watch.house.report(&fields).await;
}

/// A tip in the book with the words of the walk, with a hold and with a report that could not leave.
async fn plant(watch: &Watch) -> TipId {
    let acting = &watch.officer.acting;
    report(watch).await;
    assert_eq!(watch.officer.pull().await.collected, 1);
    let tip = watch.officer.tips().await[0].id;
    let placed = retention::place(acting, tip, HoldKind::Legal, WORDS[3]);
    placed.await.unwrap();
    let way = Way::Folder(watch.register().folder().join("no-folder"));
    let key = age::x25519::Identity::generate();
    let partner = partners::partner("cleansing", PartnerKind::Cleansing, &key, way);
    partners::add(acting, &partner).await;
    let settings = DeskSettings::read(&watch.config).unwrap();
    let words = partners::words("cleansing", WORDS[4]);
    let sent = partners::send(acting, &settings, tip, &words).await;
    assert!(sent.unwrap().done.is_none(), "its delivery failed");
    tip
}

/// The words of the walk, and the other words, that a mail or an answer has.
fn found(said: &[u8], others: &[String]) -> Vec<String> {
    let said = String::from_utf8_lossy(said);
    let words = words_in(&said).into_iter().map(str::to_owned);
    let others = others.iter().filter(|word| said.contains(*word)).cloned();
    words.chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_no_count_and_no_mail_has_anything_of_a_tip() {
    let watch = Watch::new().await;
    let mut mails: Vec<Mail> = Vec::new();
    // A drill, drawn for the first mark after noon.
    watch.step(&mut |_| Ok(0)).await;
    watch.clock().advance(super::MARK);
    watch.step(&mut |_| Ok(0)).await;
    let drill = watch.register().running_alert().await.unwrap();
    assert!(drill.unwrap().drill);
    mails.extend(watch.taken_mails());
    let actor = watch.officer.acting.actor();
    assert!(watch.register().note_drill_seen(&actor).await.unwrap());

    let tip = plant(&watch).await;
    // Another one waits sealed.
    report(&watch).await;
    watch.house.leaves(1);
    let names = watch.register().names_of(&[tip]).await.unwrap();
    let mut others = vec![tip.to_string(), names[&tip].clone()];
    let address = watch.house.address(Listener::Pickup);
    let client = Client::new(&watch.house.enrol("looker"), address);
    let question = serde_json::to_vec(&Count {}).unwrap();
    let (status, counted) = client.post("/count", &question).await.unwrap();
    assert_eq!(status, 200);
    let claimed = client.claim(token(), 9).await;
    others.push(claimed.tips[0].id.to_string());
    assert_eq!(found(&counted, &others), Vec::<String>::new());
    // The control: it counts the tip, and whoever has the book's key reads the words.
    let counted = String::from_utf8(counted).unwrap();
    let one = "{\"lane\":\"drugs\",\"priority\":\"now\",\"tips\":1}";
    assert!(counted.contains(one), "{counted}");
    let keys = watch.officer.book().identities();
    let opened = loke::desk::open::tip(keys, &claimed.tips[0].sealed).unwrap();
    let opened = serde_json::to_vec(&opened.tip).unwrap();
    assert_eq!(found(&opened, &others[2..]).len(), 3);

    // Alerts up to the supervisor, daily mails, and reminders of what is due.
    let mut kinds = BTreeSet::new();
    for _ in 0..14 * 24 {
        watch.step(&mut late).await;
        mails.extend(watch.taken_mails());
        kinds = mails.iter().map(subject).collect();
        if kinds.len() == 3 {
            break;
        }
        watch.clock().advance(3_600);
    }
    assert_eq!(
        kinds.len(),
        3,
        "alerts, daily mails and reminders: {kinds:?}"
    );
    for mail in &mails {
        assert_eq!(found(&mail.raw, &others), Vec::<String>::new());
    }
    // The control: what a mail does carry, the words of a grant, is found in it.
    let (register, planted) = (watch.register(), format!("{} may open it", WORDS[0]));
    let recorded = register.record(&actor, Action::Grant, "main", &planted);
    recorded.await.unwrap();
    watch.clock().advance(24 * 3_600);
    watch.step(&mut late).await;
    let mails = watch.taken_mails();
    let daily = mails.iter().find(|mail| subject(mail).contains("Daily"));
    assert_eq!(found(&daily.unwrap().raw, &others), [WORDS[0]]);
}
