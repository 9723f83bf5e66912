-- What is needed of a session after the program stopped: by the hashes a form that its browser still sends is known, and
-- its text is sealed to the key that the person had. The secrets themselves are in the browser alone.
create table sessions (
    cookie blob primary key not null check (length(cookie) = 32),
    form_token blob not null check (length(form_token) = 32),
    account text not null references accounts (name),
    recipient text not null,
    began_at integer not null
) strict;
