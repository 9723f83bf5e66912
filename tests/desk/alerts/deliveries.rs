//! A delivery that failed is in the daily mail until it arrives.

use loke::desk::partners::{PartnerKind, Way};
use loke::desk::settings::DeskSettings;

use super::{Watch, late, plain, subject};
use crate::house::browser::text;
use crate::house::partners;

/// The line of the next daily mail about deliveries, and the mail without what differs each day.
async fn next_daily(watch: &Watch, hours: i64) -> (String, String) {
    watch.clock().advance(hours * 3_600);
    watch.step(&mut late).await;
    let mails = watch.taken_mails();
    let daily = mails.iter().find(|mail| subject(mail).contains("Daily"));
    let raw = String::from_utf8(daily.unwrap().raw.clone()).unwrap();
    let mut lines = raw.lines().map(str::trim);
    let line = lines.find(|line| line.starts_with("failed ")).unwrap();
    (line.to_owned(), plain(daily.unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_failed_is_in_each_daily_mail_until_it_arrives() {
    let watch = Watch::new().await;
    let acting = &watch.officer.acting;
    let (none, before) = next_daily(&watch, 0).await;
    assert!(none.starts_with("failed 000, of these 000"), "{none}");
    let fields = [text("topic", "other"), text("what", "noise at night")];
    watch.house.report(&fields).await;
    watch.officer.pull().await;
    let tip = watch.officer.tips().await[0].id;
    let inbox = watch.register().folder().join("inbox");
    let key = age::x25519::Identity::generate();
    let way = Way::Folder(inbox.clone());
    let wardens = partners::partner("wardens", PartnerKind::Other, &key, way);
    partners::add(acting, &wardens).await;
    let desk = DeskSettings::read(&watch.config).unwrap();
    let draft = partners::words("wardens", "please look");
    let sent = partners::send(acting, &desk, tip, &draft).await.unwrap();
    assert!(sent.done.is_none() && sent.needs_officer, "{sent:?}");
    for hours in [20, 24] {
        let (line, mail) = next_daily(&watch, hours).await;
        assert!(line.starts_with("failed 001, of these 001"), "{line}");
        assert_eq!(mail.len(), before.len(), "each mail has the same size");
    }
    std::fs::create_dir(&inbox).unwrap();
    assert_eq!(partners::deliver(acting, &desk).await.arrived, 1);
    let (line, mail) = next_daily(&watch, 24).await;
    assert!(line.starts_with("failed 000, of these 000"), "{line}");
    assert_eq!(mail, before);
}
