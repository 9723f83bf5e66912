//! The layout of the sheets: nothing outside the page or in a code's white border, nothing too
//! small to read, no crime in large letters.

use loke::desk::print::TextChannel;
use loke::print::fonts::Fonts;
use loke::print::paper::Mark;
use loke::tip::Topic;

use super::{Drawn, NUMBER, everything, pack};

/// Left, top, right, bottom of each piece of text, and its size.
fn pieces(drawn: &Drawn) -> Vec<([f32; 4], f32, &str)> {
    let marks = drawn.sheet.marks.iter();
    let text = marks.filter_map(|mark| match mark {
        Mark::Text { run, size, x, y } => Some((
            [*x, y - 0.75 * size, x + run.width * size, y + 0.25 * size],
            *size,
            run.text.as_str(),
        )),
        Mark::Boxes(_) => None,
    });
    text.collect()
}

#[test]
fn nothing_runs_off_a_page_or_into_a_codes_white_border() {
    let fonts = Fonts::load().unwrap();
    for drawn in everything(&fonts) {
        let (name, sheet) = (format!("{} {}", drawn.name, drawn.language), &drawn.sheet);
        assert_eq!(sheet.codes.len(), 1, "{name}");
        let [x, y, side, _] = sheet.codes[0];
        for ([left, top, right, bottom], _, text) in pieces(&drawn) {
            assert!(
                left > 3.0 && top > 2.0 && right < sheet.width - 3.0 && bottom < sheet.height - 2.0,
                "{name}: {text}"
            );
            let apart = right <= x + 0.1
                || left >= x + side - 0.1
                || bottom <= y + 0.1
                || top >= y + side - 0.1;
            assert!(apart, "{name}: {text} stands in the code's border");
        }
        assert!(pieces(&drawn).len() > 6, "{name}");
        // The control: the border is wider than the tolerance of the measurement.
        assert!(side > 40.0, "{name}");
    }
}

#[test]
fn no_text_is_too_small_to_read_and_the_bus_stops_code_measures_ten_centimetres() {
    let fonts = Fonts::load().unwrap();
    for drawn in everything(&fonts) {
        // 1 mm is 2.83 points: 10 points on a poster, 7 on a sheet to hold in the hand.
        let least = if drawn.name.starts_with("poster") {
            3.5
        } else {
            2.4
        };
        let smallest = pieces(&drawn)
            .iter()
            .map(|(_, size, _)| *size)
            .fold(f32::INFINITY, f32::min);
        assert!(
            smallest >= least,
            "{} {}: {smallest:.2} mm",
            drawn.name,
            drawn.language
        );
        if drawn.name == "bus-stop" {
            let [_, _, side, _] = drawn.sheet.codes[0];
            assert!((side * 29.0 / 37.0 - 100.0).abs() < 0.1, "{side}");
        }
    }
}

#[test]
fn no_large_line_names_a_crime() {
    let fonts = Fonts::load().unwrap();
    let crimes = [
        "drug", "deal", "crime", "police", "gang", "cuckoo", "tag", "graffiti", "weapon", "violen",
        "traffick", "slave", "exploit",
    ];
    let names_one = |text: &str| {
        crimes
            .iter()
            .any(|crime| text.to_lowercase().contains(crime))
    };
    let mut small = 0;
    for topic in Topic::ALL {
        for drawn in pack(&fonts, "en", *topic, None) {
            let large = match drawn.name.as_str() {
                "poster-a4" => 5.0,
                "poster-a3" => 7.0,
                _ => 3.2,
            };
            for (_, size, text) in pieces(&drawn) {
                assert!(
                    size < large || !names_one(text),
                    "{} {topic}: {text}",
                    drawn.name
                );
                small += usize::from(names_one(text));
            }
            // A sheet to take home names no signs either.
            let signs = drawn
                .sheet
                .words
                .iter()
                .any(|sentence| sentence == "What to look for");
            assert_eq!(
                signs,
                drawn.name.starts_with("poster") && *topic != Topic::Other,
                "{}",
                drawn.name
            );
        }
    }
    assert!(small > 0, "the search is blind");
}

#[test]
fn a_number_to_text_never_stands_without_what_texting_leaves_behind() {
    let fonts = Fonts::load().unwrap();
    let told = |drawn: &Drawn, sentence: &str| {
        drawn
            .sheet
            .words
            .iter()
            .any(|said| said.replace('\u{a0}', " ").contains(sentence))
    };
    let warnings = [
        "No answer will come. You do not need to send it twice.",
        "We do not read texts at night.",
        "The phone company knows that you sent us a text, when, and what it says.",
        "The text stays on your phone.",
        "It costs the same as a normal text.",
    ];
    let texts = TextChannel::read(NUMBER, true, false).unwrap();
    for drawn in pack(&fonts, "en", Topic::Drugs, Some(&texts)) {
        let number = told(&drawn, NUMBER);
        assert_eq!(
            number,
            drawn.name.starts_with("poster") || drawn.name.starts_with("card"),
            "{}",
            drawn.name
        );
        assert!(
            warnings
                .iter()
                .all(|sentence| told(&drawn, sentence) == number),
            "{}",
            drawn.name
        );
        assert!(
            told(&drawn, "Is someone in danger now? Call 999."),
            "{}",
            drawn.name
        );
        let code = drawn
            .sheet
            .words
            .iter()
            .filter(|said| said.contains(drawn.code.as_str()) && !said.contains('/'))
            .count();
        // Beside the address, and as the keyword.
        assert_eq!(code, if number { 2 } else { 1 }, "{}", drawn.name);
    }
    // If texts are answered, only the sentence that no answer comes is left out.
    let answered = TextChannel::read(NUMBER, true, true).unwrap();
    for drawn in pack(&fonts, "en", Topic::Drugs, Some(&answered)) {
        assert!(!told(&drawn, warnings[0]), "{}", drawn.name);
        assert!(
            warnings[1..]
                .iter()
                .all(|sentence| told(&drawn, sentence) == told(&drawn, NUMBER)),
            "{}",
            drawn.name
        );
    }
    for drawn in pack(&fonts, "en", Topic::Drugs, None) {
        assert!(
            !warnings.iter().any(|sentence| told(&drawn, sentence)) && !told(&drawn, "text"),
            "{}",
            drawn.name
        );
    }
}
