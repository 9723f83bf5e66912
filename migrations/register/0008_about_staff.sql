-- The book for tips about staff. Its members are not on the queue.
create table about_staff (
    one  integer primary key check (one = 1),
    book text not null
) strict;

-- Tips on their way to a book that is not open: each is sealed to that book, which takes it in when it opens.
create table transfers (
    tip    blob primary key check (length(tip) = 16),
    book   text not null,
    sealed blob not null
) strict, without rowid;
create index transfers_book on transfers (book);
