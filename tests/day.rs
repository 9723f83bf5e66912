//! The residents' day: a tip carries the local date of the resident's place, on every channel, in
//! winter and summer, and on the days on which clocks change. The control is a gateway that uses
//! UTC dates: it gives another date in the same hour.

use loke::gateway::settings::GatewaySettings;

use crate::house::House;
use crate::house::browser::text;
use crate::sms::phones::{Phones, Text, webhook};

/// The time at which a test house opens: 2026-11-21, 12:00 UTC.
use crate::house::NOON;

/// Times (seconds since 1970) around midnight, with the date in London and the date in UTC. In 2027
/// clocks go forward on 28 March and back on 31 October, both at 01:00 UTC.
const MOMENTS: [(&str, i64, &str, &str); 8] = [
    (
        "winter, a second before midnight",
        1_798_761_599,
        "2026-12-31",
        "2026-12-31",
    ),
    (
        "winter, midnight",
        1_798_761_600,
        "2027-01-01",
        "2027-01-01",
    ),
    (
        "the night before clocks go forward",
        1_806_191_999,
        "2027-03-27",
        "2027-03-27",
    ),
    (
        "the end of the day of 23 hours",
        1_806_274_799,
        "2027-03-28",
        "2027-03-28",
    ),
    (
        "the midnight after it",
        1_806_274_800,
        "2027-03-29",
        "2027-03-28",
    ),
    (
        "summer, half past midnight",
        1_814_484_600,
        "2027-07-02",
        "2027-07-01",
    ),
    (
        "the midnight before clocks go back",
        1_824_937_200,
        "2027-10-31",
        "2027-10-30",
    ),
    (
        "the end of the day of 25 hours",
        1_825_027_199,
        "2027-10-31",
        "2027-10-31",
    ),
];

/// The dates inside the tips that a web report and a text message produced at each of the times.
async fn days(timezone: Option<&str>) -> Vec<[String; 2]> {
    let set = |config: &mut toml::Table| {
        if let Some(zone) = timezone {
            config.insert("timezone".into(), zone.into());
        }
    };
    let (house, phones) = (
        House::on("sqlite:queue.db", set).await,
        Phones::open(None, set).await,
    );
    let (page_officer, text_officer) = (
        house.officer("page", "").await,
        phones.house.officer("text", "").await,
    );
    let mut days = Vec::new();
    for (when, moment, ..) in MOMENTS {
        for clock in [&house.clock, &phones.house.clock] {
            clock.advance(moment - clock.now());
        }
        // Months lie between them: without a collection nothing would be taken.
        page_officer.pull().await;
        text_officer.pull().await;
        house
            .report(&[text("topic", "drugs"), text("what", when)])
            .await;
        let sent = webhook("kannel", &Text::new("+447700900123", when), moment)
            .send(phones.house.web)
            .await
            .unwrap();
        assert!((200..300).contains(&sent.status), "{when}: {}", sent.status);
        let mut day = Vec::new();
        for officer in [&page_officer, &text_officer] {
            officer.pull().await;
            let tips = officer.tips().await;
            day.push(
                tips.iter()
                    .find(|tip| tip.what == when)
                    .unwrap_or_else(|| panic!("{when} did not arrive"))
                    .received
                    .clone(),
            );
        }
        days.push(day.try_into().unwrap());
    }
    days
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_a_tip_has_the_residents_day_by_page_and_text_around_midnight_and_when_clocks_change() {
    assert_eq!(
        NOON, 1_795_262_400,
        "every moment is after the house opened"
    );
    let (by_default, by_name, by_utc) = (
        days(None).await,
        days(Some("Europe/London")).await,
        days(Some("UTC")).await,
    );
    for (at, (when, _, london, utc)) in MOMENTS.iter().enumerate() {
        assert_eq!(by_default[at], [*london; 2], "{when}");
        assert_eq!(by_name[at], [*london; 2], "{when}");
        assert_eq!(by_utc[at], [*utc; 2], "the control: {when}");
    }
    assert_ne!(by_default, by_utc);
}

/// An unknown time zone is an error that gives the line but not the value, which may be a secret
/// entered by mistake.
#[test]
fn an_unknown_zone_is_refused_by_both_programs_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, lines: &str, read: fn(&std::path::Path) -> Option<String>| {
        let file = folder.path().join(name);
        std::fs::write(&file, lines).unwrap();
        read(&file)
    };
    let gateway = |file: &std::path::Path| GatewaySettings::read(file).err().map(|e| e.to_string());
    let desk = |file: &std::path::Path| {
        loke::desk::settings::DeskSettings::read(file)
            .err()
            .map(|e| e.to_string())
    };
    let key = loke::desk::keys::Identity::generate().recipient().unwrap();
    let with = |zone: &str| {
        format!(
            "database = \"sqlite:queue.db\"\n\ntimezone = \"{zone}\"\n[[recipients]]\nname = \"desk\"\nkey = \"{key}\"\n"
        )
    };
    for zone in ["Europe/Canary", "canary", "", "/etc/localtime"] {
        for said in [
            refused("gateway.toml", &with(zone), gateway),
            refused("desk.toml", &format!("\n\ntimezone = \"{zone}\"\n"), desk),
        ] {
            let said = said.unwrap();
            assert!(
                said.contains("line 3: timezone is not a time zone")
                    && said.contains("Europe/London"),
                "{said}"
            );
            assert!(!said.to_lowercase().contains("canary"), "{said}");
        }
    }
    for zone in ["Europe/London", "UTC", "america/st_johns"] {
        assert_eq!(
            refused("gateway.toml", &with(zone), gateway),
            None,
            "{zone}"
        );
        assert_eq!(
            refused("desk.toml", &format!("timezone = \"{zone}\"\n"), desk),
            None,
            "{zone}"
        );
    }
}
