//! The commands of `loke-desk`. Each error says what happened and what to do; exit code 1 where
//! anything needs a person.

mod acts;
mod campaign;
mod serve;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use loke_core::harden::{Hardened, harden};

/// The staff desk of Loke: collects sealed tips from the gateways, opens them, keeps them in an
/// encrypted casebook and passes them on to partners.
#[derive(Parser)]
#[command(name = "loke-desk", version, max_term_width = 100)]
struct Desk {
    #[command(subcommand)]
    command: Command,
}

/// Which desk, and how it is unlocked.
#[derive(Args)]
struct Access {
    /// The desk's configuration; the casebook and the keys lie beside it
    #[arg(long, value_name = "FILE", default_value = "desk.toml")]
    config: PathBuf,
    /// Read the passphrase from this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new desk: its identity, its casebook and its configuration. The last line printed is
    /// the public key for the gateway
    Init {
        /// The desk's folder; it must be new or empty
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Point the desk at a gateway, with the file that `loke-gateway enrol` made
    Connect {
        /// The enrolment file. It is a secret: delete it afterwards
        #[arg(long, value_name = "FILE")]
        enrolment: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Make a further identity, to be kept elsewhere as a backup. The last line printed is its
    /// public key
    Keygen {
        /// The new identity's file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Collect every tip that waits at the gateways
    Pull {
        #[command(flatten)]
        access: Access,
    },
    /// List the tips: those that no partner has first, the most urgent of them first, then the
    /// newest
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Show one tip. The look is written to the audit log
    Show {
        /// The tip's id, or the first digits of it
        id: String,
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Save one photo of a tip to a file
    Photo {
        /// The tip's id, or the first digits of it
        id: String,
        /// Which photo, from 1
        n: usize,
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Send a partner its own sealed copy of a tip
    Route {
        /// The tip's id, or the first digits of it
        id: String,
        /// The partner's name in desk.toml
        #[arg(long, value_name = "PARTNER")]
        to: String,
        /// Send another copy although this partner has one
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Open a sealed file outside the casebook, and write what it holds into a folder
    Open {
        /// The sealed file
        sealed: PathBuf,
        /// The folder; it must be new or empty
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Take tips from a file that `loke-gateway export` wrote, for a desk without a network
    Import {
        /// The export
        tar: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Run the staff page on this machine, and collect every minute
    Serve {
        /// Where the page listens, in place of desk.toml's; it must stay on this machine
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        #[command(flatten)]
        access: Access,
    },
    /// Posters with a code, and codes under which an organisation's staff report
    Campaign {
        #[command(subcommand)]
        command: campaign::Campaign,
    },
    /// The audit log: who did what
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Check that nothing in the log was changed, removed or cut off
    Verify {
        #[command(flatten)]
        access: Access,
    },
}

/// With a lower limit on locked memory than this, unlocking could fail: an identity file made
/// elsewhere may ask scrypt for 1 GiB.
const LOCKED: u64 = 2 << 30;

/// Runs the command that the program was called with.
#[must_use]
pub fn main() -> ExitCode {
    // Before a passphrase is asked for, whatever the command.
    let hardened = harden(LOCKED);
    let desk = Desk::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(desk.command, hardened)),
        Err(e) => Err(anyhow::anyhow!(
            "the program cannot start ({}). Check this machine's limits on threads and open files",
            e.kind()
        )),
    };
    outcome.unwrap_or_else(|e| {
        loke_core::terminal::trouble(&format!("loke-desk: {e}"));
        ExitCode::FAILURE
    })
}

async fn run(command: Command, hardened: Hardened) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init {
            dir,
            passphrase_file,
        } => acts::init(&dir, passphrase_file.as_deref()).await,
        Command::Connect { enrolment, access } => acts::connect(&access, &enrolment).await,
        Command::Keygen {
            out,
            passphrase_file,
        } => acts::keygen(&out, passphrase_file.as_deref()),
        Command::Pull { access } => acts::pull(&access).await,
        Command::List { json, access } => acts::list(&access, json).await,
        Command::Show { id, json, access } => acts::show(&access, &id, json).await,
        Command::Photo { id, n, out, access } => acts::photo(&access, &id, n, &out).await,
        Command::Route {
            id,
            to,
            again,
            access,
        } => acts::route(&access, &id, &to, again).await,
        Command::Open {
            sealed,
            out,
            access,
        } => acts::open(&access, &sealed, &out).await,
        Command::Import { tar, access } => acts::import(&access, &tar).await,
        Command::Serve { listen, access } => serve::serve(&access, listen, hardened).await,
        Command::Campaign { command } => campaign::run(command).await,
        Command::Audit {
            command: Audit::Verify { access },
        } => acts::verify(&access).await,
    }
}
