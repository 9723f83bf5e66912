-- Photos that left with a report that is not in this book, because a tip was moved. A photo leaves in one part only,
-- whoever gets it.
create table left_photos (
    tip    blob not null references tips (id) on delete cascade,
    number integer not null, -- from 1, as in the tip
    primary key (tip, number)
) strict, without rowid;

-- The day on which the partner confirmed a withdrawal or a correction.
alter table reports add column confirmed_on text;
