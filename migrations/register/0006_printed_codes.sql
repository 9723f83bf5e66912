-- The printed one-time codes of accounts without a phone. A used one stays, so that the account never falls back to
-- the passphrase alone.

create table printed_codes (
    account text not null references accounts (name),
    salt    blob not null check (length(salt) = 16),   -- the same for one list
    digest  blob not null check (length(digest) = 64), -- PBKDF2-HMAC-SHA512 of the code
    used_on text,
    primary key (account, digest)
) strict;
