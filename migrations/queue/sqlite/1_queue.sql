-- The queue on SQLite. Nothing here may tell when a tip arrived:
--   * rows are slots, filled at random and made before any tip is there;
--   * every value keeps its encoded size, so that SQLite overwrites a row where it lies. Small codes start at 2 (SQLite stores 0
--     and 1 in no bytes at all), days take 2 bytes (until 2059), moments take 6 (they are seconds since 1970 plus 2^40);
--   * there is no second index: the order of its entries on a page would be the order of arrival.

-- What stands in the clear beside a sealed tip. A free slot holds zeros.
-- state: 2 free, 3 waiting for the next release time, 4 released.
-- class, lane, priority: the place in the list of the source, plus 2.
create table slot (
    number integer primary key,
    state integer not null,
    class integer not null,
    id blob not null,
    lane integer not null,
    priority integer not null,
    expiry integer not null,
    mac blob not null,
    lease_token blob not null,
    lease_until integer not null
) strict;

-- A slot's bytes: 4 bytes of length (little-endian), the age file, random bytes up to the one size of its class.
-- A free slot holds random bytes. SQLite overwrites a long row where it lies only if the statement has read a column of it, as an
-- update does for each column that it keeps: `class` is there to be kept. Without it the row's pages would be freed and those
-- that the tip before it freed be taken: a chain in the order of arrival.
create table body (
    number integer primary key,
    class integer not null,
    bytes blob not null
) strict;

-- Values that stop repeats, until a day. They are random or keyed hashes, and name no tip.
create table once (
    value blob primary key,
    until integer not null
) strict, without rowid;

-- Sealed replies, all of one size.
create table reply (
    once blob primary key,
    box blob not null,
    expiry integer not null,
    sealed blob not null
) strict, without rowid;

-- Tips that expired unread. One row a lane, from the first day.
create table expired (
    lane integer primary key,
    tips integer not null
) strict;

insert into expired (lane, tips) values (2, 0), (3, 0), (4, 0), (5, 0), (6, 0);

-- Numbers about the queue itself: 1 = when a desk last collected; 2 = 2 or 3 in turn, written
-- after the last tip of a burst so that SQLite's -shm file forgets where that one lies; 10 + class = over how many slots its tips were last spread.
create table fact (
    name integer primary key,
    value integer not null
) strict;
