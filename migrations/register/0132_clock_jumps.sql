-- When somebody set the clock of the machine while the desk was served, and by how many seconds.
create table clock_jumps (
    seen_at integer primary key,
    seconds integer not null
) strict;
