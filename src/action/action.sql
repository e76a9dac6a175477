-- What the pages of actions read beside the record itself.

-- @one find_item
-- @in  code text
-- @out name text?
select subitem_name
  from catalog_sub_item
 where dept_id = 0 and source_key = :code;

-- @one find_check
-- @in  dept int, key text
-- @out id int, name text?, day day?
select id, check_action_name, day
  from action_check
 where dept_id = :dept and source_key = :key and state in (1, 3);

-- What follows from an inspection, in the same department.
-- @each list_punishments_of
-- @in  dept int, key text, subject int
-- @out struct action_link: dept int, id int, day day?, name text?
select dept_id, id, day, punish_action_name
  from action_punish
 where subject_id = :subject and dept_id = :dept and check_action_code = :key and state in (1, 3)
 order by day, id
 limit 20;

-- @each list_coercions_of
-- @in  dept int, key text, subject int
-- @out struct action_link: dept int, id int, day day?, name text?
select dept_id, id, day, force_action_name
  from action_force
 where subject_id = :subject and dept_id = :dept and check_action_code = :key and state in (1, 3)
 order by day, id
 limit 20;

-- @one sum_counters
-- @in  standard text, dept int?, state int
-- @out n int
select cast(coalesce(sum(n), 0) as bigint)
  from record_counter
 where standard = :standard and state = :state and (dept_id = :dept or :dept is null);
