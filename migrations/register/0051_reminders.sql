-- When each open tip is due and who has it, so that its person can be reminded while no book is open.
create table due (
    tip         blob primary key check (length(tip) = 16),
    owner       text,             -- none: whoever is on duty
    due_at      integer not null,
    reminded_at integer           -- the mark at which the person was told of this deadline
) strict;
create index due_soon on due (due_at);

-- A third kind of mail.
create table mails_of_three_kinds (
    id        integer primary key,
    kind      text not null check (kind in ('alert', 'daily', 'reminder')),
    address   text not null,
    reference text not null unique, -- of its Message-ID
    queued_at integer not null,
    due_at    integer not null,
    sent_at   integer,
    head      integer, -- the row of the register's audit log whose hash a daily mail carried
    problem   text,    -- why the last attempt failed
    unique (kind, address, queued_at)
) strict;
insert into mails_of_three_kinds select id, kind, address, reference, queued_at, due_at, sent_at, head, problem from mails;
drop table mails;
alter table mails_of_three_kinds rename to mails;
