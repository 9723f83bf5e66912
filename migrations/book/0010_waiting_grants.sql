-- Grants that one member gave, and that have no effect before a second member agrees. They are here and not in the
-- register, so that nobody without the book's key can make one.
create table waiting_grants (
    account   text primary key,
    recipient text not null, -- the key whose fingerprint was shown
    until_on  text,          -- the last day
    given_by  text not null,
    given_on  text not null
) strict;
