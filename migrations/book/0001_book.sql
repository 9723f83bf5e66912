-- A book, schema 1: everything with content that its members may read. The sealed files are beside it.

-- Only the day is kept (in received); a row says nothing of the moment. Large values are last in their rows, so that a
-- list does not read through them.
create table tips (
    id       blob primary key check (length(id) = 16),
    status   text not null default 'new' check (status in ('new', 'read', 'routed')),
    topic    text not null,
    lane     text not null,
    priority text not null check (priority in ('now', 'soon', 'routine')),
    received text not null,
    source   text not null, -- the gateway's pickup, or the file that was imported
    digest   blob not null check (length(digest) = 32), -- SHA-256 of sealed/ID.age
    tip      text not null, -- tip.json as it was in the seal
    thread   text generated always as (tip ->> 'thread') virtual
) strict;
create index tips_thread on tips (thread) where thread is not null;

-- Tips that are on their way to another book.
create table moves (
    tip    blob primary key check (length(tip) = 16),
    target text not null
) strict;

-- The keys of the members, as they were when each was let in. They are compared at each opening.
create table members (
    account    text primary key,
    recipient  text not null,
    granted_on text not null
) strict;

-- Changes for the register. Each is copied there by its id, once.
create table effects (
    id   integer primary key autoincrement,
    body text not null, -- JSON
    data blob           -- a partner's sealed copy
) strict;

-- One row: makes the hashes that the register gets useless for guessing what a row says.
create table salt (
    one  integer primary key check (one = 1),
    salt blob not null check (length(salt) = 32)
) strict;

-- The audit log: each row's hash is over the hash before it and the row.
create table audit (
    seq          integer primary key,
    time         integer not null,
    who          text not null,
    organisation text not null,
    action       text not null,
    object       text not null,
    detail       text not null,
    hash         blob not null check (length(hash) = 32)
) strict;
