//! The layout of the sheets: nothing outside the page or in a code's white border, nothing that
//! touches, no last line of one word, nothing too small to read, no crime in large letters.

use loke::desk::print::TextChannel;
use loke::desk::print::sender::Sender;
use loke::print::fonts::Fonts;
use loke::print::paper::{Language, Paper, Style};
use loke::print::sheet::{Mark, Role, Sheet};
use loke::tip::Topic;

use super::{Drawn, NUMBER, Print, everything, pack, sender};

/// Left, top, right, bottom of each piece of text, and its size.
fn pieces(sheet: &Sheet) -> Vec<([f32; 4], f32, &str)> {
    let text = sheet.marks().filter_map(|mark| match mark {
        Mark::Text { run, size, x, y } => Some((
            [*x, y - 0.75 * size, x + run.width * size, y + 0.25 * size],
            *size,
            run.text.as_str(),
        )),
        _ => None,
    });
    text.collect()
}

/// The box around each line of each sentence, and each logo.
fn boxes(sheet: &Sheet) -> Vec<([f32; 4], String)> {
    let mut found = Vec::new();
    for piece in sheet
        .pieces
        .iter()
        .filter(|piece| piece.role != Role::Stamp)
    {
        for line in &piece.lines {
            let around = line.marks.iter().filter_map(|mark| match mark {
                Mark::Text { run, size, x, y } => {
                    Some([*x, y - 0.75 * size, x + run.width * size, y + 0.25 * size])
                }
                Mark::Logo(_, [x, y, width, height]) => Some([*x, *y, x + width, y + height]),
                _ => None,
            });
            let around = around.reduce(|a, b| {
                [
                    a[0].min(b[0]),
                    a[1].min(b[1]),
                    a[2].max(b[2]),
                    a[3].max(b[3]),
                ]
            });
            found.extend(around.map(|around| (around, line.text.clone())));
        }
    }
    found
}

/// The pairs of lines that touch: nearer than half a millimetre from left to right, or one on the
/// other.
fn touching(sheet: &Sheet) -> Vec<(String, String)> {
    let boxes = boxes(sheet);
    let mut found = Vec::new();
    for (n, (a, first)) in boxes.iter().enumerate() {
        for (b, second) in &boxes[n + 1..] {
            let beside = a[0] - 0.5 < b[2] && b[0] - 0.5 < a[2];
            if beside && a[1] < b[3] && b[1] < a[3] {
                found.push((first.clone(), second.clone()));
            }
        }
    }
    found
}

#[test]
fn no_two_texts_and_no_logo_touch() {
    let fonts = Fonts::load().unwrap();
    for drawn in everything(&fonts) {
        let touching = touching(&drawn.sheet);
        assert!(touching.is_empty(), "{}: {touching:?}", drawn.title());
        // A bus stop has the fewest: two names and a crest, the code's address, four sentences.
        assert!(boxes(&drawn.sheet).len() >= 8, "{}", drawn.title());
    }
    // The control: a label and its value without a space between, as they once were.
    let touches = Paper::fit(
        &fonts,
        Language::ENGLISH,
        false,
        (100.0, 20.0),
        20.0,
        |paper| {
            let label = "Start the text with this code:";
            let (wide, _) = paper.measure(Style::plain(4.0), label);
            paper.write(5.0, 5.0, wide + 1.0, Style::plain(4.0), label);
            paper.write(5.0 + wide, 5.0, 30.0, Style::plain(5.0).address(), "B7W6PK")
        },
    );
    assert_eq!(touching(&touches).len(), 1);
}

/// Whether the last of these lines has one word, or up to three characters in a script without
/// spaces.
fn ends_in_one_word(lines: &[&str]) -> bool {
    let Some(last) = lines.last().filter(|_| lines.len() > 1) else {
        return false;
    };
    let chinese = last.chars().any(|c| matches!(c, '\u{2e80}'..='\u{9fff}'));
    if chinese {
        last.chars().count() < 4
    } else {
        last.split_whitespace().count() < 2
    }
}

#[test]
fn no_sentence_ends_in_a_line_of_one_word() {
    let fonts = Fonts::load().unwrap();
    let (mut broken, mut alone) = (0, Vec::new());
    for drawn in everything(&fonts) {
        for piece in &drawn.sheet.pieces {
            let lines: Vec<&str> = piece
                .lines
                .iter()
                .map(|line| line.text.as_str())
                .filter(|text| !text.is_empty())
                .collect();
            if ends_in_one_word(&lines) {
                alone.push(format!("{}: {lines:?}", drawn.title()));
            }
            broken += usize::from(lines.len() > 1);
        }
    }
    assert_eq!(alone, Vec::<String>::new());
    assert!(broken > 300, "{broken}");
    assert!(
        ends_in_one_word(&["where you feel", "safe."]) && ends_in_one_word(&["您附近有", "吗？"]),
        "the control"
    );
}

#[test]
fn a_headline_breaks_by_sense() {
    let fonts = Fonts::load().unwrap();
    let headline = |drawn: &Drawn| -> Vec<String> {
        let piece = drawn
            .sheet
            .pieces
            .iter()
            .find(|piece| piece.role == Role::Heading(1));
        let lines = piece.unwrap().lines.iter();
        lines.map(|line| line.text.replace('\u{a0}', " ")).collect()
    };
    let expected: [(&str, &[&str]); 4] = [
        ("en", &["Something not right", "near you?"]),
        ("pl", &["W okolicy dzieje się", "coś niepokojącego?"]),
        ("es", &["¿Pasa algo malo", "cerca de usted?"]),
        ("hu", &["Valami nincs rendben", "a közelben?"]),
    ];
    for (language, lines) in expected {
        for drawn in Print::default().sheets(&fonts, language) {
            let said = headline(&drawn);
            assert!(
                said == lines || said.len() == 1,
                "{}: {said:?}",
                drawn.title()
            );
        }
    }
    let two = &Print::default().sheets(&fonts, "en-pl")[0];
    assert_eq!(headline(two), ["Something not right", "near you?"]);
    // The control: without the joined words this column breaks elsewhere.
    let plain = Paper::fit(
        &fonts,
        Language::ENGLISH,
        false,
        (89.0, 60.0),
        60.0,
        |paper| {
            paper.write(
                0.0,
                0.0,
                89.0,
                Style::plain(9.0).title(),
                "Something not right near you?",
            )
        },
    );
    assert_eq!(plain.pieces[0].lines[0].text, "Something not");
}

#[test]
fn the_lower_half_of_the_a4_poster_has_few_lines_in_letters_of_14_points() {
    let fonts = Fonts::load().unwrap();
    let texts = TextChannel::read(NUMBER, true, false).unwrap();
    for (topic, sender) in [
        (Topic::Cuckooing, sender()),
        (Topic::Drugs, Sender::default()),
    ] {
        let print = Print {
            topic,
            texts: Some(&texts),
            sender,
            ..Print::default()
        };
        let poster = &print.sheets(&fonts, "en")[0];
        let half = poster.sheet.height / 2.0;
        let lines = boxes(&poster.sheet)
            .iter()
            .filter(|([_, top, ..], _)| *top > half)
            .count();
        let smallest = pieces(&poster.sheet)
            .iter()
            .map(|(_, size, _)| *size)
            .fold(f32::INFINITY, f32::min);
        println!("{topic}: {lines} lines in the lower half, smallest letters {smallest:.2} mm");
        // It was 43 lines, the smallest of 3.7 mm. A point is 0.353 mm.
        assert!(
            lines <= 38 && smallest >= 4.8,
            "{topic}: {lines}, {smallest}"
        );
    }
}

#[test]
fn nothing_runs_off_a_page_or_into_a_codes_white_border() {
    let fonts = Fonts::load().unwrap();
    for drawn in everything(&fonts) {
        let (name, sheet) = (drawn.title(), &drawn.sheet);
        assert_eq!(sheet.codes.len(), 1, "{name}");
        let [x, y, side, _] = sheet.codes[0];
        for ([left, top, right, bottom], text) in boxes(sheet) {
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
        let frames = sheet
            .pieces
            .iter()
            .filter(|piece| piece.role == Role::Decoration)
            .flat_map(|piece| piece.lines.iter().flat_map(|line| &line.marks));
        for frame in frames {
            let Mark::Boxes(edges) = frame else { continue };
            for [left, top, width, height] in edges {
                let apart = left + width <= x
                    || *left >= x + side
                    || top + height <= y
                    || *top >= y + side - 0.01;
                assert!(apart, "{name}: a frame stands in the code's border");
            }
        }
        assert!(pieces(sheet).len() > 6, "{name}");
        // The control: the border is wider than the tolerance of the measurement.
        assert!(side > 38.0, "{name}");
    }
}

#[test]
fn no_text_is_too_small_to_read_and_the_bus_stops_code_measures_ten_centimetres() {
    let fonts = Fonts::load().unwrap();
    let mut smallest_of = std::collections::BTreeMap::new();
    for drawn in everything(&fonts) {
        // 1 mm is 2.83 points: 10 points on a poster, 7 on a sheet to hold in the hand.
        let least = match drawn.name.as_str() {
            "poster-a4" | "poster-a3" if drawn.language.contains('-') => 3.3,
            "poster-a4" | "poster-a3" => 4.2,
            "poster-a5" => 2.6,
            _ => 2.4,
        };
        let smallest = pieces(&drawn.sheet)
            .iter()
            .map(|(_, size, _)| *size)
            .fold(f32::INFINITY, f32::min);
        let both = if drawn.language.contains('-') {
            "two languages"
        } else {
            "one"
        };
        let kept = smallest_of
            .entry((drawn.name.clone(), both))
            .or_insert((smallest, String::new()));
        if smallest <= kept.0 {
            *kept = (smallest, drawn.language.clone());
        }
        assert!(smallest >= least, "{}: {smallest:.2} mm", drawn.title());
        if drawn.name == "bus-stop" {
            let [_, _, side, _] = drawn.sheet.codes[0];
            assert!((side * 29.0 / 37.0 - 100.0).abs() < 0.1, "{side}");
        }
    }
    println!("smallest letters in mm: {smallest_of:?}");
}

#[test]
fn every_sheet_has_a_paper_size() {
    let fonts = Fonts::load().unwrap();
    let sizes = [
        (297.0, 420.0),
        (210.0, 297.0),
        (148.0, 210.0),
        (105.0, 148.0),
        (74.0, 105.0),
    ];
    for drawn in everything(&fonts) {
        let size = (drawn.sheet.width, drawn.sheet.height);
        assert!(sizes.contains(&size), "{}: {size:?}", drawn.title());
    }
}

#[test]
fn names_and_logo_stand_above_the_headline_of_every_sheet() {
    let fonts = Fonts::load().unwrap();
    let logos = |drawn: &Drawn| -> Vec<[f32; 4]> {
        let marks = drawn.sheet.marks();
        marks
            .filter_map(|mark| match mark {
                Mark::Logo(_, at) => Some(*at),
                _ => None,
            })
            .collect()
    };
    for drawn in everything(&fonts) {
        let words = drawn.sheet.words();
        let at = |said: &str| words.iter().position(|words| *words == said);
        let (council, police) = (at("Norwich City Council"), at("Norfolk Constabulary"));
        let title = drawn.sheet.title();
        assert!(
            council < police && council.is_some() && police < at(&title),
            "{}: {words:?}",
            drawn.title()
        );
        let found = logos(&drawn);
        let [[_, y, width, height]] = found[..] else {
            panic!("{}: {} logos", drawn.title(), found.len());
        };
        // The crest is 56 by 76 units, and is drawn in its proportions.
        assert!(
            (width / height - 56.0 / 76.0).abs() < 0.01,
            "{}",
            drawn.title()
        );
        assert!(
            y < drawn.sheet.height / 8.0 && height > 6.0,
            "{}",
            drawn.title()
        );
    }
    // The control: without a sender there is neither.
    for drawn in pack(&fonts, "en", Topic::Drugs, None) {
        assert!(logos(&drawn).is_empty());
        assert!(!drawn.sheet.words().contains(&"Norwich City Council"));
    }
}

/// Whether the QR code leaves most of a stamp: two of them above and below it, or one whose middle
/// it does not cover.
fn is_legible(sheet: &Sheet) -> bool {
    let [x, y, side, _] = sheet.codes[0];
    let middle = (sheet.width / 2.0, sheet.height / 2.0);
    let stamps: Vec<(f32, f32, f32)> = sheet
        .marks()
        .filter_map(|mark| match mark {
            Mark::Stamp {
                size,
                from,
                degrees,
                ..
            } => Some((*size, from[1], *degrees)),
            _ => None,
        })
        .collect();
    let hidden = (x..x + side).contains(&middle.0) && (y..y + side).contains(&middle.1);
    // Capital letters are 0.72 em high.
    let beside = |(size, baseline, degrees): &(f32, f32, f32)| {
        *degrees == 0.0
            && *size > 8.0
            && (*baseline <= y || baseline - 0.72 * size >= y + side)
            && *baseline <= sheet.height
    };
    match stamps[..] {
        [(_, _, degrees)] => !hidden && degrees < -30.0,
        [_, _] => hidden && stamps.iter().all(beside),
        _ => false,
    }
}

#[test]
fn draft_stands_across_the_sheets_of_an_unread_language_until_it_is_read() {
    let fonts = Fonts::load().unwrap();
    let drafts = |print: &Print<'_>, languages: &str| -> Vec<bool> {
        let sheets = print.sheets(&fonts, languages);
        sheets
            .iter()
            .map(|drawn| {
                let stamped = drawn
                    .sheet
                    .marks()
                    .any(|mark| matches!(mark, Mark::Stamp { .. }));
                assert_eq!(stamped, drawn.sheet.words().contains(&"DRAFT"));
                assert!(!stamped || is_legible(&drawn.sheet), "{}", drawn.title());
                stamped
            })
            .collect()
    };
    let unread = Print {
        read: Vec::new(),
        ..Print::default()
    };
    let polish = Print {
        read: vec!["pl".to_owned()],
        ..Print::default()
    };
    assert_eq!(drafts(&unread, "en"), [false; 6], "the original");
    assert_eq!(drafts(&unread, "pl"), [true; 6]);
    assert_eq!(drafts(&polish, "pl"), [false; 6]);
    assert_eq!(drafts(&polish, "ar"), [true; 6], "another language");
    assert_eq!(drafts(&unread, "en-pl"), [true], "one of two");
    assert_eq!(drafts(&polish, "en-pl"), [false]);
    assert_eq!(drafts(&polish, "pl-ar"), [true]);
}

#[test]
fn the_posters_number_is_printed_alone_only_as_a_keyword() {
    let fonts = Fonts::load().unwrap();
    let texts = |keyword| TextChannel::read(NUMBER, keyword, false).unwrap();
    for (channel, poster) in [(None, 0), (Some(texts(false)), 0), (Some(texts(true)), 1)] {
        for drawn in pack(&fonts, "en", Topic::Drugs, channel.as_ref()) {
            let number = drawn.code.as_str();
            let alone = drawn
                .sheet
                .words()
                .iter()
                .filter(|said| **said == number)
                .count();
            let takes_texts = drawn.name.starts_with("poster") || drawn.name.starts_with("card");
            let expected = if takes_texts { poster } else { 0 };
            assert_eq!(alone, expected, "{}", drawn.title());
            let address = format!("tell.norwich.example/c/{number}");
            assert!(
                drawn.sheet.words().contains(&address.as_str()),
                "{}",
                drawn.title()
            );
            let labelled = drawn.sheet.words().contains(&"Start with poster number:");
            assert_eq!(labelled, alone == 1, "{}", drawn.title());
        }
    }
}

#[test]
fn cutting_marks_are_outside_the_sheet_and_move_it_as_a_whole() {
    let fonts = Fonts::load().unwrap();
    let sheet = pack(&fonts, "en", Topic::Drugs, None).swap_remove(5).sheet;
    let cut = sheet.clone().with_crop_marks();
    assert_eq!(cut.trim, Some([10.0, 10.0, 74.0, 105.0]));
    assert_eq!((cut.width, cut.height), (94.0, 125.0));
    let (before, after) = (boxes(&sheet), boxes(&cut));
    for ((from, _), (to, text)) in before.iter().zip(&after) {
        let moved = from
            .iter()
            .zip(to)
            .all(|(from, to)| (to - from - 10.0).abs() < 0.01);
        assert!(moved, "{text}");
    }
    let Some(Mark::Boxes(marks)) = cut.marks().last() else {
        panic!("no cutting marks");
    };
    assert_eq!(marks.len(), 8);
    for [x, y, width, height] in marks {
        let outside = x + width <= 7.01 || *x >= 86.99 || y + height <= 7.01 || *y >= 117.99;
        assert!(outside, "{x} {y}");
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
            // About half of the headline; A3 and A5 are the A4 sheet, scaled.
            let large = match drawn.name.as_str() {
                "poster-a4" => 6.0,
                "poster-a3" => 6.0 * std::f32::consts::SQRT_2,
                "poster-a5" => 6.0 / std::f32::consts::SQRT_2,
                _ => 3.2,
            };
            for (_, size, text) in pieces(&drawn.sheet) {
                assert!(
                    size < large || !names_one(text),
                    "{} {topic}: {text}",
                    drawn.name
                );
                small += usize::from(names_one(text));
            }
            // A sheet to take home names no signs either.
            let signs = drawn.sheet.words().contains(&"What to look for");
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
            .words()
            .iter()
            .any(|said| said.replace('\u{a0}', " ").contains(sentence))
    };
    let warnings = [
        "No answer will come. You do not need to send it twice.",
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
        // A poster says it for all messages.
        assert!(!number || told(&drawn, "at night."), "{}", drawn.name);
        assert!(
            told(&drawn, "Is someone in danger now? Call 999."),
            "{}",
            drawn.name
        );
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
