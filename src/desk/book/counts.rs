//! How many tips each view has. Most counts are kept by triggers (`migrations/book/`), so that a page
//! costs the same with 1,000 tips as with 100,000.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite};

use super::Book;
use super::queue::{CLOSED_DAYS, View};
use crate::database::Error;

/// Views of which few tips are new each day, with an index for each: they are counted.
const COUNTED: [View; 5] = [
    View::RingFirst,
    View::Answered,
    View::Changed,
    View::Overdue,
    View::ReadAgain,
];

impl Book {
    /// How many tips each view has, without the tips that the person does not see. `reads` are the
    /// languages that the person reads besides English.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn counts(&self, reads: &[String]) -> Result<HashMap<View, i64>, Error> {
        let today = self.register.clock().today();
        let since = today.plus(-CLOSED_DAYS).to_string();
        let stored: Vec<(String, i64)> = sqlx::query_as("select view, n from counts")
            .fetch_all(&self.pool)
            .await?;
        let mut counts = HashMap::new();
        for (name, n) in stored {
            let view = match name.split_once(' ') {
                Some(("mine", who)) => (who == self.actor.name).then_some(View::Mine),
                Some(("closed", day)) => (day > since.as_str()).then_some(View::Closed),
                Some(("cannot-read", languages)) => {
                    let mut languages = languages.split('|').filter(|part| !part.is_empty());
                    let is_read =
                        languages.all(|language| reads.iter().any(|read| read == language));
                    (!is_read).then_some(View::CannotRead)
                }
                _ => name.parse().ok(),
            };
            if let Some(view) = view {
                *counts.entry(view).or_insert(0) += n;
            }
        }
        // Those that this person does not see are few, and most persons see all.
        if self.sees_all().await? {
            for view in COUNTED {
                counts.insert(view, self.count_all(view, reads).await?);
            }
            return Ok(counts);
        }
        for view in View::ALL.iter().filter(|view| **view != View::All) {
            if COUNTED.contains(view) {
                counts.insert(*view, self.count_of(*view, reads, "not in").await?);
            } else if let Some(n) = counts.get_mut(view) {
                *n -= self.count_of(*view, reads, "in").await?;
            }
        }
        Ok(counts)
    }

    async fn sees_all(&self) -> Result<bool, Error> {
        let some = sqlx::query_scalar("select not exists (select 1 from recusals where who = $1)");
        Ok(some.bind(&self.actor.name).fetch_one(&self.pool).await?)
    }

    /// Counts all rows of a view.
    async fn count_all(&self, view: View, reads: &[String]) -> Result<i64, Error> {
        let mut query = QueryBuilder::new("select count(*) from triage where ");
        self.push_counted(&mut query, view, reads);
        Ok(query.build_query_scalar().fetch_one(&self.pool).await?)
    }

    /// The condition of a view in the words of an index that has all that a count reads.
    fn push_counted(&self, query: &mut QueryBuilder<Sqlite>, view: View, reads: &[String]) {
        let column = match view {
            View::Overdue => "due < ",
            View::RingFirst => "ring <= ",
            other => return self.push_view(query, other, reads),
        };
        query
            .push("state in ('new', 'taken', 'waiting') and folded_into is null and ")
            .push(column)
            .push_bind(self.register.clock().now());
    }

    /// Counts the rows of a view that are `in` or `not in` those that this person does not see.
    async fn count_of(&self, view: View, reads: &[String], seen: &str) -> Result<i64, Error> {
        let mut query = QueryBuilder::new("select count(*) from triage where ");
        self.push_counted(&mut query, view, reads);
        query
            .push(format!(
                " and triage.tip {seen} (select tip from hidden_from where who = "
            ))
            .push_bind(self.actor.name.as_str())
            .push(")");
        Ok(query.build_query_scalar().fetch_one(&self.pool).await?)
    }
}
