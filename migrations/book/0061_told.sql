-- What partners said by telephone, by mail or in the room, as an officer wrote it down. Append-only.
create table told (
    id        integer primary key,
    tip       blob not null references tips (id) on delete cascade,
    at        integer not null,          -- when it was written down
    who       text not null,             -- the officer
    partner   text not null,
    reference text,                      -- the report that they spoke of; none if nothing was sent
    is_lead   integer not null check (is_lead in (0, 1)), -- the partner acts: it counts in the figures
    choice    text not null,
    way       text not null check (way in ('telephone', 'mail', 'in-person')),
    said_by   text not null,             -- the person at the partner
    said_on   text not null,
    why       text not null,             -- may be empty, but not if nobody acts
    check (why <> '' or choice not in ('no-action', 'refused'))
) strict;
create index told_tip on told (tip, id);
create trigger told_kept before update on told begin
    select raise(abort, 'what a partner said is never changed');
end;
