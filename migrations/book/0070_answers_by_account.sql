-- Answers of partners with an account: who at the partner said it, in which words, and photos after the work.
create table answers_new (
    id        blob primary key check (length(id) = 16), -- by code: the name of its file
    tip       blob not null references tips (id) on delete cascade,
    reference text not null,
    partner   text not null,
    choice    text not null,
    said_on   text not null,
    at        integer not null,                  -- when the desk collected it
    verdict   text check (verdict in ('accepted', 'set-aside')),
    by        text,
    by_at     integer,
    account   text,                              -- at the partner page; none by code
    words     text not null default '',
    check ((verdict is null) = (by is null)),
    check (account is not null or words = '')
) strict;
insert into answers_new (id, tip, reference, partner, choice, said_on, at, verdict, by, by_at)
    select id, tip, reference, partner, choice, said_on, at, verdict, by, by_at from answers;
drop table answers;
alter table answers_new rename to answers;
create index answers_tip on answers (tip);
create index answers_waiting on answers (tip) where verdict is null;
-- A partner may ask, grade and send a photo more than once.
create unique index answers_once on answers (reference, choice) where choice not in ('asked', 're-graded', 'after-photo');

create table answer_photos (
    answer blob primary key references answers (id) on delete cascade,
    jpeg   blob not null
) strict;

-- Answers in the name of an account that were not made with the report's key.
create table forged_answers (
    reference text primary key references reports (reference) on delete cascade,
    times     integer not null
) strict, without rowid;
