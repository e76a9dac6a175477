-- Files, the contents they share, and what each department uses.

-- @change insert
-- @in  id int, sm3 text, size int, type text, name text, purpose text, dept int, by int, now time
insert into file (id, sm3, size, type, name, purpose, dept_id, created_by, created_at)
values (:id, :sm3, :size, :type, :name, :purpose, :dept, :by, :now);

-- @change add_ref
-- @in  sm3 text, size int, type text, now time
insert into file_content (sm3, size, type, refs, touched_at)
values (:sm3, :size, :type, 1, :now)
on conflict (sm3) do update set refs = file_content.refs + 1, touched_at = excluded.touched_at;

-- @change drop_ref
-- @in  sm3 text, now time
update file_content
   set refs = refs - 1, touched_at = :now
 where sm3 = :sm3 and refs > 0;

-- @one find
-- @in  id int
-- @out struct file: id int, dept int, created_by int, created_at time, size int, sm3 text, type text, name text, purpose text
select id, dept_id, created_by, created_at, size, sm3, type, name, purpose
  from file
 where id = :id;

-- @change delete
-- @in  id int
delete from file
 where id = :id;

-- @changes begin_usage
-- @in  dept int
insert into file_usage (dept_id, files, bytes)
values (:dept, 0, 0)
on conflict (dept_id) do nothing;

-- Zero rows: the quota is used up.
-- @changes use
-- @in  dept int, size int, quota int
update file_usage
   set files = files + 1, bytes = bytes + :size
 where dept_id = :dept and bytes + :size <= :quota;

-- @change unuse
-- @in  dept int, size int
update file_usage
   set files = files - 1, bytes = bytes - :size
 where dept_id = :dept;

-- @one find_usage
-- @in  dept int
-- @out files int, bytes int
select files, bytes
  from file_usage
 where dept_id = :dept;

-- @one find_content
-- @in  sm3 text
-- @out refs int, touched_at time
select refs, touched_at
  from file_content
 where sm3 = :sm3;

-- A page of contents after a hash.
-- @each list_contents
-- @in  after text, limit int
-- @out sm3 text, size int, type text
select sm3, size, type
  from file_content
 where sm3 > :after and refs > 0
 order by sm3
 limit :limit;

-- @changes delete_unused
-- @in  sm3 text, before time
delete from file_content
 where sm3 = :sm3 and refs = 0 and touched_at < :before;
