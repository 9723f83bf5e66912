//! `prove`: shows on a live gateway that it stores nothing that identifies a resident. It sends
//! marked reports through each channel as a resident would, waits, then searches the gateway's
//! files, the logs and the memory of its processes for every word that it planted. It reads no
//! reports of real residents, and prints places and never contents.

use std::path::PathBuf;
use std::time::Duration;

use crate::settings::GatewaySettings;
use loke_core::clock::Clock;
use loke_core::random::NoRandomness;
use loke_core::seal::MacKey;

mod marks;
pub mod places;
mod statement;
pub mod sweep;
mod visit;

use marks::Marks;
pub use statement::Statement;
use sweep::Sweep;
use visit::Visitor;

/// Why the run could not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration has neither `[web]` nor `[onion]`.
    #[error(
        "the configuration has neither [web] nor [onion]. Run this with the configuration of a gateway that takes reports"
    )]
    NoChannel,
    /// The URL cannot be used.
    #[error("{0} is not a URL that a report can be sent to. Write http://HOST or https://HOST")]
    Address(String),
    /// The gateway rejected the report.
    #[error(
        "{0} did not accept a report: {1}. Run `loke-gateway check`, and try the page in a browser"
    )]
    Refused(String, String),
    /// No gateway process was found.
    #[error(
        "no running `loke-gateway serve` was found on this machine. Start it, or give its process with --pid"
    )]
    NoProcess,
    /// This user may not read the memory.
    #[error(
        "the memory of process {0} cannot be read ({1}). Run this as root or with CAP_SYS_PTRACE"
    )]
    Memory(u32, std::io::ErrorKind),
    /// A file could not be searched.
    #[error("{0} cannot be read ({1}). Run this as a user who may read it")]
    File(PathBuf, std::io::ErrorKind),
    /// The control failed: the search did not find a known word.
    #[error(
        "the search is blind: it did not find a half-sent report in memory while the connection was open. Nothing is proved; report this as a flaw"
    )]
    Blind,
    /// The words cannot be searched for.
    #[error(transparent)]
    Unsearchable(#[from] sweep::Unsearchable),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// What to send, and where to search.
pub struct Plan {
    /// The gateway's configuration.
    pub config: GatewaySettings,
    /// The key by which the desk recognises the marked reports.
    pub mac_key: MacKey,
    /// The URL to visit instead of `public_url`.
    pub url: Option<String>,
    /// Certificates (PEM) to trust besides the public authorities.
    pub authority: Option<PathBuf>,
    /// The processes whose memory is searched. If empty, every `loke-gateway serve`.
    pub processes: Vec<u32>,
    /// Folders and files to search for changes since the start: logs, also the proxy's.
    pub logs: Vec<PathBuf>,
    /// How long to wait after the last response.
    pub wait: Duration,
}

/// Sends marked reports, waits, and searches. The result is in the [`Statement`].
///
/// # Errors
/// [`Error`] if the run could not finish.
pub async fn prove(plan: Plan, clock: &Clock) -> Result<Statement, Error> {
    let began = clock.now();
    let visitors = Visitor::of(&plan)?;
    let processes = if plan.processes.is_empty() {
        places::gateways()
    } else {
        plan.processes.clone()
    };
    if processes.is_empty() {
        return Err(Error::NoProcess);
    }
    let mut marks = Marks::new(&plan.mac_key)?;
    let mut sent = Vec::new();
    for visitor in &visitors {
        visitor.report(&mut marks).await?;
        visitor.look_and_leave(&marks).await?;
        sent.push(visitor.channel);
    }
    show_that_the_search_sees(&visitors, &marks, &processes).await?;
    tokio::time::sleep(plan.wait).await;

    let sweep = marks.sweep()?;
    let mut searched = vec![places::folder(
        &sweep,
        "the gateway's folder",
        &plan.config.folder,
        None,
    )?];
    if let Some(database) = plan
        .config
        .database
        .strip_prefix("sqlite:")
        .map(PathBuf::from)
        .filter(|file| !file.starts_with(&plan.config.folder))
    {
        searched.push(places::queue(&sweep, &database)?);
    }
    for log in &plan.logs {
        searched.push(places::folder(
            &sweep,
            &format!("{}, changes since the start", log.display()),
            log,
            Some(began),
        )?);
    }
    for process in &processes {
        searched.push(places::open_files(&sweep, *process));
        searched.push(places::temporary(&sweep, *process, began)?);
        searched.push(places::memory(&sweep, *process)?);
    }
    Ok(Statement {
        day: clock.today(),
        sent,
        words: marks.names(),
        searched,
    })
}

/// The control: the search must find a half-sent report in the memory of the process that is
/// reading it.
async fn show_that_the_search_sees(
    visitors: &[Visitor],
    marks: &Marks,
    processes: &[u32],
) -> Result<(), Error> {
    let sweep = Sweep::new([marks.in_flight()])?;
    for visitor in visitors {
        let half_sent = visitor.half_send(marks).await?;
        let mut seen = false;
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            for process in processes {
                seen |= !places::memory(&sweep, *process)?.finds.is_empty();
            }
            if seen {
                break;
            }
        }
        drop(half_sent);
        if !seen {
            return Err(Error::Blind);
        }
    }
    Ok(())
}
