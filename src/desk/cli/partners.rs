//! `loke-desk partner`: the directory of partners.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Subcommand;

use super::partner_accounts;
use super::signed_in::SignedIn;
use super::words;
use super::{Access, Desk};
use crate::partners::{PartnerLine, Way, table};
use crate::people;
use crate::register::{AccountRole, Imported};
use loke_core::private_file;
use loke_core::seal::Recipient;
use loke_core::terminal::{say, say_json, trouble};

/// Largest table of partners, in bytes.
const TABLE_BYTES: u64 = 4 << 20;

#[derive(Subcommand)]
pub(super) enum PartnerCommand {
    /// Import partners from a CSV table, or change those that are there. Each key's fingerprint is
    /// printed: compare it with the partner by telephone
    Import {
        /// The table. Its first row must be
        /// name,kind,key,way,address,lanes,fields,agreement_until
        table: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Print the usual partners as a CSV table, to fill in and to import. None has a key or an address
    Usual {
        #[command(flatten)]
        _desk: Desk,
    },
    /// List the partners
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Accounts of people at partners, on the partner page
    Account {
        #[command(subcommand)]
        command: partner_accounts::PartnerAccountCommand,
    },
    /// Confirm a partner's new key, or that of an account there, after you compared its fingerprint by
    /// telephone
    Confirm {
        /// The partner's name
        name: String,
        /// The fingerprint, as the partner read it out
        #[arg(required = true, num_args = 1..)]
        fingerprint: Vec<String>,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn run(command: &PartnerCommand) -> anyhow::Result<ExitCode> {
    match command {
        PartnerCommand::Import { table, access } => import(access, table).await,
        PartnerCommand::Usual { .. } => {
            say(table::USUAL.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        PartnerCommand::List { json, access } => list(access, *json).await,
        PartnerCommand::Account { command } => partner_accounts::run(command).await,
        PartnerCommand::Confirm {
            name,
            fingerprint,
            access,
        } => confirm(access, name, &fingerprint.join(" ")).await,
    }
}

async fn import(access: &Access, file: &Path) -> anyhow::Result<ExitCode> {
    let bytes = private_file::read(file, TABLE_BYTES)?;
    SignedIn::during(access, async |desk| {
        people::needs(&desk.acting, AccountRole::Administrator)?;
        let partners = table::read(&bytes, &desk.config.folder)
            .map_err(|e| anyhow!("{}: {e}", file.display()))?;
        let register = desk.acting.register();
        let imported = register.import_partners(&desk.acting.actor(), &partners).await?;
        let mut code = ExitCode::SUCCESS;
        for (partner, imported) in partners.iter().zip(imported) {
            let fingerprint = partner.key.as_ref().map(Recipient::fingerprint);
            let without = match partner.way {
                Way::Page => "no key: each account makes its own",
                Way::OpenMail(_) => "no key, in the clear",
                _ => "no key, on paper alone",
            };
            let fingerprint = fingerprint.as_deref().unwrap_or(without);
            say(&format!("{}  {fingerprint}", partner.name))?;
            if imported == Imported::NewKey && partner.key.is_some() {
                trouble(&format!(
                    "{} has another key than before, so nothing leaves for it yet. Compare the fingerprint by telephone, then run `loke-desk partner confirm {} FINGERPRINT`",
                    partner.name, partner.name
                ));
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    })
    .await
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let partners = desk.acting.register().partners().await?;
        if json {
            let lines: Vec<PartnerLine> = partners.iter().map(PartnerLine::from).collect();
            say_json(&serde_json::to_string(&lines)?)?;
        } else {
            say(&words::partners(&partners))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn confirm(access: &Access, name: &str, fingerprint: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        people::needs(&desk.acting, AccountRole::Administrator)?;
        let partner = desk.acting.partner(name).await?;
        let register = desk.acting.register();
        let actor = desk.acting.actor();
        if partner.way == Way::Page {
            let account = register
                .confirm_partner_account(&actor, name, fingerprint)
                .await?;
            let account = account.ok_or_else(|| {
                anyhow!(
                    "no account at {name} has a key with this fingerprint, so nothing was confirmed. The key may be somebody else's: ask the person by telephone"
                )
            })?;
            say(&format!("The key of {account} is confirmed. Reports to {name} are encrypted to it from now on"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if !register.confirm_partner(&actor, &partner, fingerprint).await? {
            return Err(anyhow!(
                "this is not the fingerprint of {name}'s key, so nothing was confirmed. The key may be somebody else's: ask the partner by telephone"
            ));
        }
        say(&format!("The key of {name} is confirmed. Reports leave again"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
