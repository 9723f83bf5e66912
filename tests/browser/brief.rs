//! The phone brief in a real Chromium: few presses from the queue, and it fits a phone.

use loke::tip::YesNo;

use super::phone::{ENTER, Kind};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::triage::{Team, danger, routine, with};

/// Most presses from the queue to the brief about a child.
const BAR: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_queue_to_the_brief_about_a_child_takes_at_most_five_presses_and_it_fits_a_phone()
{
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let called = team.keep(&danger("an older one")).await;
    for n in 0..20 {
        team.keep(&routine(&format!("people sit on the stairs {n}")))
            .await;
    }
    let child = with(
        routine("A boy of about ten carries bags for the men upstairs."),
        |tip| {
            tip.child = Some(YesNo::Yes);
            tip.place = Some("14 Larkman Lane".into());
        },
    );
    let child = team.keep(&child).await;
    let call = loke::desk::book::NewCall {
        rung: "Emergency Duty Team",
        result: loke::desk::book::CallResult::Made("E-1"),
        consent: loke::desk::book::Consent::Asked,
        why: "",
    };
    team.book().record_call(called, call).await.unwrap();
    let desk = ServedDesk::of(&team).await;
    let address = desk.address;
    let register = team.ann.register();
    let phone = desk.signed_in(&team, &team.ann, true).await;
    // One press on the view, three keys.
    let mut presses = 1;
    phone.touch("a[href=\"/queue?view=ring-first\"]").await;
    let view = format!("http://{address}/queue?view=ring-first");
    phone.arrives(&view).await;
    assert_eq!(
        phone.all("[data-row]").await.len(),
        1,
        "the other one was called"
    );
    for keys in [format!("j{ENTER}"), "g".to_owned()] {
        let from = phone.address().await;
        phone.press(&keys).await;
        phone.leaves(&from).await;
        phone.wait("main h1").await;
        presses += keys.chars().count();
        if keys == "g" {
            continue;
        }
        assert!(phone.words("main").await.contains("Nobody was rung yet"));
        phone
            .picture(&screenshots().join("desk-ring-first-360.png"))
            .await;
    }
    println!("child to brief: {presses} presses");
    assert!(presses <= BAR, "{presses}");
    let name = &register.names_of(&[child]).await.unwrap()[&child];
    assert!(
        phone
            .address()
            .await
            .ends_with(&format!("/tip/{name}/brief"))
    );
    assert_eq!(phone.words("main h1").await, "In danger now? Ring 999.");
    phone
        .picture(&screenshots().join("desk-brief-360.png"))
        .await;
    for (width, height) in [(320, 568), (360, 740), (1366, 768)] {
        phone.resize(width, height).await;
        assert!(phone.needed_width().await <= width, "{width}");
    }
    phone
        .picture(&screenshots().join("desk-brief-1366.png"))
        .await;
    phone.resize(360, 740).await;
    // The call by touch: the form of the page.
    phone.touch("input[name=outcome][value=made]").await;
    phone.fill("#reference", "E-4711").await;
    phone.touch("input[name=consent][value=not-asked]").await;
    phone.fill("#why", "it would warn them").await;
    let from = phone.address().await;
    phone.touch("form.new button").await;
    phone.leaves(&from).await;
    phone.wait("footer").await;
    assert!(phone.words("main").await.contains("reference E-4711"));
    phone
        .picture(&screenshots().join("desk-called-360.png"))
        .await;
    drop(desk);
}
