-- The last day on which a gateway sealed to an old key of a book, or a sealed file needed it.
alter table retired_keys add column last_on text;
