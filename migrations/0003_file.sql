-- Files by content (SM3), names by department.

create table file_content (
	sm3 @TEXT not null primary key check (length(sm3) = 64),
	size @I64 not null check (size >= 0),
	type @TEXT not null,
	refs @I64 not null check (refs >= 0),
	touched_at @I64 not null         -- last time a file came or went
) @STRICT;

create table file (
	id @I64 not null primary key,
	sm3 @TEXT not null references file_content (sm3),
	size @I64 not null,
	type @TEXT not null,
	name @TEXT not null check (length(name) <= 200),
	purpose @TEXT not null,
	dept_id @I64 not null,
	created_by @I64 not null,
	created_at @I64 not null
) @STRICT;
create index file_dept on file (dept_id, id);
create index file_sm3 on file (sm3);

-- Kept in the transaction of each file; equals a recount.
create table file_usage (
	dept_id @I64 not null primary key,
	files @I64 not null check (files >= 0),
	bytes @I64 not null check (bytes >= 0)
) @STRICT;
