//! Every SQL statement of the queue: one text for both engines, with `$1` placeholders, on blobs
//! and bigints only. Values are always bound, never formatted into a text. The few statements for
//! only one engine are in `engine.rs`.
//!
//! The codes of `state` are 2 for a free slot, and those of [`super::slots::TipState`].
//!
//! Statements that change several slots name them in ascending order, so that two gateways on one
//! PostgreSQL lock rows in the same order.

use sqlx::AssertSqlSafe;

/// Most rows in one statement. Run lengths are powers of two, so that few texts need to be
/// prepared.
pub(super) const MOST_ROWS: usize = 64;

/// Replaces `{rows}` by `rows` groups of `columns` placeholders. The first placeholder is `$(fixed
/// + 1)`.
pub(super) fn with_rows(
    text: &str,
    fixed: usize,
    columns: usize,
    rows: usize,
) -> AssertSqlSafe<String> {
    let mut groups = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        groups.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            groups.push_str(if column == 0 { "$" } else { ", $" });
            groups.push_str(&(fixed + row * columns + column + 1).to_string());
        }
        groups.push(')');
    }
    AssertSqlSafe(text.replace("{rows}", &groups))
}

/// Splits `items` into runs whose lengths are powers of two, up to `most`.
pub(super) fn runs<T>(items: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut length = most.max(1);
        while length > rest.len() {
            length /= 2;
        }
        let (run, left) = rest.split_at_checked(length)?;
        rest = left;
        (!run.is_empty()).then_some(run)
    })
}

/// Repeats the last item of a run up to the next power of two. It saves statements, but works only
/// for a statement that a repeated row does not affect.
pub(super) fn padded<T>(run: &[T]) -> (usize, impl Iterator<Item = &T>) {
    let rows = run.len().next_power_of_two();
    (
        rows,
        run.iter().chain(run.last().into_iter().cycle()).take(rows),
    )
}

// Store tips.

/// (value, until) each; returns the values that are new.
pub(super) const ADD_ONCE: &str =
    "insert into once (value, until) values {rows} on conflict (value) do nothing returning value";
/// $1 value.
pub(super) const KNOWS: &str = "select count(*) from once where value = $1";
/// (value) each.
pub(super) const WHICH_KNOWN: &str =
    "with v (value) as (values {rows}) select value from once where value in (select value from v)";
/// (value) each.
pub(super) const DROP_ONCE: &str =
    "with v (value) as (values {rows}) delete from once where value in (select value from v)";
/// (number, state, id, lane, priority, expiry, mac) each; returns the slots that were still free.
pub(super) const OCCUPY: &str = "with v (number, state, id, lane, priority, expiry, mac) as (values {rows}) \
     update slot set state = v.state, id = v.id, lane = v.lane, priority = v.priority, expiry = v.expiry, mac = v.mac \
     from v where slot.number = v.number and slot.state = 2 returning slot.number";
/// (number, bytes) each. It must keep a column of `body`: see the migration.
pub(super) const WRITE_BODIES: &str = "with v (number, bytes) as (values {rows}) update body set bytes = v.bytes from v where body.number = v.number";
/// Returns the free slots.
pub(super) const FREE: &str = "select number, class from slot where state = 2";

// Claim tips.

/// $1..5 lanes, $6 now, $7 most.
pub(super) const CANDIDATES: &str = "select number, class from slot \
     where state = 4 and lane in ($1, $2, $3, $4, $5) and lease_until <= $6 order by priority, random() limit $7";
/// $1 token, $2 until, $3 now, then (number) each. It repeats the condition of [`CANDIDATES`]: a
/// claimer that waited for another one's lock must see that the tip is taken.
pub(super) const LEASE: &str = "with v (number) as (values {rows}) update slot set lease_token = $1, lease_until = $2 \
     from v where slot.number = v.number and slot.state = 4 and slot.lease_until <= $3 \
     returning slot.number, class, id, lane, priority, expiry, mac";
/// $1..5 lanes, $6 now, $7 token, $8 until: the tips of a lease that has not lapsed.
pub(super) const LEASE_AGAIN: &str = "update slot set lease_until = $8 \
     where state = 4 and lane in ($1, $2, $3, $4, $5) and lease_until > $6 and lease_token = $7 \
     returning slot.number, class, id, lane, priority, expiry, mac";
/// (number) each.
pub(super) const READ_BODIES: &str = "with v (number) as (values {rows}) select number, bytes from body where number in (select number from v)";
/// $1 token, $2 now, $3 until.
pub(super) const RENEW: &str =
    "update slot set lease_until = $3 where state = 4 and lease_token = $1 and lease_until > $2";
/// No parameter.
pub(super) const RELEASE: &str = "update slot set state = 4 where state = 3";
/// $1..5 lanes, $6 now.
pub(super) const WAITING: &str = "select count(*) from slot where state = 4 and lane in ($1, $2, $3, $4, $5) and lease_until <= $6";

/// No parameter: released tips by lane and priority.
pub(super) const WAITING_BY_KIND: &str =
    "select lane, priority, count(*) from slot where state = 4 group by lane, priority";

// Delete tips.

/// $1 token, $2 the value for "no lease".
pub(super) const HELD: &str = "select number, class, id, lane from slot where state = 4 and lease_token = $1 and lease_until > $2";
/// (id) each.
pub(super) const PRESENT: &str = "with v (id) as (values {rows}) select id from slot where state > 2 and id in (select id from v)";
/// $1 the value for "no lease", $2 16 zeros, $3 32 zeros, $4 token, then (number) each.
pub(super) const CLEAR_HELD: &str = "with v (number) as (values {rows}) update slot \
     set state = 2, id = $2, lane = 2, priority = 2, expiry = 256, mac = $3, lease_token = $2, lease_until = $1 \
     from v where slot.number = v.number and slot.state = 4 and slot.lease_token = $4 and slot.lease_until > $1 returning slot.number";
/// Like [`CLEAR_HELD`] with $4 a day: clears tips that expire before it. A tip that no desk ever
/// held has no lease, and expires before the day $5.
pub(super) const CLEAR_EXPIRED: &str = "with v (number) as (values {rows}) update slot \
     set state = 2, id = $2, lane = 2, priority = 2, expiry = 256, mac = $3, lease_token = $2, lease_until = $1 \
     from v where slot.number = v.number and slot.state > 2 \
     and (slot.expiry < $5 or (slot.expiry < $4 and slot.lease_until > $1)) returning slot.number";
/// $1 the value for "no lease", $2 a day, $3 the day for tips that no desk ever held.
pub(super) const EXPIRED_BEFORE: &str = "select number, class, lane from slot \
     where state > 2 and (expiry < $3 or (expiry < $2 and lease_until > $1))";
/// $1 the value for "no lease", $2 a day: tips over their day that no desk ever held, per lane.
pub(super) const OVERDUE: &str = "select lane, count(*) from slot \
     where state > 2 and expiry < $2 and lease_until <= $1 group by lane";
/// $1 tips, $2 lane.
pub(super) const COUNT_EXPIRED: &str = "update expired set tips = tips + $1 where lane = $2";
/// No parameter.
pub(super) const EXPIRED: &str = "select lane, tips from expired";
/// $1 a day.
pub(super) const DROP_OLD_ONCE: &str = "delete from once where until < $1";

// Read the queue.

/// No parameter. The order of the ids is random.
pub(super) const TIPS: &str = "select number from slot where state > 2 order by id";
/// $1 number.
pub(super) const TIP: &str = "select slot.number, slot.class, id, lane, priority, expiry, mac, bytes \
     from slot join body on body.number = slot.number where slot.number = $1 and state > 2";
/// No parameter.
pub(super) const ROOM: &str =
    "select class, count(*) filter (where state > 2), count(*) from slot group by class";
/// No parameter: released tips and total slots, per class.
pub(super) const RELEASED: &str =
    "select class, count(*) filter (where state = 4), count(*) from slot group by class";
/// $1 name.
pub(super) const READ_FACT: &str = "select value from fact where name = $1";
/// No parameter: the lanes of released tips.
pub(super) const LANES_LEFT: &str = "select distinct lane from slot where state = 4";
/// $1 name, $2 value.
pub(super) const ADD_FACT: &str =
    "insert into fact (name, value) values ($1, $2) on conflict (name) do nothing";
/// $1 name, $2 value.
pub(super) const WRITE_FACT: &str = "insert into fact (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";

// Processes.

/// $1 listener, $2 settings.
pub(super) const ANNOUNCE: &str = "insert into process (listener, settings) values ($1, $2) on conflict (listener) do update set settings = excluded.settings";
/// $1 listener.
pub(super) const WITHDRAW: &str = "delete from process where listener = $1";
/// No parameter.
pub(super) const PROCESSES: &str = "select listener, settings from process order by listener";

// Replies.

/// $1 book: its place and the day of its last replacement.
pub(super) const BOOK: &str = "select place, replaced_on from reply_book where book = $1";
/// $1 desk: its books, and the last place of all books.
pub(super) const COUNT_BOOKS: &str =
    "select count(*) filter (where desk = $1), max(place) from reply_book";
/// $1 place, $2 book, $3 desk, $4 day.
pub(super) const ADD_BOOK: &str =
    "insert into reply_book (place, book, desk, replaced_on) values ($1, $2, $3, $4)";
/// $1 desk, $2 day, $3 place.
pub(super) const BOOK_REPLACED: &str =
    "update reply_book set desk = $1, replaced_on = $2 where place = $3";
/// $1 a day.
pub(super) const OLD_BOOKS: &str = "select place from reply_book where replaced_on < $1";
/// No parameter.
pub(super) const BOOKS: &str = "select place, book, replaced_on from reply_book order by place";
/// $1 place.
pub(super) const DROP_BOOK: &str = "delete from reply_book where place = $1";
/// $1 first number, $2 last number plus one.
pub(super) const COUNT_ROWS: &str =
    "select count(*) from reply_row where number >= $1 and number < $2";
/// $1 first number, $2 last number plus one.
pub(super) const DROP_ROWS: &str = "delete from reply_row where number >= $1 and number < $2";
/// (number, name, sealed) each.
pub(super) const ADD_ROWS: &str = "insert into reply_row (number, name, sealed) values {rows}";
/// (number, name, sealed) each.
pub(super) const REPLACE_ROWS: &str = "with v (number, name, sealed) as (values {rows}) update reply_row set name = v.name, sealed = v.sealed \
     from v where reply_row.number = v.number";
/// (name) each.
pub(super) const ROWS: &str = "with v (name) as (values {rows}) select name, sealed from reply_row where name in (select name from v)";
/// (name, its new name, sealed) each; returns the numbers of the rows.
pub(super) const FORGET_ROWS: &str = "with v (name, anew, sealed) as (values {rows}) update reply_row set name = v.anew, sealed = v.sealed \
     from v where reply_row.name = v.name returning reply_row.number";

// Create, move and remove slots.

/// $1 class: used slots, total slots.
pub(super) const CLASS_ROOM: &str =
    "select count(*) filter (where state > 2), count(*) from slot where class = $1";
/// $1 class, $2 the value for "no lease", $3 16 zeros, $4 32 zeros, then (number) each.
pub(super) const ADD_SLOTS: &str = "with v (number) as (values {rows}) \
     insert into slot (number, state, class, id, lane, priority, expiry, mac, lease_token, lease_until) \
     select v.number, 2, $1, $3, 2, 2, 256, $4, $3, $2 from v";
/// (number, class, bytes) each.
pub(super) const ADD_BODIES: &str = "insert into body (number, class, bytes) values {rows}";
/// $1 class: the used slots.
pub(super) const USED: &str = "select number from slot where class = $1 and state > 2";
/// $1 and $2: two slots whose contents are swapped.
pub(super) const EXCHANGE: &str = "update slot set state = o.state, id = o.id, lane = o.lane, priority = o.priority, expiry = o.expiry, \
     mac = o.mac, lease_token = o.lease_token, lease_until = o.lease_until \
     from slot as o where slot.number in ($1, $2) and o.number = $1 + $2 - slot.number";
/// Like [`EXCHANGE`], for the bytes of the slots.
pub(super) const EXCHANGE_BODIES: &str = "update body set bytes = o.bytes from body as o where body.number in ($1, $2) and o.number = $1 + $2 - body.number";
/// $1 first number, $2 last number plus one.
pub(super) const DROP_SLOTS: &str = "delete from slot where number >= $1 and number < $2";
/// Like [`DROP_SLOTS`].
pub(super) const DROP_BODIES: &str = "delete from body where number >= $1 and number < $2";
