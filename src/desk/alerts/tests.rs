//! The decisions alone, with a register in memory: over weeks and at random.

use super::*;
use loke_core::clock::Day;
use std::collections::BTreeSet;

/// Monday, 2026-11-30, 00:00 in London.
const MONDAY: i64 = 1_795_996_800;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn contact(name: &str) -> Contact {
    Contact {
        name: name.to_owned(),
        address: format!("{name}@council.example"),
    }
}

/// Ann and bob on weekdays from 9 to 17; the supervisors are cat and dan.
fn office() -> Duty {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    let text = "supervisors = [\"cat\", \"dan\"]\ndeputy = \"eve\"\ndaily_at = \"08:00\"\n\
        [[duty]]\non = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\"]\nfrom = \"09:00\"\nuntil = \"17:00\"\npeople = [\"ann\", \"bob\"]\n\
        [addresses]\nann = \"ann@council.example\"\nbob = \"bob@council.example\"\ncat = \"cat@council.example\"\n\
        dan = \"dan@council.example\"\neve = \"eve@council.example\"\n";
    std::fs::write(folder.path().join(crate::duty::NAME), text).unwrap();
    Duty::read(folder.path()).unwrap().0
}

/// A register in memory.
struct Memory {
    state: AlertState,
    drills: BTreeSet<i64>,
    began: Vec<(i64, bool)>,
    planned_on: Option<Day>,
    daily_on: Option<Day>,
}

impl Memory {
    fn new() -> Self {
        Self {
            state: AlertState {
                mark: 0,
                untaken: 0,
                running: None,
                coming: Vec::new(),
                planned: false,
                drills: 0,
                true_alerts: 0,
                daily_sent: false,
                books: Vec::new(),
                alarms: Vec::new(),
            },
            drills: BTreeSet::new(),
            began: Vec::new(),
            planned_on: None,
            daily_on: None,
        }
    }

    /// No drill is drawn for the days that a test looks at.
    fn without_drills(mut self) -> Self {
        self.planned_on = Some(Day(i32::MAX));
        self
    }

    fn step(&mut self, duty: &Duty, mark: i64, draw: Draw<'_>) -> Vec<NewMail> {
        let zone = Zone::default();
        let today = zone.day(mark);
        let state = &mut self.state;
        state.planned = self.planned_on == Some(today) || self.planned_on == Some(Day(i32::MAX));
        if self.daily_on != Some(today) {
            state.alarms.clear();
        }
        state.daily_sent = self.daily_on == Some(today);
        state.coming = self.drills.iter().copied().collect();
        let recent = |drill| {
            let began = self.began.iter();
            began
                .filter(|(at, was)| *was == drill && *at > mark - 30 * DAY)
                .count()
        };
        state.drills = recent(true);
        state.true_alerts = recent(false);
        let changes = decide(state, duty, (mark, &zone), draw).unwrap();
        self.drills.retain(|at| *at > mark);
        self.drills.extend(&changes.drills);
        if changes.planned {
            self.planned_on = Some(today);
        }
        if changes.daily_sent {
            self.daily_on = Some(today);
        }
        state.alarms.extend(changes.alarms);
        if let Some(mut alert) = changes.alert {
            if alert.id == 0 {
                alert.id = 1;
                self.began.push((mark, alert.drill));
            }
            state.running = alert.ended_at.is_none().then_some(alert);
        }
        changes.mails
    }

    /// Each alert's mail from `from` to `until`: minutes after `from`, and the name.
    fn told(&mut self, duty: &Duty, from: i64, until: i64) -> Vec<(i64, String)> {
        let mut told = Vec::new();
        for mark in (from..until).step_by(MARK as usize) {
            // A drill that a true alert asks for begins a day later.
            for mail in self.step(duty, mark, &mut |below| Ok(below.saturating_sub(1))) {
                if mail.kind == MailKind::Alert {
                    let name = mail.address.split('@').next().unwrap().to_owned();
                    told.push(((mark - from) / 60, name));
                }
            }
        }
        told
    }
}

fn named(told: &[(i64, &str)]) -> Vec<(i64, String)> {
    told.iter()
        .map(|(at, name)| (*at, (*name).to_owned()))
        .collect()
}

#[test]
fn p17_the_next_person_is_told_every_15_minutes_until_somebody_takes_it() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    let ten = MONDAY + 10 * HOUR;
    assert_eq!(memory.told(&duty, ten - HOUR, ten), [], "the control");
    memory.state.untaken = 1;
    assert_eq!(
        memory.told(&duty, ten, ten + 2 * HOUR),
        named(&[
            (0, "ann"),
            (20, "bob"),
            (30, "cat"),
            (50, "dan"),
            (60, "ann"),
            (80, "bob"),
            (90, "cat"),
            (110, "dan"),
        ]),
        "due every 15 minutes, leaving at whole ten minutes"
    );
    memory.state.untaken = 0;
    assert_eq!(memory.told(&duty, ten + 2 * HOUR, ten + 6 * HOUR), []);
    assert_eq!(memory.began, [(ten, false)]);
    assert!(memory.state.running.is_none());
}

#[test]
fn p17_with_nobody_on_duty_the_first_mail_goes_at_opening_and_a_begun_round_is_finished() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    memory.state.untaken = 1;
    let saturday = MONDAY - 2 * DAY;
    assert_eq!(
        memory.told(&duty, saturday, MONDAY + 9 * HOUR + 1_800),
        named(&[(57 * 60, "ann"), (57 * 60 + 20, "bob")])
    );
    // 16:50: ann is told, and the shift ends. The supervisors are still told, then it waits.
    let mut late = Memory::new().without_drills();
    late.state.untaken = 1;
    let evening = MONDAY + 16 * HOUR + 50 * 60;
    assert_eq!(
        late.told(&duty, evening, MONDAY + DAY + 9 * HOUR + 600),
        named(&[(0, "ann"), (20, "cat"), (30, "dan"), (16 * 60 + 10, "ann"),])
    );
}

#[test]
fn p17_a_clock_that_was_set_back_or_a_desk_that_was_down_delays_no_alert() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    memory.state.untaken = 1;
    let ten = MONDAY + 10 * HOUR;
    memory.told(&duty, ten + 365 * DAY, ten + 365 * DAY + 1);
    let (first, rest) = (ten, ten + 1_200);
    assert_eq!(
        memory.told(&duty, first, first + 1).len(),
        1,
        "set back a year"
    );
    assert_eq!(memory.told(&duty, rest, rest + 1).len(), 1);
    // Down for three hours: one mail, and the next is due 15 minutes later.
    let again = rest + 3 * HOUR;
    assert_eq!(memory.told(&duty, again, again + 1_801).len(), 3);
}

/// The members of a book are told when the desk opens, the supervisors an hour later, and the
/// deputy another hour later; so again the next working day.
#[test]
fn p17_a_lane_that_nobody_collects_alarms_members_then_supervisors_then_the_deputy() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    let book = |last: &str| CollectingBook {
        name: "main".into(),
        members: vec!["bob".into(), "who-has-no-address".into()],
        last: last.parse().unwrap(),
    };
    memory.state.books = vec![book("2026-11-27")];
    assert_eq!(
        memory.told(&duty, MONDAY, MONDAY + DAY),
        [],
        "Friday was collected"
    );
    let tuesday = MONDAY + DAY;
    let expected = named(&[(540, "bob"), (600, "cat"), (600, "dan"), (660, "eve")]);
    assert_eq!(memory.told(&duty, tuesday, tuesday + DAY), expected);
    assert_eq!(
        memory.told(&duty, tuesday + DAY, tuesday + 2 * DAY),
        expected
    );
    memory.state.books = vec![book("2026-12-02")];
    assert_eq!(memory.told(&duty, tuesday + 2 * DAY, tuesday + 3 * DAY), []);
}

/// A month of true alerts at random times. At each moment there were at least as many drills.
#[test]
fn p17_drills_are_at_least_as_many_as_true_alerts_and_begin_alike() {
    let duty = office();
    let (mut most_true, mut fewest_drills) = (0, usize::MAX);
    for _ in 0..20 {
        let mut memory = Memory::new();
        let mut taken_at = i64::MAX;
        for mark in (MONDAY..MONDAY + 29 * DAY).step_by(MARK as usize) {
            // About three urgent tips in two days; each alert is answered after half an hour.
            if loke_core::random::below(96).unwrap() == 0 {
                memory.state.untaken += 1;
            }
            let mails = memory.step(&duty, mark, &mut |below| loke_core::random::below(below));
            if mails.iter().any(|mail| mail.kind == MailKind::Alert) && taken_at == i64::MAX {
                taken_at = mark + 1_800;
            }
            if mark >= taken_at {
                taken_at = i64::MAX;
                memory.state.untaken = 0;
                if let Some(running) = &mut memory.state.running {
                    running.seen_by = Some("ann".into());
                }
            }
            let drills = memory.began.iter().filter(|(_, drill)| *drill).count();
            let trues = memory.began.len() - drills;
            // The newest ones may still be planned.
            assert!(drills + memory.drills.len() >= trues, "{drills} < {trues}");
        }
        let drills = memory.began.iter().filter(|(_, drill)| *drill).count();
        most_true = most_true.max(memory.began.len() - drills);
        fewest_drills = fewest_drills.min(drills);
    }
    assert!(most_true > 15, "the control: {most_true}");
    assert!(fewest_drills >= 20, "{fewest_drills}");
}

#[test]
fn p17_a_drill_goes_on_until_somebody_saw_it_and_hides_no_true_alert() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    let ten = MONDAY + 10 * HOUR;
    memory.drills.insert(ten);
    let told = memory.told(&duty, ten, ten + HOUR);
    let mut real = Memory::new().without_drills();
    real.state.untaken = 1;
    assert_eq!(
        told,
        real.told(&duty, ten, ten + HOUR),
        "nobody can tell them apart"
    );
    // Something urgent comes while it runs: who saw the drill has not taken it.
    memory.state.untaken = 1;
    memory.state.running.as_mut().unwrap().seen_by = Some("ann".into());
    assert_eq!(memory.told(&duty, ten + HOUR, ten + 2 * HOUR).len(), 4);
    assert!(memory.state.running.as_ref().unwrap().urgent);
    memory.state.untaken = 0;
    assert_eq!(memory.told(&duty, ten + 2 * HOUR, ten + 4 * HOUR), []);
    assert_eq!(memory.began, [(ten, true)]);
    // A drill that comes due while an alert runs is put off, not lost.
    real.drills.insert(ten + HOUR);
    real.told(&duty, ten + HOUR, ten + HOUR + 1);
    assert_eq!(
        real.drills.len(),
        2,
        "and the one that the true alert asked for"
    );
    assert!(*real.drills.first().unwrap() > ten + HOUR);
    assert_eq!(real.began, [(ten, false)]);
}

#[test]
fn the_daily_mail_leaves_once_a_day_at_its_hour_also_where_nothing_happens() {
    let (duty, mut memory) = (office(), Memory::new().without_drills());
    let mut left = Vec::new();
    for mark in (MONDAY..MONDAY + 7 * DAY).step_by(MARK as usize) {
        let mails = memory.step(&duty, mark, &mut |_| Ok(0));
        let daily = mails.iter().filter(|mail| mail.kind == MailKind::Daily);
        left.extend(daily.map(|mail| ((mark - MONDAY) / HOUR, mail.address.clone())));
    }
    let expected: Vec<_> = (0..7)
        .flat_map(|day| ["cat", "dan", "eve"].map(|name| (day * 24 + 8, contact(name).address)))
        .collect();
    assert_eq!(left, expected);
}
