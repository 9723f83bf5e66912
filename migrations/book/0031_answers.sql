-- Answers of partners without an account: the codes on their sheets, and what they said.

-- One code for each report. It goes with the tip.
create table answer_codes (
    code      text primary key check (length(code) = 8),
    reference text not null unique,
    tip       blob not null references tips (id) on delete cascade,
    partner   text not null,
    until     text not null,                     -- the last day, as printed on the sheet
    used_on   text,                              -- the day of the first answer
    wrong     integer not null default 0         -- answers to this reference with another code
) strict;
create index answer_codes_tip on answer_codes (tip);

-- Each is a claim until the tip's owner says what to do with it. It stops no clock and closes nothing.
create table answers (
    id        blob primary key check (length(id) = 16), -- the name of its file
    tip       blob not null references tips (id) on delete cascade,
    reference text not null,
    partner   text not null,
    choice    text not null,
    said_on   text not null,
    at        integer not null,                  -- when the desk collected it
    verdict   text check (verdict in ('accepted', 'set-aside')),
    by        text,
    by_at     integer,
    unique (reference, choice),
    check ((verdict is null) = (by is null))
) strict;
create index answers_tip on answers (tip);
create index answers_waiting on answers (tip) where verdict is null;
