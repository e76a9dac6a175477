-- Departments, people, sessions, keys.

create table department (
	id @I64 not null primary key check (id > 0),
	code @TEXT not null unique check (length(code) between 1 and 32),
	name @TEXT not null check (length(name) between 1 and 100),
	parent_id @I64 references department (id),
	level @I64 not null check (level in (1, 2, 3)), -- city, county, town
	national_code @TEXT,				 -- the two digits of the national list of departments
	area @TEXT not null check (length(area) in (6, 9, 12)),
	uscc @TEXT,
	valid_from @I64 not null,
	valid_until @I64,
	state @I64 not null check (state in (1, 2)), -- in force, abolished
	version @I64 not null,
	check (parent_id is null or parent_id <> id)
) @STRICT;
create index department_parent on department (parent_id, code);
create unique index department_uscc on department (uscc) where uscc is not null;

-- roles: bits of enum trust_role. The three administrators (32, 64, 128) exclude each other and all
-- other roles (等保三级 8.1.4.2 d).
create table person (
	id @I64 not null primary key check (id > 0),
	account @TEXT not null unique check (length(account) between 3 and 32),
	name @TEXT not null check (length(name) between 1 and 50),
	dept_id @I64 references department (id), -- null: the city
	roles @I64 not null check (roles between 0 and 255),
	level @I64 not null check (level between 1 and 4),
	state @I64 not null check (state in (1, 2, 3)), -- active, disabled, not yet activated
	valid_until @I64,
	password_hash @TEXT check (length(password_hash) > 60),
	password_at @I64,
	must_change @I64 not null check (must_change in (0, 1)),
	totp_secret @BLOB check (length(totp_secret) > 48), -- sealed
	totp_on @I64 not null check (totp_on in (0, 1)),
	totp_step @I64 not null, -- the last one used: each serves once
	failures @I64 not null,
	failing_since @I64 not null,
	locked_until @I64 not null,
	last_seen_at @I64, -- last sign-in, or when he was enabled again
	created_at @I64 not null,
	created_by @I64 not null,
	version @I64 not null,
	check ((roles & 224) = 0 or roles in (32, 64, 128)),
	check (state <> 1 or password_hash is not null),
	check (totp_on = 0 or totp_secret is not null)
) @STRICT;
create index person_dept on person (dept_id, account);
create index person_name on person (name, id);

create table password_history (
	person_id @I64 not null references person (id),
	at @I64 not null,
	hash @TEXT not null,
	primary key (person_id, at)
) @STRICT;

-- One-time codes with which a person sets a password; only their SM3 is kept.
create table activation (
	code @TEXT not null primary key,
	person_id @I64 not null references person (id),
	created_at @I64 not null,
	expires_at @I64 not null,
	used_at @I64
) @STRICT;
create index activation_person on activation (person_id);

create table recovery_code (
	person_id @I64 not null references person (id),
	code @TEXT not null,
	used_at @I64,
	primary key (person_id, code)
) @STRICT;

-- An administrator's role waits here for a second person.
create table role_request (
	id @I64 not null primary key,
	person_id @I64 not null references person (id),
	roles @I64 not null,
	state @I64 not null check (state in (1, 2, 3)), -- waiting, granted, refused
	asked_at @I64 not null,
	asked_by @I64 not null,
	decided_at @I64,
	decided_by @I64,
	check (decided_by is null or (decided_by <> asked_by and decided_by <> person_id))
) @STRICT;
create unique index role_request_waiting on role_request (person_id) where state = 1;

-- token: SM3 of what the browser holds.
create table session (
	token @TEXT not null primary key,
	id @I64 not null unique,
	person_id @I64 not null references person (id),
	created_at @I64 not null,
	last_seen_at @I64 not null,
	fresh_until @I64 not null,
	mfa @I64 not null check (mfa in (0, 1)),
	address @TEXT not null,
	agent @TEXT not null
) @STRICT;
create index session_person on session (person_id, created_at);

create table api_key (
	id @I64 not null primary key,
	public_id @TEXT not null unique,
	secret @TEXT not null, -- SM3
	dept_id @I64 not null references department (id),
	name @TEXT not null check (length(name) between 1 and 50), -- the system that holds it
	level @I64 not null check (level between 1 and 4),
	created_at @I64 not null,
	created_by @I64 not null,
	expires_at @I64 not null,
	revoked_at @I64,
	last_used_at @I64
) @STRICT;
create index api_key_dept on api_key (dept_id, id);
