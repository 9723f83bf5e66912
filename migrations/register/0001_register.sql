-- The register, schema 1: the desk's file without content. Nothing of a tip is in it but its id.

create table accounts (
    name         text primary key,
    organisation text not null,               -- council, police, …
    roles        text not null,               -- with commas between
    recipient    text not null,               -- the age1… key of the member's identity
    first        integer not null check (first in (0, 1)), -- the passphrase was made by somebody else
    code_secret  blob,                        -- of one-time codes (RFC 6238)
    code_step    integer not null default 0,  -- the last step that was used
    created_on   text not null,
    seen_on      text,                        -- the day of the last sign-in
    disabled_on  text
) strict;

create table books (
    name       text primary key,
    lanes      text not null, -- with commas between; empty for a book that collects nothing
    recipient  text not null, -- the age1… key that the gateway seals to
    created_on text not null,
    -- A change of the book's keys: `closing` keeps the book shut; from `switched` on the new files are the book.
    rekey      text not null default 'none' check (rekey in ('none', 'closing', 'switched'))
) strict;

-- Who may open a book. The key itself is the file books/NAME/keys/MEMBER.age.
create table grants (
    book       text not null references books (name),
    account    text not null references accounts (name),
    granted_by text not null,
    granted_on text not null,
    until_on   text, -- the last day
    primary key (book, account)
) strict;

-- Which book holds a tip.
create table tips (
    id   blob primary key check (length(id) = 16),
    book text not null
) strict;

-- The last row of each book's table `effects` that was copied.
create table copied (
    book text primary key,
    id   integer not null
) strict;

-- The newest audit row of each book that the register knows.
create table heads (
    book text primary key,
    seq  integer not null,
    seal blob not null check (length(seal) = 32) -- HMAC-SHA256 of the row's hash under the book's salt
) strict;

-- The day on which each lane was last collected.
create table collections (
    lane    text primary key,
    last_on text not null
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
    tip           blob not null,
    partner       text not null,
    reference     text not null unique, -- the copy's own random name, which the partner knows
    way           text not null,
    attempts      integer not null default 0,
    due           integer not null, -- when the next attempt is made (seconds since 1970)
    done          integer,          -- when it arrived
    problem       text,             -- why the last attempt failed
    needs_officer integer not null default 0 check (needs_officer in (0, 1)), -- trying again cannot help until someone fixes the problem
    noted         integer not null default 0 check (noted in (0, 1)), -- the tip's book has the arrival
    sealed        blob not null     -- the age file for the partner; empty once it arrived
) strict;
create index deliveries_due on deliveries (due) where done is null;
create index deliveries_tip on deliveries (tip);
create index deliveries_unnoted on deliveries (id) where done is not null and noted = 0;

-- Posters in the street, and the codes of organisations whose staff report.
create table campaigns (
    code         text primary key check (length(code) = 6), -- upper case, as in a tip's `campaign`
    role         text not null check (role in ('residents', 'staff', 'contractor', 'councillor')), -- who reports with it
    name         text not null, -- the desk's name for it; printed nowhere
    organisation text,          -- whose staff, contractors or councillors; nobody's name
    operation    text,
    topic        text,
    area         text,          -- a ward, or the district
    languages    text,          -- of its posters, with commas between
    begins       text,          -- first day, YYYY-MM-DD
    ends         text,          -- last day
    copies       integer check (copies >= 50), -- fewer would say who had one
    ended        text,          -- the day on which it was ended by hand
    check ((role = 'residents') = (organisation is null)),
    check (role <> 'residents' or (topic is not null and area is not null and languages is not null
           and begins is not null and ends is not null and copies is not null))
) strict;

-- The audit log: each row's hash is over the hash before it and the row. Nothing of a tip's words is in it.
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
