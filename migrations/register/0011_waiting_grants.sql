-- Grants that wait for a second member, as the books told them. They are for lists: only the book's own row counts.
create table waiting_grants (
    book        text not null,
    account     text not null,
    given_by    text not null,
    given_on    text not null,
    until_on    text,
    fingerprint text not null,
    row         integer not null, -- the row of the audit log that says so, for the daily mail
    primary key (book, account)
) strict;

-- The second member who agreed.
alter table grants add column agreed_by text;
