-- Whether an administrator made a new key for the account since it was let into the book. The book stays shut for that key
-- until a member lets the person in again, so the account does not count among those who can open it.
alter table grants add column shut integer not null default 0 check (shut in (0, 1));
update grants set shut = 1 where account in (select name from accounts where first = 1);
