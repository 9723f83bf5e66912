-- Organisations that receive reports.
create table partners (
    name            text primary key,
    kind            text not null,
    organisation    text not null,
    contact         text not null,
    key             text,                -- age1…; none if reports leave on paper alone
    confirmed       integer not null check (confirmed in (0, 1)), -- somebody compared the key's fingerprint
    way             text not null check (way in ('folder', 'mail', 'print')),
    address         text not null,       -- the folder, or the e-mail address
    lanes           text not null,       -- with ';' between them; empty: all
    fields          text not null,       -- of a report; with ';' between them
    agreement_until text,                -- the last day of the sharing agreement
    check (way = 'print' or key is not null)
) strict, without rowid;

-- A delivery leaves with its batch, and can be taken back until then.
alter table deliveries add column leaves_at integer not null default 0;
alter table deliveries add column leased_until integer;
alter table deliveries add column is_lead integer not null default 1 check (is_lead in (0, 1)); -- or for information alone
alter table deliveries add column sealed_to text;          -- the partner's key
alter table deliveries add column taken_back_at integer;
alter table deliveries add column replaces text;           -- the reference of the report that this one withdraws or corrects
alter table deliveries add column confirmed_at integer;    -- the partner confirmed that

-- The tips that a report is about.
create table delivery_tips (
    delivery_id integer not null references deliveries (id) on delete cascade,
    tip         blob not null,
    primary key (delivery_id, tip)
) strict, without rowid;
create index delivery_tips_tip on delivery_tips (tip);
insert into delivery_tips select id, tip from deliveries;
drop index deliveries_due;
create index deliveries_due on deliveries (due) where done is null and taken_back_at is null;
