//! Why a second person must look before a tip leaves the open views (P17).

use sqlx::{FromRow, SqliteConnection};

use super::folds;
use crate::database::Error;
use loke_core::tip::TipId;

/// The facts that make a tip risky.
#[derive(FromRow)]
struct Facts {
    tip: Vec<u8>,
    danger: bool,
    child: bool,
    threat: Option<String>,
    /// A place that other tips name too.
    place: Option<String>,
    /// Those tips that may have different writers.
    writers: i64,
}

/// One phrase for each reason, for a tip and for everything that is folded into it. Empty if one
/// person may decide alone.
///
/// Unproven tips count as one writer, and so do the texts of a thread. `cross join` keeps the order
/// of the tables: from the tip's own places. Without it SQLite reads the places of every tip.
pub(super) async fn reasons(
    connection: &mut SqliteConnection,
    tip: TipId,
) -> Result<Vec<String>, Error> {
    let tree: Vec<Facts> = sqlx::query_as(
        concat!(folds::tree!(), ", places as (
             select tip_values.tip, shown, kind, normal from tree cross join tip_values using (tip)
             where kind = 'place' and not exists (select 1 from ignored_values as i where i.kind = tip_values.kind and i.normal = tip_values.normal)
         ), shared as (
             select places.tip, places.shown, count(distinct iif(tips.tip ->> 'proven' = 0, 'unproven', coalesce(tips.thread, hex(tips.id)))) as writers
             from places cross join tip_values as v on v.kind = places.kind and v.normal = places.normal cross join tips on tips.id = v.tip
             group by places.tip, places.normal
         )
         select tree.tip, danger, child, threat, max(shared.shown) filter (where writers > 1) as place, coalesce(max(writers), 0) as writers
         from tree join triage using (tip) left join shared on shared.tip = tree.tip group by tree.tip order by tree.tip <> $1, tree.tip"),
    )
    .bind(tip.0.as_slice())
    .fetch_all(connection)
    .await?;
    let mut reasons = Vec::new();
    for facts in &tree {
        let folded = if facts.tip.as_slice() == tip.0 {
            ""
        } else {
            " (in a folded tip)"
        };
        let mut add = |reason: String| {
            let reason = format!("{reason}{folded}");
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        };
        if facts.danger {
            add("somebody may be in danger".into());
        }
        if facts.child {
            add("a child may be at risk".into());
        }
        match facts.threat.as_deref() {
            None => {}
            Some("") => add("no list of threat words covers its language".into()),
            Some(word) => add(format!("the words \u{201c}{word}\u{201d} may be a threat")),
        }
        if let Some(place) = &facts.place {
            let others = facts.writers - 1;
            let (reports, name) = if others == 1 {
                ("report", "names")
            } else {
                ("reports", "name")
            };
            add(format!("{others} other {reports} {name} the place {place}"));
        }
    }
    Ok(reasons)
}
