-- Triage: who decided what about a tip, and what is still open. `tips` has the content and never changes.

-- One short row a tip, so that a queue reads few pages.
create table triage (
    tip           blob primary key references tips (id) on delete cascade,
    received      text not null,
    language      text not null,
    hours         integer not null check (hours in (0, 1)),  -- its target is hours, not days
    danger        integer not null check (danger in (0, 1)), -- ticked, or priority now
    child         integer not null check (child in (0, 1)),
    threat        text,              -- the word that was found; empty if its language has no rules
    -- From here to `pending`: what a decision changes.
    state         text not null default 'new' check (state in ('new', 'taken', 'waiting', 'routed', 'closed')),
    outcome       text check (outcome in ('acted', 'could-not-act', 'duplicate', 'spam', 'malicious', 'not-ours')),
    owner         text,
    waiting_for   text,
    waiting_until text,
    waiting_since text,              -- stays when the same person takes it back and waits again
    paused_at     integer,           -- while an outsider is awaited
    awake         integer not null default 0 check (awake in (0, 1)), -- a new fact ended the wait
    deadline      integer,           -- while it is open
    met           integer check (met in (0, 1)), -- afterwards
    closed_on     text,
    folded_into   blob references tips (id),
    pending       text,              -- the decision that waits for a second person (JSON)
    version       integer not null default 1,
    changed_by    text,              -- the last person; none if it was the desk
    sent          integer not null default 0 check (sent in (0, 1)), -- a partner has a copy
    illegal       integer not null default 0 check (illegal in (0, 1)), -- a photo must not be seen, sent or printed again
    -- With the tips that are folded into it.
    urgent        integer not null check (urgent in (0, 1)),
    due           integer not null default 0, -- seconds since 1970; 0 if nothing of it is open
    open          integer generated always as (state in ('new', 'taken', 'waiting') and folded_into is null) virtual,
    rank          integer generated always as (
        case when state in ('routed', 'closed') or folded_into is not null then 3 when pending is not null or state = 'waiting' then 2 when urgent or awake or illegal then 0 else 1 end) virtual,
    check ((state = 'closed') = (outcome is not null))
) strict, without rowid;
insert into triage (tip, received, language, hours, danger, child, state, sent, urgent)
    select id, received, coalesce(tip ->> 'language', 'en'), coalesce(tip ->> 'offensive', 0) = 1,
           priority = 'now' or coalesce(tip ->> 'danger', 0) = 1, coalesce(tip ->> 'child', 0) = 1,
           iif(status = 'routed', 'routed', 'new'), status = 'routed', priority = 'now' or coalesce(tip ->> 'danger', 0) = 1
    from tips;
alter table tips drop column status;
create index triage_queue on triage (rank, due, received, tip) where open = 1;
create index triage_owner on triage (owner, rank, due, received, tip) where open = 1;
create index triage_pending on triage (received, tip) where pending is not null;
create index triage_closed on triage (closed_on) where state = 'closed' and folded_into is null;
create index triage_folds on triage (folded_into) where folded_into is not null;

-- The views of a tip that have a counter.
create view views (tip, view) as
    select tip, 'open' from triage where open = 1
    union all select tip, 'danger' from triage where open = 1 and urgent
    union all select tip, 'two-hours' from triage where open = 1 and hours
    union all select tip, 'no-owner' from triage where open = 1 and owner is null
    union all select tip, 'waiting' from triage where open = 1 and state = 'waiting'
    union all select tip, 'second-look' from triage where pending is not null
    union all select tip, 'sent' from triage where state = 'routed' and folded_into is null
    union all select tip, 'mine ' || owner from triage where open = 1 and owner is not null;

create table counts (
    view text primary key,
    n    integer not null
) strict, without rowid;

create trigger triage_added after insert on triage begin
    insert into counts select view, 1 from views where tip = new.tip on conflict (view) do update set n = n + 1;
end;
create trigger triage_changing before update on triage begin
    update counts set n = n - 1 where view in (select view from views where tip = old.tip);
end;
create trigger triage_changed after update on triage begin
    insert into counts select view, 1 from views where tip = new.tip on conflict (view) do update set n = n + 1;
end;
create trigger triage_removed before delete on triage begin
    update counts set n = n - 1 where view in (select view from views where tip = old.tip);
end;

-- Each decision with the row before it, so that an undo is exact.
create table decisions (
    id       integer primary key autoincrement,
    act      integer not null,  -- decisions of one press have the same
    tip      blob not null references tips (id) on delete cascade,
    at       integer not null,
    who      text not null,
    decision text not null,     -- JSON
    before   text not null,     -- JSON: what the decision could change
    version  integer not null,  -- the tip's version after it
    undone   integer not null default 0 check (undone in (0, 1))
) strict;
create index decisions_tip on decisions (tip, id);
create index decisions_who on decisions (who, act) where undone = 0;

-- What officers wrote about a tip. Append-only.
create table notes (
    id   integer primary key autoincrement,
    tip  blob not null references tips (id) on delete cascade,
    at   integer not null,
    who  text not null,
    kind text not null check (kind in ('note', 'translation', 'reference', 'grade')),
    text text not null
) strict;
create index notes_tip on notes (tip, id);

-- Who looked at which version of a tip.
create table looks (
    who     text not null,
    tip     blob not null references tips (id) on delete cascade,
    version integer not null,
    at      integer not null,
    primary key (who, tip)
) strict, without rowid;
create index looks_tip on looks (tip);

-- "I know these people": the tip is on no view of this person.
create table recusals (
    who text not null,
    tip blob not null references tips (id) on delete cascade,
    primary key (who, tip)
) strict, without rowid;
create index recusals_tip on recusals (tip);

-- Text that a person was writing about a tip.
create table drafts (
    who  text not null,
    tip  blob not null references tips (id) on delete cascade,
    text text not null,
    at   integer not null,
    primary key (who, tip)
) strict, without rowid;
create index drafts_tip on drafts (tip);

-- Places, plates, phone numbers and addresses in a tip, in one spelling, so that tips that share one are found.
create table tip_values (
    kind   text not null check (kind in ('place', 'plate', 'phone', 'email')),
    normal text not null,
    tip    blob not null references tips (id) on delete cascade,
    shown  text not null, -- as it was written
    primary key (kind, normal, tip)
) strict, without rowid;
create index tip_values_tip on tip_values (tip);

-- Keys of a tip's words: two texts that are alike have one in common (`src/desk/text/likeness.rs`).
create table tip_bands (
    band integer not null,
    tip  blob not null references tips (id) on delete cascade,
    primary key (band, tip)
) strict, without rowid;
create index tip_bands_tip on tip_bands (tip);
create index tips_campaign on tips (received, tip ->> 'campaign') where tip ->> 'campaign' is not null;

-- Values that tie strangers: a shop, a station.
create table ignored_values (
    kind   text not null,
    normal text not null,
    who    text not null,
    primary key (kind, normal)
) strict, without rowid;

-- Pairs that an officer said are not the same. The smaller id first.
create table not_same (
    one   blob not null references tips (id) on delete cascade,
    other blob not null references tips (id) on delete cascade,
    who   text not null,
    primary key (one, other)
) strict, without rowid;
create index not_same_other on not_same (other);

-- Closed tips that somebody else reads again: a sample of each week.
create table samples (
    tip       blob primary key references tips (id) on delete cascade,
    drawn_on  text not null,
    reread_by text,
    reread_on text
) strict, without rowid;
create table sample_weeks (monday text primary key) strict, without rowid;
