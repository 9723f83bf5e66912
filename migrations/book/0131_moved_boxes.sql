-- Receipts with a report that was moved to another book, as keyed digests: the book that a tip left does not keep
-- the receipt's box. An opening takes the rows of boxes_elsewhere over and empties it.
create table moved_boxes (digest blob primary key check (length(digest) = 32)) strict, without rowid;
