-- What waits in quarantine, from the counters.

-- @each list_groups
-- @in  dept int
-- @out struct quarantine_group: dept int, dept_name text, standard text, item text, n int, first_month int, last_month int
select c.dept_id, coalesce(min(d.name), ''), c.standard, c.item_code, cast(sum(c.n) as bigint), min(c.month), max(c.month)
  from record_counter c left join department d on d.id = c.dept_id
 where c.state = 3 and c.dept_id = :dept
 group by c.dept_id, c.standard, c.item_code
having sum(c.n) > 0
 order by c.dept_id, c.standard, c.item_code;

-- @each list_groups_of_all
-- @out struct quarantine_group: dept int, dept_name text, standard text, item text, n int, first_month int, last_month int
select c.dept_id, coalesce(min(d.name), ''), c.standard, c.item_code, cast(sum(c.n) as bigint), min(c.month), max(c.month)
  from record_counter c left join department d on d.id = c.dept_id
 where c.state = 3
 group by c.dept_id, c.standard, c.item_code
having sum(c.n) > 0
 order by c.dept_id, c.standard, c.item_code;
