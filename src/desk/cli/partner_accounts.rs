//! `loke-desk partner account`: people at partners who sign in to the partner page.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::Access;
use super::accounts::{code_list, first_passphrase, say_first};
use super::signed_in::SignedIn;
use crate::partner_accounts;
use loke_core::terminal::{say, say_json};

#[derive(Subcommand)]
pub(super) enum PartnerAccountCommand {
    /// Create an account for a person at a partner with the way `page`. Its owner chooses another
    /// passphrase at the first sign-in
    Add {
        /// The partner's name
        partner: String,
        /// The account's name, in lower-case letters, digits, dots and hyphens
        name: String,
        /// Read the first passphrase from this file, instead of printing six random words
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// List the accounts, with their partners and the fingerprints of their keys
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Give an account a new first passphrase, for somebody who forgot it or comes back. Its key changes
    Renew {
        /// The account's name
        name: String,
        /// Read the first passphrase from this file, instead of printing six random words
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Print one-time codes for somebody without a phone. Each works once, in place of the six digits.
    /// An earlier list no longer works
    Codes {
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// Disable an account. It cannot sign in any more, and nothing is encrypted to it
    Disable {
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn run(command: &PartnerAccountCommand) -> anyhow::Result<ExitCode> {
    match command {
        PartnerAccountCommand::Add {
            partner,
            name,
            new_passphrase_file,
            access,
        } => {
            let (first, shown) = first_passphrase(new_passphrase_file.as_deref())?;
            SignedIn::during(access, async |desk| {
                partner_accounts::add(&desk.acting, &desk.config, partner, name, &first).await?;
                say(&format!("The account {name} is on its way to the partner page. After its first sign-in, ring its owner, compare the fingerprint, and run `loke-desk partner confirm {partner} FINGERPRINT`"))?;
                say_first(shown, &first)
            })
            .await
        }
        PartnerAccountCommand::List { json, access } => {
            SignedIn::during(access, async |desk| {
                let accounts = desk.acting.register().partner_accounts().await?;
                if *json {
                    say_json(&serde_json::to_string(&accounts)?)?;
                    return Ok(ExitCode::SUCCESS);
                }
                say(&format!(
                    "{:<20} {:<20} {:<22} fingerprint",
                    "name", "partner", "state"
                ))?;
                for account in accounts {
                    let fingerprint = account.fingerprint();
                    say(&format!(
                        "{:<20} {:<20} {:<22} {}",
                        account.name,
                        account.partner,
                        account.state(),
                        fingerprint.as_deref().unwrap_or("-")
                    ))?;
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        PartnerAccountCommand::Renew {
            name,
            new_passphrase_file,
            access,
        } => {
            let (first, shown) = first_passphrase(new_passphrase_file.as_deref())?;
            SignedIn::during(access, async |desk| {
                partner_accounts::renew(&desk.acting, &desk.config, name, &first).await?;
                say(&format!("{name} begins anew. Reports that were encrypted to the old key open no more. Compare the new fingerprint after the next sign-in"))?;
                say_first(shown, &first)
            })
            .await
        }
        PartnerAccountCommand::Codes { name, access } => {
            SignedIn::during(access, async |desk| {
                let codes = partner_accounts::print_codes(&desk.acting, &desk.config, name).await?;
                say(&code_list(name, &codes))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        PartnerAccountCommand::Disable { name, access } => {
            SignedIn::during(access, async |desk| {
                partner_accounts::disable(&desk.acting, &desk.config, name).await?;
                say(&format!(
                    "The account {name} is disabled. Nothing is encrypted to it any more"
                ))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}
