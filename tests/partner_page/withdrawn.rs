//! A withdrawal is confirmed by the partner's own answer to it.

use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::Choice;
use loke::desk::route::Order;

use super::{Bench, dropped, name, recorded};
use crate::house::desk_browser::DeskBrowser;
use crate::house::partners;
use crate::triage::routine;

impl Bench {
    /// Withdraws a report of `cleansing`. Returns the withdrawal's reference and its answer code.
    async fn withdraw(&self, reference: &str) -> (String, String) {
        let (ann, desk) = (&self.team.ann, self.desk());
        let preview = ann.replace(reference, None).await.unwrap();
        let report = preview.report;
        let order = Order {
            digest: preview.digest,
            why: "",
            at_once: true,
        };
        ann.order(&desk, &report.reference, order).await.unwrap();
        partners::deliver(ann, &desk).await;
        self.look().await;
        (report.reference, report.answer_code.unwrap())
    }

    /// A person with an account answers, and the desk collects it.
    async fn say(&self, browser: &mut DeskBrowser, reference: &str, choice: Choice) {
        let token = browser.get("/reports").await.field("form_token");
        let fields = [
            ("form_token", token.as_str()),
            ("choice", choice.word()),
            ("words", "which gate?"),
        ];
        let path = format!("/report/{reference}");
        browser.post(&path, &fields).await;
        assert_eq!(self.collect().await, recorded(1), "{choice}");
    }

    async fn is_confirmed(&self, reference: &str) -> bool {
        let delivery = self.team.ann.register().delivery(reference).await;
        delivery.unwrap().unwrap().confirmed_at.is_some()
    }
}

#[tokio::test]
async fn p15_a_partners_own_answer_confirms_a_withdrawal_by_code_and_with_an_account() {
    let bench = Bench::with_accounts().await;
    let (mut cleo, _) = bench.person("cleansing", "cleo").await;
    let mut references = Vec::new();
    for words in ["one", "two"] {
        let tip = bench.team.keep(&routine(words)).await;
        let draft = partners::words("cleansing", "A tag");
        references.push(bench.send(tip, &draft).await);
    }
    bench.look().await;
    // An answer to the report itself confirms nothing.
    bench
        .say(&mut cleo, &references[0], Choice::Acknowledged)
        .await;

    let (first, _) = bench.withdraw(&references[0]).await;
    bench.say(&mut cleo, &first, Choice::Asked).await;
    assert!(
        !bench.is_confirmed(&first).await,
        "a question is not enough"
    );
    bench.say(&mut cleo, &first, Choice::Deleted).await;
    assert!(bench.is_confirmed(&first).await);
    let (second, code) = bench.withdraw(&references[1]).await;
    let other = AnswerCode::random().unwrap();
    bench.forge(&name(1), &second, other, Choice::Deleted);
    assert_eq!(bench.collect().await, dropped(1));
    assert!(!bench.is_confirmed(&second).await, "another code");
    bench.answer(&second, &code, Choice::Acknowledged).await;
    assert_eq!(bench.collect().await, recorded(1));
    assert!(bench.is_confirmed(&second).await);
    assert!(!bench.is_confirmed(&references[0]).await);
    // A confirmed one has no button any more.
    for reference in [&first, &second] {
        let again = bench.team.ann.confirm_replacement(reference, "Sam").await;
        assert!(again.is_err(), "{again:?}");
    }
    bench.team.ann.verify(|| {}).await.unwrap();
}
