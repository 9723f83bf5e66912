//! P15: what leaves is what the officer wrote and ticked, and what the partner may have. It was
//! previewed as the exact bytes.

use std::collections::BTreeSet;

use loke::desk::audit::Action;
use loke::desk::book::{Decision, State};
use loke::desk::partners::{Field, PartnerKind, Way};
use loke::desk::report::{Draft, PhotoOf};
use loke::desk::route::{NotSent, Order};
use loke::desk::{covering, open};
use loke::photo::cover::Square;
use loke::tip::{Lane, TipId};
use serde_json::Value;

use super::{Bench, STAYS, TEXT, jpeg, open_as, the_one, tip};
use crate::house::partners::{self, partner};

/// The files of the one report in the inbox.
fn report_in(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    open_as(&bench.cleansing, &the_one(&bench.inbox()))
}

fn json(files: &[(String, Vec<u8>)]) -> Value {
    assert_eq!(files[0].0, "report.json");
    serde_json::from_slice(&files[0].1).unwrap()
}

#[tokio::test]
async fn p15_a_partner_gets_the_officers_words_and_nothing_of_the_tip() {
    let bench = Bench::new().await;
    let delivery = bench.route("cleansing").await.unwrap();
    assert!(delivery.done.is_some());
    let files = report_in(&bench);
    let photo = files.iter().find(|(name, _)| name == "photo-1.jpg");
    assert_eq!(photo.unwrap().1, jpeg());
    let id = bench.tip.to_string();
    let name = bench.register().names_of(&[bench.tip]).await.unwrap();
    for (file, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        for stays in STAYS
            .into_iter()
            .chain([id.as_str(), &name[&bench.tip], "gps"])
        {
            assert!(!text.contains(stays), "{file} holds {stays}");
        }
    }
    let json = json(&files);
    assert_eq!(json["reference"], delivery.reference);
    assert_eq!(
        (&json["text"], &json["kind"]),
        (&TEXT.into(), &"work-order".into())
    );
    assert_eq!(
        (&json["from"], &json["to"]),
        (&"council".into(), &"cleansing".into())
    );
    // Negative control: the desk's own tip has all of it.
    let held = bench.book().view(bench.tip).await.unwrap();
    for stays in STAYS.into_iter().chain([id.as_str(), "gps"]) {
        assert!(held.json.contains(stays), "the desk's tip lacks {stays}");
    }
    assert_eq!(
        held.state,
        State::Waiting,
        "danger was ticked: a second person must agree"
    );
    let pending = bench.book().pending(bench.tip).await.unwrap().unwrap();
    assert_eq!(pending.decision, Decision::Routed);
}

#[tokio::test]
async fn only_the_partner_opens_its_report() {
    let bench = Bench::new().await;
    bench.route("cleansing").await.unwrap();
    let sealed = the_one(&bench.inbox());
    assert_eq!(
        open::tip(bench.book().identities(), &sealed).unwrap_err(),
        open::Error::OtherKey
    );
    let other = age::Decryptor::new_buffered(sealed.as_slice())
        .unwrap()
        .decrypt([&bench.police as &dyn age::Identity].into_iter());
    assert!(matches!(
        other.err(),
        Some(age::DecryptError::NoMatchingKeys)
    ));
    // Negative control: the partner's key does.
    assert_eq!(open_as(&bench.cleansing, &sealed)[0].0, "report.json");
}

#[tokio::test]
async fn each_work_order_has_a_word_about_safety_and_no_other_report_needs_one() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let wardens = partner("wardens", PartnerKind::Other, &bench.cleansing, inbox);
    bench.add(&wardens).await;
    for (to, ticked, begins) in [
        ("cleansing", vec![], Some("We know nothing about safety")),
        ("cleansing", vec!["pairs".to_owned()], Some("Go in pairs")),
        ("wardens", vec![], None),
    ] {
        let draft = Draft {
            safety: ticked,
            ..bench.draft(to)
        };
        let preview = bench.acting.preview(bench.tip, &draft).await.unwrap();
        let safety = preview.report.safety;
        assert_eq!(safety.len(), usize::from(begins.is_some()), "{safety:?}");
        let fits = |sentence: &String| begins.is_some_and(|begins| sentence.starts_with(begins));
        assert!(safety.iter().all(fits), "{safety:?}");
    }
}

/// A canary in each part: only those of the partner's list arrive.
#[tokio::test]
async fn p15_a_partner_gets_the_fields_of_its_list_and_no_others() {
    let every = [
        (Field::Text, "text"),
        (Field::Priority, "priority"),
        (Field::Place, "place"),
        (Field::Grade, "grade"),
        (Field::Handling, "handling"),
        (Field::Conditions, "conditions"),
        (Field::Safety, "safety"),
        (Field::Ask, "ask"),
    ];
    for (allowed, key) in every {
        let bench = Bench::new().await;
        let inbox = Way::Folder(bench.dir.join("inbox"));
        let mut little = partner("little", PartnerKind::Other, &bench.cleansing, inbox);
        little.fields = vec![allowed];
        bench.add(&little).await;
        let draft = Draft {
            place: "place-canary".into(),
            ask: "ask-canary".into(),
            conditions: "conditions-canary".into(),
            safety: vec!["needles".into()],
            grade: true,
            ..bench.draft("little")
        };
        bench.send(&draft).await.unwrap();
        let files = report_in(&bench);
        let json = json(&files);
        for (_, other) in every {
            let there = json.get(other).is_some_and(|value| value != "");
            assert_eq!(there, other == key, "{key}: {other} in {json}");
        }
        assert!(
            !files.iter().any(|(name, _)| name.starts_with("photo")),
            "{key}"
        );
        let all: Vec<u8> = files.into_iter().flat_map(|(_, bytes)| bytes).collect();
        let all = String::from_utf8_lossy(&all);
        for (canary, of) in [
            ("report-canary", "text"),
            ("place-canary", "place"),
            ("ask-canary", "ask"),
            ("conditions-canary", "conditions"),
        ] {
            assert_eq!(all.contains(canary), of == key, "{key}: {canary}");
        }
    }
}

#[tokio::test]
async fn p15_the_residents_words_leave_only_with_a_reason_that_stays_in_the_book() {
    let bench = Bench::new().await;
    let mut said = tip(TipId([6; 16]));
    said.what = "They swapped the lock on Tuesday and the old man is gone".into();
    (said.thread, said.danger) = (None, None);
    bench.keep(&said).await;
    let draft = Draft {
        text: "A report says that they \u{201c}swapped the lock on Tuesday\u{201d}.".into(),
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let preview = bench.acting.preview(said.id, &draft).await.unwrap();
    let marked = bench.acting.marked(bench.book(), &preview).await.unwrap();
    let own: Vec<&str> = marked
        .iter()
        .flat_map(|part| &part.pieces)
        .filter(|(_, own)| *own)
        .map(|(piece, _)| piece.as_str())
        .collect();
    assert_eq!(own, ["they \u{201c}swapped the lock on Tuesday"]);
    let refused = bench.order(&preview, " ", true).await;
    assert!(matches!(refused, Err(NotSent::OwnWords(_))), "{refused:?}");
    assert!(
        bench
            .register()
            .delivery(&preview.report.reference)
            .await
            .unwrap()
            .is_none()
    );
    let why = "reason-canary: the wording matters";
    bench.order(&preview, why, true).await.unwrap();
    let routes = bench.trail(Action::Route).await;
    let with_hash = |row: &String| row.contains("with the resident's words, reason ");
    assert!(routes.iter().any(with_hash), "{routes:?}");
    assert!(!routes.iter().any(|row| row.contains("reason-canary")));
    // Control: the officer's own words need no reason.
    bench.route("cleansing").await.unwrap();
}

#[tokio::test]
async fn p15_a_report_as_written_needs_a_reason() {
    let bench = Bench::new().await;
    let mut draft = Draft {
        text: String::new(),
        as_written: true,
        ..bench.draft("cleansing")
    };
    let refused = bench.send(&draft).await;
    assert!(matches!(refused, Err(NotSent::OwnWords(_))), "{refused:?}");
    assert!(bench.inbox().is_empty());
    draft.why_own_words = "the council asked for a statement".into();
    bench.send(&draft).await.unwrap();
    let json = json(&report_in(&bench));
    assert!(json["text"].as_str().unwrap().contains("canary-what"));
    let routes = bench.trail(Action::Route).await;
    assert!(
        routes
            .iter()
            .any(|row| row.contains("with the resident's words")),
        "{routes:?}"
    );
}

/// A covered square is in no file of the report, and the number of a photo reveals nothing about one
/// that stayed.
#[tokio::test]
async fn p15_a_covered_square_leaves_in_no_file_of_the_report() {
    let bench = Bench::new().await;
    let jpeg = jpeg();
    let all = covering::grid(bench.book(), bench.tip, 1).await.unwrap();
    let rows =
        (1..=all.rows()).flat_map(|row| (1..=all.columns()).map(move |column| (row, column)));
    let squares: BTreeSet<Square> = rows.map(|(row, column)| Square { row, column }).collect();
    covering::store(bench.book(), bench.tip, 1, squares)
        .await
        .unwrap();
    bench.route("cleansing").await.unwrap();
    let files = report_in(&bench);
    let photo = &files
        .iter()
        .find(|(name, _)| name == "photo-1.jpg")
        .unwrap()
        .1;
    assert_ne!(*photo, *jpeg);
    for (name, bytes) in &files {
        let stored = bytes
            .windows(jpeg.len())
            .any(|window| window == jpeg.as_slice());
        assert!(!stored, "{name} holds the photo as it is stored");
    }
    // Control: the covered photo is in the document too.
    let pdf = &files
        .iter()
        .find(|(name, _)| name == "report.pdf")
        .unwrap()
        .1;
    assert!(
        pdf.windows(photo.len())
            .any(|window| window == photo.as_slice())
    );
}

/// A stale or forged form sends nothing, and one preview is sent once.
#[tokio::test]
async fn p15_only_the_preview_that_was_seen_is_sent_and_once() {
    let bench = Bench::new().await;
    let draft = bench.draft("cleansing");
    let first = bench.acting.preview(bench.tip, &draft).await.unwrap();
    let mut forged = first.clone();
    forged.digest[0] ^= 1;
    let refused = bench.order(&forged, "", true).await;
    assert!(matches!(refused, Err(NotSent::Changed)), "{refused:?}");
    let second = bench.acting.preview(bench.tip, &draft).await.unwrap();
    let gone = bench.order(&first, "", true).await;
    assert!(matches!(gone, Err(NotSent::NoReport(_))), "{gone:?}");
    bench.order(&second, "", true).await.unwrap();
    let twice = bench.order(&second, "", true).await;
    assert!(matches!(twice, Err(NotSent::NotOrdered(_))), "{twice:?}");
    bench.deliver().await;
    assert_eq!(bench.inbox().len(), 1);
}

#[tokio::test]
async fn reports_about_one_tip_do_not_link() {
    let bench = Bench::new().await;
    let first = bench.route("cleansing").await.unwrap();
    let second = bench.route_again("cleansing").await;
    assert_ne!(first.reference, second.reference);
    assert_eq!(bench.inbox().len(), 2);
    let files = bench.inbox();
    let files: Vec<_> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    // Reports of one class have the same plaintext size; age's random stanza changes the file size
    // by less than 500 bytes.
    assert!(
        files.iter().all(|c| c.len().abs_diff(1 << 20) < 2_000),
        "a report's size tells more than its class"
    );
}

#[tokio::test]
async fn two_parts_never_go_to_one_partner_on_one_day_nor_a_photo_twice() {
    let bench = Bench::new().await;
    bench.route("cleansing").await.unwrap();
    let bare = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let refused = bench.send(&bare).await.unwrap_err().to_string();
    assert!(
        refused.contains("gets a report about this tip on"),
        "{refused}"
    );
    bench.clock.advance(86_400);
    let refused = bench.route("cleansing").await.unwrap_err().to_string();
    assert!(
        refused.contains("photo 1 of this tip left already"),
        "{refused}"
    );
    assert_eq!(bench.inbox().len(), 1);
    // Control: on the next day, without the photo, it leaves.
    bench.send(&bare).await.unwrap();
    assert_eq!(bench.inbox().len(), 2);
}

#[tokio::test]
async fn an_unknown_partner_is_refused_and_the_others_are_named() {
    let bench = Bench::new().await;
    let error = bench.route("housing").await.unwrap_err().to_string();
    assert!(
        error.contains("housing") && error.contains("cleansing"),
        "{error}"
    );
    assert!(
        bench
            .register()
            .deliveries_of(bench.tip)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bench.book().view(bench.tip).await.unwrap().state,
        State::New
    );
}

#[tokio::test]
async fn a_partner_gets_nothing_about_other_lanes_nor_after_its_agreement_ended() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut other = partner("tags", PartnerKind::Cleansing, &bench.cleansing, inbox);
    other.lanes = vec![Lane::Graffiti];
    bench.add(&other).await;
    let refused = bench.route("tags").await.unwrap_err().to_string();
    assert!(refused.contains("of the lane cuckooing"), "{refused}");
    let today = bench.clock.today();
    other.lanes = vec![Lane::Cuckooing];
    other.agreement_until = Some(today.plus(-1));
    bench.add(&other).await;
    let refused = bench.route("tags").await.unwrap_err().to_string();
    assert!(refused.contains("ended on"), "{refused}");
    assert!(other.agreement_warning(today).unwrap().contains("ended"));
    // Control: on the last day it still leaves, and the warning says so before.
    other.agreement_until = Some(today);
    bench.add(&other).await;
    assert!(other.agreement_warning(today).unwrap().contains("ends on"));
    other.agreement_until = Some(today.plus(30));
    assert!(other.agreement_warning(today).unwrap().contains("ends on"));
    other.agreement_until = Some(today.plus(31));
    assert_eq!(other.agreement_warning(today), None);
    bench.route("tags").await.unwrap();
    assert_eq!(bench.inbox().len(), 1);
}

#[tokio::test]
async fn a_photo_that_is_not_there_or_illegal_does_not_leave() {
    let bench = Bench::new().await;
    let photo = |number| Draft {
        photos: vec![PhotoOf {
            tip: bench.tip,
            number,
        }],
        ..bench.draft("cleansing")
    };
    for number in [0, 2] {
        let refused = bench.send(&photo(number)).await;
        assert!(matches!(refused, Err(NotSent::NoPhoto(_))), "{refused:?}");
    }
    bench.book().mark_illegal(bench.tip).await.unwrap();
    let refused = bench.send(&photo(1)).await;
    assert!(matches!(refused, Err(NotSent::Illegal)), "{refused:?}");
    assert!(bench.inbox().is_empty());
}

/// Several tips that are shown together become one report, and the report is on each of them.
#[tokio::test]
async fn one_report_is_about_all_tips_that_are_shown_together() {
    let bench = Bench::new().await;
    let mut second = tip(TipId([9; 16]));
    second.what = "second-canary".into();
    bench.keep(&second).await;
    assert_eq!(bench.book().holder(second.id).await.unwrap(), bench.tip);
    bench.route("cleansing").await.unwrap();
    for id in [bench.tip, second.id] {
        let sent = bench.register().deliveries_of(id).await.unwrap();
        assert_eq!(sent.len(), 1);
        let report = bench.book().report(&sent[0].reference).await.unwrap();
        assert!(report.unwrap().tips.contains(&id));
    }
}

/// A message is not enough when somebody may be in danger.
#[tokio::test]
async fn where_danger_or_a_child_is_involved_nothing_leaves_before_somebody_rang() {
    let bench = Bench::new().await;
    let mut other = tip(TipId([9; 16]));
    other.thread = None;
    bench.keep(&other).await;
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let preview = bench.acting.preview(other.id, &draft).await.unwrap();
    let order = Order {
        digest: preview.digest,
        why: "",
        at_once: true,
    };
    let reference = &preview.report.reference;
    let send = async || bench.acting.order(&bench.desk(), reference, order).await;
    let refused = send().await;
    assert!(matches!(refused, Err(NotSent::RingFirst)), "{refused:?}");
    partners::ring(bench.book(), other.id).await;
    // Control: afterwards it leaves.
    send().await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
}
