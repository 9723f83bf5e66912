-- Receipts whose writer asked to forget them: an older report of one may arrive later, from the queue or from another
-- book. The digest is an HMAC-SHA256 of the reply box under the book's salt, so it names no receipt.
create table forgotten_boxes (
    digest       blob primary key check (length(digest) = 32),
    forgotten_on text not null -- the day of the wish: later reports of the receipt are not meant
) strict, without rowid;
