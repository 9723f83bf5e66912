-- Whose turn on duty somebody else has taken over, until rules/duty.toml names the right person.
create table duty_handed_on (
    name    text primary key, -- as in rules/duty.toml
    to_name text not null,
    on_day  text not null
) strict;
