-- The keys that a gateway seals answers of residents to, by its last answer. A restricted book has no lane, so its key is
-- in no row of gateway_keys.
create table listed_keys (
    pickup    text not null,
    recipient text not null, -- age1…
    primary key (pickup, recipient)
) strict;
