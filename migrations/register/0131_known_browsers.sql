-- Browsers that signed in before: other people's guesses do not slow them.
create table known_browsers (
    browser blob not null check (length(browser) = 32), -- SHA-256 of its cookie
    account text not null references accounts (name),
    seen_on text not null,
    primary key (browser, account)
) strict;
