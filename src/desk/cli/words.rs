//! What the commands print. What a resident wrote may hold a terminal's control codes: they must never reach a terminal.

use std::io::Write;

use crate::clock::Day;
use crate::desk::campaign::Campaign;
use crate::desk::casebook::{Held, Line};

/// Prints to standard output. A reader that went away (`… | head`) is no error.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(anyhow::anyhow!("the answer cannot be printed ({e}). Check where the output goes"))
        }
        _ => Ok(()),
    }
}

/// Prints to standard error; where even that fails there is nobody to tell.
pub(super) fn trouble(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The list as a table.
pub(super) fn table(lines: &[Line]) -> String {
    let mut out = format!("{:<10} {:<8} {:<13} {:<10} {:<11} status", "id", "priority", "lane", "topic", "received");
    for line in lines {
        let id: String = line.id.to_string().chars().take(8).collect();
        let row = [line.priority.as_str(), &line.lane, &line.topic, &line.received].map(printable);
        let [priority, lane, topic, received] = row;
        out.push_str(&format!("\n{id:<10} {priority:<8} {lane:<13} {topic:<10} {received:<11} {}", line.status));
    }
    out
}

/// A tip for reading: each answer that was given, but for the keys of its reply.
pub(super) fn tip(held: &Held) -> anyhow::Result<String> {
    let tip: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&held.json)?;
    let mut out = format!("{:<10} {}\n{:<10} {}", "id", held.id, "status", held.status);
    for (name, value) in tip.iter().filter(|(name, value)| !(matches!(name.as_str(), "schema" | "id" | "reply_key" | "reply_box") || value.is_null()))
    {
        let said = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            serde_json::Value::Array(items) if items.is_empty() => continue,
            other => other.to_string(),
        };
        out.push_str(&format!("\n{name:<10} {}", printable(&said).replace('\n', "\n           ")));
    }
    Ok(out)
}

/// Text without control codes, and without marks that turn the order of what is read around.
fn printable(text: &str) -> String {
    let hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The campaigns as a table.
pub(super) fn campaigns(list: &[(Campaign, i64)], today: Day) -> String {
    let mut out = format!("{:<7} {:>5}  {:<8} {:<11} {:<14} {:<10} {:<10} name", "code", "tips", "status", "for", "area", "from", "until");
    for (campaign, tips) in list {
        let plan = &campaign.plan;
        let [from, until] = [plan.from, plan.until].map(|day| day.map_or_else(|| "-".to_owned(), |day| day.to_string()));
        let area = plan.area.as_deref().unwrap_or("-");
        let named = plan.operation.as_ref().map_or_else(|| plan.name.clone(), |operation| format!("{} ({operation})", plan.name));
        let status = campaign.standing(today);
        out.push_str(&format!("\n{:<7} {tips:>5}  {status:<8} {:<11} {area:<14} {from:<10} {until:<10} {named}", campaign.code, plan.role.word()));
    }
    out
}

/// The campaigns for programs.
pub(super) fn campaigns_json(list: &[(Campaign, i64)], today: Day) -> anyhow::Result<String> {
    #[derive(serde::Serialize)]
    struct Entry<'a> {
        #[serde(flatten)]
        campaign: &'a Campaign,
        status: &'static str,
        tips: i64,
    }
    let entries: Vec<_> = list.iter().map(|(campaign, tips)| Entry { campaign, status: campaign.standing(today), tips: *tips }).collect();
    Ok(serde_json::to_string(&entries)?)
}
