-- The names of tips at the desk, which can be said on a phone. Random, so that they tell no count and no order.
alter table tips add column name text;
create unique index tips_name on tips (name);

-- The account that ordered a partner's copy.
alter table deliveries add column ordered_by text not null default '';
