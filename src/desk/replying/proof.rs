//! Proof by receipt: a resident hands the digits to an officer, who lists the reports of that receipt
//! with their days. Without the digits nothing ties a receipt to a person.

use serde::Serialize;

use crate::acting::Acting;
use crate::audit::Action;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::receipt::Receipt;
use loke_core::tip::{FollowUp, TipId, Topic};

/// Reports that an application for an ASB Case Review needs.
const NEEDED: usize = 3;
/// The days within which they must lie: six months.
const WITHIN: i32 = 183;
/// The days within which each must be reported: a month.
const REPORTED_WITHIN: i32 = 31;

/// A report of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The desk's name for it.
    pub name: String,
    /// The day on which it arrived.
    pub received: String,
    /// Its subject.
    pub topic: Topic,
    /// `answer`, `forget` or `still`, if it followed another report.
    pub follow_up: Option<String>,
    /// When it happened, in the resident's words.
    pub happened: Option<String>,
}

impl Proven {
    /// Whether it tells of an incident: a first report, or that it still happens. An answer does not.
    #[must_use]
    pub fn is_incident(&self) -> bool {
        let follow_up = self.follow_up.as_deref();
        follow_up.is_none_or(|of| of == FollowUp::Still.word())
    }

    /// Whether it counts for an ASB Case Review on this day. Without a day in the writer's words it does:
    /// the officer and the resident know.
    fn counts(&self, today: Day) -> bool {
        if !self.is_incident() {
            return false;
        }
        let Ok(received) = self.received.parse::<Day>() else {
            return false;
        };
        let happened = self.happened.as_deref().and_then(|words| words.get(..10));
        let happened = happened.and_then(|day| day.parse::<Day>().ok());
        received >= today.plus(-WITHIN)
            && happened.is_none_or(|day| day >= received.plus(-REPORTED_WITHIN))
    }
}

/// The reports of one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Oldest day first.
    pub reports: Vec<Proven>,
    /// Whether three incidents among them came within six months, up to today, and none of the three was reported more
    /// than a month after the day that its writer gave.
    pub is_enough: bool,
}

impl Acting {
    /// The reports of a receipt in the open books. Each book's audit log has it, without the digits.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn prove(&self, receipt: &Receipt) -> Result<Proof, Error> {
        let reply_box = hex::encode(receipt.reply_box().expose());
        let mut found: Vec<(TipId, Proven)> = Vec::new();
        for book in self.books() {
            let incidents = book.incidents_of(&reply_box).await?;
            if incidents.is_empty() {
                continue;
            }
            let detail = format!(
                "{} reports of a receipt that was handed over",
                incidents.len()
            );
            book.record(Action::View, "receipt", &detail).await?;
            found.extend(incidents.into_iter().map(|incident| {
                let proven = Proven {
                    name: String::new(),
                    received: incident.received,
                    topic: incident.topic,
                    follow_up: incident.follow_up,
                    happened: incident.happened,
                };
                (incident.id, proven)
            }));
        }
        let ids: Vec<TipId> = found.iter().map(|(id, _)| *id).collect();
        let names = self.register().names_of(&ids).await?;
        let mut reports: Vec<Proven> = found
            .into_iter()
            .map(|(id, proven)| Proven {
                name: names.get(&id).cloned().unwrap_or_default(),
                ..proven
            })
            .collect();
        reports.sort_by(|a, b| (&a.received, &a.name).cmp(&(&b.received, &b.name)));
        let today = self.register().clock().today();
        let count = reports.iter().filter(|report| report.counts(today)).count();
        Ok(Proof {
            reports,
            is_enough: count >= NEEDED,
        })
    }
}
