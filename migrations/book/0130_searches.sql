-- The tips that a search showed, by their ids (a JSON array of hex), and the audit row that records it.
alter table searches add column tips text not null default '[]';
alter table searches add column row integer;
create index searches_row on searches (row);
