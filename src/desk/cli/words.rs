//! The text output of the commands. `terminal` removes control codes from all of it. This file
//! keeps a line break in a value from starting a second table row or a second answer.

use crate::campaign::Campaign;

use crate::audit::Row;
use crate::book::{Held, Hit, QueueRow};
use crate::partners::Partner;
use crate::viewing;
use loke_core::clock::{Day, Zone};
use loke_core::seal::Recipient;
use loke_core::signs;
use loke_core::terminal::{one_line, safe};
use loke_core::tip::Tip;

/// The queue as a table.
pub(super) fn table(rows: &[QueueRow], zone: &Zone) -> String {
    let mut out = format!(
        "{:<14} {:<8} {:<13} {:<10} {:<11} {:<17} {:<8} owner",
        "name", "priority", "lane", "topic", "received", "due", "status"
    );
    for row in rows {
        let due = row.deadline.map_or_else(
            || "-".to_owned(),
            |at| format!("{} {}", zone.day(at), zone.time(at)),
        );
        let received = row.received;
        let [name, owner] = [row.name.as_str(), row.owner.as_deref().unwrap_or("-")].map(one_line);
        out.push_str(&format!(
            "\n{name:<14} {:<8} {:<13} {:<10} {received:<11} {due:<17} {:<8} {owner}",
            row.priority.word(),
            row.lane.word(),
            row.topic.word(),
            row.state.word(),
        ));
    }
    out
}

/// The directory of partners as a table.
pub(super) fn partners(partners: &[Partner]) -> String {
    let mut out = format!(
        "{:<20} {:<12} {:<7} {:<9} {:<10} fingerprint",
        "name", "kind", "way", "key", "until"
    );
    for partner in partners {
        let key = match (&partner.key, partner.confirmed) {
            (None, _) => "none",
            (Some(_), true) => "confirmed",
            (Some(_), false) => "changed",
        };
        let until = partner
            .agreement_until
            .map_or("-".to_owned(), |day| day.to_string());
        let fingerprint = partner.key.as_ref().map(Recipient::fingerprint);
        out.push_str(&format!(
            "\n{:<20} {:<12} {:<7} {key:<9} {until:<10} {}",
            partner.name,
            partner.kind.word(),
            partner.way.word(),
            fingerprint.as_deref().unwrap_or("-"),
        ));
    }
    out
}

/// The hits of a search as a table.
pub(super) fn hits(hits: &[Hit]) -> String {
    let mut out = format!(
        "{:<14} {:<11} {:<13} {:<8} words",
        "name", "received", "lane", "status"
    );
    for hit in hits {
        let words: String = hit
            .snippet
            .iter()
            .map(|(piece, _)| piece.as_str())
            .collect();
        let received = hit.received;
        let [name, words] = [&hit.name, &words].map(|text| one_line(text));
        out.push_str(&format!(
            "\n{name:<14} {received:<11} {:<13} {:<8} {words}",
            hit.lane.word(),
            hit.state.word(),
        ));
    }
    out
}

/// The rows of audit logs, each with the log that it is in, as JSON.
pub(super) fn audit_json(rows: &[(String, Row)]) -> serde_json::Result<String> {
    let rows = rows.iter().map(|(log, row)| {
        serde_json::json!({
            "log": log,
            "seq": row.seq,
            "time": row.time,
            "who": row.who,
            "organisation": row.organisation,
            "action": row.action,
            "object": row.object,
            "detail": row.detail,
        })
    });
    serde_json::to_string(&rows.collect::<Vec<_>>())
}

/// The rows of audit logs, each with the log that it is in, as a table.
pub(super) fn audit(rows: &[(String, Row)], zone: &Zone) -> String {
    let mut out = format!(
        "{:<11} {:<6} {:<12} {:<12} {:<12} {:<10} what",
        "day", "time", "log", "who", "from", "action"
    );
    for (log, row) in rows {
        let [log, who, from, action, object, detail] = [
            log,
            &row.who,
            &row.organisation,
            &row.action,
            &row.object,
            &row.detail,
        ]
        .map(|text| one_line(text));
        out.push_str(&format!(
            "\n{:<11} {:<6} {log:<12} {who:<12} {from:<12} {action:<10} {object} {detail}",
            zone.day(row.time).to_string(),
            zone.time(row.time)
        ));
    }
    out
}

/// A tip as readable text: each answer, but not its reply key and reply box.
pub(super) fn tip(held: &Held) -> anyhow::Result<String> {
    let tip: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&held.json)?;
    // A key that no gateway writes is marked as unknown, so that it cannot imitate an answer or the
    // desk's own lines.
    let read = serde_json::from_str::<Tip>(&held.json)?;
    let (answers, why_unproven) = (serde_json::to_value(&read)?, viewing::why_unproven(&read));
    let mut out = format!("{:<10} {}\n{:<10} {}", "id", held.id, "status", held.state);
    let hidden = |name: &str| {
        matches!(
            name,
            "schema" | "id" | "reply_key" | "reply_box" | "unproven"
        )
    };
    for (name, value) in tip
        .iter()
        .filter(|(name, value)| !(hidden(name) || value.is_null()))
    {
        let said = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(false) if name == "proven" => why_unproven
                .as_ref()
                .map_or("no".to_owned(), |why| format!("no: {why}")),
            serde_json::Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            serde_json::Value::Array(items) if items.is_empty() => continue,
            serde_json::Value::Array(_) if name == "signs" => {
                signs::in_english(&read.signs).join("; ")
            }
            other => other.to_string(),
        };
        let name = if answers.get(name).is_some() {
            name.clone()
        } else {
            format!("unknown: {}", one_line(name))
        };
        out.push_str(&format!(
            "\n{name:<10} {}",
            safe(&said).replace('\n', "\n           ")
        ));
    }
    Ok(out)
}

/// The campaigns as a table.
pub(super) fn campaigns(list: &[(Campaign, i64)], today: Day) -> String {
    let mut out = format!(
        "{:<7} {:>5}  {:<8} {:<11} {:<14} {:<10} {:<10} name",
        "code", "tips", "status", "for", "area", "from", "until"
    );
    for (campaign, tips) in list {
        let plan = &campaign.plan;
        let [from, until] = [plan.from, plan.until]
            .map(|day| day.map_or_else(|| "-".to_owned(), |day| day.to_string()));
        let area = plan.area.as_deref().unwrap_or("-");
        let named = plan.operation.as_ref().map_or_else(
            || plan.name.clone(),
            |operation| format!("{} ({operation})", plan.name),
        );
        let status = campaign.standing(today);
        let named = one_line(&named);
        out.push_str(&format!(
            "\n{:<7} {tips:>5}  {status:<8} {:<11} {area:<14} {from:<10} {until:<10} {named}",
            campaign.code,
            plan.role.word()
        ));
    }
    out
}

/// The campaigns as JSON.
pub(super) fn campaigns_json(list: &[(Campaign, i64)], today: Day) -> anyhow::Result<String> {
    #[derive(serde::Serialize)]
    struct CampaignEntry<'a> {
        #[serde(flatten)]
        campaign: &'a Campaign,
        status: &'static str,
        tips: i64,
    }
    let entries: Vec<_> = list
        .iter()
        .map(|(campaign, tips)| CampaignEntry {
            campaign,
            status: campaign.standing(today),
            tips: *tips,
        })
        .collect();
    Ok(serde_json::to_string(&entries)?)
}
