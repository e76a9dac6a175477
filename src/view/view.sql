-- Names behind ids, where a record came from, and why it was changed.

-- @one find_dept
-- @in  id int
-- @out name text
select name
  from department
 where id = :id;

-- @one find_person
-- @in  id int
-- @out name text
select name
  from person
 where id = :id;

-- @one find_key
-- @in  id int
-- @out name text
select name
  from api_key
 where id = :id;

-- @one find_batch
-- @in  dept int, id int
-- @out struct view_batch: source text, file_name text, created_at time, created_by int
select source, file_name, created_at, created_by
  from ingest_batch
 where dept_id = :dept and id = :id;

-- @each list_notes
-- @in  dept int, standard text, record int
-- @out struct view_note: version int, reason text
select version, reason
  from record_note
 where dept_id = :dept and standard = :standard and record_id = :record
 order by version desc;

-- @each list_depts
-- @out id int, name text
select id, name
  from department
 where state = 1
 order by code
 limit 2000;
