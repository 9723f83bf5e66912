-- Squares of a grid that officers painted over in photos before they leave. The photos themselves never change.

create table covers (
    tip     blob not null references tips (id) on delete cascade,
    photo   integer not null check (photo >= 1),
    squares text not null, -- "row.column", with spaces between; empty if the photo leaves whole
    who     text not null,
    at      integer not null,
    primary key (tip, photo)
) strict, without rowid;
