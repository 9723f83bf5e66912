//! `init`: makes a gateway's folder. The configuration is `deploy/gateway.toml` with this gateway's
//! values, so that the sample and real configurations cannot drift apart. With `--only` it makes the
//! folder of one process of several, and with `--from` it takes all that they share from the first.

use std::fmt::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use crate::mac_key;
use crate::pickup::tls::{self, Pair};
use crate::settings::GatewaySettings;
use crate::store::{Capacity, Store};
use loke_core::clock::Zone;
use loke_core::private_file;
use loke_core::random;
use loke_core::seal::{MacKey, Recipient};
use loke_core::terminal::say;
use loke_core::tip::Lane;

mod sample;

/// Lines of the sample that `--sms` enables: the providers that need only a secret of ours and make
/// no outgoing calls.
const MODEM: [&str; 5] = [
    "# [sms]",
    "# [sms.kannel]",
    r#"# path_secret = "file:sms/kannel.path""#,
    "# [sms.gammu]",
    r#"# path_secret = "file:sms/gammu.path""#,
];

/// The address for texts if `--sms` is not given.
const SMS: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(
    std::net::Ipv4Addr::LOCALHOST,
    8082,
));
/// Days that a tip is kept, as in the sample.
const RETENTION_DAYS: u16 = 30;

/// Make a new gateway's folder: configuration, keys, an empty queue
#[derive(Args)]
pub(super) struct Init {
    /// The folder to make. Existing files in it are not overwritten
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// A key that can open tips, as NAME=age1…. Give it once for the desk and once for the backup
    #[arg(
        long = "recipient",
        value_name = "NAME=age1…",
        required_unless_present = "from"
    )]
    recipients: Vec<String>,
    /// Make the folder of one process only, if pages, pickup and texts are processes of their own
    #[arg(long, value_name = "PROCESS")]
    only: Option<Only>,
    /// The configuration of another process of the same gateway. Keys, queue, retention_days and
    /// recipients come from it, so that both agree
    #[arg(long, value_name = "FILE", requires = "only", conflicts_with_all = ["recipients", "database", "slots"])]
    from: Option<PathBuf>,
    /// Address of the residents' pages
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    web: SocketAddr,
    /// Address where desks collect
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    pickup: SocketAddr,
    /// Address for text messages from your own modem. Add other providers by hand
    #[arg(long, value_name = "ADDR")]
    sms: Option<SocketAddr>,
    /// The queue: sqlite:FILE in the folder, or postgres://…
    #[arg(long, value_name = "URL", default_value = "sqlite:queue.db")]
    database: String,
    /// How many tips the queue can store: without photos, and with up to 1, 2, 4 and 8 MiB. The disk
    /// space is taken at once, 660 MB by default. A tip without photos takes about 17 KiB
    #[arg(long, value_name = "N,N,N,N,N", default_value = "20000,128,32,16,8", value_parser = read_slots)]
    slots: [u32; 5],
}

/// A process of a gateway that has several.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The residents' pages
    Web,
    /// The desks collect here
    Pickup,
    /// Text messages
    Sms,
}

/// The settings that all processes of a gateway share.
struct SharedValues {
    database: String,
    timezone: String,
    retention_days: u16,
    capacity: Capacity,
    recipients: Vec<(String, Recipient, Vec<Lane>)>,
    /// The folder with the `mac.key` to copy.
    folder: Option<PathBuf>,
}

impl Init {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let shared = self.shared()?;
        let text = self.fill_in(&shared);
        private_file::make_folder(&self.dir).map_err(|e| unwritable(&self.dir, e.kind()))?;
        let mut made = Made::default();
        let config = self.dir.join("gateway.toml");
        let built = self.build(&mut made, &config, &text, &shared).await;
        let built = built.and_then(|()| made.give_to_owner_of(&self.dir));
        if built.is_err() {
            made.undo();
        }
        built?;
        if self.takes_texts() {
            say(
                "A modem's box delivers texts to /sms/kannel/SECRET or /sms/gammu/SECRET; each secret is in the folder sms.",
            )?;
        }
        say(&format!("Made the gateway in {}.", self.dir.display()))?;
        let config = config.display();
        let serve = format!("loke-gateway serve --config {config}");
        let enrol = format!("loke-gateway enrol DESK --config {config} --out FILE");
        say(&match (self.only, &self.from) {
            (None | Some(Only::Pickup), _) => format!("Next: {enrol}, and then {serve}"),
            (Some(_), Some(_)) => format!("Next: {serve}"),
            (Some(_), None) => format!(
                "Next: loke-gateway init --only pickup --from {config} --dir DIR, and then {serve}"
            ),
        })?;
        Ok(())
    }

    fn takes_texts(&self) -> bool {
        self.only == Some(Only::Sms) || (self.only.is_none() && self.sms.is_some())
    }

    fn has_pickup(&self) -> bool {
        matches!(self.only, None | Some(Only::Pickup))
    }

    /// The shared values: from the other process's configuration, or from the command line.
    fn shared(&self) -> Result<SharedValues, Failure> {
        let Some(from) = &self.from else {
            let recipients = self.recipients.iter().map(|given| {
                let (name, key) = read_recipient(given)?;
                Ok((name.to_owned(), key, Lane::ALL.to_vec()))
            });
            let [text, photos @ ..] = self.slots;
            return Ok(SharedValues {
                database: self.database.clone(),
                timezone: Zone::default().name().to_owned(),
                retention_days: RETENTION_DAYS,
                capacity: Capacity { text, photos },
                recipients: recipients.collect::<Result<_, Failure>>()?,
                folder: None,
            });
        };
        let config = GatewaySettings::read(from)?;
        // The queue's path is relative to the other folder.
        let database = match config.database.strip_prefix("sqlite:") {
            Some(path) => std::path::absolute(path)
                .map(|path| format!("sqlite:{}", path.display()))
                .map_err(|e| unwritable(Path::new(path), e.kind()))?,
            None => config.database,
        };
        Ok(SharedValues {
            database,
            timezone: config.zone.name().to_owned(),
            retention_days: config.retention_days,
            capacity: config.capacity,
            recipients: config
                .holders
                .into_iter()
                .map(|holder| (holder.name, holder.key, holder.lanes))
                .collect(),
            folder: Some(config.folder),
        })
    }

    /// The sample with this gateway's values. Each value replaces its line; the sample recipient is
    /// the last table.
    fn fill_in(&self, shared: &SharedValues) -> String {
        let Capacity {
            text: slots,
            photos: [one, two, four, eight],
        } = shared.capacity;
        let sms = match self.only {
            Some(Only::Sms) => Some(self.sms.unwrap_or(SMS)),
            Some(_) => None,
            None => self.sms,
        };
        let sample = sample::without(match self.only {
            None => &[],
            Some(Only::Web) => &["sms", "pickup"],
            Some(Only::Pickup) => &["web", "onion", "sms"],
            Some(Only::Sms) => &["web", "onion", "pickup"],
        });
        let mut text = String::with_capacity(sample.len() + 200);
        for line in sample.lines().take_while(|line| *line != "[[recipients]]") {
            match line {
                r#"database = "sqlite:queue.db""# => {
                    writeln!(text, "database = {}", quoted(&shared.database))
                }
                r#"# timezone = "Europe/London""# if shared.timezone != Zone::default().name() => {
                    writeln!(text, "timezone = {}", quoted(&shared.timezone))
                }
                "retention_days = 30" => {
                    writeln!(text, "retention_days = {}", shared.retention_days)
                }
                r#"listen = "127.0.0.1:8080""# => writeln!(text, "listen = \"{}\"", self.web),
                r#"listen = "127.0.0.1:8081""# => writeln!(text, "listen = \"{}\"", self.pickup),
                r#"# listen = "127.0.0.1:8082""# if let Some(sms) = sms => {
                    writeln!(text, "listen = \"{sms}\"")
                }
                line if sms.is_some() && MODEM.contains(&line) => {
                    writeln!(text, "{}", line.trim_start_matches("# "))
                }
                "text = 20000" => writeln!(text, "text = {slots}"),
                "photos = [128, 32, 16, 8]" => {
                    writeln!(text, "photos = [{one}, {two}, {four}, {eight}]")
                }
                _ => writeln!(text, "{line}"),
            }
            .unwrap_or_default();
        }
        for (name, key, lanes) in &shared.recipients {
            let lanes = if lanes.len() == Lane::ALL.len() {
                String::new()
            } else {
                let words: Vec<String> = lanes.iter().map(|lane| quoted(lane.word())).collect();
                format!("lanes = [{}]\n", words.join(", "))
            };
            writeln!(
                text,
                "[[recipients]]\nname = {}\nkey = \"{key}\"\n{lanes}",
                quoted(name)
            )
            .unwrap_or_default();
        }
        text
    }

    /// Reads the configuration back, so that `serve` accepts what `init` writes.
    async fn build(
        &self,
        made: &mut Made,
        config: &Path,
        text: &str,
        shared: &SharedValues,
    ) -> Result<(), Failure> {
        let no_key = |_| {
            Failure::new(
                "the operating system returned no random bytes",
                "Check that /dev/urandom can be read",
            )
        };
        let mac_key = match &shared.folder {
            Some(folder) => mac_key::read(folder)?,
            None => MacKey::random().map_err(no_key)?,
        };
        let pair = Pair::new("loke-pickup").map_err(|_| {
            Failure::new(
                "no TLS key could be made",
                "Check that /dev/urandom can be read",
            )
        })?;
        made.write(config, text)?;
        made.write(&self.dir.join(mac_key::MAC_KEY), &mac_key::text(&mac_key))?;
        if self.has_pickup() {
            made.write(&self.dir.join(tls::CERTIFICATE), &pair.certificate)?;
            made.write(&self.dir.join(tls::KEY), &pair.key)?;
        }
        if self.takes_texts() {
            let folder = self.dir.join("sms");
            private_file::make_folder(&folder).map_err(|e| unwritable(&folder, e.kind()))?;
            made.0.push(folder.clone());
            for provider in ["kannel", "gammu"] {
                let secret = hex::encode(random::bytes::<24>().map_err(no_key)?) + "\n";
                made.write(&folder.join(format!("{provider}.path")), &secret)?;
            }
        }
        let read = GatewaySettings::read(config)?;
        if shared.folder.is_some() {
            // The other process has the queue.
            return Ok(());
        }
        made.expect_queue(&read.database)?;
        // Shown on a terminal only.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("Making the queue {bar:40} {bytes} of {total_bytes}")
        {
            bar.set_style(style);
        }
        let mut told = |made, all| {
            bar.set_length(all);
            bar.set_position(made);
        };
        let made = Store::make(&read.database, read.capacity, &mut told).await;
        bar.finish_and_clear();
        Ok(made.map(drop)?)
    }
}

/// The files made so far, to be deleted if a later step fails.
#[derive(Default)]
struct Made(Vec<PathBuf>);

impl Made {
    fn write(&mut self, file: &Path, text: &str) -> Result<(), Failure> {
        private_file::write_new(file, text.as_bytes()).map_err(|e| unwritable(file, e.kind()))?;
        self.0.push(file.to_owned());
        Ok(())
    }

    /// Rejects an existing queue: it belongs to other keys.
    fn expect_queue(&mut self, database: &str) -> Result<(), Failure> {
        let Some(path) = database.strip_prefix("sqlite:") else {
            return Ok(());
        };
        if Path::new(path).exists() {
            return Err(unwritable(
                Path::new(path),
                std::io::ErrorKind::AlreadyExists,
            ));
        }
        self.0
            .extend(["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{path}{end}"))));
        Ok(())
    }

    /// Root may prepare the folder of another user, who must then own the files in it.
    fn give_to_owner_of(&self, dir: &Path) -> Result<(), Failure> {
        let Ok(owner) = std::fs::metadata(dir) else {
            return Ok(());
        };
        let theirs = |file: &&PathBuf| {
            file.starts_with(dir)
                && std::fs::metadata(file).is_ok_and(|file| file.uid() != owner.uid())
        };
        for file in self.0.iter().filter(theirs) {
            chown(file, Some(owner.uid()), Some(owner.gid()))
                .map_err(|e| unwritable(file, e.kind()))?;
        }
        Ok(())
    }

    fn undo(&self) {
        for file in self.0.iter().rev() {
            let _ = if file.is_dir() {
                std::fs::remove_dir(file)
            } else {
                std::fs::remove_file(file)
            };
        }
    }
}

pub(super) fn unwritable(path: &Path, kind: std::io::ErrorKind) -> Failure {
    match kind {
        std::io::ErrorKind::AlreadyExists => Failure::new(
            format!(
                "{} already exists, and nothing is overwritten",
                path.display()
            ),
            "Name another place, or move it away first",
        ),
        kind => Failure::new(
            format!("{} cannot be written ({kind})", path.display()),
            "Check the path, its permissions and the room on its disk",
        ),
    }
}

/// Parses `NAME=age1…`. An error never repeats the value, which may be a secret key.
fn read_recipient(given: &str) -> Result<(&str, Recipient), Failure> {
    let (name, key) = match given.split_once('=') {
        Some((name, key)) if !name.trim().is_empty() => (name.trim(), key),
        _ if given.to_ascii_uppercase().contains("AGE-SECRET-KEY-") => ("", given),
        _ => {
            return Err(Failure::new(
                "a --recipient is not NAME=age1…",
                "Write a name, an equals sign and the line that `loke-desk init` printed",
            ));
        }
    };
    let key = key.parse().map_err(|e| {
        Failure::new(
            format!("a --recipient cannot be used: {e}"),
            "Nothing was written",
        )
    })?;
    Ok((name, key))
}

/// Parses `--slots`.
fn read_slots(given: &str) -> Result<[u32; 5], String> {
    let numbers: Option<Vec<u32>> = given.split(',').map(|n| n.trim().parse().ok()).collect();
    numbers.and_then(|n| n.try_into().ok()).ok_or_else(|| {
        "write five whole numbers separated by commas, such as 20000,128,32,16,8".to_owned()
    })
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::sample::SAMPLE;
    use super::*;

    #[test]
    fn every_line_that_init_fills_in_stands_in_the_sample_once() {
        let modem = MODEM.into_iter().chain(["# listen = \"127.0.0.1:8082\""]);
        let filled = [
            "database = \"sqlite:queue.db\"",
            "listen = \"127.0.0.1:8080\"",
            "listen = \"127.0.0.1:8081\"",
            "text = 20000",
            "retention_days = 30",
            "# timezone = \"Europe/London\"",
        ];
        for line in filled
            .into_iter()
            .chain(["photos = [128, 32, 16, 8]", "[[recipients]]"])
            .chain(modem)
        {
            assert_eq!(SAMPLE.lines().filter(|l| *l == line).count(), 1, "{line}");
        }
        assert_eq!(
            SAMPLE.lines().rfind(|l| l.starts_with('[')),
            Some("[[recipients]]")
        );
    }
}
