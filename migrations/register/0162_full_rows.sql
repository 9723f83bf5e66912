-- Books with more receipts than a gateway has reply rows for, by the last replacement.
create table full_rows (
    book     text not null,
    pickup   text not null,
    receipts integer not null, -- without a row
    primary key (book, pickup)
) strict, without rowid;
