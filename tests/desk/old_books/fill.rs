//! The rows of ten tips, as the versions of the program wrote them: tip 1 is new and in danger, 2 is
//! taken, 3 waits for an outsider, 4 is closed, 5 is with a partner, 6 is folded into 2, 7 waits for a
//! second person, 8 is overdue and in Polish, 9 is translated, 10 changed after somebody looked.

use std::path::Path;

use loke::desk::audit::{Row, link};
use loke::desk::text::{folded, likeness};
use loke::tip::{Tip, TipId};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::house::NOON;
use crate::triage::{danger, routine, with};

const SALT: [u8; 32] = [7; 32];

/// The id of a tip.
pub(super) fn id(n: u8) -> TipId {
    TipId([n; 16])
}

/// Rows beside those that [`fill`] computes, with the first version that writes them. `@3` is the id of
/// tip 3, `NOW` the time.
const ROWS: &[(i64, &str)] = &[
    (
        2,
        "insert into triage (tip, received, language, hours, danger, child, threat, state, outcome, owner, waiting_for, waiting_until, waiting_since, paused_at, deadline, met, closed_on, pending, urgent, due) values
         (@1, '2026-11-20', 'en', 1, 1, 0, null, 'new', null, null, null, null, null, null, NOW + 3600, null, null, null, 1, NOW + 3600),
         (@2, '2026-11-20', 'en', 0, 0, 0, null, 'taken', null, 'ann', null, null, null, null, NOW + 86400, null, null, null, 0, NOW + 86400),
         (@3, '2026-11-19', 'en', 0, 0, 0, null, 'waiting', null, 'ben', 'the landlord', '2026-12-10', '2026-11-20', NOW - 3600, NOW + 172800, null, null, null, 0, NOW + 172800),
         (@4, '2026-11-10', 'en', 0, 0, 0, null, 'closed', 'could-not-act', 'ben', null, null, null, null, null, 1, '2026-11-20', null, 0, 0),
         (@5, '2026-11-11', 'en', 0, 0, 0, null, 'routed', null, 'ann', null, null, null, null, null, 1, '2026-11-20', null, 0, 0),
         (@6, '2026-11-20', 'en', 0, 0, 0, null, 'new', null, null, null, null, null, null, NOW + 86400, null, null, null, 0, 0),
         (@7, '2026-11-20', 'en', 0, 1, 0, 'knife', 'new', null, null, null, null, null, null, NOW + 7200, null, null, '{\"decision\":{\"kind\":\"close\",\"outcome\":\"spam\",\"why\":\"x\"},\"by\":\"ben\",\"on\":\"2026-11-20\",\"reasons\":[\"somebody may be in danger\"],\"alone\":null}', 1, NOW + 7200),
         (@8, '2026-11-20', 'pl', 0, 0, 0, null, 'new', null, null, null, null, null, null, NOW - 7200, null, null, null, 0, NOW - 7200),
         (@9, '2026-11-20', 'pl', 0, 0, 0, null, 'new', null, null, null, null, null, null, NOW + 50000, null, null, null, 0, NOW + 50000),
         (@10, '2026-11-20', 'en', 0, 0, 0, null, 'new', null, null, null, null, null, null, NOW + 60000, null, null, null, 0, NOW + 60000)",
    ),
    (2, "update triage set folded_into = @2 where tip = @6"),
    (2, "insert into looks (who, tip, version, at) values ('ann', @10, 1, NOW - 60), ('ann', @9, 1, NOW - 60)"),
    (2, "update triage set version = 2, changed_by = 'ben' where tip = @10"),
    (2, "insert into notes (tip, at, who, kind, text) values (@9, NOW, 'ben', 'translation', 'In English'), (@2, NOW, 'ann', 'note', 'rang twice')"),
    (50, "update triage set translated = 1 where tip = @9"),
    (141, "update triage set unread = '|pl|' where tip = @8"),
    (2, "insert into decisions (act, tip, at, who, decision, before, version) values
         (1, @4, NOW - 86400, 'ben', '{\"kind\":\"close\",\"outcome\":\"could-not-act\",\"why\":\"x\"}', '{}', 1), (2, @6, NOW - 60, 'ben', '{\"kind\":\"fold\"}', '{}', 1)"),
    (2, "insert into drafts (who, tip, text, at) values ('ben', @2, 'half a note', NOW)"),
    (2, "insert into tip_values (kind, normal, tip, shown) values ('place', '12 mill road', @1, '12 Mill Road')"),
    (2, "insert into ignored_values (kind, normal, who) values ('place', '1 station road', 'ann')"),
    (2, "insert into not_same (one, other, who) values (@8, @9, 'ann')"),
    (2, "insert into samples (tip, drawn_on) values (@4, '2026-11-16')"),
    (2, "insert into sample_weeks (monday) values ('2026-11-16')"),
    (3, "insert into holds (tip, kind, reason, placed_by, placed_on) values (@5, 'hold', 'an inquiry', 'ann', '2026-11-20')"),
    (3, "insert into outcomes (tip, lane, outcome, noted_on) values (@4, 'drugs', 'could-not-act', '2026-11-20')"),
    (3, "insert into purged (id, lane, received, outcome, purged_on) values (x'00000000000000000000000000000099', 'drugs', '2026-01-01', 'spam', '2026-06-01')"),
    (5, "insert into searches (at, who, words, shown) values (NOW, 'ann', 'bags', 2)"),
    (7, "insert into reports (id, reference, tip, partner, written_by, written_at, draft, report, digest, state, ordered_on) values
         (1, 'QJ7-4K2', @5, 'police', 'ann', NOW, '{}', '{}', zeroblob(32), 'arrived', '2026-11-20')"),
    (7, "insert into report_tips (report_id, tip) values (1, @5)"),
    (20, "insert into covers (tip, photo, squares, who, at) values (@5, 1, '1.1 1.2', 'ann', NOW)"),
    (30, "update triage set ring_at = 0, ring = 0 where danger = 1"),
    (30, "insert into calls (tip, at, who, outcome, rung, reference, consent, why) values (@5, NOW, 'ann', 'made', 'police', 'CAD 7', 'not-asked', 'no number')"),
    (31, "insert into answer_codes (code, reference, tip, partner, until) values ('ABCDEFGH', 'QJ7-4K2', @5, 'police', '2027-02-01')"),
    (31, "insert into answers (id, tip, reference, partner, choice, said_on, at) values (zeroblob(16), @5, 'QJ7-4K2', 'police', 'acted', '2026-11-20', NOW)"),
    (40, "insert into replies (id, tip, written, at, who, state, language, text, leaves_on) values (77, @2, 1, NOW, 'ann', 'waiting', 'en', 'Thank you', '2026-11-24')"),
    (40, "insert into young_writers (box, who, noted_on) values ('cd', 'ann', '2026-11-20')"),
    (51, "insert into effects (body) select json_object('kind', 'due', 'id', lower(hex(tip)), 'owner', owner, 'at', due) from triage where open = 1 and due > 0 and paused_at is null"),
    (60, "insert into left_photos (tip, number) values (@5, 1)"),
    (61, "insert into told (tip, at, who, partner, is_lead, choice, way, said_by, said_on, why) values (@5, NOW, 'ann', 'police', 0, 'acted', 'telephone', 'PC 1', '2026-11-20', '')"),
    (62, "insert into incidents (reference, tip, why) values ('QJ7-4K2', @5, 'a slip')"),
    (63, "insert into report_drafts (who, tip, text, at) values ('ann', @2, 'half a report', NOW)"),
    (70, "insert into forged_answers (reference, times) values ('QJ7-4K2', 1)"),
    (90, "insert into tip_areas (tip, ward, who, at) values (@2, 'Mile Cross', 'ann', NOW)"),
    (90, "insert into tallies (month, lane, ward, deed, n) values ('2026-01', 'drugs', '', 'reported', 3)"),
];

/// The tips as they were sealed.
fn tips() -> Vec<Tip> {
    let words = [
        "A man with a key moved in at the flat",
        "Cars stop for two minutes behind the block and somebody passes small bags through the window",
        "They come every evening at about ten",
        "asdf",
        "Bikes were taken out of the cellar last night",
        "the same as yesterday",
        "he has a knife",
        "Nóż na klatce schodowej, ktoś czeka",
        "Hałas w nocy",
        "Cars stop for two minutes behind the block and someone passes small bags through the window",
    ];
    let tips = (1..).zip(words).map(|(n, words)| {
        let tip = if matches!(n, 1 | 7) {
            danger(words)
        } else {
            routine(words)
        };
        with(tip, |tip| tip.id = id(n))
    });
    tips.collect()
}

fn sealed(n: u8) -> Vec<u8> {
    format!("sealed tip {n}").into_bytes()
}

/// Writes the sealed files of the tips.
pub(super) fn sealed_files(folder: &Path) {
    for n in 1..=10 {
        std::fs::write(folder.join(format!("{}.age", id(n))), sealed(n)).unwrap();
    }
}

/// Fills the tables of this version. The register has not copied anything of the book yet.
pub(super) async fn fill(write: &mut SqliteConnection, version: i64, recipient: &str) {
    sqlx::query("insert into salt (one, salt) values (1, $1)")
        .bind(SALT.as_slice())
        .execute(&mut *write)
        .await
        .unwrap();
    sqlx::query(
        "insert into members (account, recipient, granted_on) values ('ann', $1, '2026-11-01')",
    )
    .bind(recipient)
    .execute(&mut *write)
    .await
    .unwrap();
    for tip in tips() {
        let digest = loke::digest::sha256(&sealed(tip.id.0[0]));
        sqlx::query("insert into tips (id, topic, lane, priority, received, source, digest, tip) values ($1, $2, $3, $4, $5, 'the gateway', $6, $7)")
            .bind(tip.id.0.as_slice())
            .bind(tip.topic.word())
            .bind(tip.lane.word())
            .bind(tip.priority.word())
            .bind(&tip.received)
            .bind(digest.as_slice())
            .bind(serde_json::to_string(&tip).unwrap())
            .execute(&mut *write)
            .await
            .unwrap();
        effect(
            write,
            serde_json::json!({ "kind": "tip", "id": tip.id.to_string() }),
        )
        .await;
        words(write, version, &tip).await;
    }
    for (_, statement) in ROWS.iter().filter(|(first, _)| *first <= version) {
        let mut statement = (*statement).to_owned();
        for n in (1..=10).rev() {
            statement = statement.replace(&format!("@{n}"), &format!("x'{}'", id(n)));
        }
        let statement = statement.replace("NOW", &NOON.to_string());
        let ran = sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&mut *write)
            .await;
        ran.unwrap_or_else(|e| panic!("version {version}: {e}: {statement}"));
    }
    audit(write).await;
}

/// The words of a tip for search, and their keys.
async fn words(write: &mut SqliteConnection, version: i64, tip: &Tip) {
    let sketch = likeness::sketch(&tip.what);
    // Since version 50 the keys are a column, and before they were a table.
    let add = match version {
        ..50 => "insert into search_texts (tip, text) values ($1, $2)",
        _ => "insert into search_texts (tip, text, keys) values ($1, $2, $3)",
    };
    let mut add = sqlx::query(add)
        .bind(tip.id.0.as_slice())
        .bind(folded(&tip.what));
    if version >= 50 {
        add = add.bind(likeness::keys(&sketch));
    }
    add.execute(&mut *write).await.unwrap();
    if version < 50 {
        for band in likeness::bands(&sketch) {
            sqlx::query("insert into tip_bands (band, tip) values ($1, $2) on conflict do nothing")
                .bind(band.cast_signed())
                .bind(tip.id.0.as_slice())
                .execute(&mut *write)
                .await
                .unwrap();
        }
    }
}

async fn effect(write: &mut SqliteConnection, effect: serde_json::Value) {
    sqlx::query("insert into effects (body) values ($1)")
        .bind(effect.to_string())
        .execute(write)
        .await
        .unwrap();
}

/// Three rows of the audit log, with what the register gets of them.
async fn audit(write: &mut SqliteConnection) {
    let salt = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &SALT);
    let mut before = [0; 32];
    for (seq, action) in (1..).zip(["init", "pull", "decide"]) {
        let mut row = Row {
            seq,
            time: NOON - 100 + seq,
            who: "ann".into(),
            organisation: "council".into(),
            action: action.into(),
            object: "main".into(),
            detail: String::new(),
            hash: [0; 32],
        };
        row.hash = link(&before, &row);
        before = row.hash;
        sqlx::query("insert into audit (seq, time, who, organisation, action, object, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(row.seq)
            .bind(row.time)
            .bind(&row.who)
            .bind(&row.organisation)
            .bind(&row.action)
            .bind(&row.object)
            .bind(&row.detail)
            .bind(row.hash.as_slice())
            .execute(&mut *write)
            .await
            .unwrap();
        let seal = ring::hmac::sign(&salt, &row.hash);
        let body = serde_json::json!({ "kind": "audit", "seq": row.seq, "time": row.time, "who": row.who,
            "organisation": row.organisation, "action": row.action, "seal": hex::encode(seal) });
        effect(write, body).await;
    }
}
