-- Reply rows. A desk replaces all rows of a book at once; "forget" overwrites a row. A row's name lives for one day: an empty
-- row has a random one and random bytes.
drop table reply;

-- place: the rows of a book have the numbers from place * 2^20 on. desk: the name of the desk that last replaced them (UTF-8).
create table reply_book (
    place bigint primary key,
    book bytea not null,
    desk bytea not null,
    replaced_on bigint not null
);

create table reply_row (
    number bigint primary key,
    name bytea not null,
    sealed bytea not null
);

create index reply_row_name_idx on reply_row (name);

-- As in 1_queue.sql: ciphertext does not compress, and statistics keep no sample values.
alter table reply_row alter column sealed set storage external;
alter table reply_book alter column book set statistics 0;
alter table reply_row alter column name set statistics 0, alter column sealed set statistics 0;
