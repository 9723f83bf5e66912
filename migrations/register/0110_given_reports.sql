-- The reports of a tip that is on its way to a book that is not open, sealed to that book: it can withdraw them.
alter table transfers add column reports blob;
