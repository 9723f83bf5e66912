use super::*;

/// The normal forms of one kind.
fn found(text: &str, kind: ValueKind) -> Vec<String> {
    let values = values(text).into_iter().filter(|value| value.kind == kind);
    values.map(|value| value.normal).collect()
}

#[test]
fn a_plate_is_found_however_it_is_spaced_and_whatever_o_and_i_stand_for() {
    for text in [
        "AB12 CDE",
        "ab12cde",
        "AB12-CDE",
        "AB 12 CDE",
        "a van, AB I2 CDE!",
        "(ABl2CDE) no".replace('l', "1").as_str(),
        "reg is ab12 cde I think",
        "ＡＢ１２ ＣＤＥ",
        "车牌AB12CDE的车",
    ] {
        assert_eq!(found(text, ValueKind::Plate), ["AB12CDE"], "{text}");
    }
    for (text, plate) in [
        ("OA12 BOB", "OA12BOB"),
        ("0A12 B0B", "OA12BOB"),
        ("OAI2 BOB", "OA12BOB"),
        ("AO10 XYZ", "AO10XYZ"),
        ("A0IO XYZ", "AO10XYZ"),
        ("A123 BCD", "A123BCD"),
        ("AI23 BCD", "A123BCD"),
        ("P7 RST", "P7RST"),
        ("abc123d", "ABC123D"),
        ("ABC 123D", "ABC123D"),
    ] {
        assert_eq!(found(text, ValueKind::Plate), [plate], "{text}");
    }
    let values = values("black Audi ab 12 cde, and XY65 ZZZ twice: xy65zzz");
    let shown: Vec<&str> = values.iter().map(|value| value.shown.as_str()).collect();
    assert_eq!(shown, ["ab 12 cde", "XY65 ZZZ"]);
}

#[test]
fn look_alikes_are_no_plates() {
    let mut wrong = Vec::new();
    for text in [
        "in 2019 the gate",
        "OK at 10 the man came",
        "on the A47 and then",
        "A47 was shut, M25 JCT 10",
        "NR12 8AB",
        "NR12 0AB",
        "NR12 was quiet",
        "at 12 the",
        "BY 10 MEN",
        "£1200 for 10",
        "flooded, booking, GOODBYE",
        "FLT 12B, the 12b",
        "sat 7p, nov 5th 10am",
        "COVID19 H1N1 mp3s",
        "AB1Q CDE",
        "AB123CDE",
        "12 34 567",
        "AB12\nCDE",
        "AB12, CDE",
    ] {
        let plates = found(text, ValueKind::Plate);
        wrong.extend(plates.into_iter().map(|plate| format!("{text}: {plate}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_phone_number_is_found_however_it_is_written() {
    for text in [
        "07700 900123",
        "07700900123",
        "077 0090 0123",
        "+44 7700 900123",
        "+44 (0)7700 900-123",
        "0044 7700 900123",
        "44 7700 900 123",
        "tel07700 900123.",
        "(07700) 900123",
        "٠٧٧٠٠ ٩٠٠١٢٣",
        "flat 3 07700 900123",
        "２: 07700\u{2011}900\u{a0}123",
    ] {
        assert_eq!(found(text, ValueKind::Phone), ["+447700900123"], "{text}");
    }
    for (text, phones) in [
        (
            "01603 123456 or 01603 123457",
            &["+441603123456", "+441603123457"][..],
        ),
        (
            "07700 900123 07700 900456",
            &["+447700900123", "+447700900456"],
        ),
        ("0800 123456", &["+44800123456"]),
        ("016973 1234", &["+44169731234"]),
        ("+48 601 234 567", &["+48601234567"]),
        ("0048 601-234-567", &["+48601234567"]),
        ("+370 612 34567", &["+37061234567"]),
    ] {
        assert_eq!(found(text, ValueKind::Phone), phones, "{text}");
    }
}

#[test]
fn look_alikes_are_no_phone_numbers() {
    for text in [
        "2019",
        "999 or 101",
        "01-12-2026 10:30",
        "2026-01-12 0900 1700",
        "01/02/26 0900",
        "£0750 000 0000",
        "0.77009001230",
        "10:07700900",
        "077009001234567",
        "+44 77009",
        "room 0177",
        "0000000000",
        "+",
        "+()",
        "07700 900123456",
    ] {
        assert_eq!(found(text, ValueKind::Phone), [""; 0], "{text}");
    }
}

#[test]
fn an_address_of_mail_is_found_in_lower_case() {
    for (text, addresses) in [
        (
            "Mail Jo.Bloggs+x@Example.ORG.",
            &["jo.bloggs+x@example.org"][..],
        ),
        ("找jo@example.org买", &["jo@example.org"]),
        ("a@b.uk, c@d.co.uk", &["a@b.uk", "c@d.co.uk"]),
        ("jo＠example．org", &["jo@example.org"]),
        (".x@example.org", &["x@example.org"]),
        ("x@y, @here, a@b.c, a@b..org, me@1.2, @@@", &[]),
    ] {
        assert_eq!(found(text, ValueKind::Email), addresses, "{text}");
    }
}

#[test]
fn a_place_is_equal_in_every_spelling() {
    let mut wrong = Vec::new();
    for (places, normal) in [
        (
            &[
                "Flat 3, 12 Mill Road",
                "12/3 mill rd",
                "3/12 Mill Rd.",
                "flat 3 12 Mill Rd",
                "Flat 3 at 12 Mill Road, Norwich NR3 1AB",
                "12 Mill Road flat 3",
                "12 Mill Road, Flat 3",
                "Mill Road 12, flat 3",
                "Mill Rd 12/3",
                "Mill Road nr 12 m. 3",
                "apt. 3, no. 12 MILL ROAD",
                "mieszkanie 3, 12 Mill Road",
                "Mill Road 12, butas 3",
                "apartamentul 3, 12 Mill Road",
                "شقة ٣، 12 Mill Road",
                "Mill Road 12号3室",
                "Flat 3,\n12 Mill Road",
            ][..],
            "3/12 mill road",
        ),
        (
            &[
                "12b Mill Road",
                "Flat B, 12 Mill Road",
                "12B, Mill Rd",
                "12 Mill Road flat b",
            ],
            "12/b mill road",
        ),
        (
            &[
                "12 Mill Road",
                "12, Mill Rd",
                "no 12 Mill Road",
                "Mill Road 12.",
                "number 12 mill road is dealing",
            ],
            "12 mill road",
        ),
        (
            &[
                "12 St Benedict's Street",
                "12 St. Benedicts St",
                "12 Saint Benedicts St.",
            ],
            "12 saint benedicts street",
        ),
        (
            &["7 Upper St Giles Street", "7 Upper St. Giles St"],
            "7 upper saint giles street",
        ),
        (
            &["4 Prince of Wales Road", "Prince of Wales Rd 4"],
            "4 prince of wales road",
        ),
        (&["9 Mill Hill Road", "9 mill hill rd"], "9 mill hill road"),
        (
            &[
                "Flat 4, Kestrel House",
                "flat 4 kestrel hse",
                "4 Kestrel House",
                "Kestrel House, flat 4",
                "kestrel house flat 4",
            ],
            "4 kestrel house",
        ),
        (&["12 The Street", "12 the st"], "12 the street"),
        (&["5 Bishopgate"], "5 bishopgate"),
        (&["12 NR3 1AB", "12, nr31ab"], "12 nr31ab"),
        (&["12-14 Mill Road", "12 - 14 mill rd"], "12-14 mill road"),
        (&["2 First Avenue", "2 first ave"], "2 first avenue"),
        (&["2 Garden Court", "2 garden ct"], "2 garden court"),
        (&["8 Beech Loke"], "8 beech loke"),
    ] {
        for text in places {
            let found = place(text).map(|value| value.normal);
            if found.as_deref() != Some(normal) {
                wrong.push(format!("{text}: {found:?}, not {normal}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let value = place("I saw it at Flat 3, 12 Mill Rd. yesterday").unwrap();
    assert_eq!(
        (value.kind, value.shown.as_str()),
        (ValueKind::Place, "Flat 3, 12 Mill Rd")
    );
}

#[test]
fn look_alikes_are_no_places() {
    let mut wrong = Vec::new();
    for text in [
        "",
        "Mill Road",
        "the car park in Mill Road",
        "NR3 1AB",
        "3 men in Mill Road",
        "5 minutes from Park Lane",
        "10 minutes walk",
        "in Mill Road 12 people",
        "at 10:30 Mill Road was full",
        "£20 Mill Road",
        "2 bed house",
        "2 car park",
        "3 big house",
        "in 2019 the road",
        "12 people",
        "flat a mess",
        "1st Street",
        "Mill Road 2019 was",
        "12345 Mill Road",
        "012 Mill Road",
        "12 in a row",
        "20 police and 3 vans, close to the park",
    ] {
        wrong.extend(place(text).map(|value| format!("{text}: {}", value.normal)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_text_has_at_most_twenty_values_each_once() {
    let many: String = (0..100)
        .map(|n| {
            format!(
                "07700 900{n:03} AB{n:02} CDE x{n}@example.org {} Mill Road, ",
                n + 1
            )
        })
        .collect();
    assert_eq!(values(&many).len(), VALUES);
    assert_eq!(values("AB12 CDE, ab12cde, AB12 CDE").len(), 1);
}

/// Work is counted, not time: each search looks a bounded number of words or characters ahead, so
/// a text that is twice as long is at most twice the work. The longest tips run through all of it.
#[test]
fn hostile_texts_are_searched_to_their_end() {
    for part in [
        "0",
        "0 ",
        "+0",
        "@",
        "a@",
        "a.",
        "12 ",
        "flat ",
        "flat 1 ",
        "st ",
        "Mill Road ",
        "AB12 ",
        "1/",
        "\u{301}",
        "🔪",
        "44 ",
        "的1",
    ] {
        let text = format!("{} 07700 900123", part.repeat(4_000));
        let phones = found(&text, ValueKind::Phone);
        let runs_on = matches!(part, "0" | "0 " | "+0" | "12 " | "44 " | "1/");
        assert!(
            runs_on || phones == ["+447700900123"],
            "{part:?}: {phones:?}"
        );
        let _ = place(&text);
    }
}

#[test]
fn a_name_is_found_after_a_title_however_it_is_written() {
    let normal =
        |text: &str| -> Vec<String> { names(text).into_iter().map(|name| name.normal).collect() };
    for (text, found) in [
        ("Mr Smith sells at the back door", &["mr smith"][..]),
        ("it is mr. Smith, again", &["mr smith"]),
        (
            "Mr John Smith and Mrs O\u{2019}Brien",
            &["john smith", "ms obrien"],
        ),
        ("Miss Jones, Ms Jones and Mrs Jones", &["ms jones"]),
        (
            "pan Wiśniewski i pani Wiśniewska",
            &["mr wisniewski", "ms wisniewska"],
        ),
        (
            "el Sr. García y la señora Núñez",
            &["mr garcia", "ms nunez"],
        ),
        ("Dr Patel at the surgery", &["dr patel"]),
        ("Mr Smith-Jones On Monday", &["smith jones"]),
    ] {
        assert_eq!(normal(text), found, "{text}");
    }
    let shown = &names("ask Mr. John Smith about it")[0].shown;
    assert_eq!(shown, "Mr. John Smith");
    for text in [
        "John Smith sells there",
        "MR SMITH SELLS THERE",
        "the mr and mrs next door",
        "12 Elm Dr Norwich",
        "Mr I think",
        "missing since Monday",
        "a frying pan and a pot",
        "Mr, Smith",
        "Mr\nSmith",
        "",
    ] {
        assert_eq!(normal(text), [""; 0], "{text}");
    }
}
