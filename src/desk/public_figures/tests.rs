use super::*;

const LANE: Lane = Lane::Drugs;

fn quarter() -> Period {
    "2026-Q3".parse().unwrap()
}

fn year() -> Period {
    "2026".parse().unwrap()
}

fn one(ward: Option<&str>, month: i32, deed: Option<Deed>, matters: usize) -> Counted {
    Counted {
        lane: LANE,
        month: quarter().first().plus(month),
        ward: ward.map(str::to_owned),
        deed,
        matters,
    }
}

/// So many reports in each ward and month.
fn everywhere(matters: usize) -> Vec<Counted> {
    let wards = Wards::built_in().unwrap();
    let all = wards
        .all()
        .flat_map(|ward| (0..3).map(move |month| (ward, month)));
    all.map(|(ward, month)| one(Some(ward), month, None, matters))
        .collect()
}

fn of(counted: &[Counted], period: Period) -> Vec<PublicFigure> {
    figures(counted, &Wards::built_in().unwrap(), period, |_| false)
}

fn levels(counted: &[Counted]) -> BTreeMap<Level, usize> {
    let mut levels = BTreeMap::new();
    for cell in of(counted, quarter()) {
        *levels.entry(cell.level).or_default() += 1;
    }
    levels
}

#[test]
fn the_finest_level_is_shown_that_keeps_ten_in_each_cell() {
    let full = everywhere(10);
    assert_eq!(levels(&full), [(Level::WardMonth, 39)].into());
    // One month of one ward has nine: that ward is shown by quarter.
    let mut counted = full.clone();
    counted[0].matters = 9;
    assert_eq!(
        levels(&counted),
        [(Level::WardMonth, 36), (Level::WardQuarter, 1)].into()
    );
    // One ward has nine in the quarter: its team is shown as one, and no ward of it.
    for month in &mut counted[..3] {
        month.matters = 3;
    }
    assert_eq!(
        levels(&counted),
        [(Level::WardMonth, 30), (Level::TeamQuarter, 1)].into()
    );
    // One team has nine: the district is shown as one, and nothing finer.
    for month in &mut counted[..9] {
        month.matters = 1;
    }
    assert_eq!(levels(&counted), [(Level::CityQuarter, 1)].into());
    // The district has nine: nothing is shown, and the year shows it.
    let nine = [one(None, 0, None, 9)];
    assert!(of(&nine, quarter()).is_empty());
    assert!(of(&nine, year()).is_empty());
    let ten = [one(None, 0, None, 9), one(None, 5, None, 1)];
    assert!(of(&ten, quarter()).is_empty());
    assert_eq!(of(&ten, year())[0].level, Level::CityYear);
}

/// Of pseudo-random counts, each cell is a sum of ten or more, and the cells of a subject share no
/// ward and month: no cell is the difference of two others.
#[test]
fn no_count_is_under_ten_each_is_rounded_to_five_and_no_two_cells_overlap() {
    let wards = Wards::built_in().unwrap();
    let mut seed: u64 = 1;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from((seed >> 33) % most).unwrap()
    };
    let mut seen = BTreeMap::new();
    for round in 0..400 {
        let most = 2 + round / 10;
        let mut counted = Vec::new();
        for ward in wards.all() {
            for month in 0..3 {
                let reported = next(most) + usize::from(round > 200) * 9;
                counted.push(one(Some(ward), month, None, reported));
                for deed in Deed::ALL {
                    let done = next(reported as u64 + 1);
                    counted.push(one(Some(ward), month, Some(*deed), done));
                }
            }
        }
        counted.push(one(None, 0, None, next(most)));
        let mut covered = std::collections::BTreeSet::new();
        for cell in of(&counted, quarter()) {
            *seen.entry(cell.level).or_insert(0) += 1;
            assert!(cell.reported >= 10 && cell.reported % 5 == 0, "{cell:?}");
            for share in cell.done.values() {
                if let Share::About(count) = share {
                    assert!(*count >= 10 && count % 5 == 0, "{cell:?}");
                    assert!(*count < cell.reported, "{cell:?}");
                }
            }
            let inside = |ward: &&str| match cell.level {
                Level::WardMonth | Level::WardQuarter => *ward == cell.area,
                Level::TeamQuarter => wards.team_of(ward).unwrap().name == cell.area,
                _ => true,
            };
            for ward in wards.all().filter(inside) {
                for month in cell.first.0..=cell.last.0 {
                    assert!(covered.insert((ward.to_owned(), month)), "{cell:?}");
                }
            }
        }
        assert!(covered.is_empty() || covered.len() == 39, "all or nothing");
    }
    assert!(seen.len() == 4, "control: every level came up: {seen:?}");
}

#[test]
fn what_was_done_for_fewer_than_ten_or_for_all_but_fewer_than_ten_has_no_number() {
    let counted = [
        one(None, 0, None, 43),
        one(None, 0, Some(Deed::Passed), 34),
        one(None, 1, Some(Deed::Acted), 33),
        one(None, 1, Some(Deed::Cleaned), 9),
        one(None, 1, Some(Deed::Enforced), 12),
    ];
    let cells = of(&counted, quarter());
    assert_eq!(cells[0].reported, 45);
    let done = [
        (Deed::Passed, Share::Most),
        (Deed::Acted, Share::About(35)),
        (Deed::Enforced, Share::About(10)),
    ];
    assert_eq!(cells[0].done, done.into());
}

#[test]
fn cuckooing_is_shown_for_the_whole_district_alone_and_safeguarding_never() {
    let mut counted = everywhere(100);
    for one in &mut counted {
        one.lane = Lane::Cuckooing;
    }
    let cells = of(&counted, quarter());
    assert_eq!(cells.len(), 1);
    assert_eq!(cells[0].level, Level::CityQuarter);
    for one in &mut counted {
        one.lane = Lane::Safeguarding;
    }
    assert!(of(&counted, quarter()).is_empty() && of(&counted, year()).is_empty());
}

#[test]
fn a_subject_with_a_published_figure_of_these_months_gets_no_second_one() {
    let wards = Wards::built_in().unwrap();
    let counted = everywhere(10);
    assert_eq!(of(&counted, year()).len(), 1, "control");
    assert!(figures(&counted, &wards, year(), |lane| lane == LANE).is_empty());
}
