//! Reads a part of an audit log, newest first: for the page and its CSV file.

use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::Row;
use crate::database::Error;

/// The rows that somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The account that acted.
    pub who: Option<String>,
    /// Its organisation.
    pub organisation: Option<String>,
    /// The action's word.
    pub action: Option<String>,
    /// The object: in the register's log, a book's name.
    pub object: Option<String>,
    /// The first second, and the first second afterwards.
    pub between: Option<(i64, i64)>,
    /// Only rows before this number.
    pub before: Option<i64>,
    /// At most this many.
    pub most: u32,
}

/// The newest rows that fit.
pub(crate) async fn select(pool: &SqlitePool, wanted: &Wanted) -> Result<Vec<Row>, Error> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "select seq, time, who, organisation, action, object, detail, hash from audit where true",
    );
    for (column, value) in [
        ("who", &wanted.who),
        ("organisation", &wanted.organisation),
        ("action", &wanted.action),
        ("object", &wanted.object),
    ] {
        if let Some(value) = value {
            query
                .push(format!(" and {column} = "))
                .push_bind(value.as_str());
        }
    }
    if let Some((first, after)) = wanted.between {
        query
            .push(" and time >= ")
            .push_bind(first)
            .push(" and time < ")
            .push_bind(after);
    }
    if let Some(before) = wanted.before {
        query.push(" and seq < ").push_bind(before);
    }
    query
        .push(" order by seq desc limit ")
        .push_bind(wanted.most);
    Ok(query.build_query_as().fetch_all(pool).await?)
}
