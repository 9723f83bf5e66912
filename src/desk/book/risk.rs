//! Why a second person must look before a tip leaves the open views (P17).

use sqlx::{FromRow, SqliteConnection};

use super::{Book, folds};
use crate::database::Error;
use loke_core::tip::TipId;

/// The facts that make a tip risky.
#[derive(FromRow)]
struct Facts {
    #[sqlx(try_from = "Vec<u8>")]
    tip: TipId,
    danger: bool,
    child: bool,
    threat: Option<String>,
    /// A place that other tips name too.
    place: Option<String>,
    /// Those tips.
    reports: i64,
    /// How many writers they have at least.
    writers: i64,
}

/// The reasons of a tip and of everything that is folded into it, one phrase each. Empty if one person
/// may decide alone.
///
/// Of the other tips at a place, unproven ones count as one writer, and so do the texts of a thread and
/// the tips of one day. A tip's own folds, its own thread, and other unproven tips beside an unproven
/// one do not count. `cross join` keeps the order of the tables: from the tip's own places. Without it
/// SQLite reads the places of every tip.
pub(super) async fn reasons(
    connection: &mut SqliteConnection,
    tip: TipId,
) -> Result<Vec<(TipId, Vec<String>)>, Error> {
    let tree: Vec<Facts> = sqlx::query_as(
        concat!(folds::tree!(), ", places as (
             select tip_values.tip, shown, kind, normal, own.tip ->> 'proven' as proven, own.thread
             from tree cross join tip_values using (tip) cross join tips as own on own.id = tip_values.tip
             where kind = 'place' and not exists (select 1 from ignored_values as i where i.kind = tip_values.kind and i.normal = tip_values.normal)
         ), shared as (
             select places.tip, places.shown, count(distinct iif(tips.tip ->> 'proven' = 0, 'unproven', coalesce(tips.thread, 'day ' || tips.received))) as writers, count(*) as reports
             from places cross join tip_values as v on v.kind = places.kind and v.normal = places.normal cross join tips on tips.id = v.tip
             where v.tip not in (select tip from tree) and not (places.proven = 0 and tips.tip ->> 'proven' = 0) and tips.thread is not coalesce(places.thread, '')
             group by places.tip, places.normal
         )
         select tree.tip, danger, child, threat, shared.shown as place, coalesce(reports, 0) as reports, coalesce(max(writers), 0) as writers
         from tree join triage using (tip) left join shared on shared.tip = tree.tip group by tree.tip order by tree.tip <> $1, tree.tip"),
    )
    .bind(tip.0.as_slice())
    .fetch_all(connection)
    .await?;
    let each = tree.iter().map(|facts| (facts.tip, facts.in_words()));
    Ok(each.filter(|(_, reasons)| !reasons.is_empty()).collect())
}

impl Facts {
    fn in_words(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.danger {
            reasons.push("somebody may be in danger".into());
        }
        if self.child {
            reasons.push("a child may be at risk".into());
        }
        match self.threat.as_deref() {
            None => {}
            Some("") => reasons.push("no list of threat words covers its language".into()),
            Some(word) => {
                reasons.push(format!("the words \u{201c}{word}\u{201d} may be a threat"));
            }
        }
        if let Some(place) = &self.place {
            let (reports, name) = if self.reports == 1 {
                ("report", "names")
            } else {
                ("reports", "name")
            };
            let few = match (self.writers, self.reports) {
                (writers, reports) if writers == reports => String::new(),
                (1, _) => " (may be one writer)".to_owned(),
                (writers, _) => format!(" (may be {writers} writers)"),
            };
            let count = self.reports;
            reasons.push(format!(
                "{count} other {reports} {name} the place {place}{few}"
            ));
        }
        reasons
    }
}

impl Book {
    /// Why a second person must look before the tip leaves the open views, with the name of each
    /// folded tip. Empty if one person may decide alone.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn risks(&self, tip: TipId) -> Result<Vec<String>, Error> {
        self.risks_in(&mut *self.pool.acquire().await?, tip).await
    }

    /// [`Self::risks`] inside a transaction.
    pub(super) async fn risks_in(
        &self,
        connection: &mut SqliteConnection,
        tip: TipId,
    ) -> Result<Vec<String>, Error> {
        let found = reasons(connection, tip).await?;
        let ids: Vec<TipId> = found.iter().map(|(tip, _)| *tip).collect();
        let names = self.register.names_of(&ids).await?;
        let mut said = Vec::new();
        for (of, reasons) in found {
            if of == tip {
                said.extend(reasons);
                continue;
            }
            let name = names.get(&of).cloned().unwrap_or_else(|| of.to_string());
            said.push(format!(
                "{} (in the folded tip {name})",
                reasons.join(", and ")
            ));
        }
        Ok(said)
    }
}
