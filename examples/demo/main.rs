//! `cargo demo`: both sides on one machine, for trying Loke out. It makes keys, a queue, a desk
//! and five partners in a folder, then runs the gateway, a gateway for text messages, the desk and
//! the partner page as four processes (it executes itself once for each), so that the demo runs the
//! shipped code.
//! It simulates the rest: mail, phone, SMS providers. Loopback only. It must never be used with
//! real residents: its passphrase is in a file.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Parser;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

mod desk;
mod mailbox;
mod partners;
mod phone;
mod providers;
mod samples;

use loke::terminal::{say, trouble};
use providers::Providers;

// As in the programs that ship.
#[global_allocator]
static ALLOCATOR: loke::zeroing_alloc::Wiping = loke::zeroing_alloc::Wiping;

/// The program that this process runs; unset in the process that a person started.
const ROLE: &str = "LOKE_DEMO_ROLE";

/// Try Loke out: a resident's page, a phone that sends texts and a staff desk on this machine.
/// Nothing is sent anywhere else.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Options {
    /// Folder of keys, queue and desk. Default: a temporary folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Address of the resident's page
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    web: SocketAddr,
    /// Address where the desk collects
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    pickup: SocketAddr,
    /// Address for text messages
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8082")]
    sms: SocketAddr,
    /// Address of the page that plays a phone [default: 127.0.0.1:8084, or any free port if that is
    /// in use]
    #[arg(long, value_name = "ADDR")]
    phone: Option<SocketAddr>,
    /// Address of the staff desk
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    desk: SocketAddr,
    /// Address of the page on which partners answer
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8070")]
    partners: SocketAddr,
    /// Start with an empty desk, without the made-up tips
    #[arg(long)]
    empty: bool,
}

fn main() -> ExitCode {
    match std::env::var(ROLE).as_deref() {
        Ok("gateway") => return loke::gateway::cli::main(),
        Ok("desk") => return loke::desk::cli::main(),
        Ok("page") => return desk::main(),
        _ => {}
    }
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads")
        .and_then(|r| r.block_on(run(options())));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            trouble(&format!("the demonstration stopped: {problem:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The options. `cargo demo -- --dir DIR` and `cargo demo --dir DIR` both work: the alias already
/// ends in `--`, so a second one is skipped.
fn options() -> Options {
    let mut words = std::env::args_os();
    let program = words.next();
    let mut words = words.peekable();
    words.next_if(|word| word == "--");
    Options::parse_from(program.into_iter().chain(words))
}

async fn run(options: Options) -> anyhow::Result<()> {
    let addresses = [
        options.web,
        options.pickup,
        options.sms,
        options.desk,
        options.partners,
    ];
    for address in addresses.into_iter().chain(options.phone) {
        ensure!(
            address.ip().is_loopback(),
            "{address} is not a loopback address, and the demonstration must stay on this machine"
        );
    }
    let temporary = if options.dir.is_none() {
        Some(tempfile::tempdir().context("no temporary folder")?)
    } else {
        None
    };
    let dir = match (&options.dir, &temporary) {
        (Some(dir), _) => std::path::absolute(dir).context("the folder's path is invalid")?,
        (None, Some(dir)) => dir.path().to_owned(),
        (None, None) => bail!("no folder"),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let post = mailbox::start(partners::inboxes(&dir))
        .await
        .context("the demonstration's mail server cannot start")?;
    if dir.join("gateway/gateway.toml").exists() {
        partners::write_mail(&dir, post)?;
    } else {
        set_up(&options, &dir, post).await?;
    }
    let mut gateway = start(
        "gateway",
        &[
            "serve",
            "--config",
            &text(&dir.join("gateway/gateway.toml")),
        ],
    )?;
    wait_for(options.web, &mut gateway).await?;
    say(&format!("resident page: http://{}/", options.web))?;
    let phone = bind_phone(options.phone).await?;
    let phone_url = format!("http://{}/", phone.local_addr()?);
    let rest = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let providers = Providers::set_up(&dir, options.sms, rest.local_addr()?)
        .context("the gateway for text messages cannot be set up")?;
    let phone = tokio::spawn(phone::serve(phone, rest, providers, options.sms));
    let mut sms = start(
        "gateway",
        &[
            "serve",
            "--config",
            &text(&dir.join("gateway-sms/gateway.toml")),
        ],
    )?;
    wait_for(options.sms, &mut sms).await?;
    let answers = partners::set_page(&dir, options.partners)?;
    let mut answers = start("desk", &["serve-partners", "--config", &text(&answers)])?;
    wait_for(options.partners, &mut answers).await?;
    let mut desk = start(
        "page",
        &desk_args(&dir, &["--listen", &options.desk.to_string()]),
    )?;
    let relay = tokio::spawn(relay(desk.stdout.take(), phone_url));
    say(&format!(
        "everything is in {}; Ctrl-C stops it",
        dir.display()
    ))?;
    let ended = tokio::select! {
        pressed = asked_to_stop() => pressed,
        status = gateway.wait() => Err(anyhow::anyhow!("the gateway ended ({})", status?)),
        status = sms.wait() => Err(anyhow::anyhow!("the gateway for text messages ended ({})", status?)),
        status = desk.wait() => Err(anyhow::anyhow!("the desk ended ({})", status?)),
        status = answers.wait() => Err(anyhow::anyhow!("the partner page ended ({})", status?)),
    };
    stop(&mut desk).await;
    stop(&mut answers).await;
    stop(&mut sms).await;
    stop(&mut gateway).await;
    relay.abort();
    phone.abort();
    if ended.is_ok() {
        say("stopped")?;
    }
    ended
}

/// Waits for Ctrl-C or SIGTERM.
async fn asked_to_stop() -> anyhow::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        _ = term.recv() => Ok(()),
    }
}

/// Sets everything up with the programs' own commands, as in the run-book: desk, gateway,
/// enrolment, partners.
async fn set_up(options: &Options, dir: &Path, post: SocketAddr) -> anyhow::Result<()> {
    let passphrase = dir.join("passphrase");
    std::fs::write(&passphrase, "this is only a demonstration\n")?;
    let said = call(
        "desk",
        &[
            "init",
            "--dir",
            &text(&dir.join("desk")),
            "--as",
            desk::SUPERVISOR,
            "--passphrase-file",
            &text(&passphrase),
        ],
    )
    .await?;
    std::fs::rename(&passphrase, dir.join("desk/passphrase"))?;
    let recipient = said.trim().lines().last().unwrap_or_default();
    let (gateway, config) = (
        text(&dir.join("gateway")),
        text(&dir.join("gateway/gateway.toml")),
    );
    partners::write_page(dir, recipient)?;
    let named_recipient = format!("desk={recipient}");
    let (web, pickup) = (options.web.to_string(), options.pickup.to_string());
    let mut init = vec![
        "init",
        "--dir",
        &gateway,
        "--recipient",
        &named_recipient,
        "--web",
        &web,
        "--pickup",
        &pickup,
    ];
    init.extend(["--slots", "256,8,4,2,1"]);
    call("gateway", &init).await?;
    partners::set_gateway(&dir.join("gateway/gateway.toml"))?;
    let enrolment = text(&dir.join("desk.enrolment"));
    call(
        "gateway",
        &[
            "enrol",
            "demo-desk",
            "--config",
            &config,
            "--out",
            &enrolment,
        ],
    )
    .await?;
    call(
        "desk",
        &desk_args(dir, &["connect", "--enrolment", &enrolment]),
    )
    .await?;
    std::fs::remove_file(&enrolment)?;
    if !options.empty {
        let export = dir.join("samples.tar");
        samples::write_export(&export, recipient)?;
        call("desk", &desk_args(dir, &["import", &text(&export)])).await?;
        std::fs::remove_file(&export)?;
    }
    add_colleagues(dir).await?;
    let partners = partners::write(dir, post)?;
    let import = ["partner", "import", &text(&partners)];
    call("desk", &desk_args(dir, &import)).await?;
    let ((partner, _), (name, passphrase)) = (partners::WARDENS, partners::WARDEN);
    let first = dir.join("first");
    std::fs::write(&first, format!("{passphrase}\n"))?;
    let first = text(&first);
    let add = ["partner", "account", "add", partner, name];
    let with = ["--new-passphrase-file", &first];
    call("desk", &desk_args(dir, &[&add[..], &with].concat())).await?;
    std::fs::remove_file(&first)?;
    Ok(())
}

/// Two officers beside the supervisor, and a book that only the supervisor opens.
async fn add_colleagues(dir: &Path) -> anyhow::Result<()> {
    for name in desk::OFFICERS {
        let (first, own) = (
            dir.join("first"),
            dir.join(format!("desk/passphrase-{name}")),
        );
        std::fs::write(&first, "the administrator made this one\n")?;
        std::fs::write(&own, format!("this is only a demonstration, {name}\n"))?;
        let (first, own) = (text(&first), text(&own));
        let add = ["account", "add", name, "--role", "officer"];
        let with = ["--new-passphrase-file", &first];
        call("desk", &desk_args(dir, &[&add[..], &with].concat())).await?;
        let config = text(&dir.join("desk/desk.toml"));
        let mut choose = vec!["account", "passphrase", "--as", name, "--config", &config];
        choose.extend(["--passphrase-file", &first, "--new-passphrase-file", &own]);
        call("desk", &choose).await?;
        std::fs::remove_file(&first)?;
        let mut grant = vec!["book", "grant", "main", name];
        let with;
        // The first officer is the second member, who agrees with every later grant.
        let [second, ..] = desk::OFFICERS;
        if second != name {
            with = text(&dir.join(format!("desk/passphrase-{second}")));
            grant.extend(["--agree-as", second, "--agree-passphrase-file", &with]);
        }
        call("desk", &desk_args(dir, &grant)).await?;
    }
    call("desk", &desk_args(dir, &["book", "add", "restricted"])).await?;
    Ok(())
}

/// No other program depends on the address of the phone's page: if its usual address is in use, any
/// other will do.
async fn bind_phone(asked: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(address) = asked {
        return TcpListener::bind(address)
            .await
            .with_context(|| format!("the phone's page cannot listen on {address}"));
    }
    match TcpListener::bind((Ipv4Addr::LOCALHOST, 8084)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("no port is free for the phone's page"),
    }
}

fn desk_args(dir: &Path, command: &[&str]) -> Vec<String> {
    let common = [
        "--config".to_owned(),
        text(&dir.join("desk/desk.toml")),
        "--passphrase-file".to_owned(),
        text(&dir.join("desk/passphrase")),
    ];
    command
        .iter()
        .map(|a| (*a).to_owned())
        .chain(common)
        .collect()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn program<S: AsRef<std::ffi::OsStr>>(role: &str, args: &[S]) -> anyhow::Result<Command> {
    let mut command =
        Command::new(std::env::current_exe().context("this program cannot find itself")?);
    command
        .env(ROLE, role)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// Runs one command to its end and returns its output.
async fn call<S: AsRef<std::ffi::OsStr>>(role: &str, args: &[S]) -> anyhow::Result<String> {
    let out = program(role, args)?.output().await?;
    ensure!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Starts one of the servers. The output of the desk's page is piped, because it contains the link.
fn start<S: AsRef<std::ffi::OsStr>>(role: &str, args: &[S]) -> anyhow::Result<Child> {
    let out = if role == "page" {
        Stdio::piped()
    } else {
        Stdio::inherit()
    };
    program(role, args)?
        .stdout(out)
        .spawn()
        .context("the program cannot be started again")
}

/// Prints the desk's output, and the phone's URL after the desk's.
async fn relay(out: Option<tokio::process::ChildStdout>, phone: String) {
    let Some(out) = out else { return };
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let phone = line
            .starts_with("staff desk:")
            .then(|| format!("\nphone: {phone}"));
        if let Err(unprinted) = say(&(line + phone.as_deref().unwrap_or_default())) {
            trouble(&unprinted.to_string());
        }
    }
}

/// Waits until a server listens at `address` or the program has ended.
async fn wait_for(address: SocketAddr, program: &mut Child) -> anyhow::Result<()> {
    for _ in 0..1_000 {
        if let Some(status) = program.try_wait()? {
            bail!("the gateway ended ({status})");
        }
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the gateway did not answer within 20 seconds")
}

/// Asks a program to stop, and kills it after five seconds.
async fn stop(program: &mut Child) {
    if let Some(id) = program.id() {
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(id.to_string())
            .status()
            .await;
    }
    if tokio::time::timeout(Duration::from_secs(5), program.wait())
        .await
        .is_err()
    {
        let _ = program.kill().await;
    }
}
