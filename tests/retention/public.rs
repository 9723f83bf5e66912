//! "You said, we did": figures for anybody. They are published once by a supervisor, a month late,
//! and tips that were purged meanwhile still count.

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{AreaOf, Decision, How, Outcome, Seen};
use loke::desk::public_figures::{Deed, Level, Share};
use loke::desk::register::AccountRole;
use loke::desk::wards::Wards;
use loke::desk::you_said::pages::{COVER, pages};
use loke::desk::you_said::{NotPublished, Preview};
use loke::tip::{Lane, Priority, TipId};
use loke::words::CODES;

use super::Bench;
use crate::house::staff;

impl Bench {
    /// Stores so many tips of a lane and a day, each about another place of the ward.
    async fn tips(&self, lane: Lane, day: &str, ward: &str, count: usize) -> Vec<TipId> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let mut tip = crate::desk::tip("canary-what", Priority::Routine, day);
            tip.id = TipId::random().unwrap();
            tip.lane = lane;
            tip.place = Some(format!("near the shops, {ward}"));
            tip.photos.clear();
            self.keep(&tip).await;
            ids.push(tip.id);
        }
        ids
    }

    async fn acted(&self, ids: &[TipId]) {
        for id in ids {
            let close = Decision::Close {
                outcome: Outcome::Acted,
                why: String::new(),
            };
            let done = self
                .acting
                .decide(&[Seen::from(*id)], &close, How::default())
                .await;
            assert_eq!(done.unwrap().done.len(), 1);
        }
    }

    async fn figures(&self, period: &str) -> Preview {
        let period = period.parse().unwrap();
        self.acting.figures_to_publish(period).await.unwrap()
    }
}

#[tokio::test]
async fn p16_figures_are_published_once_a_month_late_by_a_supervisor_and_purged_tips_count() {
    let bench = Bench::new().await;
    assert_eq!(bench.clock.today().to_string(), "2026-11-21");
    let graffiti = bench
        .tips(Lane::Graffiti, "2026-07-10", "Mile Cross", 12)
        .await;
    bench
        .tips(Lane::Graffiti, "2026-10-10", "Mile Cross", 30)
        .await;
    let mut other = bench.tips(Lane::Other, "2026-08-10", "Eaton", 6).await;
    other.extend(bench.tips(Lane::Other, "2026-10-10", "Eaton", 6).await);
    bench
        .tips(Lane::Safeguarding, "2026-08-10", "Eaton", 20)
        .await;
    bench.acted(&other).await;
    bench.acted(&graffiti[..2]).await;

    // A ward follows from the place until an officer writes it down.
    let book = bench.book();
    let ward = AreaOf::Place("Mile Cross".into());
    assert_eq!(book.area_of(graffiti[0]).await.unwrap(), ward);
    book.set_area(graffiti[0], Some("Sewell")).await.unwrap();
    let ward = AreaOf::Officer(Some("Sewell".into()));
    assert_eq!(book.area_of(graffiti[0]).await.unwrap(), ward);

    // The last quarter is not due: it is less than a month old.
    let quarter = "2026-Q3".parse().unwrap();
    let young = bench
        .acting
        .figures_to_publish("2026-Q4".parse().unwrap())
        .await;
    assert!(matches!(young, Err(NotPublished::NotDue(_))), "{young:?}");
    let officer = staff::account(bench.register(), "bob", &[AccountRole::Officer]).await;
    let bob = Acting::new(officer.0, vec![book.clone()], bench.register().clone());
    let refused = bob.publish_figures(quarter, "").await;
    assert!(matches!(refused, Err(NotPublished::Role)), "{refused:?}");

    // Twelve are shown as 10, for the whole city; six and safeguarding are not shown.
    let preview = bench.figures("2026-Q3").await;
    assert_eq!(preview.figures.len(), 1, "{preview:?}");
    let shown = &preview.figures[0];
    assert_eq!(
        (shown.lane, shown.level),
        (Lane::Graffiti, Level::CityQuarter)
    );
    assert_eq!((shown.reported, shown.done.len()), (10, 0));

    // What was looked at is what is published, once.
    let new = bench
        .tips(Lane::Graffiti, "2026-09-30", "Mile Cross", 1)
        .await;
    bench
        .tips(Lane::Graffiti, "2026-09-30", "Mile Cross", 10)
        .await;
    let changed = bench.acting.publish_figures(quarter, &preview.digest).await;
    assert!(
        matches!(changed, Err(NotPublished::Changed(_))),
        "{changed:?}"
    );
    assert!(bench.register().public_figures().await.unwrap().is_empty());
    let digest = bench.figures("2026-Q3").await.digest;
    bench
        .acting
        .publish_figures(quarter, &digest)
        .await
        .unwrap();
    let published = bench.register().public_figures().await.unwrap();
    assert_eq!(published[0].reported, 25);
    bench.acted(&new).await;
    let again = bench.acting.publish_figures(quarter, &digest).await;
    assert!(matches!(again, Err(NotPublished::Before(_))), "{again:?}");
    assert_eq!(bench.register().public_figures().await.unwrap(), published);
    let trail = bench.register().trail().await.unwrap();
    let rows: Vec<_> = trail
        .iter()
        .filter(|row| row.action == Action::Publish.word())
        .collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].who.as_str(), rows[0].object.as_str()),
        ("ann", "2026-Q3")
    );

    // Half a year later the closed ones are purged. The year counts them, and no subject that a
    // quarter has shown.
    bench.clock.advance(200 * 86_400);
    assert_eq!(bench.purge().await, 12 + 2 + 1);
    let year = bench.figures("2026").await;
    let lanes: Vec<Lane> = year.figures.iter().map(|figure| figure.lane).collect();
    assert_eq!(lanes, [Lane::Other]);
    assert_eq!(year.figures[0].reported, 10);
    assert_eq!(year.figures[0].done[&Deed::Acted], Share::Most);

    // The pages: every ward in every language, without a number under 10.
    bench
        .acting
        .publish_figures(year.period, &year.digest)
        .await
        .unwrap();
    let figures = bench.register().public_figures().await.unwrap();
    let pages = pages(&figures, &Wards::built_in().unwrap(), COVER).unwrap();
    assert_eq!(pages.len(), CODES.len() * 14);
    for page in &pages {
        assert!(!page.html.contains("canary"));
        for number in page.html.split("<b>").skip(1) {
            let number = number.split("</b>").next().unwrap();
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let count = digits.parse::<usize>().unwrap_or(10);
            assert!(count >= 10 && count % 5 == 0, "{}: {number}", page.path);
        }
    }
    let sewell = pages
        .iter()
        .find(|page| page.path == "en/sewell.html")
        .unwrap();
    for says in [
        "Three months, for the whole city: <bdi>Norwich</bdi>",
        "<bdi dir=\"ltr\">07–09/2026</bdi>",
        "Reports sent in: <b>about 25</b>",
        "One year, for the whole city: <bdi>Norwich</bdi>",
        "Something was done: <b>most of them</b>",
        "Too few to show, or none.",
    ] {
        assert!(sewell.html.contains(says), "{says}: {}", sewell.html);
    }
}
