-- The text of a report that a person was writing about a tip, until its preview is made.
create table report_drafts (
    who  text not null,
    tip  blob not null references tips (id) on delete cascade,
    text text not null,
    at   integer not null,
    primary key (who, tip)
) strict, without rowid;
create index report_drafts_tip on report_drafts (tip);
