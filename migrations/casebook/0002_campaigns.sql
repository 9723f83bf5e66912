-- The casebook, schema 2: posters in the street, and the codes of organisations whose staff report.

create table campaigns (
    code         text primary key check (length(code) = 6), -- upper case, as in a tip's `campaign`
    role         text not null check (role in ('residents', 'staff', 'contractor', 'councillor')), -- who reports with it
    name         text not null, -- what the desk calls it; printed nowhere
    organisation text,          -- whose staff, contractors or councillors; nobody's name
    operation    text,
    topic        text,
    area         text,          -- a ward, or the district
    languages    text,          -- of its posters, with commas between
    begins       text,          -- first day, YYYY-MM-DD
    ends         text,          -- last day
    copies       integer check (copies >= 50), -- fewer would say who had one
    ended        text,          -- the day on which it was ended by hand
    check ((role = 'residents') = (organisation is null)),
    check (role <> 'residents' or (topic is not null and area is not null and languages is not null
           and begins is not null and ends is not null and copies is not null))
) strict;
