-- A fact about one text counts for everything that one page shows with it.

-- The languages of a tip and of what is folded into it that nobody has translated, such as '|pl||ar|', and when the first
-- translation that somebody asked for is due.
alter table triage add column unread text;
alter table triage add column translate_due integer;
with recursive tree (holder, tip) as (
    select tip, tip from triage where folded_into is null
    union all select holder, triage.tip from tree join triage on triage.folded_into = tree.tip
), whole (holder, unread, due) as (
    select holder, replace(group_concat(distinct iif(translated = 0 and language <> 'en', '|' || language || '|', null)), ',', ''),
           min(iif(translated = 0, translation_due, null))
    from tree join triage using (tip) group by holder
)
update triage set unread = whole.unread, translate_due = whole.due from whole
    where whole.holder = triage.tip and (whole.unread is not null or whole.due is not null);

drop view views;
create view views (tip, view) as
    select tip, 'open' from triage where open = 1
    union all select tip, 'danger' from triage where open = 1 and urgent
    union all select tip, 'two-hours' from triage where open = 1 and hours
    union all select tip, 'no-owner' from triage where open = 1 and owner is null
    union all select tip, 'waiting' from triage where open = 1 and state = 'waiting'
    union all select tip, 'second-look' from triage where pending is not null
    union all select tip, 'sent' from triage where state = 'routed' and folded_into is null
    union all select tip, 'mine ' || owner from triage where open = 1 and owner is not null
    -- Those of several days or languages are added up.
    union all select tip, 'closed ' || closed_on from triage where state = 'closed' and folded_into is null
    union all select tip, 'cannot-read ' || unread from triage where open = 1 and unread is not null
    union all select tip, 'needs-translation' from triage where open = 1 and translate_due is not null;
delete from counts where view like 'cannot-read %' or view = 'needs-translation';
insert into counts select view, count(*) from views where view like 'cannot-read %' or view = 'needs-translation' group by view;

-- The tips that a person must not see: those whose people they know, and everything that a page shows with one of them.
create view hidden_from (who, tip) as
    with recursive hidden (who, tip) as (
        select who, tip from recusals
        union select who, triage.folded_into from hidden join triage using (tip) where triage.folded_into is not null
        union select who, triage.tip from hidden join triage on triage.folded_into = hidden.tip
        union select who, other.id from hidden join tips on tips.id = hidden.tip join tips as other on other.thread = tips.thread
    )
    select who, tip from hidden;
