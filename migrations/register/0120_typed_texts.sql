-- What a person was typing when their session ended, sealed to their own key. It goes at their next sign-in.
create table typed_texts (
    slot    blob primary key check (length(slot) = 32), -- the hash of browser and form: a later text replaces an earlier one
    account text not null references accounts (name),
    sealed  blob not null
) strict;
create index typed_texts_account on typed_texts (account);
