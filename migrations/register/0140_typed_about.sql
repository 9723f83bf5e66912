-- The book that a half-written text is about, so that a member who is removed from it loses the text too. A report that
-- was being entered has no book yet: it goes with the first book that its writer loses.
alter table typed_texts add column book text;
-- Whether the text stays until its form is used: a report that was being entered. Other texts are drafts after the sign-in.
alter table typed_texts add column waits integer not null default 0 check (waits in (0, 1));
-- The key before the present one, if the same person chose both passphrases. A form of that time still keeps its text.
alter table accounts add column key_before text;
