//! The commands, one function each: unlock, act, print the result.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Access;
use super::deliver;
use super::signed_in::{SignedIn, open_register};
use super::words;
use crate::acting::Acting;
use crate::audit::{self, Action, Row};
use crate::book::Book;
use crate::keys::{Identity, Passphrase};
use crate::outbox::Sent;
use crate::pull::{Collector, Tally};
use crate::settings::DeskSettings;
use crate::setup::{self, Founder};
use crate::{backup as backups, check as checking, open as opening, pull as pulling, viewing};
use loke_core::clock::Clock;
use loke_core::pickup::Enrolment;
use loke_core::private_file;
use loke_core::seal::SizeClass;
use loke_core::terminal::{say, say_json, trouble};

/// Largest enrolment file, in bytes.
const ENROLMENT_BYTES: u64 = 64 << 10;

pub(super) async fn init(
    dir: &Path,
    name: &str,
    organisation: &str,
    passphrase_file: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let passphrase = Passphrase::choose(passphrase_file)?;
    let founder = Founder {
        name,
        organisation,
        passphrase: &passphrase,
    };
    let recipient = setup::make(dir, founder, Clock::System).await?;
    say(&format!(
        "The desk is in {}. The account {name} has all roles and can open the book main.\n\
         Let a second person in soon: if {name} forgets the passphrase, nobody else can open the book.\n\
         The gateway's page shows the book's key as: {}\nGive the gateway this public key (`loke-gateway init --recipient desk=…`):\n{recipient}",
        dir.display(),
        recipient.fingerprint()
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn keygen(out: &Path, passphrase_file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let passphrase = Passphrase::choose(passphrase_file)?;
    let identity = Identity::generate();
    identity.write(out, &passphrase, Clock::System.today())?;
    let recipient = identity.recipient()?;
    say(&format!(
        "The identity is in {}. Keep it away from the desk.\nThe gateway's page shows its key as: {}\nAdd its public key to the gateway's \
         [[recipients]]:\n{recipient}",
        out.display(),
        recipient.fingerprint()
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn connect(access: &Access, file: &Path) -> anyhow::Result<ExitCode> {
    let bytes = zeroize::Zeroizing::new(private_file::read(file, ENROLMENT_BYTES)?);
    let enrolment: Option<Enrolment> = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| toml::from_str(text).ok());
    let enrolment = enrolment.filter(|enrolment| enrolment.schema == 1);
    let enrolment = enrolment
        .ok_or_else(|| anyhow!("{} is not an enrolment file of this version. Make one with `loke-gateway enrol NAME --out FILE`", file.display()))?;
    pulling::check_enrolment(&enrolment)?;
    SignedIn::during(access, async |desk| {
        let new = desk
            .acting
            .register()
            .connect(&desk.acting.actor(), &enrolment)
            .await?;
        say(&format!(
            "{} to the gateway at {} as {}. Delete {} now: it is a secret, and the desk has it.",
            if new { "Connected" } else { "Connected again" },
            enrolment.pickup,
            enrolment.desk,
            file.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn pull(access: &Access) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        // Drawn only on a terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} tips") {
            bar.set_style(style);
        }
        let into = Collector::of(&desk.acting).await?;
        let tally = pulling::once(&into, &bar).await;
        // The outbox is processed even if no gateway can be reached.
        let sent = deliver::send(desk).await?;
        let tally = tally?;
        say(&format!(
            "{} collected, {} left in the queue",
            tips(tally.collected as u64),
            tally.left
        ))?;
        pulling::fills(&tally.filling)
            .iter()
            .try_for_each(|note| say(note))?;
        if sent != Sent::default() {
            say(&format!(
                "Reports to partners: {} arrived, {} will be retried, {} need you",
                sent.arrived, sent.waiting, sent.stuck
            ))?;
        }
        let code = exit(&tally);
        Ok(if sent.stuck > 0 {
            ExitCode::FAILURE
        } else {
            code
        })
    })
    .await
}

pub(super) async fn import(access: &Access, tar: &Path) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let into = Collector::of(&desk.acting).await?;
        let tally = pulling::import(&into, tar).await?;
        say(&format!("{} imported. An export contains no proof of its origin: make sure that you trust its source", tips(tally.collected as u64)))?;
        Ok(exit(&tally))
    })
    .await
}

pub(super) async fn photo(
    access: &Access,
    id: &str,
    n: usize,
    out: &Path,
) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (book, id) = desk.acting.find(id).await?;
        let jpeg = viewing::photo(book, id, n).await?;
        private_file::write_new(out, &jpeg)?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn open(access: &Access, file: &Path, out: &Path) -> anyhow::Result<ExitCode> {
    let sealed = private_file::read(file, SizeClass::Eight.sealed() as u64)?;
    SignedIn::during(access, async |desk| {
        let (book, opened) = open_with(&desk.acting, &sealed)
            .map_err(|why| anyhow!("{} was not opened: {why}", file.display()))?;
        private_file::new_folder(out)?;
        book.record(
            Action::Open,
            &opened.tip.id.to_string(),
            "a file outside the books",
        )
        .await?;
        private_file::write_new(&out.join("tip.json"), opened.json.as_bytes())?;
        for (i, jpeg) in opened.photos.iter().enumerate() {
            private_file::write_new(&out.join(opening::photo_name(i + 1)), jpeg)?;
        }
        say(&format!(
            "tip.json and {} photos are in {}",
            opened.photos.len(),
            out.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Opens a sealed file with the first open book whose identity fits.
fn open_with<'a>(
    acting: &'a Acting,
    sealed: &[u8],
) -> Result<(&'a Book, opening::Opened), opening::Error> {
    let mut why = opening::Error::OtherKey;
    for book in acting.books() {
        match opening::tip(book.identities(), sealed) {
            Ok(opened) => return Ok((book, opened)),
            Err(problem) => why = problem,
        }
    }
    Err(why)
}

pub(super) async fn verify(access: &Access, mailed: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mailed = mailed.map(audit::read_mailed).transpose()?;
    SignedIn::during(access, async |desk| {
        let total = desk.acting.audit_rows().await?;
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let rows = desk.acting.verify(|| bar.inc(1)).await?;
        bar.finish_and_clear();
        let closed: Vec<String> = desk
            .acting
            .register()
            .books()
            .await?
            .into_iter()
            .map(|book| book.name)
            .filter(|name| desk.acting.books().iter().all(|open| open.name() != name))
            .collect();
        say(&format!("The audit log is whole: {rows} rows"))?;
        if let Some(head) = &mailed {
            desk.acting.register().has_head(head).await?;
            say(&format!(
                "It still has row {} as the daily mail names it",
                head.seq
            ))?;
        }
        if !closed.is_empty() {
            say(&format!(
                "Not checked, because you cannot open them: {}",
                closed.join(", ")
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn check(config: &Path) -> anyhow::Result<ExitCode> {
    let config = DeskSettings::read(config)?;
    let register = open_register(&config).await?;
    let found = checking::problems(&register).await;
    let relay = checking::relay(&register, config.mail.as_ref()).await;
    register.close().await;
    let mut found = found?;
    found.extend(relay?);
    found.iter().for_each(|line| trouble(line));
    if found.is_empty() {
        say("Nothing is wrong")?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

pub(super) async fn audit_list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        crate::people::may_read_logs(&desk.acting).await?;
        let mut rows: Vec<(String, Row)> = Vec::new();
        for row in desk.acting.register().trail().await? {
            rows.push(("register".to_owned(), row));
        }
        for book in desk.acting.readable_logs() {
            for row in book.trail().await? {
                rows.push((book.name().to_owned(), row));
            }
        }
        rows.sort_by_key(|(_, row)| row.time);
        if json {
            say_json(&words::audit_json(&rows)?)?;
        } else {
            say(&words::audit(&rows, &desk.config.zone))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn backup(
    config: &Path,
    custodians: Option<&Path>,
    out: &Path,
) -> anyhow::Result<ExitCode> {
    let named = custodians.map(backups::custodians).transpose()?;
    let config = DeskSettings::read(config)?;
    let register = open_register(&config).await?;
    let custodians = match named {
        Some(named) => Ok(named),
        None => backups::custodians_of(&register).await,
    };
    let custodians = match custodians {
        Ok(custodians) => custodians,
        Err(problem) => {
            register.close().await;
            return Err(problem.into());
        }
    };
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let out = backups::file_in(out, register.clock().today());
    let made = backups::make(&register, &custodians, &out, || bar.inc(1)).await;
    bar.finish_and_clear();
    register.close().await;
    made?;
    say(&format!(
        "The backup is in {}. {} custodians can open it, each alone",
        out.display(),
        custodians.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints everything that a person must look at, and returns the exit code.
fn exit(tally: &Tally) -> ExitCode {
    tally.troubles().iter().for_each(|line| trouble(line));
    if tally.needs_a_person() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn tips(n: u64) -> String {
    format!("{n} tip{}", if n == 1 { "" } else { "s" })
}
