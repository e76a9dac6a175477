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

-- @many add_counter
-- @in dept int, standard text, month int, item text, state enum, n int
insert into record_counter (dept_id, standard, month, item_code, state, n)
values (:dept, :standard, :month, :item, :state, :n)
on conflict (dept_id, standard, month, item_code, state) do update set n = record_counter.n + excluded.n;

-- @each list_counters
-- @in standard text
-- @out struct record_counter: dept int, month int, item text, state enum, n int
select dept_id, month, item_code, state, n
  from record_counter
 where standard = :standard
 order by dept_id, month, item_code, state;

-- @changes delete_counters
-- @in standard text
delete from record_counter
 where standard = :standard;

-- @many insert_citation
-- @in dept int, standard text, record int, item text, day int
insert into record_citation (dept_id, standard, record_id, item_code, day)
values (:dept, :standard, :record, :item, :day)
on conflict (dept_id, standard, record_id, item_code) do nothing;

-- @many delete_citations
-- @in dept int, standard text, record int
delete from record_citation
 where dept_id = :dept and standard = :standard and record_id = :record;
