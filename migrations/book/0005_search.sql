-- Full-text search. The text is folded by the desk (marks, letters, runs of Chinese), so that nine languages can be
-- searched alike; the index is over the folded text. Purged words leave it (secure-delete).

create table search_texts (
    id   integer primary key autoincrement,
    tip  blob not null references tips (id) on delete cascade,
    text text not null
) strict;
create index search_texts_tip on search_texts (tip);

create virtual table search using fts5 (
    text, content = 'search_texts', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
);
insert into search (search, rank) values ('secure-delete', 1);

create trigger search_added after insert on search_texts begin
    insert into search (rowid, text) values (new.id, new.text);
end;
create trigger search_removed after delete on search_texts begin
    insert into search (search, rowid, text) values ('delete', old.id, old.text);
end;

-- The words of searches stay in the book, for its supervisor in an inquiry.
create table searches (
    id    integer primary key autoincrement,
    at    integer not null,
    who   text not null,
    words text not null,
    shown integer not null -- tips on the page
) strict;
