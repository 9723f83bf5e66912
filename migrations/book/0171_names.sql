-- Names in a tip's words ("Mr Smith") tie tips together too.
alter table tip_values rename to tip_values_before;
drop index tip_values_tip;
create table tip_values (
    kind   text not null check (kind in ('place', 'plate', 'phone', 'email', 'name')),
    normal text not null,
    tip    blob not null references tips (id) on delete cascade,
    shown  text not null, -- as it was written
    primary key (kind, normal, tip)
) strict, without rowid;
insert into tip_values (kind, normal, tip, shown) select kind, normal, tip, shown from tip_values_before;
drop table tip_values_before;
create index tip_values_tip on tip_values (tip);
