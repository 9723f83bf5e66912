//! The commands for custodians.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::books::{agree, say_granted, say_new_key, show, waiting};
use super::signed_in::{SignedIn, open_register};
use super::{Access, Desk};
use crate::custodians;
use crate::granting::{self, WaitsFor, custodian_member};
use crate::keys::{Identity, Passphrase};
use crate::settings::DeskSettings;
use loke_core::seal::Recipient;
use loke_core::terminal::say;

#[derive(Subcommand)]
pub(super) enum CustodianCommand {
    /// Name a custodian, and let the key into each of your open books. A second member must agree
    Add {
        /// The custodian's name
        name: String,
        /// The custodian's public key (age1…)
        key: Recipient,
        /// A second member who agrees now, at this keyboard
        #[arg(long, value_name = "NAME")]
        agree_as: Option<String>,
        /// Read the second member's passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE", requires = "agree_as")]
        agree_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Remove a custodian. Each of your open books gets new keys
    Remove {
        /// The custodian's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// List the custodians
    List {
        #[command(flatten)]
        access: Access,
    },
    /// Open a restored desk whose members are all gone, with a custodian's key. Makes an account with
    /// all roles, and lets it into each book that the key opens
    Rescue {
        /// The custodian's identity file
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
        /// Read the passphrase of the identity file from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        identity_passphrase_file: Option<PathBuf>,
        /// The name of the new account
        name: String,
        /// The organisation of the new account's owner
        #[arg(long, value_name = "NAME", default_value = "council")]
        organisation: String,
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        desk: Desk,
    },
}

pub(super) async fn run(command: CustodianCommand) -> anyhow::Result<ExitCode> {
    match command {
        CustodianCommand::Add {
            name,
            key,
            agree_as,
            agree_passphrase_file,
            access,
        } => {
            SignedIn::during(&access, async |desk| {
                let given = custodians::add(&desk.acting, &name, &key).await?;
                let mut waits = Vec::new();
                for (book, granted) in &given {
                    say_granted(book, granted, agree_as.is_some())?;
                    if granted.waits_for == WaitsFor::SecondMember {
                        waits.push(book);
                    }
                }
                let Some(second) = agree_as.filter(|_| !waits.is_empty()) else {
                    return Ok(ExitCode::SUCCESS);
                };
                desk.second(&second, agree_passphrase_file.as_deref(), async |acting| {
                    for book in waits {
                        agree(acting, book, &custodian_member(&name)).await?;
                    }
                    Ok(ExitCode::SUCCESS)
                })
                .await
            })
            .await
        }
        CustodianCommand::Remove { name, access } => {
            SignedIn::during(&access, async |desk| {
                let bar = waiting("of each member");
                let each = |progress| show(&bar, progress);
                let removed = custodians::remove(&desk.acting, &name, each).await?;
                bar.finish_and_clear();
                say(&format!(
                    "{name} is no custodian any more.\n{}",
                    granting::can_keep(&name)
                ))?;
                for (book, recipient) in &removed.changed {
                    say_new_key(book, recipient)?;
                }
                for book in &removed.left {
                    say(&format!(
                        "The book {book} is not open for you. One of its members must run the same command."
                    ))?;
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        CustodianCommand::List { access } => {
            SignedIn::during(&access, async |desk| {
                for custodian in desk.acting.register().custodians().await? {
                    say(&format!(
                        "{}  since {}, named by {}  {}",
                        custodian.name, custodian.added_on, custodian.added_by, custodian.recipient
                    ))?;
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        CustodianCommand::Rescue {
            identity,
            identity_passphrase_file,
            name,
            organisation,
            new_passphrase_file,
            desk,
        } => {
            let passphrase = Passphrase::ask(identity_passphrase_file.as_deref())?;
            let identity = Identity::read(&identity, &passphrase)?;
            let new = Passphrase::choose(new_passphrase_file.as_deref())?;
            new.check_strength(&[&name, &organisation])?;
            let register = open_register(&DeskSettings::read(&desk.config)?).await?;
            let who = (name.as_str(), organisation.as_str());
            let opened = custodians::rescue(&register, &identity, who, &new).await;
            register.close().await;
            say(&format!(
                "The account {name} opens: {}. Give each book new keys once the new people are in.",
                opened?.join(", ")
            ))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
