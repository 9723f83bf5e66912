-- By when somebody should decide about a reply that waits for a second person or a supervisor (rules/clocks.toml). The
-- register learns the earliest moment of each tip, so that people are reminded while no book is open.
alter table replies add column due_at integer;
create trigger replies_due_new after insert on replies when new.state in ('waiting', 'held') begin
    insert into effects (body) select json_object('kind', 'reply_due', 'id', lower(hex(new.tip)), 'at', min(due_at)) from replies where tip = new.tip and state in ('waiting', 'held');
end;
create trigger replies_due_settled after update of state on replies when old.state in ('waiting', 'held') begin
    insert into effects (body) select json_object('kind', 'reply_due', 'id', lower(hex(new.tip)), 'at', min(due_at)) from replies where tip = new.tip and state in ('waiting', 'held');
end;
create trigger replies_due_gone after delete on replies when old.state in ('waiting', 'held') begin
    insert into effects (body) select json_object('kind', 'reply_due', 'id', lower(hex(old.tip)), 'at', min(due_at)) from replies where tip = old.tip and state in ('waiting', 'held');
end;
-- Replies of earlier versions: a working day.
update replies set due_at = at + 86400 where state in ('waiting', 'held');
insert into effects (body)
    select json_object('kind', 'reply_due', 'id', lower(hex(tip)), 'at', min(due_at)) from replies where state in ('waiting', 'held') group by tip;
