-- Tips with an illegal picture, until a supervisor has seen the notice. Nothing of the picture is in it.
create table illegal_pictures (
    tip       blob primary key check (length(tip) = 16),
    marked_at integer not null,
    seen_by   text
) strict;

-- Whether a report has a photo of the tip. Of an earlier report it is not known.
alter table delivery_tips add column has_photo integer not null default 1 check (has_photo in (0, 1));
