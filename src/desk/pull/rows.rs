//! Reply rows at a gateway: how many a book has there, and their replacement.

use super::Error;
use super::gateway::Gateway;
use crate::register::Register;
use loke_core::clock::Day;
use loke_core::pickup::{AskRows, Replace, Row};
use loke_core::reply_rows::{RowName, cover_rows};

/// A gateway of this desk, for its reply rows.
pub(crate) struct Rows(Gateway);

impl Rows {
    /// Every gateway.
    pub(crate) async fn all(register: &Register) -> Result<Vec<Self>, Error> {
        let enrolments = register.enrolments().await?;
        let gateways = enrolments
            .iter()
            .map(|(enrolment, _)| Gateway::new(enrolment));
        gateways.map(|gateway| gateway.map(Self)).collect()
    }

    /// The pickup's `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.0.address
    }

    /// How many rows a book has at this gateway.
    pub(crate) async fn number(&self, book: [u8; 16]) -> Result<u32, Error> {
        Ok(self.0.ask_rows(&AskRows { book }).await?.number)
    }

    /// The names of the rows that this gateway overwrites in the hours after `now`.
    pub(crate) fn cover(&self, book: [u8; 16], day: Day, now: i64) -> Vec<RowName> {
        cover_rows(&self.0.mac_key, &book, day, now)
    }

    /// Replaces all rows of a book at once.
    pub(crate) async fn replace(
        &self,
        book: [u8; 16],
        day: Day,
        rows: Vec<Row>,
    ) -> Result<(), Error> {
        self.0.replace_rows(&Replace { book, day, rows }).await
    }
}
