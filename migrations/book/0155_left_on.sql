-- The day on which a report left and arrived. It can be a later day than that of the order.
alter table reports add column left_on text;
update reports set left_on = ordered_on where state = 'arrived';
