//! Fills the desk with made-up tips (`samples.toml`), so that its list is not empty. Their lanes and
//! priorities follow the gateway's rules. They arrive as an export that `loke-desk import` reads.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use loke::answers::{self, Answers};
use loke::clock::{Clock, Day};
use loke::receipt::Receipt;
use loke::seal::{MacKey, Recipients, seal};
use loke::tip::{Channel, FollowUp, HowKnown, Lane, SCHEMA, Tip, TipId, Topic, YesNo};
use serde::Deserialize;

/// The made-up reports.
const SAMPLES: &str = include_str!("samples.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    tips: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Days since the report came in.
    days: i32,
    #[serde(default = "english")]
    language: String,
    channel: Option<Channel>,
    topic: Topic,
    what: String,
    #[serde(rename = "where")]
    place: Option<String>,
    when: Option<String>,
    ongoing: Option<YesNo>,
    danger: Option<YesNo>,
    child: Option<YesNo>,
    offensive: Option<bool>,
    impact: Option<String>,
    vehicle: Option<String>,
    how_known: Option<HowKnown>,
    #[serde(default)]
    signs: Vec<String>,
    /// Samples with the same name were written with the same receipt.
    receipt: Option<String>,
    /// The kind of a later message with a receipt.
    follow_up: Option<FollowUp>,
}

fn english() -> String {
    "en".to_owned()
}

/// Writes an export with every sample, sealed to this recipient.
pub(crate) fn write_export(to: &Path, recipient: &str) -> anyhow::Result<()> {
    let samples: Samples = toml::from_str(SAMPLES)?;
    let mut recipients = Recipients::default();
    for lane in Lane::ALL {
        recipients.add(*lane, recipient.parse()?);
    }
    let (mac_key, today) = (MacKey::random()?, Clock::System.today());
    let file = std::fs::File::create(to).with_context(|| format!("{}", to.display()))?;
    let mut tar = tar::Builder::new(file);
    let mut receipts = HashMap::new();
    for sample in samples.tips {
        let tip = sample.into_tip(today, &mut receipts)?;
        let sealed = seal(&tip, &[], &recipients, &mac_key, today)?;
        let mut header = tar::Header::new_ustar();
        header.set_size(sealed.bytes.len() as u64);
        header.set_mode(0o600);
        tar.append_data(
            &mut header,
            format!("{}.age", sealed.id),
            sealed.bytes.as_slice(),
        )?;
    }
    tar.into_inner()?;
    Ok(())
}

impl Sample {
    fn into_tip(self, today: Day, receipts: &mut HashMap<String, [u8; 32]>) -> anyhow::Result<Tip> {
        let answers = Answers {
            topic: self.topic,
            danger: self.danger,
            child: self.child,
            ongoing: self.ongoing,
            offensive: self.offensive,
        };
        let channel = self.channel.unwrap_or(Channel::Web);
        // A resident who wrote by the page can be answered.
        let own = loke::random::bytes::<32>()?;
        let key = match self.receipt {
            Some(name) => *receipts.entry(name).or_insert(own),
            None => own,
        };
        let receipt = (channel != Channel::Sms).then(|| Receipt::derive(&key, b"sample"));
        Ok(Tip {
            schema: SCHEMA,
            id: TipId::random()?,
            channel,
            language: self.language,
            received: today.plus(-self.days).to_string(),
            topic: self.topic,
            lane: answers::lane(&answers),
            priority: answers::priority(&answers),
            what: self.what,
            place: self.place,
            when: self.when,
            ongoing: self.ongoing,
            danger: self.danger,
            child: self.child,
            impact: self.impact,
            vehicle: self.vehicle,
            how_known: self.how_known,
            signs: self.signs,
            offensive: self.offensive,
            campaign: None,
            proven: true,
            unproven: None,
            thread: None,
            photos: Vec::new(),
            reply_key: receipt
                .as_ref()
                .map(|receipt| hex::encode(receipt.reply_key().expose())),
            reply_box: receipt
                .as_ref()
                .map(|receipt| hex::encode(receipt.reply_box().expose())),
            follow_up: self.follow_up,
        })
    }
}
