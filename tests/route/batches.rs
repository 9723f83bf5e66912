//! A report waits until its batch leaves, and can be taken back until then. Afterwards it can be
//! withdrawn or corrected, and whoever has not confirmed stays in sight.

use loke::desk::audit::Action;
use loke::desk::book::{Decision, NotDecided, ReportState, State};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::register::PER_MINUTE;
use loke::desk::report::Draft;
use loke::desk::route::NotSent;
use loke::tip::{Lane, Priority, TipId, Topic};

use super::{Bench, open_as, tip};
use crate::house::memory;
use crate::house::partners::partner;

/// A tip that does not leave at once, alone on its page.
async fn routine(bench: &Bench, id: u8) -> TipId {
    routine_with(bench, TipId([id; 16])).await
}

async fn routine_with(bench: &Bench, id: TipId) -> TipId {
    let mut tip = tip(id);
    tip.priority = Priority::Routine;
    (tip.danger, tip.child, tip.thread) = (None, None, None);
    tip.language = "en".into();
    tip.place = None;
    tip.vehicle = None;
    bench.keep(&tip).await;
    tip.id
}

fn words(to: &str, bench: &Bench) -> Draft {
    Draft {
        photos: Vec::new(),
        ..bench.draft(to)
    }
}

#[tokio::test]
async fn p15_a_report_leaves_with_its_batch_and_not_before() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    bench.clock.advance(20 * 60);
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", false).await.unwrap();
    let left = ordered.leaves_at - bench.clock.now();
    assert_eq!((left, ordered.leaves_at % 3_600), (40 * 60, 0));
    bench.clock.advance(left - 1);
    assert_eq!(bench.deliver().await.arrived, 0);
    assert!(bench.inbox().is_empty());
    let triage = bench.book().triage(id).await.unwrap().triage;
    assert_eq!(
        (triage.state, triage.waiting_for.as_deref()),
        (State::Waiting, Some("cleansing"))
    );
    bench.clock.advance(1);
    assert_eq!(bench.deliver().await.arrived, 1);
    let triage = bench.book().triage(id).await.unwrap().triage;
    assert_eq!(triage.state, State::Routed);
}

#[tokio::test]
async fn p15_danger_does_not_wait_for_a_batch() {
    let bench = Bench::new().await;
    let preview = bench
        .acting
        .preview(bench.tip, &bench.draft("cleansing"))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", false).await.unwrap();
    assert_eq!(ordered.leaves_at, bench.clock.now());
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn p15_offensive_graffiti_does_not_wait_for_a_batch() {
    let bench = Bench::new().await;
    bench.clock.advance(20 * 60);
    for (id, offensive) in [(1, Some(true)), (2, Some(false)), (3, None)] {
        let mut tag = tip(TipId([id; 16]));
        (tag.lane, tag.topic) = (Lane::Graffiti, Topic::Graffiti);
        tag.priority = Priority::Routine;
        (tag.danger, tag.child, tag.thread) = (None, None, None);
        tag.language = "en".into();
        (tag.place, tag.vehicle, tag.offensive) = (None, None, offensive);
        bench.keep(&tag).await;
        let draft = words("cleansing", &bench);
        let preview = bench.acting.preview(tag.id, &draft).await.unwrap();
        let ordered = bench.order(&preview, "", false).await.unwrap();
        let at_once = ordered.leaves_at == bench.clock.now();
        assert_eq!(at_once, offensive == Some(true), "{offensive:?}");
    }
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn p15_a_report_that_is_taken_back_never_leaves_and_its_tip_is_as_before() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let before = bench.book().triage(id).await.unwrap().triage;
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", false).await.unwrap();
    bench.acting.take_back(&ordered.reference).await.unwrap();
    assert_eq!(bench.book().triage(id).await.unwrap().triage, before);
    // Twice is once.
    bench.acting.take_back(&ordered.reference).await.unwrap();
    bench.clock.advance(7_200);
    assert_eq!(bench.deliver().await.arrived, 0);
    assert!(bench.inbox().is_empty());
    let report = bench
        .book()
        .report(&ordered.reference)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(report.state, ReportState::TakenBack);
    assert!(report.plain.is_empty(), "the file is gone");
    // Control: another one leaves on the same day, since the first did not.
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn undo_takes_a_report_back_until_it_left() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    bench.order(&preview, "", false).await.unwrap();
    assert_eq!(bench.acting.undo().await.unwrap(), [id]);
    assert_eq!(
        bench.book().triage(id).await.unwrap().triage.state,
        State::New
    );
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    bench.order(&preview, "", true).await.unwrap();
    // It left, and the book does not know it yet.
    loke::desk::outbox::send_due(bench.register(), &bench.desk(), bench.clock.now())
        .await
        .unwrap();
    let undone = bench.acting.undo().await;
    assert!(matches!(undone, Err(NotDecided::Left)), "{undone:?}");
    assert_eq!(bench.inbox().len(), 1);
}

#[tokio::test]
async fn p15_what_left_can_be_withdrawn_and_stays_in_sight_until_the_partner_confirms() {
    let bench = Bench::new().await;
    let first = bench.route("cleansing").await.unwrap();
    let refused = bench.acting.take_back(&first.reference).await;
    assert!(matches!(refused, Err(NotSent::Left)), "{refused:?}");
    let preview = bench.acting.replace(&first.reference, None).await.unwrap();
    let second = bench.order(&preview, "", true).await.unwrap();
    assert_eq!(second.replaces.as_deref(), Some(first.reference.as_str()));
    bench.deliver().await;
    let file = bench.dir.join(format!("inbox/{}.age", second.reference));
    let files = open_as(&bench.cleansing, &std::fs::read(file).unwrap());
    let json: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
    let text = json["text"].as_str().unwrap();
    assert!(
        text.contains("withdraw") && text.contains(&first.reference),
        "{text}"
    );
    let outbox = async || bench.register().outbox("main", 10).await.unwrap();
    let top = &outbox().await[0];
    assert_eq!(
        (&top.reference, top.confirmed_at),
        (&second.reference, None)
    );
    bench
        .acting
        .confirm_replacement(&second.reference, "Sam")
        .await
        .unwrap();
    assert!(outbox().await.iter().any(|d| d.confirmed_at.is_some()));
    let again = bench
        .acting
        .confirm_replacement(&second.reference, "Sam")
        .await;
    assert!(matches!(again, Err(NotSent::NoReport(_))), "{again:?}");
    // The register has no name of the partner's people.
    let register = bench.register().trail().await.unwrap();
    assert!(!register.iter().any(|row| row.detail.contains("Sam")));
}

#[tokio::test]
async fn a_correction_replaces_a_report() {
    let bench = Bench::new().await;
    let first = bench.route("cleansing").await.unwrap();
    let preview = bench
        .acting
        .replace(&first.reference, Some("The entrance is at the back."))
        .await
        .unwrap();
    assert!(preview.report.text.contains(&first.reference));
    assert!(
        preview
            .report
            .text
            .ends_with("The entrance is at the back.")
    );
    bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn a_report_that_waits_when_its_partner_gets_another_key_is_not_sent() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", false).await.unwrap();
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let other = partner("cleansing", PartnerKind::Cleansing, &bench.police, inbox);
    bench.add(&other).await;
    bench.clock.advance(3_600);
    assert_eq!(bench.deliver().await.stuck, 1);
    assert!(bench.inbox().is_empty());
    let stuck = bench
        .register()
        .delivery(&ordered.reference)
        .await
        .unwrap()
        .unwrap();
    assert!(stuck.problem.unwrap().contains("another key now"));
    bench.acting.take_back(&ordered.reference).await.unwrap();
    // Nothing leaves under the new key before somebody compared it.
    let refused = bench.acting.preview(id, &words("cleansing", &bench)).await;
    assert!(refused.unwrap_err().to_string().contains("partner confirm"));
    let (register, actor) = (bench.register(), bench.acting.actor());
    let partner = bench.acting.partner("cleansing").await.unwrap();
    let print = partner.key.as_ref().unwrap().fingerprint();
    assert!(
        !register
            .confirm_partner(&actor, &partner, "0000 0000")
            .await
            .unwrap()
    );
    assert!(
        register
            .confirm_partner(&actor, &partner, &print)
            .await
            .unwrap()
    );
    let preview = bench
        .acting
        .preview(id, &words("cleansing", &bench))
        .await
        .unwrap();
    bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
    let sealed = std::fs::read(&bench.inbox()[0]).unwrap();
    assert_eq!(open_as(&bench.police, &sealed)[0].0, "report.json");
}

/// The cause is named, and the report leaves under the new agreement.
#[tokio::test]
async fn p15_a_report_whose_agreement_ends_while_it_waits_is_not_sent() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let mut cleansing = partner("cleansing", PartnerKind::Cleansing, &bench.cleansing, inbox);
    cleansing.agreement_until = Some(bench.clock.today());
    bench.add(&cleansing).await;
    let preview = bench.acting.preview(id, &words("cleansing", &bench)).await;
    let ordered = bench.order(&preview.unwrap(), "", true).await.unwrap();
    bench.clock.advance(86_400);
    let sent = bench.deliver().await;
    assert_eq!((sent.arrived, sent.stuck), (0, 1));
    let waiting = bench.register().delivery(&ordered.reference).await;
    let problem = waiting.unwrap().unwrap().problem.unwrap();
    assert!(problem.contains("ended on"), "{problem}");
    assert!(bench.inbox().is_empty());
    cleansing.agreement_until = Some(bench.clock.today().plus(90));
    bench.add(&cleansing).await;
    bench.clock.advance(61);
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn a_report_on_paper_waits_until_it_was_handed_over() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let mut paper = partner("legal", PartnerKind::Legal, &bench.police, Way::Print);
    paper.key = None;
    bench.add(&paper).await;
    let preview = bench
        .acting
        .preview(id, &words("legal", &bench))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 0);
    let stored = bench
        .book()
        .report(&ordered.reference)
        .await
        .unwrap()
        .unwrap();
    assert!(stored.is_whole(), "the file can be printed");
    bench
        .acting
        .hand_over_on_paper(&ordered.reference, "Kim")
        .await
        .unwrap();
    assert_eq!(
        bench.book().triage(id).await.unwrap().triage.state,
        State::Routed
    );
    let stored = bench
        .book()
        .report(&ordered.reference)
        .await
        .unwrap()
        .unwrap();
    assert!(stored.plain.is_empty());
    let trail = bench.trail(Action::Deliver).await;
    let noted = |row: &String| row.starts_with("handed over on paper") && row.contains("reason ");
    assert!(trail.iter().any(noted), "{trail:?}");
    assert!(!trail.iter().any(|row| row.contains("Kim")));
}

/// An outcome counts once: a partner that is only told does not take the tip off the queue.
#[tokio::test]
async fn a_report_for_information_leaves_the_tip_open() {
    let bench = Bench::new().await;
    let id = routine(&bench, 1).await;
    let told = Draft {
        is_lead: false,
        ..words("cleansing", &bench)
    };
    let preview = bench.acting.preview(id, &told).await.unwrap();
    bench.order(&preview, "", true).await.unwrap();
    assert_eq!(bench.deliver().await.arrived, 1);
    assert_eq!(
        bench.book().triage(id).await.unwrap().triage.state,
        State::New
    );
    let decisions = bench.book().decisions_on(id).await.unwrap();
    assert!(
        !decisions
            .iter()
            .any(|made| matches!(made.decision, Decision::Order { .. }))
    );
}

/// A partner's folder or mail server is not flooded. `LOKE_QUEUED` sets how many reports wait; with
/// more than a few hundred the memory is looked at too.
#[tokio::test]
async fn a_partner_gets_so_many_reports_a_minute_and_no_more() {
    let bench = Bench::new().await;
    let a_minute = usize::try_from(PER_MINUTE).unwrap();
    let wanted = std::env::var("LOKE_QUEUED").ok();
    let all = wanted.map_or(a_minute + 15, |n| n.parse().unwrap());
    let mut at_first = 0;
    for n in 0..all {
        let id = routine_with(&bench, TipId::random().unwrap()).await;
        let preview = bench
            .acting
            .preview(id, &words("cleansing", &bench))
            .await
            .unwrap();
        bench.order(&preview, "", true).await.unwrap();
        if n == all / 4 {
            at_first = memory::status("self", "VmRSS:");
        }
    }
    let (mut arrived, mut minutes) = (0, 0);
    while arrived < all {
        let count = bench.register().outbox_count("main", 0).await.unwrap();
        let shown = (count.waiting as usize, count.arrived as usize);
        assert_eq!(shown, (all - arrived, arrived), "the progress is shown");
        let sent = bench.deliver().await.arrived;
        assert_eq!(sent, a_minute.min(all - arrived));
        assert_eq!(bench.deliver().await.arrived, 0, "in the same minute");
        (arrived, minutes) = (arrived + sent, minutes + 1);
        bench.clock.advance(61);
    }
    let grown = memory::status("self", "VmRSS:").saturating_sub(at_first) >> 20;
    println!("{all} reports in {minutes} minutes, {grown} MiB more than at a quarter of them");
    assert_eq!(bench.inbox().len(), all, "each once");
    assert!(all < 1_000 || grown < 64, "{grown} MiB");
}

/// Nothing is on its way twice: a report that is being sent cannot be taken back at that moment.
#[tokio::test]
async fn a_report_that_is_being_sent_is_not_taken_back() {
    let bench = Bench::new().await;
    let preview = bench
        .acting
        .preview(bench.tip, &bench.draft("cleansing"))
        .await
        .unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    let leased = bench
        .register()
        .due_deliveries(bench.clock.now())
        .await
        .unwrap();
    assert_eq!(leased.len(), 1);
    let refused = bench.acting.take_back(&ordered.reference).await;
    assert!(matches!(refused, Err(NotSent::Left)), "{refused:?}");
    // Control: when the lease is over, the sender died, and it can be taken back.
    bench.clock.advance(301);
    bench.acting.take_back(&ordered.reference).await.unwrap();
}
