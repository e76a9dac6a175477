-- The audit log (zd-audit-v1). What is named sealed_… is append-only: SQLite connections refuse to
-- change it (db_sqlite.c), on PostgreSQL the owner gives up the right to.

-- Written by the transaction that makes the change; the sealer gives it a place and takes it out.
create table audit_staged (
	id @I64 not null primary key,
	at @I64 not null,
	act @TEXT not null check (length(act) between 1 and 64),
	actor @TEXT not null,
	role @TEXT not null,
	ip @TEXT not null,
	obj @TEXT not null,
	d @TEXT not null,
	ok @I64 not null check (ok in (0, 1))
) @STRICT;

-- line is what was hashed; at, act, actor, obj and ok repeat parts of it for the lists.
create table sealed_entry (
	seq @I64 not null primary key check (seq >= 0),
	line @TEXT not null,
	leaf @BLOB not null check (length(leaf) = 32),
	chain @BLOB not null check (length(chain) = 32),
	at @I64 not null,
	act @TEXT not null,
	actor @TEXT not null,
	obj @TEXT not null,
	ok @I64 not null
) @STRICT;
create index sealed_entry_at on sealed_entry (at, seq);
create index sealed_entry_act on sealed_entry (act, at, seq);
create index sealed_entry_actor on sealed_entry (actor, at, seq);
create index sealed_entry_obj on sealed_entry (obj, at, seq);

-- 256 hashes of one level of the tree, written once they are complete. Level n holds the hashes over
-- 256^n leaves; those of an unfinished tile stand one level below (leaves: in sealed_entry).
create table sealed_tile (
	level @I64 not null,
	idx @I64 not null,
	hashes @BLOB not null check (length(hashes) = 8192),
	root @BLOB not null check (length(root) = 32),
	primary key (level, idx)
) @STRICT;

create table sealed_checkpoint (
	size @I64 not null primary key check (size > 0),
	at @I64 not null,
	root @BLOB not null check (length(root) = 32),
	body @TEXT not null,
	signature @BLOB not null,
	key_id @TEXT not null
) @STRICT;

create table sealed_key (
	id @TEXT not null primary key,
	pem @TEXT not null,
	at @I64 not null
) @STRICT;

-- One row: whoever writes it seals alone until his transaction ends.
create table audit_lease (
	id @I64 not null primary key check (id = 1),
	origin @TEXT not null,
	holder @TEXT not null,
	at @I64 not null,
	passes @I64 not null
) @STRICT;
insert into audit_lease (id, origin, holder, at, passes) values (1, '', '', 0, 0);

-- @postgres
revoke update, delete, truncate on sealed_entry, sealed_tile, sealed_checkpoint, sealed_key
	from current_user;
-- @both
