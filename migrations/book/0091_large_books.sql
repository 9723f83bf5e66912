-- A page and a sign-in cost the same with 100,000 tips as with 1,000.

-- The overdue tips are counted on each page: the index has all that the count reads. An index that
-- names the generated column `open` sends SQLite to the row of each tip.
drop index triage_due;
create index triage_due on triage (due, state, folded_into) where state in ('new', 'taken', 'waiting') and folded_into is null;

-- Tips whose end changed since it was noted in `outcomes`.
create table unnoted (
    tip blob primary key references tips (id) on delete cascade
) strict, without rowid;
insert into unnoted
    select triage.tip from triage left join outcomes on outcomes.tip = triage.tip
    where outcomes.outcome is not case when folded_into is not null or pending is not null then null when state = 'routed' then 'routed' when state = 'closed' then triage.outcome end;
create trigger triage_ended after update of state, outcome, folded_into, pending on triage
    when new.state is not old.state or new.outcome is not old.outcome or new.folded_into is not old.folded_into or new.pending is not old.pending
begin
    insert into unnoted values (new.tip) on conflict (tip) do nothing;
end;
create trigger triage_came_ended after insert on triage when new.state in ('routed', 'closed') begin
    insert into unnoted values (new.tip) on conflict (tip) do nothing;
end;
