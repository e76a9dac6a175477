-- Why a version of a record was made.

-- @change insert_note
-- @in  dept int, standard text, record int, version int, reason text
insert into record_note (dept_id, standard, record_id, version, reason)
values (:dept, :standard, :record, :version, :reason);

-- The catalogue changed: snapshots made before are old.
-- @change raise_revision
update catalog_city
   set revision = revision + 1
 where id = 1;
