-- What waits on somebody, and the figures of the month: from counters and bounded look-ups.

-- Refused rows that are still outstanding, by department and standard.
-- @each list_owed
-- @in  dept int
-- @out struct desk_owed: dept int, name text?, standard text, rows int, batches int, oldest time
select b.dept_id, min(d.name), b.standard, cast(sum(b.outstanding) as bigint), count(*), min(b.created_at)
  from ingest_batch b
  left join department d on d.id = b.dept_id
 where b.outstanding > 0 and b.dept_id = :dept
 group by b.dept_id, b.standard
 order by min(b.created_at);

-- @each list_owed_of_all
-- @out struct desk_owed: dept int, name text?, standard text, rows int, batches int, oldest time
select b.dept_id, min(d.name), b.standard, cast(sum(b.outstanding) as bigint), count(*), min(b.created_at)
  from ingest_batch b
  left join department d on d.id = b.dept_id
 where b.outstanding > 0
 group by b.dept_id, b.standard
 order by min(b.created_at);

-- @each list_failed
-- @in  dept int, since time
-- @out struct desk_failed: dept int, id int, name text?, standard text, file text, error text?, at time
select b.dept_id, b.id, d.name, b.standard, b.file_name, b.error, b.created_at
  from ingest_batch b
  left join department d on d.id = b.dept_id
 where b.state = 4 and b.created_at >= :since and b.dept_id = :dept
 order by b.created_at desc
 limit 10;

-- @each list_failed_of_all
-- @in  since time
-- @out struct desk_failed: dept int, id int, name text?, standard text, file text, error text?, at time
select b.dept_id, b.id, d.name, b.standard, b.file_name, b.error, b.created_at
  from ingest_batch b
  left join department d on d.id = b.dept_id
 where b.state = 4 and b.created_at >= :since
 order by b.created_at desc
 limit 10;

-- @each list_held
-- @in  dept int
-- @out struct desk_held: standard text, n int
select standard, cast(coalesce(sum(n), 0) as bigint)
  from record_counter
 where dept_id = :dept and state = 3
 group by standard;

-- Certificates that run out between two days.
-- @one find_expiring
-- @in  dept int, from text, until text
-- @out struct desk_expiring: n int, first text?
select count(*), min(certificate_valid_until)
  from officer_record
 where dept_id = :dept and state = 1 and certificate_valid_until >= :from and certificate_valid_until <= :until;

-- @one sum_month
-- @in  standard text, month int, dept int
-- @out n int
select cast(coalesce(sum(n), 0) as bigint)
  from record_counter
 where standard = :standard and month = :month and state = 1 and dept_id = :dept;

-- @one sum_month_of_all
-- @in  standard text, month int
-- @out n int
select cast(coalesce(sum(n), 0) as bigint)
  from record_counter
 where standard = :standard and month = :month and state = 1;

-- What each department reported of a month, of one kind.
-- @each list_months
-- @in  standard text, month int
-- @out struct desk_month: dept int, n int
select dept_id, cast(sum(n) as bigint)
  from record_counter
 where standard = :standard and month = :month and state = 1
 group by dept_id;

-- Departments that sent nothing since a time, and when they last did.
-- @each list_silent
-- @in  since time
-- @out struct desk_silent: dept int, name text, last time?
select d.id, d.name, (select max(b.created_at) from ingest_batch b where b.dept_id = d.id)
  from department d
 where d.state = 1 and d.national_code is not null
   and not exists (select 1 from ingest_batch b where b.dept_id = d.id and b.created_at >= :since)
 order by d.code
 limit 100;

-- By the beginning of its number: in one department, or department by department, as the keys are.
-- @each find_checks
-- @in  dept int, from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.check_action_name, r.day
  from action_check r
 where r.dept_id = :dept and r.source_key >= :from and r.source_key < :until and r.state in (1, 3)
 limit 10;

-- @each find_checks_of_all
-- @in  from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.check_action_name, r.day
  from department d
  join action_check r on r.dept_id = d.id and r.source_key >= :from and r.source_key < :until
 where r.state in (1, 3)
 limit 10;

-- @each find_punishments
-- @in  dept int, from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.punish_action_name, r.day
  from action_punish r
 where r.dept_id = :dept and r.source_key >= :from and r.source_key < :until and r.state in (1, 3)
 limit 10;

-- @each find_punishments_of_all
-- @in  from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.punish_action_name, r.day
  from department d
  join action_punish r on r.dept_id = d.id and r.source_key >= :from and r.source_key < :until
 where r.state in (1, 3)
 limit 10;

-- @each find_coercions
-- @in  dept int, from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.force_action_name, r.day
  from action_force r
 where r.dept_id = :dept and r.source_key >= :from and r.source_key < :until and r.state in (1, 3)
 limit 10;

-- @each find_coercions_of_all
-- @in  from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.force_action_name, r.day
  from department d
  join action_force r on r.dept_id = d.id and r.source_key >= :from and r.source_key < :until
 where r.state in (1, 3)
 limit 10;

-- @each find_others
-- @in  dept int, from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.action_name, r.day
  from action_other r
 where r.dept_id = :dept and r.source_key >= :from and r.source_key < :until and r.state in (1, 3)
 limit 10;

-- @each find_others_of_all
-- @in  from text, until text
-- @out struct desk_number: dept int, id int, number text, name text?, day day?
select r.dept_id, r.id, r.source_key, r.action_name, r.day
  from department d
  join action_other r on r.dept_id = d.id and r.source_key >= :from and r.source_key < :until
 where r.state in (1, 3)
 limit 10;
