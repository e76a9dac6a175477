-- The queue and the timetable. On a cluster both stay plain tables of the coordinator.

-- due_at: of a waiting job, not before; of a running one, when its lease ends. Done and dead ones (state > 2) are
-- never due.
create table job (
	id @I64 not null primary key,
	kind @TEXT not null check (length(kind) between 1 and 60),
	args @TEXT not null,
	state @I64 not null check (state between 1 and 4),
	dept_id @I64 not null,
	created_by @I64 not null,
	created_roles @I64 not null,
	created_level @I64 not null,
	created_account @TEXT not null,
	created_name @TEXT not null,
	created_address @TEXT not null,
	created_at @I64 not null,
	due_at @I64 not null,
	started_at @I64,
	finished_at @I64,
	attempts @I64 not null,
	lease_by @TEXT not null,         -- '' unless running
	progress_done @I64 not null,
	progress_total @I64 not null,
	note @TEXT not null,
	result @TEXT,
	entry @TEXT not null             -- of the timetable, or ''
) @STRICT;
create index job_due on job (due_at, id) where state <= 2;
create index job_entry on job (entry) where state <= 2 and entry <> '';
create index job_dept on job (dept_id, id);
create index job_ended on job (state, finished_at);

create table job_time (
	name @TEXT not null primary key,
	last_run @I64 not null
) @STRICT;
