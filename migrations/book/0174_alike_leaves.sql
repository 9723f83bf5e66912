-- The newest tips with a key are at the end of its list, and FTS5 reads the list's last leaf from
-- its beginning to get there. Smaller leaves make that short (https://sqlite.org/fts5.html, pgsz).
insert into alike_keys (alike_keys, rank) values ('pgsz', 1000);
