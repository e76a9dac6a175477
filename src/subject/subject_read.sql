-- What the page of a subject reads: its actions of all kinds, newest first, each by the subject's index.

-- @each list_checks
-- @in  subject int, dept int?, day day, id int, limit int
-- @out struct subject_action: dept int, id int, day day, name text?, detail text?, item text?, state enum
select dept_id, id, day, check_action_name, check_result, item_code, state
  from action_check
 where subject_id = :subject and state in (1, 3) and (dept_id = :dept or :dept is null) and (day, id) < (:day, :id)
 order by day desc, id desc
 limit :limit;

-- @each list_punishments
-- @in  subject int, dept int?, day day, id int, limit int
-- @out struct subject_action: dept int, id int, day day, name text?, detail text?, item text?, state enum
select dept_id, id, day, punish_action_name, punish_type, item_code, state
  from action_punish
 where subject_id = :subject and state in (1, 3) and (dept_id = :dept or :dept is null) and (day, id) < (:day, :id)
 order by day desc, id desc
 limit :limit;

-- @each list_coercions
-- @in  subject int, dept int?, day day, id int, limit int
-- @out struct subject_action: dept int, id int, day day, name text?, detail text?, item text?, state enum
select dept_id, id, day, force_action_name, force_type, item_code, state
  from action_force
 where subject_id = :subject and state in (1, 3) and (dept_id = :dept or :dept is null) and (day, id) < (:day, :id)
 order by day desc, id desc
 limit :limit;

-- @each list_others
-- @in  subject int, dept int?, day day, id int, limit int
-- @out struct subject_action: dept int, id int, day day, name text?, detail text?, item text?, state enum
select dept_id, id, day, action_name, closing_case, item_code, state
  from action_other
 where subject_id = :subject and state in (1, 3) and (dept_id = :dept or :dept is null) and (day, id) < (:day, :id)
 order by day desc, id desc
 limit :limit;
