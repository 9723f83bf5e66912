-- The register learns when each open tip is due. From now on each decision tells it.
insert into effects (body)
    select json_object('kind', 'due', 'id', lower(hex(tip)), 'owner', owner, 'at', due) from triage where open = 1 and due > 0 and paused_at is null;
