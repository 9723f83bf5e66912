//! Somebody who has the partner page's machine and every key there makes no answer to a report that
//! nobody opened. What partners send is checked again at the desk.

use std::io::Read;

use loke::desk::answers::Choice;
use loke::desk::answers::by_account::{AccountAnswer, AnswerKey};
use loke::desk::audit::Action;
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::report::Report;
use loke::desk::route::Order;
use loke::desk::ways::page::PagePost;
use loke::tip::TipId;

use super::{Bench, dropped, name, recorded};
use crate::house::browser::jpeg;
use crate::house::partners;
use crate::triage::routine;

/// A picture that would unpack to ten gigabytes.
pub(crate) fn bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(60_000_u32.to_be_bytes());
    png.extend(60_000_u32.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    png.extend([0; 64]);
    png
}

/// `report.json` of a report that waits in the page's inbox.
fn opened(bench: &Bench, key: &Identity, reference: &str) -> Report {
    let file = bench.place.path().join(format!("inbox/{reference}.age"));
    let Ok(PagePost::Report { sealed, .. }) = PagePost::parse(&std::fs::read(file).unwrap()) else {
        panic!("not a report");
    };
    let plain = open::plain(std::slice::from_ref(key), &sealed).unwrap();
    let mut archive = tar::Archive::new(plain.as_slice());
    for entry in archive.entries().unwrap().raw(true) {
        let mut entry = entry.unwrap();
        if entry.path_bytes().as_ref() == b"report.json" {
            let mut json = Vec::new();
            entry.read_to_end(&mut json).unwrap();
            return serde_json::from_slice(&json).unwrap();
        }
    }
    panic!("no report.json");
}

fn answer(bench: &Bench, reference: &str, account: &str, choice: Choice) -> AccountAnswer {
    AccountAnswer {
        id: TipId::random().unwrap(),
        reference: reference.parse().unwrap(),
        account: account.into(),
        choice,
        words: match choice {
            Choice::ReGraded => "1 A P".to_owned().into(),
            _ => "words".to_owned().into(),
        },
        day: bench.team.clock.today(),
        photo: None,
    }
}

impl Bench {
    /// Leaves an answer for the desk, made with this key, and collects it.
    async fn leave(&self, answer: &AccountAnswer, key: &AnswerKey) -> super::Collected {
        let to = self.team.book().recipient().unwrap();
        let file = self.folder().join(format!("{}.age", answer.id));
        std::fs::write(file, answer.seal(key, &to).unwrap()).unwrap();
        self.collect().await
    }
}

#[tokio::test]
async fn p15_who_has_the_partner_pages_machine_answers_no_report_that_nobody_opened() {
    let bench = Bench::with_accounts().await;
    let team = &bench.team;
    let cleo = bench.reader("cleansing", "cleo").await;
    bench.reader("police", "pat").await;
    let (one, two, three) = (
        team.keep(&routine("one")).await,
        team.keep(&routine("two")).await,
        team.keep(&routine("three")).await,
    );
    let first = bench
        .send(one, &partners::words("cleansing", "a tag"))
        .await;
    let second = bench
        .send(two, &partners::words("cleansing", "another tag"))
        .await;
    let report = opened(&bench, &cleo, &first);
    let key = AnswerKey::parse(report.answer_key.as_deref().unwrap()).unwrap();
    let to = team.book().recipient().unwrap().to_string();
    assert_eq!(report.answer_to, Some(to));

    // Every reference and every account is known to the attacker, and no key of a report.
    let guess = AnswerKey::random().unwrap();
    for _ in 0..3 {
        let forged = answer(&bench, &first, "cleo", Choice::Done);
        assert_eq!(bench.leave(&forged, &guess).await, dropped(1));
    }
    // The key of one report is none of another, and other accounts have no say.
    for (reference, account, choice) in [
        (&second, "cleo", Choice::Done),
        (&first, "pat", Choice::Done),
        (&first, "nobody", Choice::Done),
        (&first, "cleo", Choice::ReGraded),
    ] {
        let forged = answer(&bench, reference, account, choice);
        assert_eq!(bench.leave(&forged, &key).await, dropped(1), "{account}");
    }
    for tip in [one, two] {
        assert!(team.book().answers_about(tip).await.unwrap().is_empty());
        let forged = team.book().forged_answers(tip).await.unwrap();
        assert_eq!(forged.len(), 1, "the tip's page says it");
    }
    let rows = team.book().trail().await.unwrap();
    let forged = rows.iter().filter(|row| row.detail.starts_with("forged"));
    assert_eq!(forged.count(), 2, "the first one of each report");

    // The control: with its key. A copy of the file, under another name too, changes nothing.
    let right = answer(&bench, &first, "cleo", Choice::Done);
    assert_eq!(bench.leave(&right, &key).await, recorded(1));
    let file = right.seal(&key, &team.book().recipient().unwrap()).unwrap();
    for n in [1, 2] {
        std::fs::write(bench.folder().join(format!("{}.age", name(n))), &file).unwrap();
    }
    bench.collect().await;
    assert_eq!(team.book().answers_about(one).await.unwrap().len(), 1);
    // The same choice again is none, and another clear line neither.
    let again = answer(&bench, &first, "cleo", Choice::Done);
    assert_eq!(bench.leave(&again, &key).await, dropped(1));
    let mut changed = file.clone();
    let kind = changed.windows(4).position(|part| part == b"done").unwrap();
    changed[kind..kind + 4].copy_from_slice(b"asks");
    std::fs::write(bench.folder().join(format!("{}.age", name(3))), changed).unwrap();
    assert_eq!(bench.collect().await, dropped(1));

    // A photo from the page's machine is made anew at the desk, or refused.
    for (photo, done) in [(bomb(), dropped(1)), (jpeg(), recorded(1))] {
        let mut after = answer(&bench, &first, "cleo", Choice::AfterPhoto);
        after.photo = Some(photo.into());
        assert_eq!(bench.leave(&after, &key).await, done);
    }
    assert_eq!(team.book().answers_about(one).await.unwrap().len(), 2);

    // A report that was taken back: even its own key is no longer good.
    let mut desk = bench.desk();
    desk.batches.reports_minutes = 60;
    let third = partners::words("cleansing", "third");
    let preview = team.ann.preview(three, &third).await.unwrap();
    let reference = preview.report.reference.clone();
    let order = Order {
        digest: preview.digest,
        why: "",
        at_once: false,
    };
    team.ann.order(&desk, &reference, order).await.unwrap();
    team.ann.take_back(&reference).await.unwrap();
    let key = AnswerKey::parse(preview.report.answer_key.as_deref().unwrap()).unwrap();
    let late = answer(&bench, &reference, "cleo", Choice::Done);
    assert_eq!(bench.leave(&late, &key).await, dropped(1));
    assert!(team.book().answers_about(three).await.unwrap().is_empty());
    assert!(rows.iter().any(|row| row.action == Action::Answer.word()));
}
