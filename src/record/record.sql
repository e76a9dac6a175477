-- What was replaced, and what columns there are. The statements of the record tables themselves are
-- made by tools/mkrecord.c.

-- @many insert_history
-- @in dept int, standard text, record int, version int, state enum, written_at time, written_by int,
--     written_batch int?, at time, actor int, actor_name text, batch int?, values text
insert into record_history (dept_id, standard, record_id, version, state, written_at, written_by, written_batch,
       at, actor, actor_name, batch_id, content)
values (:dept, :standard, :record, :version, :state, :written_at, :written_by, :written_batch,
       :at, :actor, :actor_name, :batch, :values);

-- @each list_history
-- @in dept int, standard text, record int
-- @out struct record_past: version int, state enum, written_at time, written_by int, written_batch int?,
--     at time, actor int, actor_name text, batch int?, values text
select version, state, written_at, written_by, written_batch, at, actor, actor_name, batch_id, content
  from record_history
 where dept_id = :dept and standard = :standard and record_id = :record
 order by version desc;

-- @all list_columns
-- @in table text
-- @out name text
-- @sqlite
select name from pragma_table_info(:table) order by cid;
-- @postgres
select cast(column_name as text) as name
  from information_schema.columns
 where table_schema = current_schema() and table_name = :table
 order by ordinal_position;
-- @both
