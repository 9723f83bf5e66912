-- The settings with which each process of this gateway serves, by its listener: processes of one queue must not disagree.
-- settings: UTF-8, one "key = value" a line; no secret, and nothing about tips.
create table process (
    listener bigint primary key,
    settings bytea not null
);
