-- When the first waiting reply of each tip is due, in which book, so that people can be reminded while no book is open.
create table due_replies (
    book        text not null,
    tip         blob not null check (length(tip) = 16),
    due_at      integer not null,
    reminded_at integer, -- the mark at which somebody was told of this deadline
    primary key (book, tip)
) strict, without rowid;
create index due_replies_soon on due_replies (due_at);
