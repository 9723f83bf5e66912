-- The ward of a tip, as an officer wrote it down. Without a row it follows from the words (`src/desk/wards.rs`).
create table tip_areas (
    tip  blob primary key references tips (id) on delete cascade,
    ward text,              -- null: in no ward that anybody knows
    who  text not null,
    at   integer not null
) strict, without rowid;

-- Counts of purged tips, for the public figures (`src/desk/you_said.rs`). A row is no tip's: it has no id and no day.
create table tallies (
    month text not null,    -- YYYY-MM
    lane  text not null,
    ward  text not null,    -- empty if it was not known
    deed  text not null,    -- `reported`, or what was done
    n     integer not null,
    primary key (month, lane, ward, deed)
) strict, without rowid;
