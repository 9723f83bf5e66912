-- How the codes of an account's secret are made (RFC 6238). A phone's are SHA-1 every 30 seconds. A hardware token may have
-- SHA-256 and 60 seconds.
alter table accounts add column code_hash text not null default 'sha1' check (code_hash in ('sha1', 'sha256'));
alter table accounts add column code_seconds integer not null default 30 check (code_seconds in (30, 60));
-- Whether the secret is the factory seed of a hardware token.
alter table accounts add column code_token integer not null default 0 check (code_token in (0, 1));
