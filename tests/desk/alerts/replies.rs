//! P17: a reply that waits for a second person has a clock, and somebody is reminded of it.

use loke::desk::alerts::MARK;
use loke::desk::replying::Words;

use super::{Watch, late, subject};
use crate::house::browser::text;

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_reply_that_waits_is_in_a_reminder_mail_until_somebody_decides() {
    let watch = Watch::new().await;
    let fields = [text("topic", "other"), text("what", "noise at night")];
    watch.house.report(&fields).await;
    watch.house.leaves(1);
    assert_eq!(watch.officer.pull().await.collected, 1);
    watch.house.leaves(0);
    let acting = &watch.officer.acting;
    let own = Words::Own {
        text: "Thank you. Was it in the morning or in the evening?",
        language: "en",
        meaning: "",
    };
    let tip = watch.officer.the_tip().await.id;
    let reply = acting.reply(tip, own, None).await.unwrap().replies[0];
    let reminded = async || {
        watch.step(&mut late).await;
        let mails = watch.taken_mails();
        let mails = mails.iter().filter(|mail| subject(mail).contains("due"));
        mails.map(|mail| mail.recipient.clone()).collect::<Vec<_>>()
    };
    assert!(reminded().await.is_empty());
    // Eight working hours after a Saturday end on Monday at 17:00.
    watch.clock().advance(2 * 86_400 + 4 * 3_600 - MARK);
    assert!(reminded().await.is_empty(), "more than an hour before");
    watch.clock().advance(MARK);
    assert_eq!(reminded().await, ["ann@council.example"]);
    watch.clock().advance(MARK);
    assert!(reminded().await.is_empty(), "once");
    watch.clock().advance(86_400);
    assert_eq!(
        reminded().await,
        ["ann@council.example"],
        "it is over its time"
    );
    acting.drop_reply(reply, "nobody needs it").await.unwrap();
    watch.clock().advance(86_400);
    assert!(reminded().await.is_empty(), "the control");
}
