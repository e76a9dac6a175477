-- The queue and the timetable.

-- @change insert
-- @in  id int, kind text, args text, dept int, by int, roles int, level int, account text, name text, address text, now time, due time, entry text
insert into job (id, kind, args, state, dept_id, created_by, created_roles, created_level, created_account, created_name,
       created_address, created_at, due_at, started_at, finished_at, attempts, lease_by, progress_done, progress_total,
       note, result, entry)
values (:id, :kind, :args, 1, :dept, :by, :roles, :level, :account, :name, :address, :now, :due, null, null, 0, '', 0, 0,
       '', null, :entry);

-- @one find
-- @in  id int
-- @out struct job: id int, kind text, args text, state enum, dept int, created_by int, created_name text, created_at time, due_at time, started_at time?, finished_at time?, attempts int, progress_done int, progress_total int, note text, result text?
select id, kind, args, state, dept_id, created_by, created_name, created_at, due_at, started_at, finished_at, attempts,
       progress_done, progress_total, note, result
  from job
 where id = :id;

-- Asked before taking, so that an idle worker writes nothing.
-- @one find_due
-- @in  now time
-- @out id int
select id
  from job
 where state <= 2 and due_at <= :now
 order by due_at, id
 limit 1;

-- The job that has been due longest: waiting, or running under a lease that ended.
-- @one take
-- @in  now time, until time, worker text
-- @out id int, kind text, args text, dept int, created_by int, roles int, level int, account text, name text, address text, created_at time, attempts int
-- @sqlite
update job
   set state = 2, lease_by = :worker, due_at = :until, started_at = :now, attempts = attempts + 1
 where id = (select id from job where state <= 2 and due_at <= :now order by due_at, id limit 1)
returning id, kind, args, dept_id, created_by, created_roles, created_level, created_account, created_name,
       created_address, created_at, attempts;
-- @postgres
update job
   set state = 2, lease_by = :worker, due_at = :until, started_at = :now, attempts = attempts + 1
 where id = (select id from job where state <= 2 and due_at <= :now order by due_at, id limit 1 for update skip locked)
returning id, kind, args, dept_id, created_by, created_roles, created_level, created_account, created_name,
       created_address, created_at, attempts;

-- @change hold
-- @in  id int, worker text, until time, done int, total int, note text
update job
   set due_at = :until, progress_done = :done, progress_total = :total, note = :note
 where id = :id and state = 2 and lease_by = :worker;

-- @change renew
-- @in  id int, worker text, until time
update job
   set due_at = :until
 where id = :id and state = 2 and lease_by = :worker;

-- @change finish
-- @in  id int, worker text, now time, result text?
update job
   set state = 3, lease_by = '', finished_at = :now, result = :result
 where id = :id and state = 2 and lease_by = :worker;

-- Back into the queue: to be tried again at `due`.
-- @change put_back
-- @in  id int, worker text, due time, attempts int, note text
update job
   set state = 1, lease_by = '', due_at = :due, attempts = :attempts, note = :note
 where id = :id and state = 2 and lease_by = :worker;

-- @change bury
-- @in  id int, worker text, now time, note text
update job
   set state = 4, lease_by = '', finished_at = :now, note = :note
 where id = :id and state = 2 and lease_by = :worker;

-- @change revive
-- @in  id int, now time
update job
   set state = 1, due_at = :now, attempts = 0, finished_at = null
 where id = :id and state = 4;

-- Due and late ones; both of one small, partial index.
-- @one measure_due
-- @in  now time
-- @out waiting int, oldest time?
select count(*), min(due_at)
  from job
 where state <= 2 and due_at <= :now;

-- @one count_state
-- @in  state int
-- @out n int
select count(*)
  from job
 where state = :state;

-- A bounded batch of done jobs older than `before`.
-- @changes clear_done
-- @in  before time, limit int
delete from job
 where id in (select id from job where state = 3 and finished_at < :before order by finished_at limit :limit);

-- --- timetable ---

-- @one find_time
-- @in  name text
-- @out last_run time
select last_run
  from job_time
 where name = :name;

-- Zero rows: another process was first.
-- @changes insert_time
-- @in  name text, now time
insert into job_time (name, last_run)
values (:name, :now)
on conflict (name) do nothing;

-- @changes claim_time
-- @in  name text, seen time, now time
update job_time
   set last_run = :now
 where name = :name and last_run = :seen;

-- @one count_entry
-- @in  name text
-- @out n int
select count(*)
  from job
 where state <= 2 and entry = :name and entry <> '';
