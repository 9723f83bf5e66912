-- Alerts: who is told, and when, that something urgent waits. Nothing of a tip is in it but its id.

-- Urgent tips in the books, until somebody takes each.
create table urgent (
    tip      blob primary key check (length(tip) = 16),
    since_at integer not null,
    taken_at integer
) strict;

-- What each gateway last answered: released tips, and the keys that it seals to.
create table waiting (
    pickup   text not null,
    lane     text not null,
    priority text not null,
    tips     integer not null,
    primary key (pickup, lane, priority)
) strict;
create table gateway_keys (
    pickup    text not null,
    lane      text not null,
    recipient text not null, -- age1…
    primary key (pickup, lane, recipient)
) strict;

-- Keys that a book had before its keys were changed.
create table retired_keys (
    recipient  text primary key, -- age1…
    book       text not null,
    retired_on text not null
) strict;

-- One row an alert, from its first cause until everything urgent was taken, or the drill was seen.
create table alerts (
    id       integer primary key,
    drill    integer not null check (drill in (0, 1)),  -- it began as a drill
    urgent   integer not null check (urgent in (0, 1)), -- something urgent waited while it lasted
    began_at integer not null,
    next_at  integer not null,          -- when the next mail is due
    told     text not null default '',  -- the addresses of this round, each on a line
    seen_by  text,                      -- the account that saw the drill
    ended_at integer
) strict;
create index alerts_running on alerts (id) where ended_at is null;

-- When drills begin.
create table drills (at integer primary key) strict;

-- The alarms of each day about a book whose lanes nobody collected.
create table lane_alarms (
    book   text not null,
    on_day text not null,
    stage  integer not null, -- 0 members, 1 supervisors, 2 deputy
    primary key (book, on_day, stage)
) strict;

-- Mails to staff. Each says the same as every other of its kind.
create table mails (
    id        integer primary key,
    kind      text not null check (kind in ('alert', 'daily')),
    address   text not null,
    reference text not null unique, -- of its Message-ID
    queued_at integer not null,
    due_at    integer not null,
    sent_at   integer,
    head      integer, -- the row of the register's audit log whose hash a daily mail carried
    problem   text,    -- why the last attempt failed
    unique (kind, address, queued_at)
) strict;

-- One row: what was done up to now.
create table alert_state (
    one        integer primary key check (one = 1),
    mark       integer not null default 0, -- the last whole ten minutes that were handled
    planned_on text,                       -- the day whose drills are drawn
    daily_on   text,                       -- the day of the last daily mail
    duty       text                        -- the last good rules/duty.toml
) strict;
insert into alert_state (one) values (1);
