-- Who is supervised: one row a subject, whatever kinds of record speak of it.
create table subject (
	id @I64 not null primary key,
	code @TEXT not null check (length(code) between 1 and 260),  -- USCC, ID number, or KIND:KEY for things
	code_type @TEXT not null,        -- certificate type (A.6); '' for things
	kind @TEXT not null,             -- the standard of its own record, '' when only met in actions
	name @TEXT not null,
	area @TEXT not null,
	address @TEXT not null,
	industry @TEXT not null,
	record_dept @I64,                -- its own record, once a department sent one
	record_id @I64,
	met_dept @I64 not null,          -- who spoke of it first
	created_at @I64 not null,
	updated_at @I64 not null
) @STRICT;
create unique index subject_code on subject (code);
create index subject_name on subject (name, id);
create index subject_kind on subject (kind, id);
create index subject_area on subject (area, id);

-- Pairs of characters of the name, for search inside names.
create table subject_token (
	token @TEXT not null,
	id @I64 not null,                -- of the subject
	primary key (token, id)
) @STRICT;
create index subject_token_subject on subject_token (id);
