//! The texts of one phone in a row are one line of the queue, one page and one report.

use loke::desk::audit::Action;
use loke::tip::{Channel, Priority, Tip, TipId, YesNo};

use super::{REPORT, Visitor};
use crate::house::partners;
use crate::route::{Bench, tip};

/// A text message of the one thread.
fn text(id: TipId) -> Tip {
    let mut text = tip(id);
    (text.channel, text.thread, text.danger) = (Channel::Sms, Some("5eed".into()), None);
    text.photos.clear();
    text
}

/// A bench with a thread of three texts beside its own tip, which is as urgent as the most urgent
/// text: the middle text is urgent; the last reports a child at risk and is from the next day.
async fn with_texts_in_a_row() -> (Bench, [TipId; 3]) {
    let bench = Bench::new().await;
    // The ids descend while the days ascend, so that neither alone gives the order.
    let ids = [TipId([9; 16]), TipId([8; 16]), TipId([1; 16])];
    let mut texts = ids.map(text);
    for (text, (what, day, priority)) in texts.iter_mut().zip([
        ("first-canary", "2026-11-20", Priority::Routine),
        ("second-canary", "2026-11-21", Priority::Now),
        ("third-canary", "2026-11-22", Priority::Routine),
    ]) {
        (text.what, text.received, text.priority) = (what.into(), day.into(), priority);
    }
    texts[2].child = Some(YesNo::Yes);
    texts[1].photos.clone_from(&tip(ids[1]).photos);
    for text in &texts {
        bench.keep(text).await;
    }
    (bench, ids)
}

#[tokio::test]
async fn texts_in_a_row_are_one_line_of_the_list_and_as_urgent_as_the_most_urgent() {
    let (bench, ids) = with_texts_in_a_row().await;
    let visitor = Visitor::signed_in(&bench).await;
    let list = visitor.get("/").await.text();
    let mut lines: Vec<_> = list.split("<li ").skip(1).collect();
    assert_eq!(lines.len(), 2, "{list}");
    lines.sort_by_key(|line| !line.contains("second-canary"));
    assert!(
        lines[0].contains("3&nbsp;texts")
            && lines[0].contains("second-canary")
            && lines[0].contains("Child"),
        "{}",
        lines[0]
    );
    assert!(
        lines[0].contains("Look now")
            && lines[0].contains("Unread")
            && lines[0].contains("1&nbsp;photo"),
        "{}",
        lines[0]
    );
    assert!(
        !lines[0].contains("Danger") && !list.contains("first-canary"),
        "{list}"
    );
    // Negative control: a tip outside the thread is a line of its own.
    assert!(
        lines[1].contains("canary-what") && !lines[1].contains("texts"),
        "{}",
        lines[1]
    );
    // Reading one text does not mark the thread as read; reading all of them does.
    bench.book().view(ids[0]).await.unwrap();
    assert_eq!(visitor.get("/").await.text().matches("Unread").count(), 2);
    for id in ids {
        bench.book().view(id).await.unwrap();
    }
    assert_eq!(visitor.get("/").await.text().matches("Unread").count(), 1);
}

#[tokio::test]
async fn a_row_of_texts_is_read_on_one_page_and_each_look_is_written_down() {
    let (bench, ids) = with_texts_in_a_row().await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.get(&format!("/tip/{}", ids[1])).await.text();
    let places: Vec<_> = ["first-canary", "second-canary", "third-canary"]
        .map(|words| page.find(words))
        .to_vec();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    assert!(
        page.contains("3 texts in a row")
            && page.contains("Within a day their order is unknown")
            && !page.contains("canary-what"),
        "{page}"
    );
    assert!(
        page.contains(&format!("/tip/{}/photo/1", ids[1]))
            && !page.contains(&format!("/tip/{}/photo/1", ids[0]))
    );
    assert!(
        !page.contains("5eed"),
        "the thread's word is of no use to anybody"
    );
    let trail = bench.book().trail().await.unwrap();
    for id in ids {
        let looks = trail
            .iter()
            .filter(|row| row.action == Action::View.word() && row.object == id.to_string());
        assert_eq!(looks.count(), 1, "{id}");
    }
    // Negative control: the other tip was not viewed, and its page shows no thread.
    assert!(!trail.iter().any(|row| row.object == bench.tip.to_string()));
    let alone = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert!(
        !alone.contains("in a row") && !alone.contains("first-canary"),
        "{alone}"
    );
}

#[tokio::test]
async fn a_report_is_about_all_texts_of_a_row() {
    let (bench, ids) = with_texts_in_a_row().await;
    partners::ring(bench.book(), ids[0]).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.report(ids[1], REPORT).await;
    visitor.send_preview(&page, "").await;
    assert_eq!(bench.deliver().await.arrived, 1);
    let page = visitor.get(&format!("/tip/{}", ids[0])).await.text();
    assert_eq!(page.matches("has it since").count(), 1);
    for id in ids {
        assert_eq!(bench.register().deliveries_of(id).await.unwrap().len(), 1);
    }
    // Sending takes an urgent thread off the open views, so a second person must agree.
    let list = visitor.get("/").await.text();
    assert!(list.contains("a second person must agree"), "{list}");
}

/// A phone may send thousands of texts: the page's size is bounded, and every text can be reached.
#[tokio::test]
async fn a_long_row_is_read_a_hundred_at_a_time() {
    let bench = Bench::new().await;
    for n in 100..=230 {
        let mut text = text(TipId([n; 16]));
        text.what = format!("number-{n}-canary");
        bench.keep(&text).await;
    }
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}", TipId([150; 16]));
    let first = visitor.get(&path).await.text();
    assert!(
        first.contains("131 texts in a row")
            && first.contains("number-100-")
            && first.contains("number-199-")
            && !first.contains("number-200-")
    );
    assert!(first.contains("?from=100\"") && !first.contains("?from=0"));
    let second = visitor.get(&format!("{path}?from=100")).await.text();
    assert!(
        second.contains("number-200-")
            && second.contains("Text 131 of 131")
            && second.contains("?from=0\"")
    );
    assert_eq!(visitor.get(&format!("{path}?from=131")).await.status, 404);
    assert!(visitor.get("/").await.text().contains("131&nbsp;texts"));
}
