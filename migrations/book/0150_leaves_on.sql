-- The day on which a report leaves. Two parts about one tip never reach one partner on one day.
alter table reports add column leaves_on text;
