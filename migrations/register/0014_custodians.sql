-- Custodians: people with an offline key that opens the books if all members are gone. A book's key file for one is
-- keys/custodian.NAME.age.
create table custodians (
    name     text primary key,
    recipient text not null, -- age1…
    added_by text not null,
    added_on text not null
) strict;
