//! `loke-desk campaign …`: creates, lists, prints and ends campaigns.

mod sheets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Access;
use super::signed_in::SignedIn;
use super::words;
use crate::audit::Action;
use crate::campaign::{Areas, Plan, Posters, Role};
use crate::print::{self, Site};
use crate::settings::DeskSettings;
use crate::wards::Wards;
use loke_core::campaign::CampaignCode;
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::terminal::{say, say_json};
use loke_core::tip::Topic;

#[derive(Subcommand)]
pub(super) enum Campaign {
    /// Create a campaign: posters for a ward or the whole district, or one code for a whole
    /// organisation. The last line printed is its code
    New(New),
    /// List the campaigns, each with the number of tips that contain its code
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Write a campaign's sheets into a folder, each as a PDF and an SVG. They are posters (A4, A3,
    /// A5), a card (A6), a large QR code (A5) and a sticker (A7)
    Print {
        /// The campaign's code
        code: CampaignCode,
        #[command(flatten)]
        options: sheets::Options,
        #[command(flatten)]
        access: Access,
    },
    /// Write the same sheets from the code alone, without a desk, an account or a passphrase. For
    /// the person who prints posters and must not open a tip
    Sheets(sheets::Sheets),
    /// Write the page that tells an organisation's staff, contractors or councillors what to look
    /// for and how to report
    Briefing {
        /// The organisation's code
        code: CampaignCode,
        /// The new file, a PDF
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The gateway's public address, such as https://tell.example.org
        #[arg(long, value_name = "URL")]
        url: String,
        #[command(flatten)]
        access: Access,
    },
    /// End a campaign: its sheets can no longer be printed. Tips with its code are still accepted,
    /// because posters stay on walls
    End {
        /// The campaign's code
        code: CampaignCode,
        #[command(flatten)]
        access: Access,
    },
}

#[derive(Args)]
pub(super) struct New {
    /// The desk's name for it. It is never printed
    #[arg(long, required_unless_present = "for_organisation")]
    name: Option<String>,
    /// The operation that it belongs to. It is never printed
    #[arg(long, conflicts_with = "for_organisation")]
    operation: Option<String>,
    /// The topic of the posters: graffiti, cuckooing, drugs or other
    #[arg(
        long,
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    topic: Option<Topic>,
    /// A ward, or `district` for the whole district. Nothing smaller: a code for a few homes would
    /// reveal who wrote
    #[arg(
        long,
        value_name = "WARD",
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    area: Option<String>,
    /// The posters' languages, such as en,pl
    #[arg(
        long,
        value_delimiter = ',',
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    languages: Vec<String>,
    /// The first day, such as 2026-11-22
    #[arg(
        long,
        value_name = "DATE",
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    from: Option<Day>,
    /// The last day
    #[arg(
        long,
        value_name = "DATE",
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    until: Option<Day>,
    /// The number of printed copies, at least 50
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "for_organisation",
        conflicts_with = "for_organisation"
    )]
    copies: Option<u32>,
    /// Create one code for the staff of this organisation instead of posters. Their reports are
    /// anonymous: give the same code to all of them
    #[arg(long, value_name = "NAME", requires = "role")]
    for_organisation: Option<String>,
    /// The people of the organisation: staff, contractor or councillor
    #[arg(long, requires = "for_organisation")]
    role: Option<Role>,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(command: Campaign) -> anyhow::Result<ExitCode> {
    match command {
        Campaign::New(new) => make(new).await,
        Campaign::List { json, access } => list(&access, json).await,
        Campaign::Print {
            code,
            options,
            access,
        } => sheets::print(code, options, &access).await,
        Campaign::Sheets(asked) => sheets::sheets(&asked),
        Campaign::Briefing {
            code,
            out,
            url,
            access,
        } => briefing(&access, code, &out, &url).await,
        Campaign::End { code, access } => end(&access, code).await,
    }
}

async fn make(new: New) -> anyhow::Result<ExitCode> {
    let config = DeskSettings::read(&new.access.config)?;
    // Refuse before anyone types a passphrase.
    let plan = plan(&new, &config)?;
    SignedIn::during(&new.access, async |desk| {
    let campaign = desk.acting.register().add_campaign(&desk.acting.actor(), plan).await?;
    say(&match &campaign.plan.organisation {
        Some(organisation) => format!(
            "A code for {organisation} ({}). Give it to all of them, never one each. Print what they need with `loke-desk campaign briefing`:\n{}",
            campaign.plan.role, campaign.code
        ),
        None => format!(
            "The campaign is made. Print its sheets with `loke-desk campaign print`. Who must not open a tip prints them with `loke-desk campaign sheets {}`:\n{}",
            campaign.code, campaign.code
        ),
    })?;
    Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Checks the options.
fn plan(new: &New, config: &DeskSettings) -> anyhow::Result<Plan> {
    if let (Some(organisation), Some(role)) = (&new.for_organisation, new.role) {
        anyhow::ensure!(
            role != Role::Residents,
            "--role must be staff, contractor or councillor. For residents, make posters: omit --for-organisation"
        );
        return Ok(Plan::organisation(organisation, role, new.name.as_deref())?);
    }
    let (Some(name), Some(topic), Some(area), Some(from), Some(until), Some(copies)) = (
        &new.name, new.topic, &new.area, new.from, new.until, new.copies,
    ) else {
        anyhow::bail!(
            "a campaign needs a name, a topic, an area, two days and a number of copies. See `loke-desk campaign new --help`"
        );
    };
    print::check_languages(&new.languages)?;
    let posters = Posters {
        name,
        operation: new.operation.as_deref(),
        topic,
        area,
        languages: new.languages.clone(),
        from,
        until,
        copies,
    };
    let areas = Areas::read(config.wards.as_deref(), &Wards::read(&config.folder)?)?;
    Ok(Plan::posters(posters, &areas)?)
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let counts = desk.acting.campaign_counts().await?;
        let campaigns = desk.acting.register().campaigns().await?;
        let campaigns: Vec<_> = campaigns
            .into_iter()
            .map(|campaign| {
                let tips = counts.get(campaign.code.as_str()).copied().unwrap_or(0);
                (campaign, tips)
            })
            .collect();
        let today = desk.acting.register().clock().today();
        if json {
            say_json(&words::campaigns_json(&campaigns, today)?)?
        } else {
            say(&words::campaigns(&campaigns, today))?
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn briefing(
    access: &Access,
    code: CampaignCode,
    out: &Path,
    url: &str,
) -> anyhow::Result<ExitCode> {
    let site = Site::read(url)?;
    SignedIn::during(access, async |desk| {
        let campaign = desk.acting.register().campaign(code).await?;
        anyhow::ensure!(campaign.ended.is_none(), "{code} has ended, and nothing more is printed for it. Make a new one");
        let Some(organisation) = &campaign.plan.organisation else {
            anyhow::bail!("{code} is a campaign for residents. Print its sheets with `loke-desk campaign print`");
        };
        let pdf = print::briefing(organisation, campaign.plan.role, code, &site)?;
        desk.acting.register().record(&desk.acting.actor(), Action::Campaign, code.as_str(), "briefing").await?;
        private_file::write_new(out, &pdf)?;
        say(&format!("The page for {organisation} is in {}", out.display()))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn end(access: &Access, code: CampaignCode) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let ended = desk
            .acting
            .register()
            .end_campaign(&desk.acting.actor(), code)
            .await?;
        say(&format!(
            "{code} {}. Tips with its code are still taken and counted",
            if ended {
                "has ended"
            } else {
                "had ended before"
            }
        ))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
