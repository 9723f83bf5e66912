//! The other doors: a report by telephone, letter or in person, and the old spreadsheet.

use loke::desk::book::{Outcome, State, View};
use loke::desk::entering::{self, Door, NotEntered, Report};
use loke::tip::{Channel, Lane, Priority, Tip, Topic, YesNo};

use super::Team;
use super::letters::Served;
use crate::house::desk_browser::exchange_bytes;
use crate::photo::make;

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

#[tokio::test]
async fn a_report_that_ended_before_is_stored_closed_and_a_risky_one_waits_for_a_second_person() {
    let team = Team::new().await;
    let today = team.clock.today();
    let old = |words: &str| {
        let mut report = Report::about(Topic::Drugs, words, today.plus(-300));
        report.notes = vec!["Taken by J. Hill, in the old spreadsheet.".into()];
        report.closed = Some((Outcome::Acted, "the police came".into()));
        report
    };
    let mut risky = old("a knife");
    risky.danger = Some(YesNo::Yes);
    let ids = entering::enter(&team.ann, vec![old("a van"), risky]).await;
    let [calm, risky] = ids.unwrap()[..] else {
        panic!("two")
    };
    let triage = team.book().triage(calm).await.unwrap().triage;
    assert_eq!(
        (triage.state, triage.outcome, triage.met),
        (State::Closed, Some(Outcome::Acted), None)
    );
    let notes = team.book().notes_on(calm).await.unwrap();
    assert_eq!(notes[0].text, "Taken by J. Hill, in the old spreadsheet.");
    assert!(team.is_open(risky).await, "danger is never closed alone");
    assert!(team.book().pending(risky).await.unwrap().is_some());
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn an_import_that_broke_off_is_completed_and_no_book_has_its_part_twice() {
    let team = Team::new().await;
    let today = team.clock.today();
    let reports = || {
        let report = |n: i32| Report::about(Topic::Other, &format!("row {n}"), today);
        (0..5).map(report).collect::<Vec<Report>>()
    };
    for _ in 0..2 {
        entering::enter_once(&team.ann, "spreadsheet 4711", reports())
            .await
            .unwrap();
        assert_eq!(team.view(&team.ann, View::All).await.len(), 5);
    }
    // The control: another file with the same rows.
    entering::enter_once(&team.ann, "spreadsheet 4712", reports())
        .await
        .unwrap();
    assert_eq!(team.view(&team.ann, View::All).await.len(), 10);
}

/// A multipart form of text fields and one file.
fn with_file(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    body.extend(b"--xyz\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"IMG_4711.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--xyz--\r\n");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_enters_signs_photos_and_how_a_report_came_as_the_residents_form_asks() {
    let team = Team::new().await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let form = ann.get("/new").await;
    for code in ["needles", "lookouts", "curtains", "crossed"] {
        assert!(
            form.text().contains(&format!("name=\"sign.{code}\"")),
            "{code}"
        );
    }
    let token = form.field("form_token");
    let send = async |fields: &[(&str, &str)], file: &[u8]| {
        let kind = "Content-Type: multipart/form-data; boundary=xyz";
        let headers = format!("Origin: http://{}\r\n{kind}\r\n", served.address);
        let host = served.address.to_string();
        let body = with_file(&[fields, &[("form_token", token.as_str())]].concat(), file);
        exchange_bytes(
            served.address,
            &ann.cookie,
            "POST",
            "/new",
            &host,
            &headers,
            &body,
        )
        .await
    };
    let fields = [
        ("topic", "drugs"),
        ("what", "They meet at the bench"),
        ("where", "Heigham Park"),
        ("sign.needles", "yes"),
        ("sign.made-up", "yes"),
        ("door", "warden"),
    ];
    let refused = send(&fields, b"no picture").await;
    assert!(
        refused.text().contains("Photo 1: this file is not a photo"),
        "{}",
        refused.text()
    );
    assert!(team.view(&team.ann, View::All).await.is_empty());
    // Words that may say who reported: the page comes back with the photo.
    let hinted = [&fields[..], &[("impact", "ring me on 07700 900123")]].concat();
    let asked = send(&hinted, &make::dirty_jpeg()).await;
    let text = asked.text();
    assert!(
        text.contains("may say who reported") && text.contains("Photo 1."),
        "{text}"
    );
    assert!(
        !asked
            .body
            .windows(make::CANARY.len())
            .any(|part| part == make::CANARY)
    );
    let seen = asked.field("hinted");
    let (carried, removed) = (asked.field("photo.1"), asked.field("removed.1"));
    assert!(
        removed.contains("gps") && removed.contains("camera"),
        "{removed}"
    );
    let again = [
        &hinted[..],
        &[
            ("hinted", seen.as_str()),
            ("photo.1", carried.as_str()),
            ("removed.1", removed.as_str()),
        ],
    ];
    let stored = send(&again.concat(), b"").await;
    assert_eq!(stored.status, 303, "{}", stored.text());
    let ids = team.view(&team.ann, View::All).await;
    let held = team.book().view(ids[0]).await.unwrap();
    let tip: Tip = serde_json::from_str(&held.json).unwrap();
    assert_eq!(tip.signs, ["needles"]);
    assert_eq!(tip.photos.len(), 1);
    assert!(tip.photos[0].removed.iter().any(|of| of.word() == "gps"));
    assert_eq!(tip.channel, Channel::Desk);
    let notes = team.book().notes_on(ids[0]).await.unwrap();
    assert_eq!(notes[0].text, Door::Warden.in_words());
    let sealed = team.book().sealed(ids[0]).await.unwrap();
    let opened = loke::desk::open::tip(team.book().identities(), &sealed).unwrap();
    let jpeg = &opened.photos[0];
    assert!(
        !jpeg
            .windows(make::CANARY.len())
            .any(|part| part == make::CANARY)
    );
    // The control: the file had it.
    let dirty = make::dirty_jpeg();
    assert!(
        dirty
            .windows(make::CANARY.len())
            .any(|part| part == make::CANARY)
    );
    // The form of an ended session keeps the words, and no photo.
    team.clock.advance(16 * 60);
    served.end_sessions().await;
    let late = send(&fields, &make::dirty_jpeg()).await;
    assert!(late.text().contains("Your text is kept"), "{}", late.text());
}
