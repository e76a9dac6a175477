-- Batches that came in, and the rows that were refused until they are repaired.
create table ingest_batch (
	dept_id @I64 not null,
	id @I64 not null,
	standard @TEXT not null,
	source @TEXT not null check (source in ('api', 'page', 'cli', 'form', 'drop')),
	file_name @TEXT not null check (length(file_name) <= 300),
	file_id @I64,                    -- the sender's own file in the file store
	format @I64 not null,
	sheet @TEXT,
	notes @TEXT,
	batch_key @TEXT not null check (length(batch_key) between 1 and 200),
	content_hash @BLOB not null,
	state @I64 not null check (state between 1 and 4),  -- 1 waiting, 2 running, 3 done, 4 failed
	rows_done @I64 not null,
	bytes_done @I64 not null,
	bytes_total @I64 not null,
	accepted @I64 not null,
	updated @I64 not null,
	unchanged @I64 not null,
	removed @I64 not null,
	quarantined @I64 not null,
	rejected @I64 not null,
	outstanding @I64 not null check (outstanding >= 0),
	repairs @I64,                    -- the batch whose rows this one repairs
	error @TEXT,
	created_at @I64 not null,
	created_by @I64 not null,
	finished_at @I64,
	primary key (dept_id, id)
) @STRICT;
create unique index ingest_batch_key on ingest_batch (dept_id, standard, batch_key);
create index ingest_batch_newest on ingest_batch (dept_id, created_at, id);
create index ingest_batch_city on ingest_batch (created_at, id);
create index ingest_batch_open on ingest_batch (dept_id, standard) where outstanding > 0;

create table ingest_reject (
	dept_id @I64 not null,
	batch_id @I64 not null,
	row_no @I64 not null,
	line @I64 not null,
	standard @TEXT not null,
	operation @TEXT not null,
	source_key @TEXT,                -- the row's business key, if it had one
	raw @TEXT not null,              -- JSON object of what was sent, by heading
	errors @TEXT not null,           -- JSON array: row, field, rule, value, message, todo, basis
	rule @TEXT not null,             -- of the first error: the cause it is grouped by
	field_title @TEXT not null,
	message @TEXT not null,          -- of the first error
	state @I64 not null check (state between 1 and 4),  -- 1 outstanding, 2 repaired, 3 discarded, 4 superseded
	closed_batch @I64,
	closed_row @I64,
	closed_at @I64,
	closed_by @I64,
	reason @TEXT,
	primary key (dept_id, batch_id, row_no)
) @STRICT;
create index ingest_reject_key on ingest_reject (dept_id, standard, source_key) where state = 1;
create index ingest_reject_open on ingest_reject (dept_id, state, batch_id, row_no);
