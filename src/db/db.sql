-- What db itself keeps: which migrations a database has seen.

-- @each list_migrations
-- @out number int, name text, sm3 text
select number, name, sm3
  from schema_migration
 order by number;

-- @change insert_migration
-- @in  number int, name text, sm3 text, applied_at time
insert into schema_migration (number, name, sm3, applied_at)
values (:number, :name, :sm3, :applied_at);
