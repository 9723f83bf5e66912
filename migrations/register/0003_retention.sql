-- Tips whose accuracy is contested (DPA 2018 section 47): no copy of them leaves.
create table restricted (
    tip blob primary key check (length(tip) = 16)
) strict;

-- Each book: the last day on which it was searched for tips over their period, and how many such tips nobody decided about.
create table retention (
    book      text primary key,
    looked_on text not null,
    undecided integer not null
) strict;
