//! The commands of `loke-desk`. Each error states what happened and what to do. The exit code is 1
//! if anything needs a person. A passphrase must never be an argument: other programs on the
//! machine can read arguments.

mod accounts;
mod acts;
mod books;
mod call;
mod campaign;
mod custodian;
mod deliver;
mod entering;
mod figures;
mod incidents;
mod partner_accounts;
mod partners;
mod replies;
mod reports;
mod retention;
mod serve;
mod signed_in;
mod triage;
mod words;
mod you_said;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::book::{HoldKind, View};
use loke_core::harden::{Hardened, harden};

/// The staff desk of Loke. It collects sealed tips from the gateways and opens them. It stores them
/// in encrypted books, and sends reports to partners.
#[derive(Parser)]
#[command(name = "loke-desk", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The program's command line, for its manual and its completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// The options that select a desk and sign in at it.
#[derive(Args)]
struct Access {
    /// The desk's configuration. The books and the keys are in the same folder
    #[arg(long, value_name = "FILE", default_value = "desk.toml")]
    config: PathBuf,
    /// Sign in as this account. Default: the first one
    #[arg(long = "as", value_name = "NAME")]
    as_name: Option<String>,
    /// Read the passphrase from this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The option that selects a desk, of a command without a sign-in. It also takes the options of a
/// sign-in and does not read them, so that a script can give every command the same options.
#[derive(Args)]
struct Desk {
    /// The desk's configuration. The books and the keys are in the same folder
    #[arg(long, value_name = "FILE", default_value = "desk.toml")]
    config: PathBuf,
    /// Not read: this command needs no sign-in
    #[arg(long = "as", value_name = "NAME", hide = true)]
    _as_name: Option<String>,
    /// Not read: this command needs no sign-in
    #[arg(long = "passphrase-file", value_name = "FILE", hide = true)]
    _passphrase_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Create a desk: its first account, its first book and its configuration. The last line
    /// printed is the book's public key for the gateway
    Init {
        /// The desk's folder. It must be new or empty
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// The name of the first account. It gets all roles
        #[arg(long = "as", value_name = "NAME", default_value = "admin")]
        as_name: String,
        /// The organisation of the first account's owner
        #[arg(long, value_name = "NAME", default_value = "council")]
        organisation: String,
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Connect the desk to a gateway, with the file from `loke-gateway enrol`
    Connect {
        /// The enrolment file. It is a secret: delete it afterwards
        #[arg(long, value_name = "FILE")]
        enrolment: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Create another identity, as a backup to store elsewhere. The last line printed is its public
    /// key
    Keygen {
        /// The new identity's file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Read the new passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Collect all waiting tips from the gateways
    Pull {
        #[command(flatten)]
        access: Access,
    },
    /// List the tips of a view: danger first, then those due first, then the oldest day
    List {
        /// open, danger, ring-first, two-hours, second-look, mine, no-owner, changed, waiting,
        /// cannot-read, overdue, answered, sent, closed or all
        #[arg(long, value_name = "VIEW", default_value = "all")]
        view: View,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Show one tip, and record this in the audit log
    Show {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Save one photo of a tip to a file
    Photo {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// The number of the photo, from 1
        n: usize,
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Send a report about a tip to a partner, in your own words
    Route(Box<reports::Route>),
    /// List the reports that wait, that need somebody, and those that arrived
    Outbox(reports::Outbox),
    /// Write down what a partner said by telephone, by mail or in the room
    Answer(Box<figures::Answer>),
    /// What became of tips, in numbers. None is about one officer
    Figures(figures::FiguresOf),
    /// Public figures of what was reported and what was done, once for each period
    YouSaid {
        #[command(subcommand)]
        command: you_said::YouSaidCommand,
    },
    /// Deliver the reports that are due, and collect partners' answers, as `serve` does each minute
    Deliver {
        #[command(flatten)]
        access: Access,
    },
    /// Reports that reached the wrong partner
    Incident {
        #[command(subcommand)]
        command: incidents::IncidentCommand,
    },
    /// The directory of those who receive reports
    Partner {
        #[command(subcommand)]
        command: partners::PartnerCommand,
    },
    /// Open a sealed file outside the books, and write its contents into a folder
    Open {
        /// The sealed file
        sealed: PathBuf,
        /// The folder. It must be new or empty
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Import tips from a file that `loke-gateway export` wrote, for a desk without a network
    Import {
        /// The export file
        tar: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Run the staff page on this machine. Tips are collected every minute while somebody is signed
    /// in. It needs no passphrase: people sign in at the page
    Serve {
        /// The address of the page, instead of the one in desk.toml. Without TLS it must
        /// be a loopback address
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        #[command(flatten)]
        desk: Desk,
    },
    /// Run the page for partners: a process of its own, without any key of the desk. It notes
    /// answers by code, and people with an account read reports there. The desk collects the
    /// answers
    ServePartners {
        /// The page's configuration
        #[arg(long, value_name = "FILE", default_value = "partners.toml")]
        config: PathBuf,
    },
    /// Manage accounts: who can sign in
    Account {
        #[command(subcommand)]
        command: accounts::AccountCommand,
    },
    /// Manage books: who can read what
    Book {
        #[command(subcommand)]
        command: books::BookCommand,
    },
    /// Manage custodians: who can open the books if all members are gone
    Custodian {
        #[command(subcommand)]
        command: custodian::CustodianCommand,
    },
    /// Manage campaigns: posters with a code, and codes for an organisation's staff
    Campaign {
        #[command(subcommand)]
        command: campaign::Campaign,
    },
    /// Search the words of tips and notes, newest first. The search is in the audit log
    Search {
        /// The words. Put a phrase into quotes. The last word may be the beginning of a word
        words: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Enter a report by telephone, by letter or in person. There is no field for who reported
    Add(Box<entering::Add>),
    /// Enter the reports of an old spreadsheet, saved as CSV, once. Shows the first rows before it
    /// stores anything
    ImportCsv(entering::ImportCsv),
    /// Take a tip: you work on it
    Take {
        /// The tip's name, its id, or the id's first digits
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// Write a note about a tip. Notes are never changed
    Note {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// The note
        #[arg(long, value_name = "TEXT")]
        text: String,
        #[command(flatten)]
        access: Access,
    },
    /// Write to the resident who sent a tip. Nobody can know whether it was read
    Reply(Box<replies::Reply>),
    /// List the replies that wait for a person. See also its subcommands
    #[command(args_conflicts_with_subcommands = true)]
    Replies(Box<replies::Replies>),
    /// List the reports of a receipt that a resident hands over. The digits are typed at a prompt
    Receipt(replies::ReceiptCommand),
    /// Record a telephone call about danger or a child. Ring first, then send reports
    Call(call::Call),
    /// Close a tip. A risky tip stays open until a second person agrees
    Close(triage::Close),
    /// Agree with another person's decision that waits for a second person
    Agree {
        /// The tip's name, its id, or the id's first digits
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// Show a tip with another one from now on, because both are about the same
    Fold {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// The other tip
        #[arg(long, value_name = "TIP")]
        into: String,
        #[command(flatten)]
        access: Access,
    },
    /// Show a folded tip on its own again
    Unfold {
        /// The tip's name, its id, or the id's first digits
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// Undo your last decision, on every tip that it changed
    Undo {
        #[command(flatten)]
        access: Access,
    },
    /// Move a tip to another book that you can open
    Move {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// The book's name
        #[arg(long, value_name = "BOOK")]
        book: String,
        #[command(flatten)]
        access: Access,
    },
    /// Delete for good what is over its period (rules/retention.toml), in the books that you can
    /// open
    Purge {
        /// List what would be deleted, and delete nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Put a tip on hold: a court, the police or a complaint may need it. It is not deleted
    Hold {
        /// The tip's id, or its first digits
        id: String,
        /// The reason, without words of the tip
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        access: Access,
    },
    /// Lift a hold. Needs the role supervisor
    Unhold {
        /// The tip's id, or its first digits
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// Restrict a tip whose accuracy is contested. It is kept. No list shows its words, and no copy
    /// leaves
    Restrict {
        /// The tip's id, or its first digits
        id: String,
        /// The reason, without words of the tip
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        access: Access,
    },
    /// End a restriction. Needs the role supervisor
    Unrestrict {
        /// The tip's id, or its first digits
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// Check the desk. Lists each problem and how to fix it. Exits with 1 if there is one. It needs
    /// no passphrase
    Check {
        #[command(flatten)]
        desk: Desk,
    },
    /// Back up the whole desk, sealed to the custodians. It needs no passphrase. People may be
    /// signed in
    Backup {
        /// The new file, or a folder for files named by the day
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The custodians' public keys (age1…), one on each line. At least two. Default: the
        /// custodians that this desk knows
        #[arg(long, value_name = "FILE")]
        custodians: Option<PathBuf>,
        #[command(flatten)]
        desk: Desk,
    },
    /// Read and check the audit log: who did what
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// List the audit log: who did what, and when. Your own books with their details
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Check that no row of the log was changed, removed or cut off
    Verify {
        /// A daily mail of the desk, saved as a file. The log must still have the row that it names
        #[arg(long, value_name = "FILE")]
        mailed: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
}

/// Lowest limit on locked memory. With less, unlocking could fail: an identity file from another
/// program may need 1 GiB for scrypt.
const LOCKED: u64 = 2 << 30;

/// Runs the command in the program's arguments.
#[must_use]
pub fn main() -> ExitCode {
    // Before any command can ask for a passphrase.
    let hardened = harden(LOCKED);
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command, hardened)),
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
            as_name,
            organisation,
            passphrase_file,
        } => acts::init(&dir, &as_name, &organisation, passphrase_file.as_deref()).await,
        Command::Connect { enrolment, access } => acts::connect(&access, &enrolment).await,
        Command::Keygen {
            out,
            passphrase_file,
        } => acts::keygen(&out, passphrase_file.as_deref()),
        Command::Pull { access } => acts::pull(&access).await,
        Command::List { view, json, access } => triage::list(&access, view, json).await,
        Command::Show { id, json, access } => triage::show(&access, &id, json).await,
        Command::Photo { id, n, out, access } => acts::photo(&access, &id, n, &out).await,
        Command::Route(route) => reports::route(&route).await,
        Command::Outbox(outbox) => reports::outbox(&outbox).await,
        Command::Answer(answer) => figures::answer(&answer).await,
        Command::Figures(of) => figures::figures(&of).await,
        Command::YouSaid { command } => you_said::run(&command).await,
        Command::Deliver { access } => deliver::deliver(&access).await,
        Command::Incident { command } => incidents::run(&command).await,
        Command::Partner { command } => partners::run(&command).await,
        Command::Open {
            sealed,
            out,
            access,
        } => acts::open(&access, &sealed, &out).await,
        Command::Import { tar, access } => acts::import(&access, &tar).await,
        Command::Serve { listen, desk } => serve::serve(&desk.config, listen, hardened).await,
        Command::ServePartners { config } => serve::partners(&config, hardened).await,
        Command::Account { command } => accounts::account(command).await,
        Command::Book { command } => books::book(command).await,
        Command::Custodian { command } => custodian::run(command).await,
        Command::Campaign { command } => campaign::run(command).await,
        Command::Search {
            words,
            json,
            access,
        } => triage::search(&access, &words, json).await,
        Command::Add(add) => entering::add(*add).await,
        Command::ImportCsv(import) => entering::import_csv(&import).await,
        Command::Take { id, access } => triage::take(&access, &id).await,
        Command::Note { id, text, access } => triage::note(&access, &id, &text).await,
        Command::Reply(reply) => replies::reply(&reply).await,
        Command::Replies(replies) => replies::replies(*replies).await,
        Command::Receipt(receipt) => replies::receipt(&receipt).await,
        Command::Call(call) => call::call(&call).await,
        Command::Close(close) => triage::close(&close).await,
        Command::Agree { id, access } => triage::agree(&access, &id).await,
        Command::Fold { id, into, access } => triage::fold(&access, &id, &into).await,
        Command::Unfold { id, access } => triage::unfold(&access, &id).await,
        Command::Undo { access } => triage::undo(&access).await,
        Command::Move { id, book, access } => triage::move_tip(&access, &id, &book).await,
        Command::Purge { dry_run, access } => retention::purge(&access, dry_run).await,
        Command::Hold { id, reason, access } => {
            retention::place(&access, &id, HoldKind::Legal, &reason).await
        }
        Command::Unhold { id, access } => retention::lift(&access, &id, HoldKind::Legal).await,
        Command::Restrict { id, reason, access } => {
            retention::place(&access, &id, HoldKind::Restricted, &reason).await
        }
        Command::Unrestrict { id, access } => {
            retention::lift(&access, &id, HoldKind::Restricted).await
        }
        Command::Check { desk } => acts::check(&desk.config).await,
        Command::Backup {
            out,
            custodians,
            desk,
        } => acts::backup(&desk.config, custodians.as_deref(), &out).await,
        Command::Audit { command } => match command {
            Audit::Verify { mailed, access } => acts::verify(&access, mailed.as_deref()).await,
            Audit::List { json, access } => acts::audit_list(&access, json).await,
        },
    }
}
