-- A book for practice has made-up tips and collects no lane.
alter table books add column practice integer not null default 0 check (practice in (0, 1));
