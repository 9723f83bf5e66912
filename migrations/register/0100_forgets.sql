-- Wishes to forget on their way to the other books, each sealed to one book, which carries it out and deletes the row.
-- Every other book gets one, so that a row does not tell which book has a report of that receipt.
create table forgets (
    id     integer primary key,
    book   text not null,
    sealed blob not null
) strict;
create index forgets_book on forgets (book);
