-- The way `page`: reports for people with an account on the partner page. Their keys are in a table of their own.
create table partners_new (
    name            text primary key,
    kind            text not null,
    organisation    text not null,
    contact         text not null,
    key             text,                -- age1…; none if reports leave on paper, in the clear, or to accounts
    confirmed       integer not null check (confirmed in (0, 1)), -- somebody compared the key's fingerprint
    way             text not null check (way in ('folder', 'mail', 'print', 'open-mail', 'page')),
    address         text not null,       -- the folder, or the e-mail address
    lanes           text not null,       -- with ';' between them; empty: all
    fields          text not null,       -- of a report; with ';' between them
    agreement_until text,                -- the last day of the sharing agreement
    check (way in ('print', 'open-mail', 'page') or key is not null),
    check (way <> 'open-mail' or agreement_until is not null)
) strict, without rowid;
insert into partners_new (name, kind, organisation, contact, key, confirmed, way, address, lanes, fields, agreement_until)
    select name, kind, organisation, contact, key, confirmed, way, address, lanes, fields, agreement_until from partners;
drop table partners;
alter table partners_new rename to partners;

-- People at partners. The key is made at the partner page, with the person's own passphrase.
create table partner_accounts (
    name        text primary key,
    partner     text not null,
    key         text,                    -- age1…; none until the first sign-in
    confirmed   integer not null default 0 check (confirmed in (0, 1)), -- somebody compared the key's fingerprint
    created_on  text not null,
    disabled_on text,
    check (confirmed = 0 or key is not null)
) strict, without rowid;
