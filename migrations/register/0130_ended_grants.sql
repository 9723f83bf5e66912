-- A grant that was ended stays, marked, until the book has keys that its account does not have.
alter table grants add column ended_on text;

-- Custodians who were removed, and the books whose keys each still has.
create table leaving_custodians (
    name text not null,
    book text not null references books (name),
    primary key (name, book)
) strict;

-- The key that a second member agreed to. Backups are sealed to it alone.
alter table custodians add column agreed text;
update custodians set agreed = recipient;
