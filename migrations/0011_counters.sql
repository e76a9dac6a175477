-- How many records there are, by department, month of their own day, item and state: kept in the
-- transaction of every change, so that no board counts rows. Removed records are not counted.
create table record_counter (
	dept_id @I64 not null,
	standard @TEXT not null,
	month @I64 not null,             -- YYYYMM; 0: the record has no day
	item_code @TEXT not null,        -- '': none; of several items the first
	state @I64 not null check (state in (1, 3)),
	n @I64 not null,
	primary key (dept_id, standard, month, item_code, state)
) @STRICT;
create index record_counter_standard on record_counter (standard, month);
create index record_counter_item on record_counter (item_code, month);

-- The second and further items that a record cites.
create table record_citation (
	dept_id @I64 not null,
	standard @TEXT not null,
	record_id @I64 not null,
	item_code @TEXT not null,
	day @I64 not null,
	primary key (dept_id, standard, record_id, item_code)
) @STRICT;
create index record_citation_item on record_citation (item_code, day, record_id);
