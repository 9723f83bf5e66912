-- Retention, holds, and what is left of a purged or moved tip.

-- The outcome of each tip that has one, and the day on which the book noted it: periods count from it.
create table outcomes (
    tip      blob primary key check (length(tip) = 16),
    lane     text not null,
    outcome  text not null,
    noted_on text not null
) strict;
create index outcomes_due on outcomes (lane, outcome, noted_on);

-- Legal holds, and tips whose accuracy is contested. The reasons go with the tip. A hold that was lifted stays until then.
create table holds (
    id        integer primary key,
    tip       blob not null check (length(tip) = 16),
    kind      text not null check (kind in ('hold', 'restricted')),
    reason    text not null,
    placed_by text not null,
    placed_on text not null,
    lifted_by text,
    lifted_on text
) strict;
create unique index holds_active on holds (tip, kind) where lifted_on is null;
create index holds_tip on holds (tip);

-- The original of an illegal picture stays for the police.
create index triage_illegal on triage (tip) where illegal = 1;

-- All that is left of a purged or moved tip. docs/retention.md explains each column.
create table purged (
    id        blob primary key check (length(id) = 16),
    lane      text not null,
    received  text not null,
    outcome   text not null,
    purged_on text not null
) strict;

-- Tips whose rows are gone and whose sealed files go next.
create table unlinked (
    tip blob primary key check (length(tip) = 16)
) strict;
