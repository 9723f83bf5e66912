-- Plates and phone numbers are in the index in one spelling too, so that search finds them however they are spaced.
insert into search (search, rowid, text)
    select 'delete', id, text from search_texts
    where id in (select min(id) from search_texts group by tip) and tip in (select tip from tip_values where kind in ('plate', 'phone'));
update search_texts
    set text = text || ' ' || (select group_concat(lower(replace(normal, '+', '')), ' ') from tip_values where tip_values.tip = search_texts.tip and kind in ('plate', 'phone'))
    where id in (select min(id) from search_texts group by tip) and tip in (select tip from tip_values where kind in ('plate', 'phone'));
insert into search (rowid, text)
    select id, text from search_texts
    where id in (select min(id) from search_texts group by tip) and tip in (select tip from tip_values where kind in ('plate', 'phone'));
