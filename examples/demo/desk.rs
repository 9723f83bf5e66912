//! The desk's page of the demo: the shipped page, and beside it a link that signs the supervisor in once.
//! The program that ships has no such link: it would need the passphrase in a file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use clap::Parser;
use loke::clock::Clock;
use loke::desk::acting;
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::register::{Account, Register};
use loke::desk::screen::Screen;
use loke::desk::serving::Serving;
use loke::desk::settings::DeskSettings;
use loke::random;
use loke::terminal::{say, trouble};

/// The first account. It has all roles.
pub(crate) const SUPERVISOR: &str = "ann";
/// The other accounts.
pub(crate) const OFFICERS: [&str; 2] = ["ben", "cai"];
/// Enough for SQLCipher and scrypt.
const LOCKED: u64 = 2 << 30;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    config: PathBuf,
    #[arg(long)]
    passphrase_file: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

/// Serves the page until it is stopped.
pub(crate) fn main() -> ExitCode {
    let hardened = loke::harden::harden(LOCKED);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads");
    let ended = runtime.and_then(|runtime| {
        runtime.block_on(async {
            loke::log::start();
            hardened.log();
            serve(Options::parse()).await
        })
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            trouble(&format!("the demonstration's desk stopped: {problem:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> anyhow::Result<()> {
    let desk = DeskSettings::read(&options.config)?;
    let clock = Clock::System.in_zone(desk.zone.clone());
    let folder = desk.folder.clone();
    let register = Register::open(&folder, clock).await?;
    let account = register.accounts().await?;
    let account = account.into_iter().next().context("no account")?;
    let passphrase = Passphrase::ask(Some(&options.passphrase_file))?;
    let member = acting::unlock(&folder, &account.name, &passphrase)?;
    drop(passphrase);
    let serving = Serving::start(register, desk, &options.config, Some(options.listen)).await?;
    let token = hex::encode(random::bytes::<32>()?);
    let url = serving.screen().sign_in_url();
    let origin = url.strip_suffix("/sign-in").context("no origin")?;
    say(&format!("staff desk: {origin}/enter/{token}"))?;
    let link = Link {
        screen: Arc::clone(serving.screen()),
        unused: Mutex::new(Some((token, account, member))),
    };
    serving.with_routes(link.routes()).run().await
}

/// A link that signs an account in, once.
struct Link {
    screen: Arc<Screen>,
    /// Its token, and who it signs in.
    unused: Mutex<Option<(String, Account, Vec<Identity>)>>,
}

impl Link {
    fn routes(self) -> Router {
        let link = Arc::new(self);
        let enter = move |Path(token): Path<String>| {
            let link = Arc::clone(&link);
            async move { link.enter(&token).await }
        };
        Router::new().route("/enter/{token}", get(enter))
    }

    async fn enter(&self, token: &str) -> Response {
        let taken = {
            let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
            unused.take_if(|(of, _, _)| of == token)
        };
        let Some((_, account, member)) = taken else {
            return Redirect::to("/sign-in").into_response();
        };
        match self
            .screen
            .begin(&account, &member, ("demonstration", None))
            .await
        {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
            Err(problem) => {
                (StatusCode::INTERNAL_SERVER_ERROR, problem.to_string()).into_response()
            }
        }
    }
}
