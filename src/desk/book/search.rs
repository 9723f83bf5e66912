//! Full-text search in a book. The index has folded text; the snippet is from the original words.

use serde::Serialize;
use sqlx::{FromRow, QueryBuilder, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::{Book, State};
use crate::audit::{Action, Row};
use crate::database::{self, Error};
use crate::preparing::Prepared;
use crate::text::search::{self, Begun};
use crate::text::{self, values};
use loke_core::clock::Day;
use loke_core::tip::{Lane, TipId, Topic};

/// Newest hits of a book that are sorted by relevance.
const RANKED: u32 = 500;
/// Most words of the index in place of a beginning.
const BEGUN: u32 = 32;
/// Most texts that are indexed by one statement. FTS5 writes what it has collected when another
/// statement begins, and merges what it wrote: the fewer statements, the less of both.
const INDEXED: usize = 1_000;
/// Days for which a book keeps the words of a search, for an inquiry of its supervisor.
const SEARCH_DAYS: i64 = 365;

/// A question to the index.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words, as they were typed.
    pub words: String,
    /// Only this lane.
    pub lane: Option<Lane>,
    /// Only this state.
    pub state: Option<State>,
    /// Only tips that arrived on or after this day.
    pub since: Option<Day>,
    /// The best hits first, among the newest ones; otherwise the newest first.
    pub best: bool,
    /// Only hits before this one.
    pub before: Option<i64>,
    /// Most hits.
    pub most: u32,
}

/// One tip that has the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Hit {
    /// The tip.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its name at this desk.
    #[sqlx(skip)]
    pub name: String,
    /// Its topic.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// The day it arrived.
    pub received: Day,
    /// Its state.
    #[serde(rename = "status")]
    pub state: State,
    /// The book that has it.
    #[sqlx(skip)]
    pub book: String,
    /// The words around the match.
    #[sqlx(skip)]
    #[serde(skip)]
    pub snippet: Vec<(String, bool)>,
    /// The hit's number: later ones are newer.
    #[serde(skip)]
    pub hit: i64,
    #[serde(skip)]
    what: String,
}

impl Book {
    /// The tips with these words, each once. The caller must write the audit row
    /// ([`Self::note_search`]).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn search(&self, wanted: &Search) -> Result<Vec<Hit>, Error> {
        let begun = self.words_begun_in(&wanted.words).await?;
        let Some(expression) = search::query(&wanted.words, &begun) else {
            return Ok(Vec::new());
        };
        let mut query = QueryBuilder::<Sqlite>::new(
            "select tips.id, topic, lane, triage.received, state, found.rowid as hit,
                    tips.tip ->> 'what' || char(10) || coalesce(tips.tip ->> 'where', '') || char(10)
                        || coalesce(tips.tip ->> 'vehicle', '') || char(10) || coalesce(tips.tip ->> 'impact', '') || char(10) || coalesce(tips.tip ->> 'when', '') || char(10)
                        || coalesce((select group_concat(text, char(10)) from notes where notes.tip = tips.id), '') as what
             from (select rowid, rank from search where search match ",
        );
        query.push_bind(expression);
        if let Some(before) = wanted.before {
            query.push(" and rowid < ").push_bind(before);
        }
        query.push(" order by rowid desc");
        if wanted.best {
            query.push(" limit ").push_bind(RANKED);
        }
        query.push(
            ") as found join search_texts on search_texts.id = found.rowid join tips on tips.id = search_texts.tip
             join triage on triage.tip = tips.id
             where tips.id not in (select tip from holds where kind = 'restricted' and lifted_on is null)
             and tips.id not in (select tip from hidden_from where who = ",
        );
        query.push_bind(self.actor.name.as_str()).push(")");
        if let Some(lane) = wanted.lane {
            query.push(" and lane = ").push_bind(lane);
        }
        if let Some(state) = wanted.state {
            query.push(" and state = ").push_bind(state);
        }
        if let Some(since) = wanted.since {
            query.push(" and tips.received >= ").push_bind(since);
        }
        query.push(if wanted.best {
            " order by found.rank, found.rowid desc"
        } else {
            " order by found.rowid desc"
        });
        // A tip and its notes may all have the words.
        query
            .push(" limit ")
            .push_bind(wanted.most.saturating_mul(4));
        let rows: Vec<Hit> = query.build_query_as().fetch_all(&self.pool).await?;
        let mut hits: Vec<Hit> = Vec::new();
        for mut row in rows {
            if hits.len() == wanted.most as usize {
                break;
            }
            if hits.iter().any(|hit| hit.id == row.id) {
                continue;
            }
            row.snippet = search::snippet(&row.what, &wanted.words, 80);
            row.what = String::new();
            row.book.clone_from(&self.name);
            hits.push(row);
        }
        Ok(hits)
    }

    /// The words of the index that begin as the query says. Without those beginnings that very many words
    /// have.
    async fn words_begun_in(&self, words: &str) -> Result<Begun, Error> {
        let mut begun = Begun::new();
        for beginning in search::beginnings(words) {
            // No letter or digit is smaller than char(1), and none is larger than the last character.
            let words: Vec<String> = sqlx::query_scalar(
                "with recursive begun (word) as (
                     select * from (select term from search_words where term >= $1 order by term limit 1)
                     union all
                     select (select term from search_words where term >= begun.word || char(1) order by term limit 1)
                     from begun where begun.word < $1 || char(1114111) limit $2)
                 select word from begun where word < $1 || char(1114111)",
            )
            .bind(&beginning)
            .bind(BEGUN + 1)
            .fetch_all(&self.pool)
            .await?;
            if words.len() <= BEGUN as usize {
                begun.insert(beginning, words);
            }
        }
        Ok(begun)
    }

    /// Writes a search to the book: the words and the tips that it shows stay in it for a year, and the
    /// audit row says only that there was one.
    ///
    /// # Errors
    /// If the row was not written. Then nothing may be shown.
    pub async fn note_search(&self, words: &str, shown: &[TipId]) -> Result<(), Error> {
        let mut write = self.write().await?;
        let detail = format!("{} tips shown", shown.len());
        self.append(&mut write, Action::Search, "search", &detail)
            .await?;
        let ids: Vec<String> = shown.iter().map(ToString::to_string).collect();
        sqlx::query(
            "insert into searches (at, who, words, shown, tips, row) values ($1, $2, $3, $4, $5, (select max(seq) from audit))",
        )
        .bind(self.register.clock().now())
        .bind(&self.actor.name)
        .bind(words)
        .bind(i64::try_from(shown.len()).unwrap_or(i64::MAX))
        .bind(serde_json::to_string(&ids).map_err(|_| Error::Row)?)
        .execute(&mut *write)
        .await?;
        self.commit(write).await
    }

    /// Deletes the words of searches that are over a year old.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn drop_old_searches(&self) -> Result<(), Error> {
        let until = self.register.clock().now() - SEARCH_DAYS * 86_400;
        sqlx::query("delete from searches where at < $1")
            .bind(until)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds to the rows of searches their words and the tips that they showed.
    ///
    /// # Errors
    /// If the database or the register fails.
    pub(super) async fn describe_searches(&self, rows: &mut [Row]) -> Result<(), Error> {
        let searches = rows
            .iter_mut()
            .filter(|row| row.action == Action::Search.word());
        for row in searches {
            let search: Option<(String, String)> =
                sqlx::query_as("select words, tips from searches where row = $1")
                    .bind(row.seq)
                    .fetch_optional(&self.pool)
                    .await?;
            let Some((words, tips)) = search else {
                continue;
            };
            let tips: Vec<String> = serde_json::from_str(&tips).map_err(|_| Error::Row)?;
            let tips: Vec<TipId> = tips.iter().filter_map(|id| id.parse().ok()).collect();
            let names = self.register.names_of(&tips).await?;
            // A purged tip has no name any more.
            let shown = tips.iter().map(|id| match names.get(id) {
                Some(name) => name.clone(),
                None => id.to_string(),
            });
            let shown: Vec<String> = shown.collect();
            let mut detail = format!("\"{words}\", {}", row.detail);
            if !shown.is_empty() {
                detail.push_str(&format!(": {}", shown.join(", ")));
            }
            row.detail = detail;
        }
        Ok(())
    }

    /// Puts the words of tips into the index, with the keys by which texts that are alike are found.
    pub(super) async fn index_tips(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tips: &[(TipId, &Prepared)],
    ) -> Result<(), Error> {
        for some in tips.chunks(INDEXED) {
            let mut add = QueryBuilder::new("insert into search_texts (tip, text, keys) ");
            add.push_values(some, |mut row, (id, prepared)| {
                row.push_bind(id.0.as_slice())
                    .push_bind(prepared.folded.as_str())
                    .push_bind(&prepared.keys);
            });
            database::execute_rows(add, some.len(), write).await?;
        }
        Ok(())
    }

    /// Puts a text about a tip into the index.
    pub(super) async fn index(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        words: &str,
    ) -> Result<(), Error> {
        let spelt = values::in_one_spelling(&values::values(words));
        let words = Zeroizing::new(format!("{words}\n{spelt}"));
        sqlx::query("insert into search_texts (tip, text) values ($1, $2)")
            .bind(tip.0.as_slice())
            .bind(text::folded(&words))
            .execute(&mut **write)
            .await?;
        Ok(())
    }
}
