-- What happens to items of the catalogue, and the city's first day.

-- States and claims are only ever added: effective from a day, recorded at an instant.
create table catalog_event (
	seq @I64 not null primary key,
	item_code @TEXT not null check (length(item_code) = 14),
	dept_id @I64 not null,           -- 0: the item's own state; else that department's claim
	what @I64 not null check (what in (1, 2, 3, 11, 12, 13)),
	from_day @I64 not null,
	recorded_at @I64 not null,
	recorded_by @I64 not null,
	reason @TEXT not null check (length(reason) <= 500)
) @STRICT;
create index catalog_event_item on catalog_event (item_code, dept_id, seq);
create index catalog_event_dept on catalog_event (dept_id, item_code, seq);

-- What holds now, kept in the transaction of each event: lists and boards read it.
create table catalog_claim_now (
	dept_id @I64 not null,
	item_code @TEXT not null,
	what @I64 not null,
	from_day @I64 not null,
	seq @I64 not null,
	primary key (dept_id, item_code)
) @STRICT;
create index catalog_claim_now_item on catalog_claim_now (item_code, dept_id);

-- One row: the day from which L1 has no exception, and a number that rises with every change of the catalogue.
create table catalog_city (
	id @I64 not null primary key check (id = 1),
	first_day @I64 not null,
	quarantine_open @I64 not null check (quarantine_open in (0, 1)),
	revision @I64 not null
) @STRICT;
insert into catalog_city (id, first_day, quarantine_open, revision) values (1, 0, 0, 1);
