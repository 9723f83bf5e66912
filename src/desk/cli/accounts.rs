//! The commands for accounts: who can sign in.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use zeroize::Zeroizing;

use super::Access;
use super::signed_in::SignedIn;
use crate::acting;
use crate::keys::{CodeHash, CodeKind, CodeSeconds, Passphrase, PrintedCode};
use crate::leaving;
use crate::people;
use crate::register::AccountRole;
use loke_core::private_file;
use loke_core::terminal::say;

/// Largest file of a token's seed, in bytes.
const LARGEST_SEED: u64 = 1_000;

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Create an account. Its owner chooses another passphrase at the first sign-in
    Add {
        /// The account's name, in lower-case letters, digits, dots and hyphens
        name: String,
        /// Its roles: officer, supervisor, auditor, administrator
        #[arg(long, value_name = "ROLES", value_delimiter = ',', required = true)]
        role: Vec<AccountRole>,
        /// The person's organisation, such as council or police
        #[arg(long, value_name = "NAME", default_value = "council")]
        organisation: String,
        /// Read the first passphrase from this file, instead of printing six random words
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// List the accounts, with their roles and the day of the last sign-in
    List {
        #[command(flatten)]
        access: Access,
    },
    /// Disable an account. It cannot sign in any more. Then remove it from each of its books
    Disable {
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// Hand over everything of an account in your open books: open tips, waits and alerts
    HandOver {
        /// The account's name
        name: String,
        /// The colleague's account. The same name again gives the alerts back
        #[arg(long, value_name = "NAME")]
        to: String,
        #[command(flatten)]
        access: Access,
    },
    /// Make a new key for somebody who forgot the passphrase. It opens no book until a member lets
    /// the person in again
    Renew {
        /// The account's name
        name: String,
        /// Read the first passphrase from this file, instead of printing six random words
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Print one-time codes for somebody without a phone. Each works once, in place of the six
    /// digits. An earlier list no longer works
    Codes {
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// Let somebody who lost the phone set up another one, or give a hardware token. The lost one and a
    /// printed list no longer work, and the books stay as they are
    Phone {
        /// The account's name
        name: String,
        /// Give a hardware token: this file has the seed that its maker printed, in hex or Base32
        #[arg(long, value_name = "FILE", requires = "code")]
        seed_file: Option<PathBuf>,
        /// The code that the token shows now
        #[arg(long, value_name = "DIGITS", requires = "seed_file")]
        code: Option<String>,
        /// The hash of the token: sha1 or sha256
        #[arg(long, value_name = "HASH", default_value = "sha1")]
        hash: CodeHash,
        /// The seconds between two codes of the token: 30 or 60
        #[arg(long, value_name = "SECONDS", default_value = "30")]
        seconds: CodeSeconds,
        #[command(flatten)]
        access: Access,
    },
    /// Choose a new passphrase for your own account
    Passphrase {
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn account(command: AccountCommand) -> anyhow::Result<ExitCode> {
    match command {
        AccountCommand::Add {
            name,
            role,
            organisation,
            new_passphrase_file,
            access,
        } => {
            let (first, shown) = first_passphrase(new_passphrase_file.as_deref())?;
            SignedIn::during(&access, async |desk| {
                people::add_account(&desk.acting, &name, &organisation, &role, &first).await?;
                say(&format!("The account {name} is there. No book opens for it until its owner has signed in and a member has granted one."))?;
                say_first(shown, &first)
            })
            .await
        }
        AccountCommand::Renew {
            name,
            new_passphrase_file,
            access,
        } => {
            let (first, shown) = first_passphrase(new_passphrase_file.as_deref())?;
            SignedIn::during(&access, async |desk| {
                people::renew_account(&desk.acting, &name, &first).await?;
                say(&format!("{name} has a new key. A member of each book must let {name} in again with `loke-desk book grant`."))?;
                say_first(shown, &first)
            })
            .await
        }
        AccountCommand::List { access } => list_accounts(&access).await,
        AccountCommand::Disable { name, access } => {
            SignedIn::during(&access, async |desk| {
                people::disable_account(&desk.acting, &name).await?;
                say(&format!("The account {name} is disabled. Remove it from its books with `loke-desk book revoke`."))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        AccountCommand::HandOver { name, to, access } => {
            SignedIn::during(&access, async |desk| {
                let done = leaving::hand_over(&desk.acting, &name, &to).await?;
                for sentence in done.sentences(&name, &to) {
                    say(&sentence)?;
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        AccountCommand::Codes { name, access } => print_codes(&access, &name).await,
        AccountCommand::Phone {
            name,
            seed_file,
            code,
            hash,
            seconds,
            access,
        } => {
            let token = seed_file.as_deref().zip(code.as_deref());
            phone(&access, &name, token, CodeKind { hash, seconds }).await
        }
        AccountCommand::Passphrase {
            new_passphrase_file,
            access,
        } => change_passphrase(&access, new_passphrase_file.as_deref()).await,
    }
}

/// Forgets the phone of an account, and gives it a hardware token if there is one: the file of its seed,
/// and the code that it shows.
async fn phone(
    access: &Access,
    name: &str,
    token: Option<(&Path, &str)>,
    kind: CodeKind,
) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let Some((file, code)) = token else {
            people::new_phone(&desk.acting, name).await?;
            say(&format!("The lost phone of {name} no longer works. {name} sets up another one at the next sign-in at the page."))?;
            return Ok(ExitCode::SUCCESS);
        };
        let seed = Zeroizing::new(private_file::read(file, LARGEST_SEED)?);
        let seed = std::str::from_utf8(&seed).unwrap_or_default();
        people::give_token(&desk.acting, name, (seed, kind), code).await?;
        say(&format!("{name} signs in with the token from now on. Destroy {}: whoever has the seed makes the same codes.", file.display()))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn print_codes(access: &Access, name: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let codes = people::print_codes(&desk.acting, name).await?;
        say(&code_list(name, &codes))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// A list of one-time codes in two columns, so that it fits on half a sheet.
pub(super) fn code_list(name: &str, codes: &[PrintedCode]) -> Zeroizing<String> {
    let rows = codes.len().div_ceil(2);
    let mut out = Zeroizing::new(format!(
        "One-time codes for {name}. Each works once, in any order: cross it out.\n\
             Keep this list away from the computer. Lost? Ask an administrator for a new one.\n"
    ));
    for row in 0..rows {
        out.push('\n');
        for column in 0..2 {
            let at = row + column * rows;
            if let Some(code) = codes.get(at) {
                out.push_str(&format!("{:>5}  {}", at + 1, code.groups().as_str()));
            }
        }
    }
    out
}

async fn list_accounts(access: &Access) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let mut out = format!(
            "{:<16} {:<12} {:<42} {:<11} {:<11} state",
            "name", "organisation", "roles", "created", "last seen"
        );
        for account in desk.acting.register().accounts().await? {
            let printed = desk
                .acting
                .register()
                .printed_codes_left(&account.name)
                .await?;
            let mut state = match (&account.disabled_on, account.first, &account.code_secret) {
                (Some(day), _, _) => format!("disabled on {day}"),
                (None, true, _) => "has not chosen a passphrase yet".to_owned(),
                (None, false, None) if printed.is_none() => "has no one-time codes yet".to_owned(),
                _ => "active".to_owned(),
            };
            if let (Some(left), None) = (printed, &account.disabled_on) {
                state.push_str(&format!(", {left} printed codes left"));
            }
            out.push_str(&format!(
                "\n{:<16} {:<12} {:<42} {:<11} {:<11} {state}",
                account.name,
                account.organisation,
                account.roles_in_words(),
                account.created_on,
                account
                    .seen_on
                    .map_or("never".to_owned(), |day| day.to_string())
            ));
        }
        say(&out)?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn change_passphrase(access: &Access, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let config = crate::settings::DeskSettings::read(&access.config)?;
    let register = super::signed_in::open_register(&config).await?;
    let changed = async {
        let account = super::signed_in::account_of(access.as_name.as_deref(), &register).await?;
        let passphrase = Passphrase::ask(access.passphrase_file.as_deref())?;
        let member = acting::unlock(&config.folder, &account.name, &passphrase)?;
        let new = Passphrase::choose(file)?;
        new.check_strength(&[&account.name, &account.organisation])?;
        people::change_passphrase(&register, &account, &member, &new).await?;
        say("Your passphrase is changed. The old one opens nothing here any more.")?;
        anyhow::Ok(ExitCode::SUCCESS)
    };
    let changed = changed.await;
    register.close().await;
    changed
}

/// The first passphrase of an account: from a file, or six random words. True if it must be shown.
pub(super) fn first_passphrase(file: Option<&Path>) -> anyhow::Result<(Passphrase, bool)> {
    Ok(match file {
        Some(file) => (Passphrase::ask(Some(file))?, false),
        None => (Passphrase::offer()?, true),
    })
}

pub(super) fn say_first(shown: bool, first: &Passphrase) -> anyhow::Result<ExitCode> {
    if shown {
        say(&format!(
            "Its first passphrase, for one sign-in: {}",
            first.expose()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
