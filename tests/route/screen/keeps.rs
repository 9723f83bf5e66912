//! The page loses nothing that an officer chose or typed: the filters of the queue, a half-written note,
//! the fields of a decision that was refused. A decision on a tip that is gone says so.

use loke::desk::book::{Decision, How};
use loke::desk::moving;
use loke::tip::{Lane, TipId, Topic, YesNo};

use super::Visitor;
use crate::house::books;
use crate::house::desk_browser::Answer;
use crate::route::{Bench, tip};

/// Stores a routine tip of this topic, alone.
async fn keep(bench: &Bench, n: u8, topic: Topic, lane: Lane) -> (TipId, String) {
    let mut one = tip(TipId([n; 16]));
    (one.topic, one.lane, one.thread) = (topic, lane, None);
    (one.danger, one.child, one.place) = (None, None, None);
    (one.what, one.language) = (format!("words of {n}"), "en".into());
    one.photos.clear();
    bench.keep(&one).await;
    let names = bench.register().names_of(&[one.id]).await.unwrap();
    (one.id, names[&one.id].clone())
}

async fn post(visitor: &Visitor, path: &str, form: &str) -> Answer {
    let form = format!("{form}&form_token={}", visitor.form_token().await);
    visitor.post(path, &form).await
}

#[tokio::test]
async fn the_next_tip_is_of_the_same_view_with_its_filters_and_so_is_the_way_back() {
    let bench = Bench::new().await;
    let mut drugs = Vec::new();
    for n in 0..3 {
        keep(&bench, 20 + n, Topic::Graffiti, Lane::Graffiti).await;
        drugs.push(keep(&bench, 40 + n, Topic::Drugs, Lane::Drugs).await.1);
    }
    let visitor = Visitor::signed_in(&bench).await;
    let list = visitor.get("/queue?view=open&lane=drugs").await.text();
    let mut next = format!("/tip/{}?view=open.drugs", drugs[0]);
    assert!(list.contains(&next), "{list}");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = visitor.get(&next).await;
        seen.push(next.clone());
        let place = page.field("place");
        assert!(page.text().contains("href=\"/queue?view=open.drugs\""));
        let form = format!("decision=close:spam&view=open.drugs&place={place}");
        let path = next.split('?').next().unwrap().to_owned();
        next = post(&visitor, &path, &form).await.location().to_owned();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3, "each of the filtered ones: {seen:?}");
    assert_eq!(next, "/queue?view=open&lane=drugs", "none is left");
    // In a view of closed tips the next one follows too.
    let closed = visitor.get("/queue?view=closed").await.text();
    let rows: Vec<&str> = closed.split("href=\"/tip/").skip(1).collect();
    let names = rows.iter().map(|row| row.split('?').next().unwrap());
    let names: Vec<&str> = names.collect();
    let page = visitor.get(&format!("/tip/{}?view=closed", names[0])).await;
    let next = format!("/next?view=closed&place={}", page.field("place"));
    let to = visitor.get(&next).await;
    assert!(to.location().contains(names[1]), "{}", to.location());
}

#[tokio::test]
async fn a_note_is_not_lost_by_another_form_and_a_refused_decision_comes_back_filled_in() {
    let bench = Bench::new().await;
    let (one, name) = keep(&bench, 20, Topic::Drugs, Lane::Drugs).await;
    let (other, folded) = keep(&bench, 21, Topic::Drugs, Lane::Drugs).await;
    let fold = Decision::Fold { into: one };
    let folds = [other.into()];
    let folded_in = bench.acting.decide(&folds, &fold, How::default());
    folded_in.await.unwrap();
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{name}");
    let page = visitor.get(&path).await.text();
    // Those buttons send the form with the note.
    for button in [
        format!("form=\"decide\" name=\"decision\" value=\"unfold:{folded}\""),
        format!("form=\"decide\" formaction=\"{path}/area\""),
    ] {
        assert!(page.contains(&button), "{button}");
    }
    let kept = async |words: &str| {
        let page = visitor.get(&path).await.text();
        assert!(page.contains(&format!(">{words}</textarea>")), "{page}");
    };
    post(&visitor, &format!("{path}/area"), "ward=&note=first-note").await;
    kept("first-note").await;
    let form = format!("decision=unfold:{folded}&version=1&note=second-note");
    post(&visitor, &path, &form).await;
    kept("second-note").await;
    assert_eq!(bench.book().holder(other).await.unwrap(), other);
    let form = format!("what=pair:{folded}&note=third-note");
    post(&visitor, &format!("{path}/not-same"), &form).await;
    kept("third-note").await;

    let form = format!("hold=hold&reason.{one}.hold=for+the+court&note=another-note");
    post(&visitor, &format!("{path}/hold"), &form).await;
    let form = "hold=hold&note=another-note";
    post(&visitor, &format!("/tip/{one}/hold"), form).await;
    kept("another-note").await;
    let holds = bench.book().holds_of(one).await.unwrap();
    assert_eq!(holds.len(), 1);
    for (route, note) in [("said", "said-note"), ("answer", "answer-note")] {
        post(
            &visitor,
            &format!("{path}/{route}"),
            &format!("note={note}"),
        )
        .await;
        kept(note).await;
    }

    // Without a day, and then with one that has passed.
    for until in ["", "2026-01-01"] {
        let form = format!(
            "decision=wait&for_whom=the+landlord&outside=yes&until={until}&why=because+of+it&note=fourth-note"
        );
        let again = post(&visitor, &path, &form).await;
        assert_eq!(again.status, 422);
        let text = again.text();
        for field in [
            "value=\"the landlord\"",
            "value=\"yes\" checked",
            "value=\"because of it\"",
            ">fourth-note</textarea>",
            &format!("value=\"{until}\""),
        ] {
            assert!(text.contains(field), "{field}: {text}");
        }
    }
}

#[tokio::test]
async fn a_decision_on_a_tip_that_was_moved_says_so() {
    let bench = Bench::new().await;
    let (one, name) = keep(&bench, 20, Topic::Drugs, Lane::Drugs).await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{name}");
    let page = visitor.get(&path).await;
    let form = format!("decision=take&id={}", page.field("id"));
    let ann = books::with_book(&bench.acting, &bench.member, "elsewhere").await;
    moving::move_tip(&ann, one, "elsewhere").await.unwrap();
    let gone = post(&visitor, &path, &form).await;
    let text = gone.text();
    assert_eq!(gone.status, 410, "{text}");
    assert!(text.contains("moved to another book"), "{text}");
    // The control: of a tip that was never here nothing is said.
    let never = post(&visitor, "/tip/no-such", "decision=take").await;
    assert_eq!(never.status, 404);
}

#[tokio::test]
async fn a_holder_with_a_folded_child_is_left_out_of_a_bulk_act() {
    let bench = Bench::new().await;
    let (_, plain) = keep(&bench, 21, Topic::Drugs, Lane::Drugs).await;
    let mut texts = [TipId([20; 16]), TipId([22; 16])].map(tip);
    for text in &mut texts {
        (text.danger, text.child, text.place) = (None, None, None);
        text.thread = Some("a-row-of-texts".into());
    }
    texts[1].child = Some(YesNo::Yes);
    for text in &texts {
        bench.keep(text).await;
    }
    let one = texts[0].id;
    assert_eq!(bench.book().holder(texts[1].id).await.unwrap(), one);
    let name = bench.register().names_of(&[one]).await.unwrap()[&one].clone();
    let visitor = Visitor::signed_in(&bench).await;
    let form = format!("decision=close:spam&view=open&tip.{name}=1&tip.{plain}=1");
    let page = post(&visitor, "/bulk", &form).await.text();
    assert!(page.contains("Close as no report: 1 tip"), "{page}");
    let done = post(&visitor, "/bulk/do", &form).await;
    assert_eq!(done.status, 409);
    assert!(bench.book().triage(one).await.unwrap().triage.is_open());
}
