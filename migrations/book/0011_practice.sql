-- One row in a book for practice: its tips are made up, and nothing of it leaves the desk.
create table practice (
    one integer primary key check (one = 1)
) strict;
