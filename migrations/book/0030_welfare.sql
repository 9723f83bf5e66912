-- Welfare first: the telephone calls about danger or a child, before any report leaves. Append-only.

-- One row for each tip that the call was about, so that a tip keeps its calls when it is unfolded or moved.
create table calls (
    id        integer primary key autoincrement,
    tip       blob not null references tips (id) on delete cascade,
    at        integer not null,
    who       text not null,            -- the officer
    outcome   text not null check (outcome in ('made', 'tried')),
    rung      text not null,            -- the service or the person who was rung
    reference text,                     -- what they gave, if the call was made
    next_try  integer,                  -- if it was only tried: seconds since 1970
    consent   text not null check (consent in ('asked', 'not-asked')),
    why       text not null,            -- what was said to that, or why nobody asked
    check ((outcome = 'made') = (reference is not null)),
    check ((outcome = 'tried') = (next_try is not null))
) strict;
create index calls_tip on calls (tip, id);
create trigger calls_kept before update on calls begin
    select raise(abort, 'calls are never changed');
end;

-- When somebody must ring about the tip: 0 if nobody did yet, the next try if somebody tried, null if no call is needed
-- or one was made. `ring` is the earliest with the tips that are folded into it.
alter table triage add column ring_at integer;
alter table triage add column ring integer;
update triage set ring_at = 0 where danger = 1 or child = 1;
update triage set ring = (
    with recursive tree (tip) as (
        select triage.tip union select t.tip from triage as t join tree on t.folded_into = tree.tip
    ) select min(t.ring_at) from triage as t where t.tip in (select tip from tree)
) where ring_at is not null or tip in (select folded_into from triage where folded_into is not null);
create index triage_ring on triage (ring) where open = 1 and ring is not null;
