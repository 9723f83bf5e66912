-- The languages that a person reads besides English.
create table account_languages (
    account  text not null references accounts (name),
    language text not null,
    primary key (account, language)
) strict, without rowid;
