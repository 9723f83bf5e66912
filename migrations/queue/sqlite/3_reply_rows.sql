-- Reply rows. A desk replaces all rows of a book at once; "forget" overwrites a row where it lies, since every value keeps its
-- encoded size and a row fits its page. A row's name lives for one day: an empty row has a random one and random bytes.
drop table reply;

-- place: the rows of a book have the numbers from place * 2^20 on. desk: the name of the desk that last replaced them (UTF-8).
create table reply_book (
    place integer primary key,
    book blob not null,
    desk blob not null,
    replaced_on integer not null
) strict;

create table reply_row (
    number integer primary key,
    name blob not null,
    sealed blob not null
) strict;

create index reply_row_name_idx on reply_row (name);
