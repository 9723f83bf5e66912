//! Rules propose a partner, and officers decide (`[[propose]]` in `rules/reports.toml`).

use std::path::Path;

use loke::desk::partners::{Partner, PartnerKind, Way, table};
use loke::desk::report::propose::{Matter, proposed};
use loke::desk::report::rules::ReportRules;
use loke::tip::{Lane, Tip, TipId, Topic, YesNo};

use super::screen::Visitor;
use super::{Bench, tip};
use crate::house::partners::partner;

fn about(lane: Lane, child: Option<YesNo>) -> Tip {
    let mut tip = tip(TipId([3; 16]));
    (tip.lane, tip.child, tip.topic) = (lane, child, Topic::Other);
    tip
}

fn name(rules: &ReportRules, tips: &[Tip], areas: &[&str], partners: &[Partner]) -> String {
    let found = proposed(&rules.propose, Matter { tips, areas }, partners);
    found.map_or_else(String::new, |partner| partner.name.clone())
}

#[test]
fn with_the_shipped_directory_the_rules_propose_who_deals_with_it() {
    let rules = ReportRules::read(Path::new("/nonexistent")).unwrap();
    let shipped = table::read(table::USUAL.as_bytes(), Path::new("/desk")).unwrap();
    let yes = Some(YesNo::Yes);
    for (lane, child, expected) in [
        (Lane::Drugs, None, "police-intelligence"),
        (Lane::Cuckooing, None, "police-intelligence"),
        (Lane::Safeguarding, yes, "childrens-social-care"),
        (Lane::Safeguarding, None, "adults-social-care"),
        (Lane::Graffiti, None, "cleansing"),
        (Lane::Other, None, "abate"),
    ] {
        let tips = [about(lane, child)];
        let found = name(&rules, &tips, &[], &shipped);
        assert_eq!(found, expected, "{lane} {child:?}");
    }
    // A child in a tip that was folded into this one counts too.
    let folded = [
        about(Lane::Safeguarding, None),
        about(Lane::Safeguarding, yes),
    ];
    let found = name(&rules, &folded, &[], &shipped);
    assert_eq!(found, "childrens-social-care");
    // Without an intelligence unit, the area decides. Nobody is guessed if it is not known.
    let teams: Vec<Partner> = shipped
        .into_iter()
        .filter(|partner| partner.name != "police-intelligence")
        .collect();
    let drugs = [about(Lane::Drugs, None)];
    let found = name(&rules, &drugs, &["Mile Cross", "Norwich North"], &teams);
    assert_eq!(found, "snt-norwich-north");
    assert_eq!(name(&rules, &drugs, &[], &teams), "");
}

#[test]
fn of_several_partners_of_a_kind_the_councils_rule_names_one_or_nobody_is_proposed() {
    let key = age::x25519::Identity::generate();
    let of_kind = |name: &str, kind| partner(name, kind, &key, Way::Print);
    let mut partners = vec![
        of_kind("a-liaison", PartnerKind::Police),
        of_kind("legal", PartnerKind::Legal),
        of_kind("police", PartnerKind::Police),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    let shipped = include_str!("../../rules/reports.toml");
    let (sentences, _) = shipped.split_once("[[propose]]").unwrap();
    let rules = |propose: &str| {
        let file = folder.path().join("rules/reports.toml");
        std::fs::write(file, format!("{sentences}{propose}")).unwrap();
        ReportRules::read(folder.path()).unwrap()
    };
    let of_kind = rules("[[propose]]\nlanes = [\"drugs\"]\nkinds = [\"police\"]\n");
    let named = rules(
        "[[propose]]\nnames = [\"nobody\", \"police\"]\ntopics = [\"drugs\"]\n[[propose]]\nkinds = [\"legal\"]\n",
    );
    let mut drugs = [about(Lane::Drugs, None)];
    assert_eq!(name(&of_kind, &drugs, &[], &partners), "", "two of a kind");
    assert_eq!(name(&named, &drugs, &[], &partners), "legal", "its topic");
    drugs[0].topic = Topic::Drugs;
    assert_eq!(name(&named, &drugs, &[], &partners), "police");
    // One that may not hear of it is not proposed.
    partners[2].lanes = vec![Lane::Graffiti];
    assert_eq!(name(&named, &drugs, &[], &partners), "legal");
    assert_eq!(name(&of_kind, &drugs, &[], &partners), "a-liaison");
    // The control: without a rule that fits, nobody is.
    let graffiti = [about(Lane::Graffiti, None)];
    assert_eq!(name(&of_kind, &graffiti, &[], &partners), "");
}

#[tokio::test]
async fn the_page_of_a_tip_proposes_a_partner_or_asks_for_one() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = async || {
        let page = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
        let (_, select) = page.split_once(" id=\"partner\"").unwrap();
        select.split_once("</select>").unwrap().0.to_owned()
    };
    let asks = "<option value=\"\" selected>Choose a partner";
    let shown = page().await;
    assert!(shown.contains(asks), "no police in it: {shown}");
    for name in ["architectural-liaison", "police-intelligence"] {
        let paper = partner(name, PartnerKind::Police, &bench.police, Way::Print);
        bench.add(&paper).await;
    }
    let shown = page().await;
    assert!(!shown.contains(asks), "{shown}");
    let proposed = "<option value=\"police-intelligence\" selected>";
    assert!(shown.contains(proposed), "{shown}");
}
