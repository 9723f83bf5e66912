-- The casebook, schema 1. Large values stand last in their rows, so that a list does not read through them.

-- What was collected and opened. Only the day is kept (in received); a row says nothing of the moment.
create table tips (
    id       blob primary key check (length(id) = 16),
    status   text not null default 'new' check (status in ('new', 'read', 'routed')),
    topic    text not null,
    lane     text not null,
    priority text not null check (priority in ('now', 'soon', 'routine')),
    received text not null,
    source   text not null, -- the gateway's pickup, or the file that was imported
    tip      text not null, -- tip.json as it stood in the seal
    sealed   blob not null  -- the age file
) strict;

-- The gateways that this desk collects from.
create table enrolments (
    pickup    text primary key, -- host:port
    enrolment text not null,    -- the enrolment file (TOML)
    lease     blob check (length(lease) = 16) -- the lease that the last claim was made under
) strict;

-- Partners' copies: those on their way and those that arrived.
create table deliveries (
    id            integer primary key,
    tip           blob not null references tips (id),
    partner       text not null,
    reference     text not null unique, -- the copy's own random name, which the partner knows
    way           text not null,
    attempts      integer not null default 0,
    due           integer not null, -- when the next attempt is made (seconds since 1970)
    done          integer,          -- when it arrived
    problem       text,             -- why the last attempt failed
    needs_officer integer not null default 0 check (needs_officer in (0, 1)), -- trying again cannot help until someone mends the problem
    sealed        blob not null     -- the age file for the partner; empty once it arrived
) strict;
create index deliveries_due on deliveries (due) where done is null;
create index deliveries_tip on deliveries (tip);

-- The audit log: each row's hash is over the hash before it and the row. Nothing of a tip's words stands here.
create table audit (
    seq    integer primary key,
    time   integer not null,
    who    text not null,
    action text not null,
    object text not null,
    detail text not null,
    hash   blob not null check (length(hash) = 32)
) strict;
