//! A report that should not be with a partner: the desk proposes to withdraw it until somebody does,
//! and a wrong partner is an incident with 72 hours.

use loke::desk::book::{Decision, HoldKind, How, NotOpened, Outcome, WhyWithdraw};
use loke::desk::incidents::{self, NotDone};
use loke::desk::partners::{Field, PartnerKind, Way, Withheld};
use loke::desk::register::{Delivery, Ended};
use loke::desk::report::{Draft, Kind};
use loke::desk::route::NotSent;
use loke::desk::{check, retention};
use loke::tip::{Lane, Priority, TipId};

use super::{Bench, tip};
use crate::documents::{squeezed, text_of};
use crate::house::partners::partner;

/// A tip that nobody need look at twice, with a report that arrived.
async fn sent(bench: &Bench, id: u8) -> (TipId, Delivery) {
    let mut tip = tip(TipId([id; 16]));
    tip.priority = Priority::Routine;
    (tip.danger, tip.child, tip.thread) = (None, None, None);
    (tip.place, tip.vehicle) = (None, None);
    tip.language = "en".into();
    bench.keep(&tip).await;
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    let preview = bench.acting.preview(tip.id, &draft).await.unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    bench.deliver().await;
    (tip.id, ordered)
}

async fn proposals(bench: &Bench) -> Vec<(String, WhyWithdraw)> {
    let all = bench.book().to_withdraw(None).await.unwrap();
    all.into_iter().map(|p| (p.reference, p.why)).collect()
}

async fn withdraw(bench: &Bench, reference: &str) -> Delivery {
    let preview = bench.acting.replace(reference, None).await.unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
    ordered
}

#[tokio::test]
async fn p15_a_malicious_or_contested_tip_proposes_to_withdraw_each_report_that_left() {
    let bench = Bench::new().await;
    let (harmful, first) = sent(&bench, 1).await;
    let (doubtful, second) = sent(&bench, 2).await;
    let (kept, third) = sent(&bench, 3).await;
    assert_eq!(proposals(&bench).await, [], "the control");
    let close = |tip: TipId| {
        let malicious = Decision::Close {
            outcome: Outcome::Malicious,
            why: "a grudge".into(),
        };
        let acting = &bench.acting;
        async move {
            let tips = [tip.into()];
            acting
                .decide(&tips, &Decision::Reopen, How::default())
                .await
                .unwrap();
            let closed = acting.decide(&tips, &malicious, How::default());
            assert!(closed.await.unwrap().waits.is_empty());
        }
    };
    close(harmful).await;
    close(kept).await;
    retention::place(
        &bench.acting,
        doubtful,
        HoldKind::Restricted,
        "he denies it",
    )
    .await
    .unwrap();
    let expected = [
        (first.reference.clone(), WhyWithdraw::Malicious),
        (second.reference.clone(), WhyWithdraw::Contested),
        (third.reference.clone(), WhyWithdraw::Malicious),
    ];
    assert_eq!(proposals(&bench).await, expected);
    let of_one = bench.book().to_withdraw(Some(doubtful)).await.unwrap();
    assert_eq!(of_one.len(), 1);
    // Nothing else about a contested tip leaves, and the withdrawal does.
    let other = bench
        .acting
        .preview(doubtful, &bench.draft("cleansing"))
        .await;
    assert!(matches!(other, Err(NotSent::Database(_))), "{other:?}");
    withdraw(&bench, &first.reference).await;
    withdraw(&bench, &second.reference).await;
    // Somebody says why the third one stays.
    let no_words = bench.book().keep_report(&third.reference, " ").await;
    assert!(matches!(no_words, Err(NotOpened::NoWords)));
    let stays = bench.book().keep_report(&third.reference, "true after all");
    assert!(stays.await.unwrap());
    assert_eq!(proposals(&bench).await, []);
    let again = bench.book().keep_report(&third.reference, "again").await;
    assert!(!again.unwrap());
}

#[tokio::test]
async fn p15_a_wrong_partner_is_an_incident_until_a_supervisor_closes_it() {
    let bench = Bench::new().await;
    let (_, report) = sent(&bench, 1).await;
    let reference = report.reference.as_str();
    let now = bench.clock.now();
    let open = async |at, why| bench.acting.wrong_partner(reference, at, why).await;
    for (at, why) in [(now + 60, "slip"), (now, "")] {
        let refused = open(at, why).await;
        assert!(matches!(refused, Err(NotDone::Incident(_))), "{why}");
    }
    let found_at = now - 5 * 3_600;
    let withdrawal = open(found_at, "canary-what-happened").await.unwrap();
    assert_eq!(proposals(&bench).await.len(), 1);
    let [(incident, words)] = bench.acting.incidents().await.unwrap().try_into().unwrap();
    assert_eq!((incident.found_at, incident.ended), (found_at, None));
    assert_eq!(words.why, "canary-what-happened");
    let zone = bench.clock.zone();
    let left = incidents::clock(&incident, &zone, now);
    assert!(left.starts_with("67 of 72 hours are left"), "{left}");
    let seen = async || {
        let problems = check::problems(bench.register()).await.unwrap();
        problems.iter().any(|said| said.contains("was wrong"))
    };
    assert!(seen().await);
    // It cannot be closed before the partner was told.
    let close = async || {
        let closed =
            bench
                .acting
                .close_incident(reference, Ended::NoRisk, "they deleted it unread");
        closed.await
    };
    let early = close().await;
    let is_early = matches!(early, Err(NotDone::Incident(NotOpened::NotWithdrawn)));
    assert!(is_early, "{early:?}");
    bench.order(&withdrawal, "", true).await.unwrap();
    bench.deliver().await;
    assert!(seen().await, "the control: it stays in sight");
    close().await.unwrap();
    assert!(!seen().await);
    let twice = close().await;
    assert!(matches!(twice, Err(NotDone::Incident(NotOpened::NotOpen))));
    // The register knows no words.
    let rows = bench.register().trail().await.unwrap();
    assert!(!rows.iter().any(|row| row.detail.contains("canary")));
    let figures = bench
        .acting
        .figures(bench.clock.today(), bench.clock.today());
    let figures = figures.await.unwrap();
    assert_eq!((figures.incidents, figures.taken_from), (1, 1));
}

/// Whoever has a wrong report is told, whatever became of the agreement.
#[tokio::test]
async fn p15_a_withdrawal_and_a_correction_leave_after_the_agreement_ended() {
    let bench = Bench::new().await;
    let (tip, first) = sent(&bench, 1).await;
    let (other, second) = sent(&bench, 2).await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut cleansing = partner("cleansing", PartnerKind::Cleansing, &bench.cleansing, inbox);
    cleansing.agreement_until = Some(bench.clock.today().plus(1));
    // Its lanes were narrowed too.
    cleansing.lanes = vec![Lane::Graffiti];
    let mut waiting = Vec::new();
    bench.clock.advance(86_400);
    for reference in [&first.reference, &second.reference] {
        bench.add(&cleansing).await;
        let text = (*reference == second.reference).then_some("It was the back door.");
        let preview = bench.acting.replace(reference, text).await.unwrap();
        waiting.push(bench.order(&preview, "", false).await.unwrap());
    }
    bench.clock.advance(86_400);
    // The control: nothing else leaves.
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("cleansing")
    };
    cleansing.lanes.clear();
    bench.add(&cleansing).await;
    let refused = bench.acting.preview(tip, &draft).await;
    let is_over = matches!(refused, Err(NotSent::Withheld(Withheld::Agreement(..))));
    assert!(is_over, "{refused:?}");
    let sentence = refused.unwrap_err().to_string();
    assert!(sentence.contains("Only withdrawals and corrections leave"));
    assert_eq!(bench.deliver().await.arrived, 2, "{waiting:?}");
    // Another one is made after the end.
    let preview = bench.acting.replace(&second.reference, None).await.unwrap();
    bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
    assert_eq!(bench.inbox().len(), 5);
    assert!(bench.book().triage(other).await.is_ok());
}

/// Nobody acts on a withdrawal as if it were an order, and nobody gets an empty one.
#[tokio::test]
async fn p15_a_withdrawal_says_that_it_is_one_whatever_the_partners_list() {
    let bench = Bench::new().await;
    let (_, first) = sent(&bench, 1).await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut cleansing = partner("cleansing", PartnerKind::Cleansing, &bench.cleansing, inbox);
    for (fields, may_have_words) in [
        (Field::ALL.to_vec(), true),
        (vec![Field::Handling, Field::Conditions], false),
    ] {
        cleansing.fields = fields;
        bench.add(&cleansing).await;
        let preview = bench.acting.replace(&first.reference, None).await.unwrap();
        let report = &preview.report;
        assert_eq!(report.kind, Kind::Withdrawal);
        assert_eq!(report.replaces.as_deref(), Some(first.reference.as_str()));
        assert!(report.text.contains("We withdraw our report"));
        assert!(report.ask.as_ref().unwrap().contains("Delete the report"));
        let no_order = (report.priority, report.target, report.conditions.as_ref());
        assert_eq!(no_order, (None, None, None));
        assert!(report.safety.is_empty() && report.work.is_empty());
        let at = memchr::memmem::find(&preview.plain, b"%PDF").unwrap();
        if let Some(printed) = text_of(&preview.plain[at..]) {
            let printed = squeezed(&printed);
            let says = format!("This withdraws report {}.", first.reference);
            assert!(printed.contains(&squeezed(&says)), "{printed}");
            for order in ["Work order", "2 hours", "Removed on"] {
                assert!(!printed.contains(&squeezed(order)), "{order}: {printed}");
            }
        }
        let text = Some("It was the back door.");
        match bench.acting.replace(&first.reference, text).await {
            Ok(correction) => {
                assert!(may_have_words);
                let report = correction.report;
                assert_eq!(report.kind, Kind::Correction);
                assert_eq!(report.replaces.as_deref(), Some(first.reference.as_str()));
            }
            Err(refused) => {
                assert!(!may_have_words, "{refused}");
                assert!(matches!(refused, NotSent::NoWords(_)), "{refused:?}");
            }
        }
    }
}
