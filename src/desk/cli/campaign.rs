//! `loke-desk campaign …`: makes, lists, prints and ends campaigns.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Access;
use super::acts::Unlocked;
use super::words::{self, say};
use crate::campaign::CampaignCode;
use crate::clock::Day;
use crate::desk::campaign::{Areas, Plan, Posters, Role};
use crate::tip::Topic;

#[derive(Subcommand)]
pub(super) enum Campaign {
    /// Make a campaign: posters for a ward or the whole district, or one code for a whole organisation. Its code is the last line
    New(New),
    /// List the campaigns, each with the number of tips that came with its code
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// End a campaign: nothing more is printed for it. Tips with its code are still taken, since posters stay on walls
    End {
        /// The campaign's code
        code: CampaignCode,
        #[command(flatten)]
        access: Access,
    },
}

#[derive(Args)]
pub(super) struct New {
    /// What the desk calls it. It is printed nowhere
    #[arg(long, required_unless_present = "for_organisation")]
    name: Option<String>,
    /// The operation that it belongs to. It is printed nowhere
    #[arg(long, conflicts_with = "for_organisation")]
    operation: Option<String>,
    /// What the posters are about: graffiti, cuckooing, drugs or other
    #[arg(long, required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    topic: Option<Topic>,
    /// A ward, or `district` for all of it. Nothing smaller: a code for a few homes would tell who wrote
    #[arg(long, value_name = "WARD", required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    area: Option<String>,
    /// The posters' languages, as in en,pl
    #[arg(long, value_delimiter = ',', required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    languages: Vec<String>,
    /// The first day, as in 2026-11-22
    #[arg(long, value_name = "DATE", required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    from: Option<Day>,
    /// The last day
    #[arg(long, value_name = "DATE", required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    until: Option<Day>,
    /// How many copies are printed, 50 at the least
    #[arg(long, value_name = "N", required_unless_present = "for_organisation", conflicts_with = "for_organisation")]
    copies: Option<u32>,
    /// One code for the staff of this organisation, in place of posters. They stay unnamed: give one code to all of them
    #[arg(long, value_name = "NAME", requires = "role")]
    for_organisation: Option<String>,
    /// Who of the organisation: staff, contractor or councillor
    #[arg(long, requires = "for_organisation")]
    role: Option<Role>,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(command: Campaign) -> anyhow::Result<ExitCode> {
    match command {
        Campaign::New(new) => make(new).await,
        Campaign::List { json, access } => list(&access, json).await,
        Campaign::End { code, access } => end(&access, code).await,
    }
}

async fn make(new: New) -> anyhow::Result<ExitCode> {
    let config = crate::config::desk::Desk::read(&new.access.config)?;
    // Refused before anyone types a passphrase.
    let plan = plan(&new, config.wards.as_deref())?;
    let desk = Unlocked::new(&new.access).await?;
    let campaign = desk.casebook.add_campaign(plan).await?;
    say(&match &campaign.plan.organisation {
        Some(organisation) => format!(
            "A code for {organisation} ({}). Give it to all of them, never one each. Print what they need with `loke-desk campaign briefing`:\n{}",
            campaign.plan.role, campaign.code
        ),
        None => format!("The campaign is made. Print its sheets with `loke-desk campaign print`:\n{}", campaign.code),
    })?;
    desk.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What was asked for, checked.
fn plan(new: &New, wards: Option<&Path>) -> anyhow::Result<Plan> {
    if let (Some(organisation), Some(role)) = (&new.for_organisation, new.role) {
        anyhow::ensure!(role != Role::Residents, "--role is staff, contractor or councillor. Residents have posters: leave --for-organisation out");
        return Ok(Plan::organisation(organisation, role, new.name.as_deref())?);
    }
    let (Some(name), Some(topic), Some(area), Some(from), Some(until), Some(copies)) =
        (&new.name, new.topic, &new.area, new.from, new.until, new.copies)
    else {
        anyhow::bail!("a campaign needs a name, a topic, an area, two days and a number of copies. See `loke-desk campaign new --help`");
    };
    let posters = Posters { name, operation: new.operation.as_deref(), topic, area, languages: new.languages.clone(), from, until, copies };
    Ok(Plan::posters(posters, &Areas::read(wards)?)?)
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    let desk = Unlocked::new(access).await?;
    let campaigns = desk.casebook.campaigns().await?;
    let today = desk.casebook.clock().today();
    say(&if json { words::campaigns_json(&campaigns, today)? } else { words::campaigns(&campaigns, today) })?;
    desk.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn end(access: &Access, code: CampaignCode) -> anyhow::Result<ExitCode> {
    let desk = Unlocked::new(access).await?;
    let ended = desk.casebook.end_campaign(code).await?;
    say(&format!("{code} {}. Tips with its code are still taken and counted", if ended { "has ended" } else { "had ended before" }))?;
    desk.close().await;
    Ok(ExitCode::SUCCESS)
}
