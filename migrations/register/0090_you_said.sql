-- The published figures of "You said, we did": each period once, for good.
create table publications (
    period       text primary key, -- 2026-Q3, or 2026
    published_by text not null,
    published_on text not null,
    books        text not null     -- that were counted, with commas between
) strict;

-- No count under 10, each rounded to 5.
create table public_figures (
    period   text not null references publications (period),
    lane     text not null,
    level    text not null check (level in ('ward-month', 'ward-quarter', 'team-quarter', 'city-quarter', 'city-year')),
    area     text not null,
    first    text not null, -- YYYY-MM
    last     text not null,
    reported integer not null check (reported >= 10 and reported % 5 = 0),
    done     text not null, -- JSON
    primary key (lane, area, first)
) strict;
create trigger publications_kept before update on publications begin select raise(abort, 'what was published is never changed'); end;
create trigger publications_stay before delete on publications begin select raise(abort, 'what was published is never changed'); end;
create trigger public_figures_kept before update on public_figures begin select raise(abort, 'what was published is never changed'); end;
create trigger public_figures_stay before delete on public_figures begin select raise(abort, 'what was published is never changed'); end;
