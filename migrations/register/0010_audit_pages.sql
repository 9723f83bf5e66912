-- The audit page: the newest rows of one account, action, book or day.
create index audit_who on audit (who);
create index audit_action on audit (action);
create index audit_object on audit (object);
create index audit_time on audit (time);
