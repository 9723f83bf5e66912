-- Reports that reached the wrong partner: what happened, in words. The register has the hours.
create table incidents (
    reference text primary key,
    tip       blob not null references tips (id) on delete cascade,
    why       text not null,
    ended_why text             -- what was found and done, once it is closed
) strict;
create index incidents_tip on incidents (tip);

-- The desk proposed to withdraw the report, and this officer said why it stays.
alter table reports add column stays_by text;
alter table reports add column stays_why text;
