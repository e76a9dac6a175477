-- What the program itself asks of the database.

-- Rolled back each time.
-- @change try_write
-- @in  now time
insert into job_time (name, last_run)
values ('health', :now)
on conflict (name) do update set last_run = excluded.last_run;

-- @one count_tables
-- @out n int
-- @sqlite
select count(*) from sqlite_schema where type = 'table';
-- @postgres
select count(*) from information_schema.tables where table_schema = current_schema();

-- The first thing that is wrong with the database file, or 'ok'.
-- @one check_integrity
-- @out verdict text
-- @sqlite
select integrity_check from pragma_integrity_check limit 1;
-- @postgres
select 'ok';
