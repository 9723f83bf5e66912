-- A tip with danger stands first also while it waits: danger, then the deadline, then the oldest day.
-- Of the others, those that wait stand after those about which somebody can decide.
drop index triage_queue;
drop index triage_owner;
alter table triage drop column rank;
alter table triage add column rank integer generated always as (
    case when state in ('routed', 'closed') or folded_into is not null then 3 when urgent or awake or illegal then 0 when pending is not null or state = 'waiting' then 2 else 1 end) virtual;
create index triage_queue on triage (rank, due, received, tip) where open = 1;
create index triage_owner on triage (owner, rank, due, received, tip) where open = 1;
