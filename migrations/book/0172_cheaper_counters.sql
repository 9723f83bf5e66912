-- An import and a decision cost less. The counters follow from the row's own values: a trigger that asked the view
-- `views` read the row once for each view. A tip without an owner is in no index of owners.

drop trigger triage_added;
drop trigger triage_changing;
drop trigger triage_changed;
drop trigger triage_removed;

create trigger triage_added after insert on triage begin
    insert into counts
        select 'open', 1 where new.open
        union all select 'danger', 1 where new.open and new.urgent
        union all select 'two-hours', 1 where new.open and new.hours
        union all select 'no-owner', 1 where new.open and new.owner is null
        union all select 'waiting', 1 where new.open and new.state = 'waiting'
        union all select 'second-look', 1 where new.pending is not null
        union all select 'sent', 1 where new.state = 'routed' and new.folded_into is null
        union all select 'mine ' || new.owner, 1 where new.open and new.owner is not null
        union all select 'closed ' || new.closed_on, 1 where new.state = 'closed' and new.folded_into is null
        union all select 'cannot-read ' || new.unread, 1 where new.open and new.unread is not null
        union all select 'needs-translation', 1 where new.open and new.translate_due is not null
    on conflict (view) do update set n = n + 1;
end;

-- Most updates change no view: they cost one comparison.
create trigger triage_changed after update on triage
    when new.state is not old.state or new.owner is not old.owner or new.pending is not old.pending or new.folded_into is not old.folded_into
        or new.closed_on is not old.closed_on or new.urgent is not old.urgent or new.hours is not old.hours or new.unread is not old.unread
        or new.translate_due is not old.translate_due
begin
    update counts set n = n - 1 where view in (
        select 'open' where old.open
        union all select 'danger' where old.open and old.urgent
        union all select 'two-hours' where old.open and old.hours
        union all select 'no-owner' where old.open and old.owner is null
        union all select 'waiting' where old.open and old.state = 'waiting'
        union all select 'second-look' where old.pending is not null
        union all select 'sent' where old.state = 'routed' and old.folded_into is null
        union all select 'mine ' || old.owner where old.open and old.owner is not null
        union all select 'closed ' || old.closed_on where old.state = 'closed' and old.folded_into is null
        union all select 'cannot-read ' || old.unread where old.open and old.unread is not null
        union all select 'needs-translation' where old.open and old.translate_due is not null
    );
    insert into counts
        select 'open', 1 where new.open
        union all select 'danger', 1 where new.open and new.urgent
        union all select 'two-hours', 1 where new.open and new.hours
        union all select 'no-owner', 1 where new.open and new.owner is null
        union all select 'waiting', 1 where new.open and new.state = 'waiting'
        union all select 'second-look', 1 where new.pending is not null
        union all select 'sent', 1 where new.state = 'routed' and new.folded_into is null
        union all select 'mine ' || new.owner, 1 where new.open and new.owner is not null
        union all select 'closed ' || new.closed_on, 1 where new.state = 'closed' and new.folded_into is null
        union all select 'cannot-read ' || new.unread, 1 where new.open and new.unread is not null
        union all select 'needs-translation', 1 where new.open and new.translate_due is not null
    on conflict (view) do update set n = n + 1;
end;

create trigger triage_removed before delete on triage begin
    update counts set n = n - 1 where view in (
        select 'open' where old.open
        union all select 'danger' where old.open and old.urgent
        union all select 'two-hours' where old.open and old.hours
        union all select 'no-owner' where old.open and old.owner is null
        union all select 'waiting' where old.open and old.state = 'waiting'
        union all select 'second-look' where old.pending is not null
        union all select 'sent' where old.state = 'routed' and old.folded_into is null
        union all select 'mine ' || old.owner where old.open and old.owner is not null
        union all select 'closed ' || old.closed_on where old.state = 'closed' and old.folded_into is null
        union all select 'cannot-read ' || old.unread where old.open and old.unread is not null
        union all select 'needs-translation' where old.open and old.translate_due is not null
    );
end;

-- The view of tips without an owner follows `triage_queue`, which knows the owner.
drop index triage_owner;
create index triage_owner on triage (owner, rank, due, received, tip) where open = 1 and owner is not null;
drop index triage_queue;
create index triage_queue on triage (rank, due, received, tip, owner) where open = 1;
