//! Campaigns at the desk: what may have a code, what is rejected, how tips are counted, and that
//! each action is in the audit log.

use loke::campaign::CampaignCode;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, tip};

/// The arguments for a new campaign, except the area and the print run.
const REST: [&str; 10] = [
    "--name",
    "Autumn",
    "--topic",
    "cuckooing",
    "--languages",
    "en,pl,en",
    "--from",
    "2026-11-01",
    "--until",
    "2099-01-31",
];

fn new<'a>(area: &'a str, copies: &'a str) -> Vec<&'a str> {
    [
        &["campaign", "new", "--area", area, "--copies", copies],
        &REST[..],
    ]
    .concat()
}

/// Makes a campaign; returns its code.
fn made(bench: &Bench, args: &[&str]) -> CampaignCode {
    bench.ok(args).lines().last().unwrap().parse().unwrap()
}

fn listed(bench: &Bench) -> Vec<serde_json::Value> {
    serde_json::from_str(&bench.ok(&["campaign", "list", "--json"])).unwrap()
}

#[tokio::test]
async fn a_campaign_is_for_a_ward_or_the_district_and_nothing_smaller() {
    let bench = Bench::new();
    for small in [
        "12 Earlham Road",
        "Earlham Road",
        "Larkman Lane",
        "NR5 8TX",
        "nr58tx",
        "Winchester Tower",
        "Flat 3",
        "Town Close, Norwich",
    ] {
        let refused = bench.falls(&new(small, "500"));
        assert!(
            refused.contains("would reveal who wrote") && refused.contains("Mile Cross"),
            "{small}: {refused}"
        );
    }
    let unknown = bench.falls(&new("Cromer", "500"));
    assert!(
        unknown.contains("is not a ward of this district") && unknown.contains("Crome,"),
        "{unknown}"
    );
    assert!(listed(&bench).is_empty());
    for area in ["mile  cross", "Town Close", "DISTRICT"] {
        made(&bench, &new(area, "500"));
    }
    let areas: Vec<_> = listed(&bench)
        .iter()
        .map(|c| c["area"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        areas
            .iter()
            .filter(|a| ["Mile Cross", "Town Close", "district"].contains(&a.as_str()))
            .count(),
        3,
        "{areas:?}"
    );
    // Another council's ward list replaces the one of Norwich; it may not contain an address
    // either.
    let config = bench.folder().join("desk.toml");
    let before = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("wards = \"wards.txt\"\n{before}")).unwrap();
    std::fs::write(bench.folder().join("wards.txt"), "# ours\nGorleston\n").unwrap();
    made(&bench, &new("gorleston", "500"));
    assert!(
        bench
            .falls(&new("Mile Cross", "500"))
            .contains("is not a ward")
    );
    std::fs::write(bench.folder().join("wards.txt"), "Gorleston\nFlat 3\n").unwrap();
    assert!(
        bench
            .falls(&new("Gorleston", "500"))
            .contains("but no ward has a number")
    );
}

#[tokio::test]
async fn a_print_run_under_fifty_and_days_that_run_backwards_are_refused() {
    let bench = Bench::new();
    let few = bench.falls(&new("Nelson", "49"));
    assert!(
        few.contains("49 copies are too few") && few.contains("who had one"),
        "{few}"
    );
    made(&bench, &new("Nelson", "50"));
    assert_eq!(
        listed(&bench)[0]["languages"],
        serde_json::json!(["en", "pl"]),
        "each is printed once"
    );
    let mut backwards = new("Nelson", "50");
    *backwards.last_mut().unwrap() = "2026-10-31";
    assert!(bench.falls(&backwards).contains("is before --from"));
    let mut nameless = new("Nelson", "50");
    nameless[7] = "  ";
    assert!(bench.falls(&nameless).contains("the name must have"));
    assert_eq!(listed(&bench).len(), 1);
}

#[tokio::test]
async fn tips_are_counted_for_each_campaign_and_nothing_else_is() {
    let bench = Bench::new();
    let (posters, other) = (
        made(&bench, &new("Nelson", "500")),
        made(&bench, &new("Eaton", "500")),
    );
    let staff = made(
        &bench,
        &[
            "campaign",
            "new",
            "--for-organisation",
            "Cleansing Ltd",
            "--role",
            "contractor",
        ],
    );
    let mac_key = MacKey::random().unwrap();
    let strange = CampaignCode::random().unwrap().to_string();
    let codes = [
        Some(posters.to_string()),
        Some(posters.to_string().to_lowercase()),
        Some(staff.to_string()),
        Some(strange),
        None,
    ];
    let sealed = codes.map(|code| {
        let mut tip = tip("x", Priority::Routine, "2026-11-22");
        tip.campaign = code;
        bench.seal(&tip, &[], &mac_key)
    });
    assert!(bench.import(&sealed).status.success());
    let list = listed(&bench);
    let tips = |code: CampaignCode| {
        list.iter()
            .find(|c| c["code"] == code.as_str())
            .map(|c| c["tips"].as_i64().unwrap())
    };
    assert_eq!(
        (tips(posters), tips(other), tips(staff)),
        (Some(2), Some(0), Some(1))
    );
    let of_staff = list.iter().find(|c| c["code"] == staff.as_str()).unwrap();
    assert_eq!(
        (
            of_staff["role"].as_str(),
            of_staff["organisation"].as_str(),
            of_staff["area"].as_str()
        ),
        (Some("contractor"), Some("Cleansing Ltd"), None)
    );
    let table = bench.ok(&["campaign", "list"]);
    assert!(
        table.lines().any(|line| line.starts_with(posters.as_str())
            && line.contains("running")
            && line.contains("Autumn")),
        "{table}"
    );
}

#[tokio::test]
async fn p13_each_campaign_made_or_ended_is_in_the_audit_log() {
    let bench = Bench::new();
    let posters = made(&bench, &new("Nelson", "500"));
    let councillors = made(
        &bench,
        &[
            "campaign",
            "new",
            "--for-organisation",
            "Norwich",
            "--role",
            "councillor",
            "--name",
            "members",
        ],
    );
    assert!(
        bench
            .ok(&["campaign", "end", &posters.as_str().to_lowercase()])
            .contains("has ended")
    );
    assert!(
        bench
            .ok(&["campaign", "end", posters.as_str()])
            .contains("had ended before")
    );
    let unknown = CampaignCode::random().unwrap();
    assert!(
        bench
            .falls(&["campaign", "end", unknown.as_str()])
            .contains("no campaign of this desk has the code")
    );
    let rows: Vec<_> = bench
        .register()
        .await
        .trail()
        .await
        .unwrap()
        .into_iter()
        .filter(|row| row.action == "campaign")
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.object.as_str(), row.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (posters.as_str(), "new, residents"),
            (councillors.as_str(), "new, councillor"),
            (posters.as_str(), "end")
        ]
    );
    assert!(bench.ok(&["audit", "verify"]).contains("whole"));
    assert_eq!(
        listed(&bench)
            .iter()
            .filter(|c| c["status"] == "ended")
            .count(),
        1
    );
}
