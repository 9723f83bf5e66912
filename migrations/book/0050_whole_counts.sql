-- Pages and imports whose cost does not grow with the tips of a book: counters and indexes in the order of the views, and
-- keys of texts in a full-text index, which writes in runs. A table of keys took 42 pages of its own for each tip.

-- What an interpreter wrote is a note. The wait for it has a clock of its own, and changes no rank.
alter table triage add column translated integer not null default 0 check (translated in (0, 1));
alter table triage add column translation_due integer; -- when somebody asked for a translation
alter table triage add column translation_met integer check (translation_met in (0, 1)); -- once it is there
update triage set translated = 1 where tip in (select tip from notes where kind = 'translation');

drop view views;
create view views (tip, view) as
    select tip, 'open' from triage where open = 1
    union all select tip, 'danger' from triage where open = 1 and urgent
    union all select tip, 'two-hours' from triage where open = 1 and hours
    union all select tip, 'no-owner' from triage where open = 1 and owner is null
    union all select tip, 'waiting' from triage where open = 1 and state = 'waiting'
    union all select tip, 'second-look' from triage where pending is not null
    union all select tip, 'sent' from triage where state = 'routed' and folded_into is null
    union all select tip, 'mine ' || owner from triage where open = 1 and owner is not null
    -- Those of several days or languages are added up.
    union all select tip, 'closed ' || closed_on from triage where state = 'closed' and folded_into is null
    union all select tip, 'cannot-read ' || language from triage where open = 1 and translated = 0 and language <> 'en'
    union all select tip, 'needs-translation' from triage where open = 1 and translated = 0 and translation_due is not null;
insert into counts select view, count(*) from views where view like 'closed %' or view like 'cannot-read %' group by view;

create index triage_due on triage (due) where open = 1;
create index triage_waits on triage (waiting_until) where open = 1 and state = 'waiting';
create index triage_alone on triage (tip) where state = 'closed' and pending is not null;
drop index triage_closed;
create index triage_closed on triage (closed_on desc, received, tip) where state = 'closed' and folded_into is null;
create index triage_sent on triage (closed_on desc, received, tip) where state = 'routed' and folded_into is null;
create index samples_open on samples (tip) where reread_by is null;

-- The open tips that somebody else changed after a person had looked.
create table changed_for (
    who text not null,
    tip blob not null references tips (id) on delete cascade,
    primary key (who, tip)
) strict, without rowid;
create index changed_for_tip on changed_for (tip);
insert into changed_for select who, looks.tip from looks join triage on triage.tip = looks.tip
    where open = 1 and changed_by is not who and looks.version < triage.version;
create trigger triage_changed_for after update of version on triage begin
    delete from changed_for where tip = new.tip;
    insert into changed_for select who, looks.tip from looks join triage on triage.tip = looks.tip
        where looks.tip = new.tip and open = 1 and changed_by is not who and looks.version < triage.version;
end;
create trigger looked after insert on looks begin
    delete from changed_for where who = new.who and tip = new.tip;
end;
create trigger looked_again after update on looks begin
    delete from changed_for where who = new.who and tip = new.tip;
end;

-- Keys of a tip's words: two texts that are alike have one in common (`src/desk/text/likeness.rs`).
alter table search_texts add column keys text;
update search_texts set keys = (select group_concat(printf('%010x', band & 1099511627775), ' ') from tip_bands where tip_bands.tip = search_texts.tip)
    where id in (select min(id) from search_texts group by tip);
drop table tip_bands;
create virtual table alike_keys using fts5 (
    keys, content = 'search_texts', content_rowid = 'id', detail = none, columnsize = 0, tokenize = 'ascii'
);
insert into alike_keys (alike_keys, rank) values ('secure-delete', 1);
insert into alike_keys (rowid, keys) select id, keys from search_texts where keys is not null;
drop trigger search_added;
create trigger search_added after insert on search_texts begin
    insert into search (rowid, text) values (new.id, new.text);
    insert into alike_keys (rowid, keys) select new.id, new.keys where new.keys is not null;
end;
drop trigger search_removed;
create trigger search_removed after delete on search_texts begin
    insert into search (search, rowid, text) values ('delete', old.id, old.text);
    insert into alike_keys (alike_keys, rowid, keys) select 'delete', old.id, old.keys where old.keys is not null;
end;
