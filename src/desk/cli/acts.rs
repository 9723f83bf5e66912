//! The commands, one function each: unlock, act, print the result.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Access;
use super::words;
use crate::audit::Action;
use crate::casebook::{self, Casebook};
use crate::keys::{Identity, Passphrase};
use crate::outbox::{self, Sent};
use crate::pull::Tally;
use crate::route::Routed;
use crate::{open as opening, pull as pulling, route as routing, settings, setup, viewing};
use loke_core::clock::Clock;
use loke_core::pickup::Enrolment;
use loke_core::private_file;
use loke_core::seal::SizeClass;
use loke_core::terminal::{say, say_json, trouble};

/// Largest enrolment file, in bytes.
const ENROLMENT_BYTES: u64 = 64 << 10;

/// A desk that was unlocked with its passphrase. The passphrase itself is already dropped.
pub(super) struct Unlocked {
    pub(super) config: settings::DeskSettings,
    pub(super) casebook: Casebook,
    /// Empty unless the command opens tips.
    pub(super) identities: Vec<Identity>,
}

impl Unlocked {
    /// Opens the casebook, and also the identities if the command `opens` tips.
    async fn new(access: &Access, opens: bool) -> anyhow::Result<Self> {
        let config = settings::DeskSettings::read(&access.config)?;
        let passphrase = Passphrase::ask(access.passphrase_file.as_deref())?;
        let identities = if opens {
            setup::unlock_identities(&config.folder, &passphrase)?
        } else {
            Vec::new()
        };
        let casebook = setup::unlock_casebook(
            &config.folder,
            &passphrase,
            Clock::System.in_zone(config.zone.clone()),
        )
        .await?;
        drop(passphrase);
        Ok(Self {
            config,
            casebook,
            identities,
        })
    }

    /// Opens the casebook, runs `act`, and closes the casebook even if `act` fails. A program that
    /// exits while SQLCipher still closes a connection may crash at its exit, after its work is
    /// done.
    pub(super) async fn during<T>(
        access: &Access,
        act: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        Self::new(access, false).await?.act(act).await
    }

    /// The same for a command that opens tips.
    pub(super) async fn opening<T>(
        access: &Access,
        act: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        Self::new(access, true).await?.act(act).await
    }

    async fn act<T>(self, act: impl AsyncFnOnce(&Self) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let done = act(&self).await;
        self.casebook.close().await;
        done
    }
}

pub(super) async fn init(dir: &Path, passphrase_file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let passphrase = Passphrase::choose(passphrase_file)?;
    let recipient = setup::make(dir, &passphrase, Clock::System).await?;
    say(&format!(
        "The desk is in {}. Keep a backup of identity.age and casebook.key, and the passphrase apart from both: without them \
         no tip can be opened.\nThe gateway's page shows this key as: {}\nGive the gateway this public key (`loke-gateway init --recipient \
         desk=…`):\n{recipient}",
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
    Unlocked::during(access, async |desk| {
        let new = desk.casebook.connect(&enrolment).await?;
        say(&format!(
            "{} to the gateway at {} as {}. Delete {} now: it is a secret, and the casebook has it.",
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
    Unlocked::opening(access, async |desk| {
        // Drawn only on a terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} tips") {
            bar.set_style(style);
        }
        let tally = pulling::once(&desk.casebook, &desk.identities, &bar).await;
        // The outbox is processed even if no gateway can be reached.
        let sent =
            outbox::send_due(&desk.casebook, &desk.config, desk.casebook.clock().now()).await?;
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
                "Copies for partners: {} arrived, {} will be retried, {} need you",
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
    Unlocked::opening(access, async |desk| {
        let tally = pulling::import(&desk.casebook, &desk.identities, tar).await?;
        say(&format!("{} imported. An export contains no proof of its origin: make sure that you trust its source", tips(tally.collected as u64)))?;
        Ok(exit(&tally))
    })
    .await
}

pub(super) async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    Unlocked::during(access, async |desk| {
        let lines = desk.casebook.list().await?;
        if json {
            say_json(&serde_json::to_string(&lines)?)?
        } else {
            say(&words::table(&lines))?
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn show(access: &Access, id: &str, json: bool) -> anyhow::Result<ExitCode> {
    Unlocked::during(access, async |desk| {
        let casebook = &desk.casebook;
        let held = casebook.view(casebook.find(id).await?).await?;
        // `tip.json` is printed as it was in the seal.
        if json {
            say_json(&format!(
                "{{\"tip\":{},\"status\":\"{}\"}}",
                held.json.trim(),
                held.status
            ))?
        } else {
            say(&words::tip(&held)?)?
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn photo(
    access: &Access,
    id: &str,
    n: usize,
    out: &Path,
) -> anyhow::Result<ExitCode> {
    Unlocked::opening(access, async |desk| {
        let id = desk.casebook.find(id).await?;
        let jpeg = viewing::photo(&desk.casebook, &desk.identities, id, n).await?;
        private_file::write_new(out, &jpeg)?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn route(
    access: &Access,
    id: &str,
    to: &str,
    again: bool,
) -> anyhow::Result<ExitCode> {
    Unlocked::opening(access, async |desk| {
        let id = desk.casebook.find(id).await?;
        match routing::route(&desk.casebook, &desk.identities, &desk.config, id, to, again).await? {
            Routed::Arrived(copy) => say(&format!("Sent to {}, reference {}", copy.partner, copy.reference))?,
            Routed::Already(copy) => {
                say(&format!("{} has a copy already, reference {}. Nothing was sent; --again sends another", copy.partner, copy.reference))?
            }
            Routed::Waiting(copy) => {
                trouble(&format!("{} does not have it yet: {}", copy.partner, copy.problem.as_deref().unwrap_or("it is being sent")));
                say(&format!("The copy is kept, reference {}. `serve`, and the next `pull` or `route`, will retry", copy.reference))?;
                return Ok(if copy.needs_officer { ExitCode::FAILURE } else { ExitCode::SUCCESS });
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn open(access: &Access, file: &Path, out: &Path) -> anyhow::Result<ExitCode> {
    let sealed = private_file::read(file, SizeClass::Eight.sealed() as u64)?;
    Unlocked::opening(access, async |desk| {
        let opened = opening::tip(&desk.identities, &sealed)
            .map_err(|why| anyhow!("{} was not opened: {why}", file.display()))?;
        private_file::new_folder(out)?;
        desk.casebook
            .record(
                Action::Open,
                &opened.tip.id.to_string(),
                "a file outside the casebook",
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

pub(super) async fn verify(access: &Access) -> anyhow::Result<ExitCode> {
    Unlocked::during(access, async |desk| {
        let rows = casebook::verify(&desk.casebook).await?;
        say(&format!("The audit log is whole: {rows} rows"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
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
