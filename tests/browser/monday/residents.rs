//! The residents of a Monday. They report on the public page, and the desk collects from the queue.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use loke::desk::acting::Acting;
use loke::desk::pull::{self, Collector};
use loke::tip::Lane;

use crate::house::browser::{Field, jpeg, photo, text};
use crate::house::{House, limit};

/// How a tip must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Spam,
    Duplicate,
    CouldNotAct,
    Acted,
    /// Danger: two people close it.
    Danger,
    /// A child: somebody rings safeguarding, then two people close it.
    Child,
    /// Two tips about one flat: one holds the other.
    Flat,
    Cleansing,
    Police,
}

impl End {
    /// Most presses for a tip, a second look included. Typed words, and the fields of the record of a
    /// call, are not counted.
    pub(super) fn bar(self) -> usize {
        match self {
            Self::Spam | Self::Duplicate | Self::CouldNotAct | Self::Acted => 2,
            Self::Danger | Self::Flat | Self::Cleansing => 3,
            Self::Child => 5,
            Self::Police => 6,
        }
    }
}

/// One report.
pub(super) struct Report {
    pub(super) words: String,
    pub(super) end: End,
    language: &'static str,
    fields: Vec<Field>,
    has_photo: bool,
}

/// A language, and words that name no threat.
const LANGUAGES: [(&str, &str); 9] = [
    ("en", "People sit on the stairs"),
    ("pl", "Ludzie siedzą na schodach"),
    ("lt", "Žmonės sėdi ant laiptų"),
    ("ro", "Oameni stau pe scări"),
    ("pt", "Pessoas sentadas na escada"),
    ("ar", "أشخاص يجلسون على الدرج"),
    ("hu", "Emberek ülnek a lépcsőn"),
    ("es", "Gente sentada en la escalera"),
    ("zh", "有人坐在楼梯上"),
];

/// The word in every tip about a child. Nobody outside its book may see it.
pub(super) const FAMILY: &str = "Quillfeather";

/// The reports of a Monday, every kind from the first hour to the last. Of 300, 40 are no reports, 30
/// are duplicates, three are about one flat and one of these about a child, and 80 have photos.
pub(super) fn reports(count: usize) -> Vec<Report> {
    let of = |share: usize| share * count / 300;
    let mut ends = Vec::with_capacity(count);
    for (end, n) in [
        (End::Flat, 2),
        (End::Child, of(7).max(1)),
        (End::Danger, of(30)),
        (End::Spam, of(40)),
        // Each of the first ones has a duplicate.
        (End::Acted, of(50)),
        (End::Duplicate, of(30)),
        (End::Cleansing, of(40)),
        (End::Police, of(40)),
    ] {
        ends.extend((0..n).map(|i| (end, i)));
    }
    ends.extend((ends.len()..count).map(|i| (End::CouldNotAct, i)));
    // 7 divides neither 40 nor 300, so each comes once.
    let order = (0..count).map(|at| at * 7 % count);
    order
        .enumerate()
        .map(|(at, number)| report(at, ends[number], of(30), at * 80 % 300 < 80))
        .collect()
}

fn report(at: usize, (end, i): (End, usize), doubled: usize, has_photo: bool) -> Report {
    let (language, words) = LANGUAGES[at % LANGUAGES.len()];
    let words = match end {
        End::Spam => format!("asdf {at}"),
        End::Child => format!("{words} {FAMILY} {at}"),
        _ => format!("{words} {at}"),
    };
    let topic = match end {
        End::Cleansing => "graffiti",
        End::Flat => "cuckooing",
        End::Child if i == 0 => "cuckooing",
        End::Spam | End::Police | End::Danger => "drugs",
        _ => "other",
    };
    let place = match end {
        End::Flat => Some("Flat 3, 7 Rose Lane".to_owned()),
        End::Child if i == 0 => Some("Flat 3, 7 Rose Lane".to_owned()),
        End::Duplicate => Some(format!("{} Larkman Lane", 20 + i)),
        End::Acted if i < doubled => Some(format!("{} Larkman Lane", 20 + i)),
        _ => None,
    };
    let mut fields = vec![text("topic", topic), text("what", &words)];
    fields.extend(place.map(|place| text("where", &place)));
    match end {
        End::Danger => fields.push(text("danger", "yes")),
        End::Child => fields.push(text("child", "yes")),
        _ => {}
    }
    Report {
        words,
        end,
        language,
        fields,
        has_photo,
    }
}

/// Photographs of cameras, or one that the tests draw if there is no corpus.
fn photographs() -> Vec<Vec<u8>> {
    let folder = std::env::var_os("LOKE_CORPUS").map(PathBuf::from);
    let folder = folder.map(|folder| folder.join("camera/jpg"));
    let Some(files) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return vec![jpeg()];
    };
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort_unstable();
    let is_jpeg = |file: &Path| file.extension().is_some_and(|kind| kind == "jpg");
    let jpegs = files.iter().filter(|file| is_jpeg(file));
    jpegs.map(|file| std::fs::read(file).unwrap()).collect()
}

/// A gateway whose tips open with these keys: one for safeguarding, and one for the other lanes.
pub(super) async fn gateway(database: &str, main: &str, family: &str) -> House {
    let others = Lane::ALL.iter().filter(|lane| **lane != Lane::Safeguarding);
    let others: Vec<toml::Value> = others.map(|lane| lane.word().into()).collect();
    let recipient = |name: &str, key: &str, lanes: Vec<toml::Value>| {
        let mut entry = toml::Table::new();
        entry.insert("name".into(), name.into());
        entry.insert("key".into(), key.into());
        entry.insert("lanes".into(), lanes.into());
        toml::Value::from(entry)
    };
    let recipients = vec![
        recipient("main", main, others),
        recipient("family", family, vec![Lane::Safeguarding.word().into()]),
    ];
    House::on(database, |table| {
        limit(
            table,
            &[
                ("requests_per_minute", 100_000),
                ("reports_per_hour", 100_000),
                ("photos_per_hour", 100_000),
            ],
        );
        table.insert("recipients".into(), recipients.into());
    })
    .await
}

/// Every resident reports. The desk collects between them, as it does all day: the queue is small.
/// Returns how many photos were sent.
pub(super) async fn report_all(house: &House, desk: &Acting, reports: &[Report]) -> usize {
    let photographs = photographs();
    let enrolment = house.enrol("desk");
    let register = desk.register();
    register.connect(&desk.actor(), &enrolment).await.unwrap();
    let into = Collector::of(desk).await.unwrap();
    let mut photos = 0;
    for some in reports.chunks(3) {
        for report in some {
            let mut form = vec![
                text("token", &house.token().await),
                text("language", report.language),
            ];
            form.extend_from_slice(&report.fields);
            if report.has_photo {
                let bytes = &photographs[photos % photographs.len()];
                form.push(photo("photo.jpg", bytes));
                photos += 1;
            }
            let page = house.post("/check", &form).await;
            assert_eq!(page.status, 200, "{}", page.text());
            let sent = house.post("/send", &page.carries(&form)).await;
            assert!(sent.receipt().is_some(), "{}", sent.text());
        }
        let tally = pull::once(&into, &ProgressBar::hidden()).await.unwrap();
        assert!(!tally.needs_a_person(), "{:?}", tally.troubles());
    }
    assert_eq!(house.used().await, 0, "the queue is empty");
    photos
}
