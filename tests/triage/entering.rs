//! The other doors: a report by telephone, letter or in person, and the old spreadsheet.

use loke::desk::book::View;
use loke::desk::entering::{self, NotEntered, Report};
use loke::tip::{Channel, Lane, Priority, Tip, Topic, YesNo};

use super::Team;

#[tokio::test]
async fn a_report_by_telephone_is_stored_like_a_collected_one() {
    let team = Team::new().await;
    let today = team.clock.today();
    let mut report = Report::about(Topic::Drugs, "A man sells from the blue door", today);
    report.danger = Some(YesNo::Yes);
    report.place = "12 Mill Road".into();
    let ids = entering::enter(&team.ann, vec![report]).await.unwrap();
    let held = team.book().view(ids[0]).await.unwrap();
    let tip: Tip = serde_json::from_str(&held.json).unwrap();
    assert_eq!(
        (tip.channel, tip.lane, tip.priority),
        (Channel::Desk, Lane::Drugs, Priority::Now)
    );
    assert!(tip.reply_key.is_none() && tip.thread.is_none() && tip.campaign.is_none());
    assert_eq!(team.view(&team.ben, View::Danger).await, ids);
    // It is sealed to the book like every other.
    let sealed = team.book().sealed(ids[0]).await.unwrap();
    assert!(loke::desk::open::tip(team.book().identities(), &sealed).is_ok());
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn of_reports_with_one_that_is_wrong_nothing_is_stored() {
    let team = Team::new().await;
    let today = team.clock.today();
    let good = Report::about(Topic::Other, "good", today);
    for (bad, said) in [
        (
            Report::about(Topic::Other, "  ", today),
            "say what was seen",
        ),
        (
            Report::about(Topic::Other, "x", today.plus(1)),
            "has not come yet",
        ),
        (
            Report::about(Topic::Other, &"x".repeat(2_001), today),
            "more than 2000 characters",
        ),
    ] {
        let refused: NotEntered = entering::enter(&team.ann, vec![good.clone(), bad])
            .await
            .unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
        assert!(team.view(&team.ann, View::All).await.is_empty());
    }
}
