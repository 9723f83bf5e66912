//! `loke-desk deliver`: what `serve` does each minute with reports and partners' answers, once.

use std::process::ExitCode;

use anyhow::anyhow;

use super::Access;
use super::signed_in::SignedIn;
use crate::jobs::answers::{collect, collect_keys};
use crate::outbox::{self, Sent};
use loke_core::terminal::say;

/// Sends what is due: what is sealed to partners, and what the open books send in the clear.
pub(super) async fn send(desk: &SignedIn) -> anyhow::Result<Sent> {
    let register = desk.acting.register();
    let now = register.clock().now();
    let mut sent = outbox::send_due(register, &desk.config, now).await?;
    for book in desk.acting.books() {
        let open = outbox::send_open(book, &desk.config, now).await?;
        sent.arrived += open.arrived;
        sent.waiting += open.waiting;
        sent.stuck += open.stuck;
        book.note_arrivals().await?;
    }
    Ok(sent)
}

pub(super) async fn deliver(access: &Access) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let sent = send(desk).await?;
        say(&format!(
            "Reports to partners: {} arrived, {} will be retried, {} need you",
            sent.arrived, sent.waiting, sent.stuck
        ))?;
        if let Some(folder) = &desk.config.answers {
            let keys = collect_keys(folder, desk.acting.register()).await;
            match keys.map_err(|problem| anyhow!(problem))? {
                0 => {}
                n => say(&format!(
                    "New keys of partners' accounts: {n}. Compare each by telephone: `loke-desk partner account list`"
                ))?,
            }
            let all = desk.acting.register().books().await?.len() == desk.acting.books().len();
            let got = collect(folder, desk.acting.books(), all).await;
            let got = got.map_err(|problem| anyhow!(problem))?;
            say(&format!(
                "Answers of partners: {} recorded, {} not valid, {} for other books",
                got.recorded, got.dropped, got.waiting
            ))?;
        }
        Ok(match sent.stuck {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    })
    .await
}
