//! The partner that the page of a tip proposes (`[[propose]]` in `rules/reports.toml`). Officers decide.

use serde::Deserialize;

use crate::partners::{Partner, PartnerKind};
use loke_core::tip::{Lane, Tip, Topic, YesNo};

/// A rule. What it does not name fits every tip.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    #[serde(default)]
    lanes: Vec<Lane>,
    #[serde(default)]
    topics: Vec<Topic>,
    child: Option<bool>,
    /// Wards, or teams of several.
    #[serde(default)]
    areas: Vec<String>,
    /// Partners of the directory.
    #[serde(default)]
    names: Vec<String>,
    /// Of these, a kind with one partner proposes it. With two, an officer must choose.
    #[serde(default)]
    kinds: Vec<PartnerKind>,
}

/// The matter of a report to come.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The tips that are shown together. The first one shows the others.
    pub tips: &'a [Tip],
    /// Its ward and the ward's team, as far as anybody knows.
    pub areas: &'a [&'a str],
}

impl Proposal {
    fn fits(&self, matter: Matter<'_>) -> bool {
        let Some(first) = matter.tips.first() else {
            return false;
        };
        let child = matter.tips.iter().any(|tip| tip.child == Some(YesNo::Yes));
        let area = |area: &String| matter.areas.contains(&area.as_str());
        (self.lanes.is_empty() || self.lanes.contains(&first.lane))
            && (self.topics.is_empty() || self.topics.contains(&first.topic))
            && self.child.is_none_or(|wanted| wanted == child)
            && (self.areas.is_empty() || self.areas.iter().any(area))
    }

    fn partner<'p>(&self, partners: &[&'p Partner]) -> Option<&'p Partner> {
        let named = |name: &String| partners.iter().find(|partner| partner.name == *name);
        let only = |kind: &PartnerKind| {
            let mut of_kind = partners.iter().filter(|partner| partner.kind == *kind);
            of_kind.next().filter(|_| of_kind.next().is_none())
        };
        let found = self.names.iter().find_map(named);
        found.or_else(|| self.kinds.iter().find_map(only)).copied()
    }
}

/// The partner of the first rule that fits the matter and names a partner that may hear of it.
#[must_use]
pub fn proposed<'p>(
    rules: &[Proposal],
    matter: Matter<'_>,
    partners: &'p [Partner],
) -> Option<&'p Partner> {
    let may = |partner: &&Partner| {
        let lanes = &partner.lanes;
        lanes.is_empty() || matter.tips.iter().all(|tip| lanes.contains(&tip.lane))
    };
    let partners: Vec<&Partner> = partners.iter().filter(may).collect();
    let mut fitting = rules.iter().filter(|rule| rule.fits(matter));
    fitting.find_map(|rule| rule.partner(&partners))
}
