-- Reports that reached the wrong partner. The commissioner is told within 72 hours of the hour at which it was found,
-- unless no risk follows (UK GDPR article 33). The words are in the book.
create table incidents (
    reference text primary key,
    tip       blob not null check (length(tip) = 16),
    partner   text not null,
    opened_by text not null,
    opened_at integer not null,
    found_at  integer not null,
    ended     text check (ended in ('told', 'no-risk')),
    closed_by text,
    closed_at integer,
    check ((ended is null) = (closed_at is null))
) strict;
create index incidents_open on incidents (found_at) where ended is null;
