-- The city's first day, what happens to items, and what a snapshot is made of.

-- @one find_city
-- @out struct catalog_city: first_day day, quarantine_open enum, revision int
select first_day, quarantine_open, revision
  from catalog_city
 where id = 1;

-- @change set_city
-- @in first_day day, quarantine_open enum, revision int
update catalog_city
   set first_day = :first_day, quarantine_open = :quarantine_open, revision = revision + 1
 where id = 1 and revision = :revision;

-- @change raise_revision
update catalog_city
   set revision = revision + 1
 where id = 1;

-- @many insert_event
-- @in seq int, item text, dept int, what enum, from day, at time, actor int, reason text
insert into catalog_event (seq, item_code, dept_id, what, from_day, recorded_at, recorded_by, reason)
values (:seq, :item, :dept, :what, :from, :at, :actor, :reason);

-- @many put_claim
-- @in dept int, item text, what enum, from day, seq int
insert into catalog_claim_now (dept_id, item_code, what, from_day, seq)
values (:dept, :item, :what, :from, :seq)
on conflict (dept_id, item_code) do update set what = excluded.what, from_day = excluded.from_day, seq = excluded.seq;

-- @many list_events_of
-- @in item text, dept int
-- @out struct catalog_sql_event: seq int, item text, dept int, what enum, from day, at time, actor int, reason text
select seq, item_code, dept_id, what, from_day, recorded_at, recorded_by, reason
  from catalog_event
 where item_code = :item and dept_id = :dept
 order by seq;

-- @each list_item_events
-- @in item text
-- @out struct catalog_sql_event: seq int, item text, dept int, what enum, from day, at time, actor int, reason text
select seq, item_code, dept_id, what, from_day, recorded_at, recorded_by, reason
  from catalog_event
 where item_code = :item
 order by seq;

-- @each load_events
-- @in dept int
-- @out struct catalog_sql_event: seq int, item text, dept int, what enum, from day, at time, actor int, reason text
select seq, item_code, dept_id, what, from_day, recorded_at, recorded_by, reason
  from catalog_event
 where dept_id = :dept
 order by seq;

-- @each load_events_of_all
-- @out struct catalog_sql_event: seq int, item text, dept int, what enum, from day, at time, actor int, reason text
select seq, item_code, dept_id, what, from_day, recorded_at, recorded_by, reason
  from catalog_event
 order by seq;

-- @each load_names
-- @out item text, name text, type text
select source_key, coalesce(subitem_name, ''), coalesce(administrative_type, '')
  from catalog_sub_item
 where dept_id = 0 and state = 1;

-- @each load_lists
-- @in dept int
-- @out code text, item text, from text?, until text?, is_stop text?, deleted text?
select source_key, coalesce(detail_code, ''), take_effect_date, cancel_date, is_stop, del_status
  from catalog_implement_list
 where dept_id = :dept and state = 1;

-- @each load_lists_of_all
-- @out code text, item text, from text?, until text?, is_stop text?, deleted text?
select source_key, coalesce(detail_code, ''), take_effect_date, cancel_date, is_stop, del_status
  from catalog_implement_list
 where state = 1;

-- @each load_officers
-- @in dept int
-- @out certificate text, until text?, dept int
select source_key, certificate_valid_until, dept_id
  from officer_record
 where dept_id = :dept and state = 1;

-- @each load_officers_of_all
-- @out certificate text, until text?, dept int
select source_key, certificate_valid_until, dept_id
  from officer_record
 where state = 1;
