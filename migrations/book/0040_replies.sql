-- Replies to residents (promise P16). The receipt's box and key are in tip.json: "forget" removes them there, so the
-- column is null afterwards. Reports with one box share a receipt. Nothing says that they share a person.
alter table tips add column reply_box text generated always as (tip ->> 'reply_box') virtual;
create index tips_reply_box on tips (reply_box) where reply_box is not null;

-- A reply belongs to the tip that it answers, and goes with it.
create table replies (
    id          integer primary key,      -- random: a number in sequence would tell how many there are
    tip         blob not null references tips (id) on delete cascade,
    written     integer not null unique,  -- the order
    at          integer not null,
    who         text not null,
    -- waiting: for a second person. held: for a supervisor. ready: leaves with the next replacement of rows.
    state       text not null check (state in ('waiting', 'held', 'ready', 'sent', 'dropped')),
    language    text not null,
    library     text,                     -- the name, if it is a text of the library
    text        text not null,
    meaning     text,                     -- in English, if the text is in another language
    finds       text not null default '[]', -- what the guard found (JSON)
    leaves_on   text not null,            -- the first day
    interpreter text,                     -- who confirmed the text in another language
    by          text,                     -- the second person
    by_at       integer,
    why         text,                     -- the supervisor's reason, or why it was dropped
    sent_on     text,
    check ((state = 'sent') = (sent_on is not null))
) strict;
create index replies_tip on replies (tip, written);
create index replies_waiting on replies (at) where state in ('waiting', 'held');
create index replies_live on replies (tip) where state in ('ready', 'sent');

-- A stage that a supervisor released for a box. The first two follow from the day of the tip.
create table stages (
    box        text primary key,
    stage      text not null check (stage in ('passed on', 'finished')),
    who        text not null,
    shown_from text not null
) strict, without rowid;

-- The authorising officer's decisions about a box: whether there is a relationship (RIPA 2000, part II).
create table authorisations (
    id       integer primary key autoincrement,
    box      text not null,
    at       integer not null,
    who      text not null,
    decision text not null check (decision in ('no relationship', 'stop', 'police source unit')),
    why      text not null,
    written  integer not null, -- the newest reply at that time
    reports  integer not null  -- the reports at that time
) strict;
create index authorisations_box on authorisations (box, id);

-- Boxes whose writer is under 18, as an officer read it.
create table young_writers (
    box      text primary key,
    who      text not null,
    noted_on text not null
) strict, without rowid;

-- Writers who asked to forget their report. The words stay until a second person decides.
create table forget_requests (
    tip         blob primary key references tips (id) on delete cascade,
    asked_on    text not null,
    not_before  text not null,
    resealed    integer not null default 0 check (resealed in (0, 1)), -- the sealed file has no reply key any more
    proposed_by text,
    decision    text check (decision in ('keep', 'delete')),
    decided_by  text
) strict, without rowid;

-- What was kept for a box goes with its last tip.
create trigger boxes_removed after delete on tips when old.tip ->> 'reply_box' is not null begin
    delete from stages where box = old.tip ->> 'reply_box' and not exists (select 1 from tips where reply_box = old.tip ->> 'reply_box');
    delete from authorisations where box = old.tip ->> 'reply_box' and not exists (select 1 from tips where reply_box = old.tip ->> 'reply_box');
    delete from young_writers where box = old.tip ->> 'reply_box' and not exists (select 1 from tips where reply_box = old.tip ->> 'reply_box');
end;

-- The book's name for its reply rows at a gateway: a random number that only the two know.
create table rows_at_gateways (
    pickup      text primary key,
    book        blob not null check (length(book) = 16),
    replaced_at integer
) strict, without rowid;

-- Receipts with a report that was moved to another book: that book answers them, so that an answer never opens here.
create table boxes_elsewhere (box text primary key) strict, without rowid;
