-- Subjects and the tokens of their names.

-- @many find_id
-- @in  code text
-- @out id int
select id
  from subject
 where code = :code;

-- @many insert_met
-- @in  id int, code text, code_type text, name text, area text, address text, dept int, now time, open_code text?, area_from enum
-- @out id int
insert into subject (id, code, code_type, kind, name, area, address, industry, record_dept, record_id, met_dept,
       created_at, updated_at, open_code, area_from)
values (:id, :code, :code_type, '', :name, :area, :address, '', null, null, :dept, :now, :now, :open_code, :area_from)
on conflict (code) do nothing
returning id;

-- What is better known of its division stays: see enum subject_area_from.
-- @many upsert_described
-- @in  id int, code text, code_type text, kind text, name text, area text, address text, industry text, dept int, record int, now time, open_code text?, area_from enum
-- @out id int
insert into subject (id, code, code_type, kind, name, area, address, industry, record_dept, record_id, met_dept,
       created_at, updated_at, open_code, area_from)
values (:id, :code, :code_type, :kind, :name, :area, :address, :industry, :dept, :record, :dept, :now, :now, :open_code, :area_from)
on conflict (code) do update
   set code_type = excluded.code_type, open_code = excluded.open_code, kind = excluded.kind, name = excluded.name,
       area = case when excluded.area_from <= subject.area_from or subject.area_from = 1 then excluded.area else subject.area end,
       area_from = case when excluded.area_from <= subject.area_from or subject.area_from = 1 then excluded.area_from else subject.area_from end,
       address = excluded.address,
       industry = excluded.industry, record_dept = excluded.record_dept, record_id = excluded.record_id,
       updated_at = excluded.updated_at
returning id;

-- All of a block at once, for there are ten a name: {"token":[subject,…],…}, in order. Of subjects that have none.
-- @changes insert_tokens
-- @in  tokens text
-- @sqlite
insert into subject_token (token, id)
select t.key, s.value
  from json_each(:tokens) t cross join json_each(t.value) s;
-- @postgres
insert into subject_token (token, id)
select t.key, cast(s as bigint)
  from json_each(cast(:tokens as json)) t cross join json_array_elements_text(t.value) s;
-- @both

-- @many delete_tokens
-- @in  subject int
delete from subject_token
 where id = :subject;

-- @one find
-- @in  id int
-- @out struct subject: id int, code text, code_type text, kind text, name text, area text, address text, industry text, area_from enum, record_dept int?, record_id int?, met_dept int, created_at time, updated_at time
select id, code, code_type, kind, name, area, address, industry, area_from, record_dept, record_id, met_dept,
       created_at, updated_at
  from subject
 where id = :id;

-- @one find_code
-- @in  code text
-- @out struct subject: id int, code text, code_type text, kind text, name text, area text, address text, industry text, area_from enum, record_dept int?, record_id int?, met_dept int, created_at time, updated_at time
select id, code, code_type, kind, name, area, address, industry, area_from, record_dept, record_id, met_dept,
       created_at, updated_at
  from subject
 where code = :code;
