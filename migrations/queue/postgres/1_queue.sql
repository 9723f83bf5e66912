-- The queue on PostgreSQL. The columns are those of the SQLite queue, and so are their codes:
-- state 2 free, 3 waiting for the next release time, 4 released; class, lane, priority count from 2; moments are seconds since
-- 1970 plus 2^40. PostgreSQL writes a new row version at each change: housekeeping rewrites the tables in random order.

create table slot (
    number bigint primary key,
    state bigint not null,
    class bigint not null,
    id bytea not null,
    lane bigint not null,
    priority bigint not null,
    expiry bigint not null,
    mac bytea not null,
    lease_token bytea not null,
    lease_until bigint not null
);

-- 4 bytes of length (little-endian), the age file, random bytes up to the one size of its class. A free slot holds nothing.
create table body (
    number bigint primary key,
    class bigint not null,
    bytes bytea not null
);

create table once (
    value bytea primary key,
    until bigint not null
);

create table reply (
    once bytea primary key,
    box bytea not null,
    expiry bigint not null,
    sealed bytea not null
);

-- Ciphertext does not compress.
alter table body alter column bytes set storage external;
alter table reply alter column sealed set storage external;

-- No sample values of these in PostgreSQL's statistics, which would keep them when they are gone. `src/store/rewrite.rs` copies this.
alter table slot alter column id set statistics 0, alter column mac set statistics 0, alter column lease_token set statistics 0;
alter table body alter column bytes set statistics 0;
alter table once alter column value set statistics 0;
alter table reply alter column once set statistics 0, alter column box set statistics 0, alter column sealed set statistics 0;

create table expired (
    lane bigint primary key,
    tips bigint not null
);

insert into expired (lane, tips) values (2, 0), (3, 0), (4, 0), (5, 0), (6, 0);

create table fact (
    name bigint primary key,
    value bigint not null
);
