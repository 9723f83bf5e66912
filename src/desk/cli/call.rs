//! `loke-desk call`: records a call about danger or a child, as the phone brief does.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use super::Access;
use super::signed_in::SignedIn;
use crate::book::{CallResult, Consent, NewCall};
use crate::welfare::moment;
use loke_core::terminal::say;

/// The options of `call`.
#[derive(Args)]
pub(super) struct Call {
    /// The tip's name, its id, or the id's first digits
    id: String,
    /// The office or person that was rung
    #[arg(long, value_name = "WHO")]
    rung: String,
    /// The call was made, and they gave this reference
    #[arg(long, value_name = "REFERENCE", conflicts_with = "tried")]
    made: Option<String>,
    /// Nobody answered, and the next try is then: "2026-05-03 10:20", at most 48 hours away
    #[arg(long, value_name = "DAY TIME")]
    tried: Option<String>,
    /// An adult, or a child's parent, was asked for consent and said this
    #[arg(long, value_name = "TEXT", conflicts_with = "no_consent")]
    consent: Option<String>,
    /// Nobody asked for consent, because
    #[arg(long, value_name = "WHY")]
    no_consent: Option<String>,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn call(call: &Call) -> anyhow::Result<ExitCode> {
    SignedIn::during(&call.access, async |desk| {
        let (book, tip) = desk.acting.find(&call.id).await?;
        let result = match (&call.made, &call.tried) {
            (Some(reference), _) => CallResult::Made(reference),
            (None, Some(next)) => {
                let (day, time) = next.trim().split_once(' ').unwrap_or((next, ""));
                let next = moment(&desk.config.zone, day, time);
                CallResult::Tried(next.ok_or_else(|| {
                    anyhow!("--tried needs the day and the time of the next try, such as \"2026-05-03 10:20\". Nothing was recorded")
                })?)
            }
            (None, None) => anyhow::bail!(
                "say how the call ended: --made REFERENCE, or --tried with the next try. Nothing was recorded"
            ),
        };
        let (consent, why) = match (&call.consent, &call.no_consent) {
            (Some(said), _) => (Consent::Asked, said.as_str()),
            (None, Some(why)) => (Consent::NotAsked, why.as_str()),
            (None, None) => anyhow::bail!(
                "say whether anybody asked for consent: --consent, or --no-consent with the reason. Nothing was recorded"
            ),
        };
        let new = NewCall {
            rung: &call.rung,
            result,
            consent,
            why,
        };
        book.record_call(tip, new).await?;
        say("The call is recorded")?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
