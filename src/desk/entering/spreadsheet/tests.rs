use super::*;

const TODAY: Day = Day(20_780);

fn map(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(question, column)| ((*question).into(), (*column).into()))
        .collect()
}

#[test]
fn columns_are_mapped_by_name_and_what_is_left_out_is_told() {
    let csv = "Date,Details,Street,Caller,Danger\n2026-11-02,\"Dealing, at night\",Mill Road,Mrs X,yes\n,Tag,,,\n";
    let map = map(&[("what", "details"), ("where", "Street")]);
    let sheet = read(csv.as_bytes(), &map, None, TODAY).unwrap();
    assert_eq!(sheet.left_out, ["Caller"]);
    assert_eq!(sheet.columns[0], ("day", "Date".to_owned()));
    let [(2, first), (3, second)] = sheet.reports.as_slice() else {
        panic!("two reports")
    };
    assert_eq!(
        (first.what.as_str(), first.place.as_str(), first.danger),
        ("Dealing, at night", "Mill Road", Some(YesNo::Yes))
    );
    assert_eq!(
        (first.received.to_string(), second.received),
        ("2026-11-02".into(), TODAY)
    );
}

#[test]
fn every_question_of_the_old_spreadsheet_has_a_column() {
    let csv = "Date,Topic,What,Place,Plate,Ongoing,How known,Language,Photos,Taken by,Closed as,Reason\n\
        31/10/26,Drugs,A van,Mill Road,AB12 CDE,yes,saw,Polish,3,J. Hill,No further action,No one came\n\
        1/11/26,drugs,Noise,,,,,,none,,open,rang twice\n";
    let sheet = read(csv.as_bytes(), &[], None, TODAY).unwrap();
    assert_eq!(sheet.left_out, [""; 0]);
    assert_eq!(sheet.dates.as_deref(), Some("day first, as line 2 shows"));
    let (_, first) = &sheet.reports[0];
    assert_eq!(first.received.to_string(), "2026-10-31");
    assert_eq!(
        (first.vehicle.as_str(), first.language.as_str()),
        ("AB12 CDE", "pl")
    );
    assert_eq!(
        (first.ongoing, first.how_known),
        (Some(YesNo::Yes), Some(HowKnown::Saw))
    );
    assert_eq!(
        first.notes,
        [
            "There are 3 photos with the old spreadsheet. They are not here.",
            "Taken by J. Hill, in the old spreadsheet."
        ]
    );
    assert_eq!(
        first.closed,
        Some((Outcome::CouldNotAct, "No one came".into()))
    );
    let (_, second) = &sheet.reports[1];
    assert_eq!(
        (second.notes.as_slice(), &second.closed),
        (&["rang twice".to_owned()][..], &None)
    );
}

#[test]
fn a_row_that_cannot_be_read_is_named_with_its_line() {
    for (csv, pairs, said) in [
        (
            "what,day\nx,yesterday\n",
            &[][..],
            "line 2: the day is not a date",
        ),
        (
            "what,where\nx,\n,Mill Road\n",
            &[],
            "line 3: say what was seen",
        ),
        // A cell may have several lines.
        (
            "what,where\n\"x\ny\nz\",\n,Mill Road\n",
            &[],
            "line 5: say what was seen",
        ),
        (
            "what,danger\nx,maybe\n",
            &[],
            "line 2: ongoing, danger, child",
        ),
        (
            "what,topic\nx,noise\n",
            &[],
            "line 2: the topic is not one of",
        ),
        (
            "what,language\nx,Klingon!\n",
            &[],
            "line 2: the language is not",
        ),
        ("what,photos\nx,some\n", &[], "line 2: photos is a number"),
        (
            "what,outcome\nx,done\n",
            &[],
            "line 2: the outcome is not one of",
        ),
        (
            "what,day\nx,2026-12-24\n",
            &[],
            "line 2: the day 2026-12-24 has not come yet",
        ),
        (
            "what,day\nx,31/10/2026\ny,32/10/2026\n",
            &[],
            "line 3: the day is not a date (dates are read day first, as line 2 shows)",
        ),
        ("what,day\nx,3/10/2026\n", &[], "--dates day-first"),
        (
            "a,b\nx\n",
            &[("what", "a")],
            "line 2: it has another number",
        ),
        ("a,b\n1,2\n", &[], "which column has the words"),
        (
            "a\n1\n",
            &[("what", "c")],
            "no column \"c\". Its columns are: a",
        ),
        (
            "a\n1\n",
            &[("what", "a"), ("who", "a")],
            "\"who\" is not a question",
        ),
    ] {
        let error = read(csv.as_bytes(), &map(pairs), None, TODAY).unwrap_err();
        assert!(error.to_string().contains(said), "{csv:?}: {error}");
    }
    let latin = read(b"what\ncaf\xe9\n", &[], None, TODAY).unwrap_err();
    assert!(latin.to_string().contains("line 2: its letters"), "{latin}");
    // Each bad row is named, as far as twenty.
    let many = format!("what,danger\n{}", "x,maybe\n".repeat(23));
    let error = read(many.as_bytes(), &[], None, TODAY)
        .unwrap_err()
        .to_string();
    assert_eq!(error.matches("line ").count(), 20);
    assert!(error.contains("3 more rows"), "{error}");
}
