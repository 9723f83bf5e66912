//! "You said, we did": public figures of what was reported and what was done. A supervisor looks at
//! the figures of a period and publishes them, once, from a month after its end. Published figures
//! are never computed again, so that two versions cannot be compared.

pub mod pages;

use crate::acting::Acting;
use crate::audit::Action;
use crate::book::Book;
use crate::database::Error;
use crate::months::{Month, Period};
use crate::public_figures::{PublicFigure, figures};
use crate::register::AccountRole;
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::tip::Lane;

/// The figures of a period, before they are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The period.
    pub period: Period,
    /// The figures.
    pub figures: Vec<PublicFigure>,
    /// The books that were counted.
    pub books: Vec<String>,
    /// The digest of the figures: what was looked at is what is published.
    pub digest: String,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// The account is no supervisor.
    #[error("figures are published by a supervisor. Nothing was published")]
    Role,
    /// The period is too young, or too old.
    #[error(
        "{0} cannot be published: figures are due from a month after their period, for a year. Nothing was published"
    )]
    NotDue(Period),
    /// The period is published.
    #[error("the figures of {0} are published, and never change. Nothing was published")]
    Before(Period),
    /// No figure keeps 10.
    #[error("no figure of {0} keeps 10 in its cells. Nothing was published")]
    TooFew(Period),
    /// The figures are others than those that were looked at.
    #[error(
        "the figures of {0} changed since you looked. Look again, then publish. Nothing was published"
    )]
    Changed(Period),
    /// A database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl Acting {
    /// The figures of each period that is due and not published, for a supervisor. The look is in
    /// each book's log.
    ///
    /// # Errors
    /// [`NotPublished::Role`], or if a database fails.
    pub async fn due_figures(&self) -> Result<Vec<Preview>, NotPublished> {
        let published = self.register().publications().await?;
        let mut due = Vec::new();
        for period in Period::due(self.register().clock().today()) {
            if published.iter().all(|before| before.period != period) {
                due.push(self.figures_to_publish(period).await?);
            }
        }
        Ok(due)
    }

    /// The figures of a period, as they would be published now.
    ///
    /// # Errors
    /// [`NotPublished`].
    pub async fn figures_to_publish(&self, period: Period) -> Result<Preview, NotPublished> {
        if !self.account().is(AccountRole::Supervisor) {
            self.note_refused("figures for the public").await?;
            return Err(NotPublished::Role);
        }
        if !Period::due(self.register().clock().today()).contains(&period) {
            return Err(NotPublished::NotDue(period));
        }
        let about_staff = self.register().about_staff().await?;
        let counts =
            |book: &&Book| !book.is_practice() && about_staff.as_deref() != Some(book.name());
        let (mut counted, mut books) = (Vec::new(), Vec::new());
        for book in self.books().iter().filter(counts) {
            let detail = format!("public figures of {period}");
            book.record(Action::View, book.name(), &detail).await?;
            counted.extend(book.counted(period.first(), period.last()).await?);
            books.push(book.name().to_owned());
        }
        let before = self.register().public_figures().await?;
        let taken = |lane: Lane| {
            before.iter().any(|figure| {
                figure.lane == lane
                    && figure.first <= period.last()
                    && figure.last >= period.first()
            })
        };
        let figures = figures(&counted, &self.register().wards(), period, taken);
        let text = serde_json::to_string(&figures).map_err(|_| Error::Row)?;
        Ok(Preview {
            period,
            digest: hex::encode(sha256(text.as_bytes())),
            figures,
            books,
        })
    }

    /// Publishes the figures that somebody looked at. Returns how many there are.
    ///
    /// # Errors
    /// [`NotPublished`]: then nothing was published.
    pub async fn publish_figures(
        &self,
        period: Period,
        digest: &str,
    ) -> Result<usize, NotPublished> {
        let published = self.register().publications().await?;
        if published.iter().any(|before| before.period == period) {
            return Err(NotPublished::Before(period));
        }
        let preview = self.figures_to_publish(period).await?;
        if preview.figures.is_empty() {
            return Err(NotPublished::TooFew(period));
        }
        if preview.digest != digest {
            return Err(NotPublished::Changed(period));
        }
        let books = preview.books.join(",");
        let done = self
            .register()
            .publish(&self.actor(), period, &books, &preview.figures)
            .await?;
        if done {
            Ok(preview.figures.len())
        } else {
            Err(NotPublished::Before(period))
        }
    }
}

/// The months of a figure, in digits: `07/2026`, `07–09/2026` or `2026`.
#[must_use]
pub fn months(first: Month, last: Month) -> String {
    let part = |month: Month| {
        let text = month.to_string();
        let (year, month) = text.split_once('-').unwrap_or_default();
        (year.to_owned(), month.to_owned())
    };
    let ((year, from), (_, until)) = (part(first), part(last));
    match last.0 - first.0 {
        0 => format!("{from}/{year}"),
        11 => year,
        _ => format!("{from}–{until}/{year}"),
    }
}

/// The day from which the next period may be published.
#[must_use]
pub fn next_due(today: Day) -> Day {
    let month = Month::of(today);
    let mut quarter = Period::Quarter(month.plus(-month.0.rem_euclid(3)).plus(-3));
    while quarter.due_on() <= today {
        quarter = Period::Quarter(quarter.first().plus(3));
    }
    quarter.due_on()
}
