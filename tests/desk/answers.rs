//! A partner's answer on the page of its tip: a claim that the owner accepts or sets aside.

use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::{Answer, Choice};
use loke::desk::book::{NewAnswerCode, Taken};
use loke::tip::{Priority, TipId};

use super::served::{ANN, Desk};
use super::walk::keep;

#[tokio::test]
async fn the_page_shows_a_claim_and_takes_one_decision_about_it() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = super::tip("a tag on the wall", Priority::Routine, "2026-11-20");
    keep(&ann, "main", &tip).await;
    let book = ann.book("main").await.unwrap();
    let code = AnswerCode::random().unwrap();
    let reference = "0123456789abcdef";
    let new = NewAnswerCode {
        code,
        reference: reference.into(),
        tip: tip.id,
        partner: "cleansing <b>".into(),
        until: desk.clock.today().plus(1),
    };
    book.store_answer_code(&new).await.unwrap();
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let path = format!("/tip/{}", tip.id);
    let page = browser.get(&path).await.text();
    assert!(!page.contains("What partners say"), "the control");
    let answer = Answer {
        reference: reference.parse().unwrap(),
        code,
        choice: Choice::Cleaned,
    };
    let id = TipId([7; 16]);
    let taken = book.take_answer(id, &answer, desk.clock.today()).await;
    assert_eq!(taken.unwrap(), Taken::Recorded);
    let page = browser.get(&path).await;
    let text = page.text();
    for said in [
        "What partners say",
        "cleansing &#60;b&#62;</b> says: the place was cleaned",
        "It closes nothing and stops no clock",
        ">Set aside</button>",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let queue = browser.get("/queue?view=answered").await.text();
    assert!(queue.contains("Partners answered <b>1</b>"), "{queue}");
    let token = page.field("form_token");
    let post = format!("{path}/answer");
    let (other, id) = ("0".repeat(32), id.to_string());
    for (answer, verdict, said) in [
        (
            other.as_str(),
            "accepted",
            "decided about this answer already",
        ),
        (&id, "sold", "decided about this answer already"),
        (&id, "accepted", "The answer is recorded."),
        (&id, "set-aside", "decided about this answer already"),
    ] {
        let verdict = format!("{verdict}:{answer}");
        let fields = [
            ("form_token", token.as_str()),
            ("verdict", verdict.as_str()),
        ];
        let done = browser.post(&post, &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let text = browser.get(&path).await.text();
        assert!(text.contains(said), "{answer} {verdict}: {text}");
    }
    let text = browser.get(&path).await.text();
    assert!(text.contains("ann accepted it."), "{text}");
    assert!(!text.contains(">Set aside</button>"), "{text}");
    let queue = browser.get("/queue?view=answered").await.text();
    assert!(queue.contains("Partners answered <b>0</b>"), "{queue}");
    ann.verify(|| {}).await.unwrap();
}
