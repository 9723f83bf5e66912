-- Reports to partners: the officer's words and choices. The outbox has the sealed file.
create table reports (
    id            integer primary key,
    reference     text not null unique,
    tip          blob not null references tips (id) on delete cascade, -- it shows the others that the report is about
    partner      text not null,
    written_by   text not null,
    written_at   integer not null,
    draft        text not null,  -- JSON: the words and what was ticked
    report       text not null,  -- report.json
    digest       blob not null check (length(digest) = 32), -- SHA-256 of the file before it is sealed
    plain        blob,           -- that file, until it is sealed; on paper until it is handed over
    replaces     text,           -- the reference of the report that this one withdraws or corrects
    state        text not null default 'previewed' check (state in ('previewed', 'ordered', 'arrived', 'taken-back')),
    ordered_on   text,
    why_own_words text,          -- why the resident's words leave
    by_hand      text            -- who took the paper, or who confirmed
) strict;
create index reports_tip on reports (tip, id);

-- The tips that a report is about, and the photos that leave with it.
create table report_tips (
    report_id integer not null references reports (id) on delete cascade,
    tip       blob not null references tips (id) on delete cascade,
    primary key (report_id, tip)
) strict, without rowid;
create index report_tips_tip on report_tips (tip);
create table report_photos (
    report_id integer not null references reports (id) on delete cascade,
    tip       blob not null references tips (id) on delete cascade,
    number    integer not null, -- from 1, as in the tip
    primary key (report_id, tip, number)
) strict, without rowid;
create index report_photos_tip on report_photos (tip);
