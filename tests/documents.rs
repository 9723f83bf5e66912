//! The documents for partners (`loke::desk::documents`): other programs read them, and they contain
//! what the report says and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use loke::desk::documents::{Rendered, Wordings, render};
use loke::desk::report::{Kind, Messages, Report, SCHEMA, Target};
use loke::photo::clean_now;
use loke::tip::Priority;
use zeroize::Zeroizing;

use crate::house::skip::skipped;
use crate::photo::make;

const POLISH: &str = "Ktoś powiedział: „Zażółć gęślą jaźń, żyją tu źli ludzie”.";
const CHINESE: &str = "他说：每天晚上都有陌生人进出那间公寓，门锁被换了。";
const ARABIC: &str = "قال: يدخل الغرباء إلى الشقة كل ليلة.";

/// A report with every field.
fn report(kind: Kind) -> Report {
    Report {
        schema: SCHEMA,
        reference: "4f3a9b21c07de586".into(),
        from: "Norwich City Council, ABATE".into(),
        to: "Police intelligence unit".into(),
        day: "2026-11-28".into(),
        kind,
        text: format!("Two men carry boxes in.\n{POLISH}\n{ARABIC}\n{CHINESE}"),
        priority: Some(Priority::Soon),
        target: (kind == Kind::WorkOrder).then_some(Target::Usual),
        due: (kind == Kind::WorkOrder).then(|| "2026-12-18".into()),
        place: Some("Larkman Lane, the flats by the shop".into()),
        grade: Some("Source 2, untested. Assessment D, not known.".into()),
        handling: Some("C, with the conditions below".into()),
        conditions: Some("Do not visit neighbours. Ask before you act.".into()),
        safety: vec!["Needles were seen.".into(), "Go in pairs.".into()],
        work: vec!["It is in a planned target area.".into()],
        ask: Some("Compare it with what you have, and tell us the outcome.".into()),
        answers: None,
        replaces: Some("0123456789abcdef".into()),
        messages: (kind == Kind::SectionEight).then(|| Messages {
            count: 3,
            first_day: "2026-09-01".into(),
            last_day: "2026-11-20".into(),
        }),
        marking: None,
        delete_by: None,
        answer_code: Some("KESTREL 4417 0932".into()),
        answer_key: None,
        answer_to: None,
    }
}

fn made(report: &Report, photos: &[Vec<u8>]) -> Rendered {
    render(report, photos, Wordings::built_in()).unwrap()
}

/// A PDF in a file of its own.
fn file(folder: &Path, pdf: &[u8]) -> PathBuf {
    let path = folder.join("report.pdf");
    std::fs::write(&path, pdf).unwrap();
    path
}

/// The output of a program about a PDF; `None` if there is no such program.
pub(crate) fn told(program: &str, args: &[&str]) -> Option<String> {
    let Ok(out) = Command::new(program).args(args).output() else {
        skipped!("there is no {program} on this machine");
        return None;
    };
    let said = String::from_utf8_lossy(&[out.stdout.as_slice(), &out.stderr].concat()).into_owned();
    assert!(out.status.success(), "{program} {args:?}: {said}");
    Some(said)
}

/// The text of a PDF in reading order.
pub(crate) fn text_of(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), pdf);
    let path = path.to_str().unwrap();
    told("pdftotext", &["-raw", "-enc", "UTF-8", path, "-"])
}

/// Without spaces and marks of direction, which a reader may change.
pub(crate) fn squeezed(text: &str) -> String {
    let is_mark = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    text.chars()
        .filter(|c| !c.is_whitespace() && !is_mark(*c))
        .collect()
}

/// The texts of a report that a reader must find, without the Arabic one.
fn fields(report: &Report) -> Vec<String> {
    let mut fields = vec![
        report.reference.clone(),
        report.from.clone(),
        report.to.clone(),
        "28 November 2026".to_owned(),
        "Soon".to_owned(),
        POLISH.to_owned(),
        CHINESE.to_owned(),
    ];
    let rest = [
        &report.place,
        &report.grade,
        &report.handling,
        &report.conditions,
        &report.ask,
        &report.answer_code,
    ];
    fields.extend(rest.into_iter().flatten().cloned());
    fields.extend(report.safety.iter().chain(&report.work).cloned());
    fields
}

#[test]
fn p15_each_document_says_every_field_in_a_pdf_and_in_text() {
    let sentences = [
        (
            Kind::Intelligence,
            "Crimestoppers included. Do not count it as corroboration.",
        ),
        (Kind::Intelligence, "The police grade this report."),
        (
            Kind::WorkOrder,
            "Remove it within 14 working days, by 18 December 2026.",
        ),
        (Kind::WorkOrder, "only with the owner's consent"),
        (Kind::Safeguarding, "In danger now? Ring 999."),
        (Kind::Licensing, "fit and proper"),
        (Kind::Report, "Check it before you act."),
        (Kind::SectionEight, "1 September 2026"),
        (Kind::SectionEight, "20 November 2026"),
        (Kind::Withdrawal, "This withdraws report 0123456789abcdef."),
        (Kind::Correction, "This corrects report 0123456789abcdef."),
        (Kind::Intelligence, "Date or period of the information"),
        (Kind::Intelligence, "Risk to the person"),
    ];
    for kind in Kind::ALL.iter().copied() {
        let report = report(kind);
        let Rendered { pdf, text, csv } = made(&report, &[]);
        let Some(printed) = text_of(&pdf) else {
            return;
        };
        let pages = printed.matches("Page ").count();
        for (name, found) in [("pdf", squeezed(&printed)), ("text", squeezed(&text))] {
            for field in fields(&report) {
                assert!(
                    found.contains(&squeezed(&field)),
                    "{kind} {name}: {field}\n{found}"
                );
            }
            let of_kind = sentences.iter().filter(|(of, _)| *of == kind);
            for (_, sentence) in of_kind {
                assert!(
                    found.contains(&squeezed(sentence)),
                    "{kind} {name}: {sentence}"
                );
            }
            let reference = found.matches(&report.reference).count();
            assert!(
                reference > 1,
                "{kind} {name}: the sentence how to answer has it"
            );
            assert!(found.contains("OFFICIAL"), "{kind} {name}");
            // The basis of a letter is kept until the review after a year, and has no answer code.
            let is_basis = kind == Kind::SectionEight;
            let kept = if is_basis {
                "2 January 2028"
            } else {
                "28 November 2027"
            };
            assert!(found.contains(&squeezed(kept)), "{kind} {name}: kept until");
            assert_eq!(
                found.contains(&squeezed("26 February 2027")),
                !is_basis,
                "{kind} {name}: answer until"
            );
            assert!(
                !found.contains('{') && !found.contains("heron"),
                "{kind} {name}"
            );
        }
        assert!(text.contains(ARABIC), "{kind}");
        // Poppler may reverse a ligature, but not every word.
        assert!(
            printed.contains("الغرباء") || printed.contains("الشقة"),
            "{kind}: {printed}"
        );
        // The marking is at the top and the bottom of each page, recipient and reference at the top.
        let marking = if kind == Kind::WorkOrder {
            "OFFICIAL"
        } else {
            "OFFICIAL-SENSITIVE"
        };
        let lines = printed.lines().filter(|line| line.trim() == marking);
        assert_eq!(lines.count(), 2 * pages, "{kind}: {printed}");
        let top = printed.matches("To: Police intelligence unit").count();
        assert!(top >= pages && printed.matches("Reference: ").count() >= pages);
        assert!(csv.contains("4f3a9b21c07de586") && csv.contains(CHINESE));
        assert!(
            csv.contains("marking,delete_by") && csv.contains("OFFICIAL"),
            "{csv}"
        );
        assert!(
            !csv.contains("KESTREL"),
            "no answer code goes into other systems"
        );
    }
}

/// A crew reads when it must be done, and not when something else must.
#[test]
fn a_work_order_says_the_target_that_applies_and_no_other() {
    for (target, due, says, others) in [
        (
            Some(Target::Urgent),
            Some("2026-11-28"),
            "remove it within 2 hours, on 28 November 2026.",
            vec!["14 working days", "The police hold it"],
        ),
        (
            Some(Target::Usual),
            Some("2026-12-18"),
            "Remove it within 14 working days, by 18 December 2026.",
            vec!["2 hours", "The police hold it"],
        ),
        (
            Some(Target::OnRelease),
            None,
            "Remove it when they release it.",
            vec!["2 hours", "14 working days"],
        ),
        // A partner that may not have the urgency.
        (None, None, "remove it within 2 hours.", vec!["{due}"]),
    ] {
        let order = Report {
            target,
            due: due.map(str::to_owned),
            ..report(Kind::WorkOrder)
        };
        let text = made(&order, &[]).text;
        assert!(text.contains(says), "{target:?}: {text}");
        for other in others {
            assert!(!text.contains(other), "{target:?}, {other}: {text}");
        }
    }
}

/// The letter names a general address: the council's own wording has it, and a sheet without it a blank.
#[test]
fn the_sheet_of_a_section_8_letter_has_the_councils_address_or_a_blank() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("rules/documents");
    std::fs::create_dir_all(&own).unwrap();
    let shipped = include_str!("../rules/documents/section-8.toml");
    let changed = shipped.replace("# address = ", "address = ");
    std::fs::write(own.join("section-8.toml"), changed).unwrap();
    let wordings = Wordings::read(folder.path()).unwrap();
    let sheet = report(Kind::SectionEight);
    let text = |wordings: &Wordings| {
        let rendered = render(&sheet, &[] as &[Vec<u8>], wordings);
        squeezed(&rendered.unwrap().text)
    };
    let label = squeezed("General address for information");
    for (wordings, has_address) in [(Wordings::built_in(), false), (&wordings, true)] {
        let text = text(wordings);
        assert!(text.contains(&label), "{text}");
        let address = squeezed("The council's own address");
        assert_eq!(text.contains(&address), has_address, "{text}");
    }
}

#[test]
fn p15_a_field_that_is_absent_leaves_no_heading() {
    let whole = report(Kind::Intelligence);
    let labels = |report: &Report| {
        let rendered = made(report, &[]);
        let both = [text_of(&rendered.pdf).unwrap_or_default(), rendered.text];
        both.map(|text| {
            let labels = [
                "Urgency",
                "Place",
                "Proposed grade",
                "Handling code",
                "Conditions",
                "Safety",
                "We ask you to",
                "How to answer",
                "Photos",
            ];
            labels
                .into_iter()
                .filter(|label| text.contains(label))
                .collect::<Vec<_>>()
        })
    };
    let [pdf, text] = labels(&whole);
    assert_eq!(text.len(), 8, "the control: {text:?}");
    if pdf.is_empty() {
        return;
    }
    assert_eq!(pdf, text, "the control");
    let bare = Report {
        priority: None,
        place: None,
        grade: None,
        handling: Some("  ".into()),
        conditions: Some(String::new()),
        safety: vec![],
        work: vec![],
        ask: None,
        answers: None,
        answer_code: None,
        ..whole
    };
    assert_eq!(labels(&bare), [Vec::<&str>::new(), Vec::new()]);
}

#[test]
fn p15_fonts_are_embedded_and_two_renders_are_equal_byte_for_byte() {
    let photo = clean_now(Zeroizing::new(make::dirty_jpeg())).unwrap();
    let photos = [photo.jpeg.clone(), photo.jpeg.clone()];
    let folder = tempfile::tempdir().unwrap();
    for kind in Kind::ALL.iter().copied() {
        let report = report(kind);
        let (one, other) = (made(&report, &photos), made(&report, &photos));
        assert!(one == other, "{kind}");
        let path = file(folder.path(), &one.pdf);
        let path = path.to_str().unwrap();
        let Some(fonts) = told("pdffonts", &[path]) else {
            return;
        };
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(rows.len() >= 3, "{fonts}");
        for row in rows {
            let columns: Vec<&str> = row.split_whitespace().rev().take(5).collect();
            assert_eq!(columns[4], "yes", "not embedded: {row}");
        }
        let about = told("pdfinfo", &["-isodates", path]).unwrap();
        assert!(
            about.contains("Tagged:") && !about.contains("CreationDate"),
            "{about}"
        );
        let structure = told("pdfinfo", &["-struct", path]).unwrap();
        for tag in ["H1", "H2", "Lbl", "LBody", "Figure"] {
            assert!(structure.contains(tag), "{kind}: no {tag}\n{structure}");
        }
        // The photo in the PDF is the photo, and nothing of its file is beside it.
        let root = folder.path().join("image");
        told("pdfimages", &["-all", path, root.to_str().unwrap()]);
        let image = std::fs::read(folder.path().join("image-000.jpg")).unwrap();
        assert!(image == photo.jpeg, "{kind}");
        assert!(memchr::memmem::find(&one.pdf, make::CANARY).is_none());
        is_accessible(path);
    }
    assert!(
        render(
            &report(Kind::Report),
            &[b"GIF89a".to_vec()],
            Wordings::built_in()
        )
        .is_err()
    );
}

/// The basics of PDF/UA (ISO 14289-1): a title that is shown, a language, marked content, and an order of
/// reading.
fn is_accessible(path: &str) {
    let about = told("pdfinfo", &[path]).unwrap();
    let title = about.lines().find_map(|line| line.strip_prefix("Title:"));
    assert!(!title.unwrap().trim().is_empty(), "{about}");
    let structure = told("pdfinfo", &["-struct-text", path]).unwrap();
    let said: String = structure
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'))
        .collect();
    let said = squeezed(&said);
    let mut at = 0;
    for part in [
        "Go in pairs.",
        "Two men carry boxes in.",
        "Compare it with what you have",
        "Do not visit neighbours.",
        "Photo 1 of 2",
        "Photo 2 of 2",
    ] {
        let found = said[at..].find(&squeezed(part));
        assert!(
            found.is_some(),
            "\"{part}\" is not read in its place: {said}"
        );
        at += found.unwrap();
    }
    if Command::new("qpdf").arg("--version").output().is_err() {
        skipped!("there is no qpdf on this machine");
        return;
    }
    told("qpdf", &["--check", path]);
    let objects = told("qpdf", &["--json", path]).unwrap();
    for basic in [
        "\"/Lang\": \"u:en",
        "\"/Marked\": true",
        "\"/DisplayDocTitle\": true",
        "\"/StructTreeRoot\": ",
    ] {
        assert!(objects.contains(basic), "{basic}: {objects}");
    }
}

#[test]
fn p15_a_long_or_hostile_text_is_whole_on_numbered_pages() {
    let mut long = report(Kind::Report);
    let words: Vec<String> = (0..2_400).map(|n| format!("word{n}")).collect();
    long.text = words.join(" ");
    let rendered = made(&long, &[]);
    let Some(printed) = text_of(&rendered.pdf) else {
        return;
    };
    let pages = printed.matches(" of ").count();
    assert!(pages >= 4, "{pages} pages");
    for number in 1..=4 {
        assert!(printed.contains(&format!("Page {number} of ")), "{number}");
    }
    let found = squeezed(&printed);
    let missing = words.iter().filter(|word| !found.contains(word.as_str()));
    assert_eq!(missing.count(), 0);

    let mut hostile = report(Kind::Report);
    hostile.text = format!(
        "safe \u{202e}desrever\u{202c} \u{0} \u{7}bell\tand 😀 and \u{e000} {}\n\n\n{}",
        "x".repeat(3_000),
        "\u{5d0}\u{5d1} \u{1100}"
    );
    hostile.place = Some("=HYPERLINK(\"http://x\")".into());
    hostile.to = "a very long name of a partner ".repeat(20);
    let rendered = made(&hostile, &[]);
    let printed = text_of(&rendered.pdf).unwrap();
    for there in ["[U+1F600]", "[U+E000]", "desrever", "bell and", "[U+05D0]"] {
        assert!(printed.contains(there), "{there}: {printed}");
    }
    assert!(squeezed(&printed).matches('x').count() >= 3_000);
    assert!(!printed.contains('\u{202e}'));
    assert!(rendered.csv.contains("'=HYPERLINK"), "{}", rendered.csv);
}

#[test]
fn a_councils_wording_replaces_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let built_in = Wordings::read(folder.path()).unwrap();
    assert_eq!(&built_in, Wordings::built_in());
    let own = folder.path().join("rules/documents");
    std::fs::create_dir_all(&own).unwrap();
    let shipped = include_str!("../rules/documents/report.toml");
    let changed = shipped.replace(
        "title = \"Report\"",
        "title = \"A word from the Guildhall\"",
    );
    std::fs::write(own.join("report.toml"), &changed).unwrap();
    let wordings = Wordings::read(folder.path()).unwrap();
    let text = |kind| {
        render(&report(kind), &[] as &[Vec<u8>], &wordings)
            .unwrap()
            .text
    };
    assert!(text(Kind::Report).contains("A word from the Guildhall"));
    assert!(!text(Kind::Licensing).contains("A word from the Guildhall"));
    std::fs::write(
        own.join("report.toml"),
        changed.replace("[labels]", "[labels"),
    )
    .unwrap();
    let error = Wordings::read(folder.path()).unwrap_err();
    assert!(error.to_string().contains("report.toml, line "), "{error}");
}

/// A number that changes must change on the sheet and in the brief.
#[test]
fn the_numbers_of_the_sheet_for_a_call_are_those_of_the_brief() {
    let sheet = include_str!("../rules/documents/safeguarding.toml");
    let brief = include_str!("../rules/welfare.toml");
    let numbers: Vec<&str> = sheet
        .split(|c: char| !c.is_ascii_digit() && c != ' ')
        .map(str::trim)
        .filter(|number| number.len() > 9 && number.starts_with('0'))
        .collect();
    assert_eq!(numbers.len(), 4, "{numbers:?}");
    for number in numbers {
        assert!(
            brief.contains(&format!("number = \"{number}\"")),
            "{number}"
        );
    }
}
