//! PDFs that a program can read aloud: title, language, headings, lists and pictures with words, in
//! reading order.

use std::path::Path;

use loke::desk::print::TextChannel;
use loke::print::fonts::Fonts;
use loke::print::paper::{Language, Paper, Style};
use loke::print::pdf;
use loke::print::sheet::Role;

use super::{Drawn, NUMBER, Print, output, there_is};

/// The output of pdfinfo with this option. It copies the titles of headings as the file has them,
/// and those that are not Latin are UTF-16 there.
fn info(pdf: &Path, option: &str) -> String {
    String::from_utf8_lossy(&output("pdfinfo", &[option, pdf.to_str().unwrap()])).into_owned()
}

/// How often an element is in the structure.
fn count(structure: &str, element: &str) -> usize {
    let lines = structure.lines().map(str::trim_start);
    let rest = lines.filter_map(|line| line.strip_prefix(element));
    rest.filter(|rest| rest.is_empty() || rest.starts_with([' ', '"', '(', ':']))
        .count()
}

fn sheets(fonts: &Fonts, languages: &str) -> Vec<Drawn> {
    let texts = TextChannel::read(NUMBER, true, false).unwrap();
    let print = Print {
        texts: Some(&texts),
        ..Print::default()
    };
    print.sheets(fonts, languages)
}

#[test]
fn every_pdf_is_tagged_with_headings_lists_and_words_for_pictures() {
    if !there_is("pdfinfo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fonts = Fonts::load().unwrap();
    for languages in ["en", "pl", "ar", "zh", "en-pl", "en-ar"] {
        for drawn in sheets(&fonts, languages) {
            let (file, _) = drawn.write(&fonts, folder.path());
            let name = drawn.title();
            let about = info(&file, "-meta");
            assert!(about.contains("pdfuaid:part"), "{name}: {about}");
            let about = info(&file, "-isodates");
            let tagged = about
                .lines()
                .any(|line| line.starts_with("Tagged:") && line.ends_with("yes"));
            assert!(tagged, "{name}: {about}");
            let title = drawn.sheet.title().replace('\u{a0}', " ");
            assert!(
                about.replace('\u{a0}', " ").contains(&title),
                "{name}: {about}"
            );
            let structure = info(&file, "-struct");
            let pair = languages.contains('-');
            let titles = if pair { 2 } else { 1 };
            assert_eq!(count(&structure, "H1"), titles, "{name}: {structure}");
            // The crest and the code.
            assert_eq!(count(&structure, "Figure"), 2, "{name}: {structure}");
            if drawn.name.starts_with("poster") {
                assert!(count(&structure, "H2") >= 3 * titles, "{name}: {structure}");
                assert_eq!(
                    count(&structure, "L"),
                    count(&structure, "H2"),
                    "{name}: {structure}"
                );
            }
            let items = drawn
                .sheet
                .pieces
                .iter()
                .filter(|piece| piece.role == Role::Item);
            assert_eq!(
                count(&structure, "LI"),
                items.count(),
                "{name}: {structure}"
            );
        }
    }
}

#[test]
fn the_structure_reads_the_sentences_in_order_and_one_language_after_the_other() {
    if !there_is("pdfinfo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fonts = Fonts::load().unwrap();
    let read_aloud = |drawn: &Drawn| -> String {
        let (file, _) = drawn.write(&fonts, folder.path());
        let text = info(&file, "-struct-text");
        // Only the text: in quotation marks, a line each.
        let said = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'));
        said.collect::<String>().replace('\u{a0}', " ")
    };
    let poster = &sheets(&fonts, "en")[0];
    let said = read_aloud(poster);
    let mut at = 0;
    for sentence in [
        "Norwich City Council",
        "Norfolk Constabulary",
        "Something not right near you?",
        "Tell us. You do not have to say who you are.",
        "Your message goes to the council and the police. One team there reads it.",
        "Scan this with your phone camera",
        "You do not have to do it here. Do it later, where you feel safe.",
        "Is someone in danger now? Call 999.",
        "What to look for",
        "Many people come and go at odd hours",
        "Or send a text",
        "The phone company knows that you sent us a text, when, and what it says.",
    ] {
        let found = said[at..].find(sentence);
        assert!(
            found.is_some(),
            "\"{sentence}\" is not read in its place: {said}"
        );
        at += found.unwrap();
    }
    assert!(!said.contains("DRAFT") && !said.contains("A sentence that stands on no sheet"));
    let both = read_aloud(&sheets(&fonts, "en-pl")[0]);
    let english = both.find("Modern Slavery Helpline, 08000 121 700").unwrap();
    let polish = both
        .find("W okolicy dzieje się coś niepokojącego?")
        .unwrap();
    assert!(english < polish, "{both}");
}

#[test]
fn the_structure_has_each_sentence_from_right_to_left_in_reading_order() {
    let fonts = Fonts::load().unwrap();
    // UTF-16 with its mark (ISO 32000-1, 7.9.2.2), as the file has it.
    let stored = |words: &str| -> String {
        let units = words.replace('\u{a0}', " ");
        let units = units.encode_utf16().map(|unit| format!("{unit:04X}"));
        format!("/ActualText<FEFF{}>", units.collect::<String>())
    };
    for (languages, some) in [("ar", true), ("en", false)] {
        for drawn in sheets(&fonts, languages) {
            let file = String::from_utf8_lossy(&drawn.pdf(&fonts)).into_owned();
            let spoken = drawn.sheet.pieces.iter().filter(|piece| {
                piece.right_to_left && !matches!(piece.role, Role::Figure | Role::Decoration)
            });
            let mut sentences = 0;
            for piece in spoken {
                assert!(file.contains(&stored(&piece.words)), "{}", piece.words);
                sentences += 1;
            }
            assert_eq!(sentences > 3, some, "{}", drawn.title());
            assert_eq!(
                file.matches("/ActualText").count(),
                sentences,
                "{}",
                drawn.title()
            );
        }
    }
}

#[test]
fn a_sheet_that_cannot_be_read_aloud_is_not_written() {
    let fonts = Fonts::load().unwrap();
    let page = |title: &str| {
        Paper::fit(
            &fonts,
            Language::ENGLISH,
            false,
            (50.0, 50.0),
            50.0,
            |paper| paper.write(5.0, 5.0, 40.0, Style::plain(5.0).title(), title),
        )
    };
    assert!(pdf::of(&fonts, &[page("Rain")]).is_ok(), "the control");
    // No font has a glyph for it, so nobody can read it.
    assert!(pdf::of(&fonts, &[page("☃")]).is_err());
    assert!(pdf::of(&fonts, &[]).is_err());
}
