-- What a person ticked, chose and wrote beside the text of a report. JSON like `reports.draft`, without the text; empty in a
-- draft of an earlier version.
alter table report_drafts add column choices text not null default '';
