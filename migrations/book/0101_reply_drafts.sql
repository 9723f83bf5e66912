-- The reply to a resident that a person is writing, until it is given to a second person.
create table reply_drafts (
    who      text not null,
    tip      blob not null references tips (id) on delete cascade,
    text     text not null,
    language text not null,
    meaning  text not null, -- in English
    at       integer not null,
    primary key (who, tip)
) strict, without rowid;
create index reply_drafts_tip on reply_drafts (tip);
