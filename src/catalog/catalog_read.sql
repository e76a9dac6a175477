-- What the pages read of the catalogue. Small tables all, but for the counters and lists that are found by item.

-- @each list_departments
-- @out struct catalog_department: code text, items int, in_use int
select r.department_id, count(*), cast(sum(case when n.what = 1 then 1 else 0 end) as bigint)
  from catalog_sub_item r
  left join catalog_claim_now n on n.dept_id = 0 and n.item_code = r.source_key
 where r.dept_id = 0 and r.state = 1 and r.department_id is not null
 group by r.department_id
 order by r.department_id;

-- @each list_tree
-- @in  department text
-- @out struct catalog_tree_row: main_code text, main_name text?, main_id int?, code text, name text?, type text?, what int, from day?
select coalesce(r.manage_matter_code, ''), m.matter_name, m.id, r.source_key, r.subitem_name, r.administrative_type,
       coalesce(n.what, 0), n.from_day
  from catalog_sub_item r
  left join catalog_main_item m on m.dept_id = 0 and m.source_key = r.manage_matter_code and m.state = 1
  left join catalog_claim_now n on n.dept_id = 0 and n.item_code = r.source_key
 where r.dept_id = 0 and r.state = 1 and r.department_id = :department
 order by r.manage_matter_code, r.source_key
 limit 5000;

-- @each list_lists_of
-- @in  item text
-- @out struct catalog_list_row: dept int, id int, code text, body text?, stop text?, deleted text?, from text?, until text?
select dept_id, id, source_key, implement_body, is_stop, del_status, take_effect_date, cancel_date
  from catalog_implement_list
 where item_code = :item and state = 1
 order by dept_id, source_key
 limit 200;

-- @each list_claims_of
-- @in  item text
-- @out struct catalog_claim_row: dept int, name text, what int, from day, expected int
select d.id, d.name, coalesce(c.what, 0), coalesce(c.from_day, 0),
       case when d.national_code = (select min(r.department_id) from catalog_sub_item r
                                     where r.dept_id = 0 and r.source_key = :item) then 1 else 0 end
  from department d
  left join catalog_claim_now c on c.dept_id = d.id and c.item_code = :item
 where d.state = 1
   and (c.what is not null or d.national_code = (select min(r.department_id) from catalog_sub_item r
                                                  where r.dept_id = 0 and r.source_key = :item))
 order by d.code;

-- How many actions cite it first, by kind.
-- @each list_counts_of
-- @in  item text, month int
-- @out struct catalog_count: standard text, n int
select standard, cast(sum(n) as bigint)
  from record_counter
 where item_code = :item and month >= :month and state = 1
 group by standard
 order by standard;

-- @one sum_after
-- @in  item text, month int, dept int?
-- @out n int
select cast(coalesce(sum(n), 0) as bigint)
  from record_counter
 where item_code = :item and month >= :month and state = 1 and (dept_id = :dept or :dept is null);

-- @one count_claims
-- @in  item text
-- @out n int
select count(*)
  from catalog_claim_now
 where item_code = :item and dept_id <> 0 and what = 11;

-- @one find_item
-- @in  code text
-- @out id int, name text?
select id, subitem_name
  from catalog_sub_item
 where dept_id = 0 and source_key = :code;

-- @many find_code
-- @in  id int
-- @out code text
select source_key
  from catalog_sub_item
 where dept_id = 0 and id = :id;

-- Items in use that a department should claim and has not answered for.
-- @one count_open
-- @in  dept int
-- @out n int
select count(*)
  from department d
  join catalog_sub_item r on r.dept_id = 0 and r.state = 1 and r.department_id = d.national_code
  join catalog_claim_now n on n.dept_id = 0 and n.item_code = r.source_key and n.what = 1
  left join catalog_claim_now c on c.dept_id = d.id and c.item_code = r.source_key
 where d.id = :dept and (c.what is null or c.what = 12);
