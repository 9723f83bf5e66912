-- The tips that somebody must ring about are counted on each page, as the overdue ones: the index has all that the count
-- reads (0091). An index that names the generated column `open` sends SQLite to the row of each tip.
drop index triage_ring;
create index triage_ring on triage (ring, state, folded_into) where state in ('new', 'taken', 'waiting') and folded_into is null and ring is not null;
