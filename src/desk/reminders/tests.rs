//! The decisions alone, with a virtual clock: over a week, mark by mark.

use super::*;
use crate::alerts::MARK;

/// Monday, 2026-11-30, 00:00 in London.
const MONDAY: i64 = 1_795_996_800;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Ann has an address, bob is on duty on weekdays, cat is the supervisor.
fn office() -> Duty {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    let text = "supervisors = [\"cat\"]\ndaily_at = \"08:00\"\n\
        [[duty]]\non = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\"]\nfrom = \"09:00\"\nuntil = \"17:00\"\npeople = [\"bob\"]\n\
        [addresses]\nann = \"ann@council.example\"\nbob = \"bob@council.example\"\ncat = \"cat@council.example\"\n";
    std::fs::write(folder.path().join(crate::duty::NAME), text).unwrap();
    Duty::read(folder.path()).unwrap().0
}

fn tip(n: u8, owner: Option<&str>, due_at: i64) -> DueTip {
    DueTip {
        tip: TipId([n; 16]),
        owner: owner.map(str::to_owned),
        due_at,
        reminded_at: None,
    }
}

/// Every mark from Monday on: the mails that leave, as hours since Monday 00:00 and a name.
/// `each` may close or change tips before a mark.
fn mails(
    open: &mut Vec<DueTip>,
    days: i64,
    mut each: impl FnMut(i64, &mut Vec<DueTip>),
) -> Vec<(f64, String)> {
    let (duty, clocks, zone) = (office(), Clocks::built_in(), Zone::default());
    let mut left = Vec::new();
    let mut mark = MONDAY;
    while mark < MONDAY + days * DAY {
        each(mark, open);
        let (told, mails) = decide(open, &duty, &clocks, (mark, &zone));
        for tip in open.iter_mut().filter(|tip| told.contains(&tip.tip)) {
            tip.reminded_at = Some(mark);
        }
        for mail in mails {
            assert_eq!(mail.kind, MailKind::Reminder);
            let name = mail.address.split('@').next().unwrap().to_owned();
            left.push(((mark - MONDAY) as f64 / HOUR as f64, name));
        }
        mark += MARK;
    }
    left
}

fn named(mails: &[(f64, &str)]) -> Vec<(f64, String)> {
    let mails = mails.iter();
    mails.map(|(at, name)| (*at, (*name).to_owned())).collect()
}

#[test]
fn reminders_come_exactly_for_what_is_due_inside_hours_and_never_for_what_is_closed() {
    let five = MONDAY + 17 * HOUR;
    let mut open = vec![
        tip(1, Some("ann"), five),
        // Nobody has it: whoever is on duty.
        tip(2, None, five + DAY),
        // Due on Monday at 09:30: an hour of work before is on Friday.
        tip(3, Some("ann"), MONDAY + 7 * DAY + 9 * HOUR + HOUR / 2),
        // Due in the next month.
        tip(4, Some("ann"), MONDAY + 40 * DAY),
    ];
    let closing = |mark: i64, open: &mut Vec<DueTip>| {
        // The first is closed in the evening, the second an hour before its reminder.
        if mark == MONDAY + 18 * HOUR {
            open.retain(|due| due.tip != TipId([1; 16]));
        }
        if mark == MONDAY + DAY + 15 * HOUR {
            open.retain(|due| due.tip != TipId([2; 16]));
        }
    };
    let left = mails(&mut open, 7, closing);
    let friday = (4 * 24) as f64 + 16.5;
    assert_eq!(left, named(&[(16.0, "ann"), (friday, "ann")]));
}

#[test]
fn a_tip_over_its_time_is_told_once_each_working_day_until_somebody_decides() {
    // Over since Friday; at the week's end nobody works.
    let mut open = vec![tip(1, Some("ann"), MONDAY - 3 * DAY)];
    let left = mails(&mut open, 9, |_, _| {});
    let mornings = [0, 1, 2, 3, 4, 7, 8].map(|day: i64| ((day * 24 + 9) as f64, "ann"));
    assert_eq!(left, named(&mornings));
}

#[test]
fn one_mail_tells_a_person_of_several_tips_and_without_an_address_the_duty_is_told() {
    let five = MONDAY + 17 * HOUR;
    let mut open = vec![
        tip(1, Some("ann"), five),
        tip(2, Some("ann"), five),
        tip(3, Some("zoe"), five),
    ];
    let left = mails(&mut open, 1, |_, _| {});
    assert_eq!(left, named(&[(16.0, "ann"), (16.0, "bob")]));
    assert!(open.iter().all(|tip| tip.reminded_at.is_some()));
}

#[test]
fn another_deadline_or_another_person_is_told_anew() {
    let five = MONDAY + 17 * HOUR;
    let mut open = vec![tip(1, Some("ann"), five)];
    let handing = |mark: i64, open: &mut Vec<DueTip>| {
        // As the register stores it when the tip is handed over.
        if mark == MONDAY + 16 * HOUR + HOUR / 2 {
            open[0].owner = Some("bob".to_owned());
            open[0].reminded_at = None;
        }
    };
    let left = mails(&mut open, 1, handing);
    assert_eq!(left, named(&[(16.0, "ann"), (16.5, "bob")]));
}
