use super::*;

/// `YYYY-MM-DD HH:MM` in London.
fn at(text: &str) -> i64 {
    let (day, time) = text.split_once(' ').unwrap();
    let (hours, minutes) = time.split_once(':').unwrap();
    let minutes = hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap();
    Zone::default().at(day.parse().unwrap(), minutes)
}

fn shown(at: i64) -> String {
    let zone = Zone::default();
    format!("{} {}", zone.day(at), zone.time(at))
}

/// The built-in clocks with one more holiday.
fn and_closed_on(day: &str) -> Clocks {
    let mut clocks = Clocks::built_in();
    let day = day.parse().unwrap();
    clocks.holidays.push((day, day));
    clocks
}

fn tip(kind: &str, received: &str) -> Facts {
    let has = |word| kind.contains(word);
    Facts {
        topic: if has("graffiti") {
            Topic::Graffiti
        } else {
            Topic::Drugs
        },
        lane: if has("safeguarding") {
            Lane::Safeguarding
        } else {
            Lane::Other
        },
        priority: if has("now") {
            Priority::Now
        } else {
            Priority::Routine
        },
        offensive: has("offensive"),
        danger: has("danger"),
        child: has("child"),
        received: received.parse().unwrap(),
    }
}

/// Kind, day of the tip, collection, deadline. Friday, 27 November 2026, is in most of them.
const DEADLINES: [(&str, &str, &str, &str); 37] = [
    // Hours count from the collection and only while staff work.
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 10:00",
        "2026-11-27 12:00",
    ),
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 15:00",
        "2026-11-27 17:00",
    ),
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 16:00",
        "2026-11-30 10:00",
    ),
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 16:59",
        "2026-11-30 10:59",
    ),
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 17:00",
        "2026-11-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-11-27",
        "2026-11-27 17:30",
        "2026-11-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-11-28",
        "2026-11-28 12:00",
        "2026-11-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-11-29",
        "2026-11-29 23:59",
        "2026-11-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-11-30",
        "2026-11-30 08:59",
        "2026-11-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-11-30",
        "2026-11-30 09:00",
        "2026-11-30 11:00",
    ),
    // It was sent a week before it was collected.
    (
        "offensive graffiti",
        "2026-11-23",
        "2026-11-30 09:30",
        "2026-11-30 11:30",
    ),
    // Christmas and Easter.
    (
        "offensive graffiti",
        "2026-12-24",
        "2026-12-24 16:30",
        "2026-12-29 10:30",
    ),
    (
        "offensive graffiti",
        "2026-04-02",
        "2026-04-02 16:30",
        "2026-04-07 10:30",
    ),
    // The Sundays on which clocks change: 29 March and 25 October 2026.
    (
        "offensive graffiti",
        "2026-03-27",
        "2026-03-27 16:30",
        "2026-03-30 10:30",
    ),
    (
        "offensive graffiti",
        "2026-03-29",
        "2026-03-29 01:30",
        "2026-03-30 11:00",
    ),
    (
        "offensive graffiti",
        "2026-10-23",
        "2026-10-23 16:30",
        "2026-10-26 10:30",
    ),
    (
        "offensive graffiti",
        "2026-10-25",
        "2026-10-25 01:30",
        "2026-10-26 11:00",
    ),
    // Days count from the day of the tip.
    (
        "graffiti",
        "2026-11-27",
        "2026-11-27 10:00",
        "2026-12-17 17:00",
    ),
    (
        "graffiti",
        "2026-11-27",
        "2026-12-10 10:00",
        "2026-12-17 17:00",
    ),
    (
        "graffiti",
        "2026-11-28",
        "2026-11-28 10:00",
        "2026-12-17 17:00",
    ),
    (
        "graffiti",
        "2026-12-14",
        "2026-12-14 10:00",
        "2027-01-06 17:00",
    ),
    (
        "graffiti",
        "2026-03-19",
        "2026-03-19 10:00",
        "2026-04-10 17:00",
    ),
    (
        "drugs, danger",
        "2026-11-27",
        "2026-11-27 17:30",
        "2026-12-01 17:00",
    ),
    (
        "drugs, child",
        "2026-11-28",
        "2026-11-28 10:00",
        "2026-12-01 17:00",
    ),
    (
        "drugs, now",
        "2026-12-24",
        "2026-12-24 10:00",
        "2026-12-30 17:00",
    ),
    (
        "drugs, safeguarding",
        "2026-11-30",
        "2026-11-30 10:00",
        "2026-12-02 17:00",
    ),
    (
        "drugs, danger",
        "2026-03-27",
        "2026-03-27 10:00",
        "2026-03-31 17:00",
    ),
    (
        "drugs, danger",
        "2026-10-23",
        "2026-10-23 10:00",
        "2026-10-27 17:00",
    ),
    (
        "graffiti, child",
        "2026-11-30",
        "2026-11-30 10:00",
        "2026-12-02 17:00",
    ),
    // Two targets: the earlier deadline counts.
    (
        "offensive graffiti, danger",
        "2026-11-27",
        "2026-11-27 10:00",
        "2026-11-27 12:00",
    ),
    (
        "offensive graffiti, danger",
        "2026-11-23",
        "2026-11-27 10:00",
        "2026-11-25 17:00",
    ),
    (
        "drugs",
        "2026-11-30",
        "2026-11-30 10:00",
        "2026-12-07 17:00",
    ),
    (
        "drugs",
        "2026-11-27",
        "2026-11-27 17:30",
        "2026-12-04 17:00",
    ),
    (
        "drugs",
        "2026-11-27",
        "2026-12-01 10:00",
        "2026-12-04 17:00",
    ),
    (
        "drugs",
        "2026-12-17",
        "2026-12-17 10:00",
        "2026-12-24 17:00",
    ),
    (
        "drugs",
        "2026-12-18",
        "2026-12-18 10:00",
        "2026-12-29 17:00",
    ),
    (
        "drugs, offensive",
        "2027-12-24",
        "2027-12-24 10:00",
        "2028-01-05 17:00",
    ),
];

#[test]
fn deadlines_follow_the_table_over_weekends_holidays_and_both_changes_of_the_clock() {
    let (clocks, zone) = (Clocks::built_in(), Zone::default());
    for (kind, received, collected, deadline) in DEADLINES {
        let found = clocks.deadline(&zone, &tip(kind, received), at(collected));
        assert_eq!(shown(found), deadline, "{kind} {received} {collected}");
    }
    // In winter and summer an hour at work is an hour: 65 and 67 hours from Friday to Monday.
    for (from, to, hours) in [
        ("2026-03-27 16:30", "2026-03-30 10:30", 65),
        ("2026-10-23 16:30", "2026-10-26 10:30", 67),
    ] {
        assert_eq!(at(to) - at(from), hours * HOUR);
    }
}

#[test]
fn a_holiday_that_is_added_afterwards_moves_only_the_deadlines_after_it() {
    let zone = Zone::default();
    for (holiday, kind, received, collected, deadline) in [
        (
            "2026-12-02",
            "drugs",
            "2026-11-30",
            "2026-11-30 10:00",
            "2026-12-08 17:00",
        ),
        (
            "2026-11-30",
            "offensive graffiti",
            "2026-11-27",
            "2026-11-27 16:00",
            "2026-12-01 10:00",
        ),
        (
            "2026-12-07",
            "drugs",
            "2026-11-30",
            "2026-11-30 10:00",
            "2026-12-08 17:00",
        ),
        (
            "2026-12-08",
            "drugs",
            "2026-11-30",
            "2026-11-30 10:00",
            "2026-12-07 17:00",
        ),
        (
            "2026-12-05",
            "drugs",
            "2026-11-30",
            "2026-11-30 10:00",
            "2026-12-07 17:00",
        ),
    ] {
        let clocks = and_closed_on(holiday);
        let found = clocks.deadline(&zone, &tip(kind, received), at(collected));
        assert_eq!(shown(found), deadline, "{holiday} {kind}");
    }
}

#[test]
fn a_hand_over_never_moves_a_deadline_and_a_wait_for_an_outsider_moves_it_by_its_working_time() {
    let (clocks, zone) = (Clocks::built_in(), Zone::default());
    let due = "2026-12-07 17:00";
    for (deadline, from, until, moved) in [
        // No wait: the tip only changed hands.
        (due, "2026-12-01 10:00", "2026-12-01 10:00", due),
        (
            due,
            "2026-12-01 10:00",
            "2026-12-03 10:00",
            "2026-12-09 17:00",
        ),
        (
            due,
            "2026-12-04 16:00",
            "2026-12-07 10:00",
            "2026-12-08 11:00",
        ),
        // Nobody worked in between.
        (due, "2026-12-04 17:00", "2026-12-07 09:00", due),
        // The wait began after the deadline, or ended before it began.
        (due, due, "2026-12-09 10:00", due),
        (due, "2026-12-03 10:00", "2026-12-01 10:00", due),
        // It goes on after the deadline.
        (
            due,
            "2026-12-07 16:00",
            "2026-12-08 10:00",
            "2026-12-08 11:00",
        ),
        (
            "2026-11-27 12:00",
            "2026-11-27 11:00",
            "2026-11-27 13:30",
            "2026-11-27 14:30",
        ),
        // Over the changes of the clock, and over Christmas.
        (
            "2026-03-27 16:30",
            "2026-03-27 16:00",
            "2026-03-30 10:00",
            "2026-03-30 10:30",
        ),
        (
            "2026-10-23 16:30",
            "2026-10-23 16:00",
            "2026-10-26 10:00",
            "2026-10-26 10:30",
        ),
        (
            "2026-12-24 16:00",
            "2026-12-24 15:00",
            "2026-12-29 10:00",
            "2026-12-29 11:00",
        ),
    ] {
        let found = clocks.paused(&zone, at(deadline), at(from), at(until));
        assert_eq!(shown(found), moved, "{deadline} {from} {until}");
    }
    // Two waits one after the other move it as one.
    let (a, b, c) = (
        at("2026-12-01 10:07"),
        at("2026-12-02 18:00"),
        at("2026-12-03 12:31"),
    );
    let once = clocks.paused(&zone, at(due), a, c);
    let twice = clocks.paused(&zone, clocks.paused(&zone, at(due), a, b), b, c);
    assert_eq!(once, twice);
    assert!(once > at(due), "control: it moved");
}

#[test]
fn working_time_ends_at_the_evening_of_the_day_and_skips_what_a_changed_clock_skips() {
    let (clocks, zone) = (Clocks::built_in(), Zone::default());
    for (time, is_working) in [
        ("2026-11-27 08:59", false),
        ("2026-11-27 09:00", true),
        ("2026-11-27 16:59", true),
        ("2026-11-27 17:00", false),
        ("2026-11-28 12:00", false),
        ("2026-12-25 12:00", false),
        ("2026-12-28 12:00", false),
        ("2026-12-29 12:00", true),
        // Summer time.
        ("2026-07-01 09:00", true),
        ("2026-07-01 16:59", true),
        ("2026-07-01 17:00", false),
    ] {
        assert_eq!(
            clocks.is_working_time(&zone, at(time)),
            is_working,
            "{time}"
        );
    }
    // A desk that works on Sunday nights: two hours on 29 March, four on 25 October, else three.
    let mut nights = Clocks::built_in();
    (nights.on, nights.opens, nights.closes) =
        ([false, false, false, false, false, false, true], 30, 210);
    for (day, hours) in [("2026-03-29", 2), ("2026-10-25", 4), ("2026-11-01", 3)] {
        let (from, until) = (at(&format!("{day} 00:00")), at(&format!("{day} 23:00")));
        let worked = nights.working_between(&zone, from, until);
        assert_eq!(worked, hours * HOUR, "{day}");
        assert_eq!(
            shown(nights.after_working(&zone, from, worked)),
            format!("{day} 03:30")
        );
    }
}

#[test]
fn working_forward_and_measuring_agree_from_any_second() {
    let (clocks, zone) = (Clocks::built_in(), Zone::default());
    // A step that falls on every time of day.
    for from in (at("2026-03-20 00:00")..at("2026-11-10 00:00")).step_by(100_003) {
        for seconds in [1, 59, HOUR, 8 * HOUR, 8 * HOUR + 1, 100 * HOUR] {
            let until = clocks.after_working(&zone, from, seconds);
            assert_eq!(
                clocks.working_between(&zone, from, until),
                seconds,
                "{from} {seconds}"
            );
            assert!(clocks.is_working_time(&zone, until - 1), "{from} {seconds}");
        }
    }
    for odd in [i64::MIN, i64::MIN / 2, -1, 0, i64::MAX / 2, i64::MAX] {
        let received = zone.day(odd);
        let facts = Facts {
            received,
            ..tip("drugs", "2026-11-27")
        };
        let deadline = clocks.deadline(&zone, &facts, odd);
        let _ = clocks.paused(&zone, deadline, odd, i64::MAX);
        let _ = clocks.left(&zone, odd, deadline);
        let _ = clocks.left(&zone, i64::MAX, odd);
        let _ = clocks.is_working_time(&zone, odd);
    }
}

#[test]
fn the_screen_names_working_time_in_hours_and_then_in_days() {
    let (clocks, zone) = (Clocks::built_in(), Zone::default());
    for (now, deadline, left) in [
        ("2026-11-27 09:50", "2026-11-27 12:00", "2 h 10 min left"),
        ("2026-11-27 10:00", "2026-11-27 12:00", "2 h left"),
        ("2026-11-27 11:20", "2026-11-27 12:00", "40 min left"),
        ("2026-11-27 12:00", "2026-11-27 12:00", "due now"),
        ("2026-11-27 12:40", "2026-11-27 12:00", "40 min over"),
        ("2026-11-27 16:00", "2026-11-30 10:00", "2 h left"),
        // At the weekend the clock stands.
        ("2026-11-28 12:00", "2026-11-30 10:00", "1 h left"),
        ("2026-11-28 12:00", "2026-11-27 17:00", "just over"),
        ("2026-11-30 09:00", "2026-11-30 17:00", "1 working day left"),
        ("2026-11-30 16:00", "2026-12-01 17:00", "1 working day left"),
        (
            "2026-11-30 10:00",
            "2026-12-04 17:00",
            "4 working days left",
        ),
        (
            "2026-11-30 08:00",
            "2026-12-04 17:00",
            "5 working days left",
        ),
        (
            "2026-12-03 12:00",
            "2026-11-30 17:00",
            "2 working days over",
        ),
        ("2026-12-29 09:30", "2026-12-24 17:00", "30 min over"),
    ] {
        assert_eq!(
            clocks.left(&zone, at(now), at(deadline)),
            left,
            "{now} {deadline}"
        );
    }
}

#[test]
fn the_built_in_file_has_the_bank_holidays_of_england_and_wales_until_2028() {
    let clocks = Clocks::of(&Source::built_in(NAME, BUILT_IN)).unwrap();
    let holidays: Vec<String> = (0..1_100)
        .map(|days| "2026-01-01".parse::<Day>().unwrap().plus(days))
        .filter(|day| *day <= clocks.complete_until() && day.weekday() < 5)
        .filter(|day| !clocks.is_working_day(*day))
        .map(|day| day.to_string())
        .collect();
    // GOV.UK, "UK bank holidays". Easter Sunday by the Gregorian rule is 5 April 2026, 28 March
    // 2027 and 16 April 2028. Eight a year, with the substitute days of 26 December 2026, 25 and 26
    // December 2027 and 1 January 2028.
    let official = "2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28 \
        2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28 \
        2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26";
    assert_eq!(holidays.join(" "), official);
    let plain = Clocks {
        holidays: Vec::new(),
        ..clocks.clone()
    };
    assert_eq!(plain, Clocks::PLAIN, "the last resort has the same targets");
    assert_eq!(clocks, Clocks::built_in());
}

#[test]
fn a_broken_file_names_its_line_and_an_own_file_replaces_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        Clocks::read(folder.path()).unwrap(),
        Clocks::built_in(),
        "no file"
    );
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    let read = |text: &str| {
        std::fs::write(folder.path().join(NAME), text).unwrap();
        Clocks::read(folder.path())
    };
    let good = "complete_until = \"2028-12-31\"\n[hours]\ndays = [\"saturday\"]\nfrom = \"08:00\"\nuntil = \"24:00\"\n[targets]\noffensive_graffiti_hours = 4\nother_graffiti_days = 14\nhigh_risk_days = 1\nstandard_days = 3\n[[holidays]]\nname = \"fair\"\nfirst = \"2026-12-05\"\nlast = \"2026-12-12\"\n";
    let own = read(good).unwrap();
    let due = own.deadline(
        &Zone::default(),
        &tip("drugs, danger", "2026-11-28"),
        at("2026-11-28 10:00"),
    );
    assert_eq!(shown(due), "2026-12-20 00:00");
    for (of, by, line) in [
        ("2028-12-31", "31.12.2028", 1),
        ("[\"saturday\"]", "[]", 3),
        ("[\"saturday\"]", "[\"Sat\"]", 3),
        ("08:00", "8:00", 4),
        ("08:00", "24:00", 4),
        ("\"24:00\"", "\"08:00\"", 5),
        ("\"24:00\"", "\"24:01\"", 5),
        ("hours = 4", "hours = 0", 7),
        ("hours = 4", "hours = -1", 7),
        ("other_graffiti_days = 14", "other_graffiti_days = 366", 8),
        ("high_risk_days", "high_risk", 9),
        ("2026-12-05", "2026-02-30", 13),
        ("2026-12-12", "2026-12-04", 14),
        ("2026-12-12", "2027-12-04", 14),
    ] {
        let error = read(&good.replace(of, by)).unwrap_err();
        assert_eq!(error.line, Some(line), "{by}: {error}");
        assert!(error.to_string().contains("clocks.toml"), "{error}");
    }
}

#[test]
fn p17_a_weekend_or_a_holiday_is_no_working_day_and_a_friday_is() {
    let clocks = Clocks::built_in();
    let day = |text: &str| text.parse::<Day>().unwrap();
    let misses = |last, today| clocks.misses_a_working_day(day(last), day(today));
    // 2026-11-27 is a Friday; Christmas Day and the substitute for Boxing Day are in between.
    assert!(!misses("2026-11-27", "2026-11-30"), "over the weekend");
    assert!(misses("2026-11-26", "2026-11-28"), "the Friday was missed");
    assert!(misses("2026-11-27", "2026-12-01"), "the Monday was missed");
    assert!(!misses("2026-12-24", "2026-12-29"), "over Christmas");
    assert!(!misses("2026-11-30", "2026-11-30"));
}
