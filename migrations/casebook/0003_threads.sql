-- The casebook: texts that one phone sent in a row carry the same random word inside the seal, and are found by it.

alter table tips add column thread text generated always as (tip ->> 'thread') virtual;
create index tips_thread on tips (thread) where thread is not null;
