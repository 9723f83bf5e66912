//! `init`: makes a gateway's folder. The configuration is `deploy/gateway.toml` with this gateway's
//! values, so that the sample and real configurations cannot drift apart.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use crate::mac_key;
use crate::pickup::tls::{self, Pair};
use crate::settings::GatewaySettings;
use crate::store::Store;
use loke_core::private_file;
use loke_core::random;
use loke_core::seal::{MacKey, Recipient};
use loke_core::terminal::say;

/// The commented sample that `init` fills in.
const SAMPLE: &str = include_str!("../../../deploy/gateway.toml");

/// Lines of the sample that `--sms` enables: the providers that need only a secret of ours and make
/// no outgoing calls.
const MODEM: [&str; 5] = [
    "# [sms]",
    "# [sms.kannel]",
    r#"# path_secret = "file:sms/kannel.path""#,
    "# [sms.gammu]",
    r#"# path_secret = "file:sms/gammu.path""#,
];

/// Make a new gateway's folder: configuration, keys, an empty queue
#[derive(Args)]
pub(super) struct Init {
    /// The folder to make. Existing files in it are not overwritten
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// A key that can open tips, as NAME=age1…. Give it once for the desk and once for the backup
    #[arg(long = "recipient", value_name = "NAME=age1…", required = true)]
    recipients: Vec<String>,
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

impl Init {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let recipients = self
            .recipients
            .iter()
            .map(|r| read_recipient(r))
            .collect::<Result<Vec<_>, _>>()?;
        let text = self.fill_in(&recipients);
        private_file::make_folder(&self.dir).map_err(|e| unwritable(&self.dir, e.kind()))?;
        let mut made = Made::default();
        let config = self.dir.join("gateway.toml");
        let built = self.build(&mut made, &config, &text).await;
        if built.is_err() {
            made.undo();
        }
        built?;
        if self.sms.is_some() {
            say(
                "A modem's box delivers texts to /sms/kannel/SECRET or /sms/gammu/SECRET; each secret is in the folder sms.",
            )?;
        }
        say(&format!("Made the gateway in {}.", self.dir.display()))?;
        say(&format!(
            "Next: loke-gateway enrol DESK --config {} --out FILE, and then loke-gateway serve --config {0}",
            config.display()
        ))?;
        Ok(())
    }

    /// The sample with this gateway's values. Each value replaces its line; the sample recipient is
    /// the last table.
    fn fill_in(&self, recipients: &[(&str, Recipient)]) -> String {
        let [slots, one, two, four, eight] = self.slots;
        let mut text = String::with_capacity(SAMPLE.len() + 200);
        for line in SAMPLE.lines().take_while(|line| *line != "[[recipients]]") {
            match line {
                r#"database = "sqlite:queue.db""# => {
                    writeln!(text, "database = {}", quoted(&self.database))
                }
                r#"listen = "127.0.0.1:8080""# => writeln!(text, "listen = \"{}\"", self.web),
                r#"listen = "127.0.0.1:8081""# => writeln!(text, "listen = \"{}\"", self.pickup),
                r#"# listen = "127.0.0.1:8082""# if let Some(sms) = self.sms => {
                    writeln!(text, "listen = \"{sms}\"")
                }
                line if self.sms.is_some() && MODEM.contains(&line) => {
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
        for (name, key) in recipients {
            writeln!(
                text,
                "[[recipients]]\nname = {}\nkey = \"{key}\"\n",
                quoted(name)
            )
            .unwrap_or_default();
        }
        text
    }

    /// Reads the configuration back, so that `serve` accepts what `init` writes.
    async fn build(&self, made: &mut Made, config: &Path, text: &str) -> Result<(), Failure> {
        let no_key = |_| {
            Failure::new(
                "the operating system returned no random bytes",
                "Check that /dev/urandom can be read",
            )
        };
        let mac_key = MacKey::random().map_err(no_key)?;
        let pair = Pair::new("loke-pickup").map_err(|_| {
            Failure::new(
                "no TLS key could be made",
                "Check that /dev/urandom can be read",
            )
        })?;
        made.write(config, text)?;
        made.write(&self.dir.join(mac_key::MAC_KEY), &mac_key::text(&mac_key))?;
        made.write(&self.dir.join(tls::CERTIFICATE), &pair.certificate)?;
        made.write(&self.dir.join(tls::KEY), &pair.key)?;
        if self.sms.is_some() {
            let folder = self.dir.join("sms");
            private_file::make_folder(&folder).map_err(|e| unwritable(&folder, e.kind()))?;
            for provider in ["kannel", "gammu"] {
                let secret = hex::encode(random::bytes::<24>().map_err(no_key)?) + "\n";
                made.write(&folder.join(format!("{provider}.path")), &secret)?;
            }
        }
        let read = GatewaySettings::read(config)?;
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

    fn undo(&self) {
        for file in &self.0 {
            let _ = std::fs::remove_file(file);
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
    use super::*;

    #[test]
    fn every_line_that_init_fills_in_stands_in_the_sample_once() {
        let modem = MODEM.into_iter().chain(["# listen = \"127.0.0.1:8082\""]);
        let filled = [
            "database = \"sqlite:queue.db\"",
            "listen = \"127.0.0.1:8080\"",
            "listen = \"127.0.0.1:8081\"",
            "text = 20000",
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
