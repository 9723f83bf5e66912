//! The dated basis of a letter under section 8 of the Misuse of Drugs Act: nothing in it leads to one
//! writer.

use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Draft;
use loke::desk::route::NotSent;
use loke::tip::{Priority, TipId};

use super::{Bench, open_as, tip};
use crate::house::partners::partner;

#[tokio::test]
async fn p15_a_section_8_basis_has_no_residents_words_and_no_code_whatever_the_reason() {
    let bench = Bench::new().await;
    let inbox = Way::Folder(bench.dir.join("inbox"));
    let legal = partner("legal", PartnerKind::Legal, &bench.cleansing, inbox);
    bench.add(&legal).await;
    let mut said = tip(TipId([6; 16]));
    said.what = "They swapped the lock on Tuesday and the old man is gone".into();
    said.priority = Priority::Routine;
    (said.thread, said.danger, said.child) = (None, None, None);
    bench.keep(&said).await;
    let draft = |text: &str| Draft {
        text: text.into(),
        photos: Vec::new(),
        section_eight: true,
        at_once: true,
        ..bench.draft("legal")
    };
    // Neither as written nor quoted, with the best of reasons.
    let as_written = Draft {
        as_written: true,
        why_own_words: "the court asked".into(),
        ..draft("")
    };
    let refused = bench.acting.preview(said.id, &as_written).await;
    assert!(matches!(refused, Err(NotSent::Traceable)), "{refused:?}");
    let quoted = draft("We were told that they swapped the lock on Tuesday.");
    let preview = bench.acting.preview(said.id, &quoted).await.unwrap();
    let refused = bench.order(&preview, "the court asked", true).await;
    assert!(matches!(refused, Err(NotSent::Traceable)), "{refused:?}");
    assert!(bench.inbox().is_empty());
    // Control: in the officer's words it leaves. Any other report to this partner has a code.
    for (of, has_code) in [(true, false), (false, true)] {
        let draft = Draft {
            section_eight: of,
            ..draft("The premises are used for drug dealing.")
        };
        let preview = bench.acting.preview(said.id, &draft).await.unwrap();
        bench.order(&preview, "", true).await.unwrap();
        bench.deliver().await;
        let reference = &preview.report.reference;
        let file = bench.dir.join(format!("inbox/{reference}.age"));
        let files = open_as(&bench.cleansing, &std::fs::read(file).unwrap());
        let json: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
        assert_eq!(json.get("answer_code").is_some(), has_code, "{json}");
        assert_eq!(json["kind"] == "section-8", of, "{json}");
        bench.clock.advance(86_400);
    }
}
