-- The words of the index. A question for the beginning of a word becomes one for the words that begin so, because FTS5
-- reads every place of a beginning before it gives the first, but the places of whole words one by one.
create virtual table search_words using fts5vocab (search, instance);
