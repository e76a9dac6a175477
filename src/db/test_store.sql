-- Statements for the tests of db: every type, every kind.

-- @change insert_thing
-- @in  id int, code text?, day day?, kind enum?, at time?, size real?, data blob?
insert into thing (id, code, day, kind, at, size, data)
values (:id, :code, :day, :kind, :at, :size, :data);

-- @one find_thing
-- @in  id int
-- @out struct thing: id int, code text?, day day?, kind enum?, at time?, size real?, data blob?
select id, code, day, kind, at, size, data from thing where id = :id;

-- @all list_things
-- @out struct thing: id int, code text?
select id, code from thing order by id;

-- @each walk_things
-- @in from int
-- @out id int, code text?
select id, code from thing where id >= :from order by id;

-- @change rename_thing
-- @in id int, code text
update thing set code = :code where id = :id;

-- @changes drop_things
-- @in from int
delete from thing where id >= :from;

-- @one add_thing
-- @in id int, code text
-- @out id int
insert into thing (id, code) values (:id, :code)
on conflict (code) do update set code = excluded.code
returning id;

-- @many insert_things
-- @in id int, code text?
insert into thing (id, code) values (:id, :code);

-- @many find_things
-- @in id int
-- @out id int, code text?
select id, code from thing where id = :id;

-- @one find_code
-- @in code text
-- @out id int
select id from thing where code = :code;

-- @one find_size
-- @in size real
-- @out id int
select id from thing where size = :size;

-- @one strict_code
-- @in id int
-- @out code text
select code from thing where id = :id;

-- @one wrong_type
-- @in id int
-- @out code int
select code from thing where id = :id;

-- @one dialect
-- @out name text, quoted text
select
-- @sqlite
	'sqlite'
-- @postgres
	cast('postgres' as text)
-- @both
	as name, cast('a  :b -- "c" \d' as text) as quoted;
