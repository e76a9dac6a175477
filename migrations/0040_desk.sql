-- What the desk's pages need to find things without reading a table through, and why a record was changed.

-- The code, unless it is a person's: what everybody may search by.
alter table subject add column open_code @TEXT;
update subject set open_code = code where code_type in ('', '001', '099') and kind <> 'natural_person';
create index subject_open_code on subject (open_code, id);

-- Why a person changed or removed a record: the reason for the version that he made.
create table record_note (
	dept_id @I64 not null,
	standard @TEXT not null,
	record_id @I64 not null,
	version @I64 not null,
	reason @TEXT not null check (length(reason) between 1 and 500),
	primary key (dept_id, standard, record_id, version)
) @STRICT;

create index catalog_main_item_department on catalog_main_item (department_id, source_key);
create index catalog_sub_item_department on catalog_sub_item (department_id, source_key);
create index catalog_sub_item_main on catalog_sub_item (manage_matter_code, source_key);
create index officer_record_until on officer_record (dept_id, certificate_valid_until, id);

-- First-day history that waits for its release.
create index action_check_held on action_check (dept_id, day, id) where state = 3;
create index action_punish_held on action_punish (dept_id, day, id) where state = 3;
create index action_force_held on action_force (dept_id, day, id) where state = 3;
create index action_other_held on action_other (dept_id, day, id) where state = 3;
create index action_check_held_city on action_check (day, id) where state = 3;
create index action_punish_held_city on action_punish (day, id) where state = 3;
create index action_force_held_city on action_force (day, id) where state = 3;
create index action_other_held_city on action_other (day, id) where state = 3;

create index ingest_batch_failed on ingest_batch (dept_id, created_at) where state = 4;
create index ingest_batch_owed on ingest_batch (dept_id, standard, created_at) where outstanding > 0;
