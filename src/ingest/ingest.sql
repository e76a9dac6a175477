-- Batches and refused rows.

-- @change insert_batch
-- @in  dept int, id int, standard text, source text, file_name text, file int?, format enum, batch_key text, content_hash blob, bytes int, repairs int?, now time, actor int
insert into ingest_batch (dept_id, id, standard, source, file_name, file_id, format, sheet, notes, batch_key,
       content_hash, state, rows_done, bytes_done, bytes_total, accepted, updated, unchanged, removed, quarantined,
       rejected, outstanding, repairs, error, created_at, created_by, finished_at)
values (:dept, :id, :standard, :source, :file_name, :file, :format, null, null, :batch_key,
       :content_hash, 1, 0, 0, :bytes, 0, 0, 0, 0, 0, 0, 0, :repairs, null, :now, :actor, null);

-- @one find_batch
-- @in  dept int, id int
-- @out struct ingest_batch: dept int, id int, standard text, source text, file_name text, file int?, format enum, sheet text?, notes text?, batch_key text, content_hash blob, state enum, rows_done int, bytes_done int, bytes_total int, accepted int, updated int, unchanged int, removed int, quarantined int, rejected int, outstanding int, repairs int?, error text?, created_at time, created_by int, finished_at time?
select dept_id, id, standard, source, file_name, file_id, format, sheet, notes, batch_key, content_hash, state,
       rows_done, bytes_done, bytes_total, accepted, updated, unchanged, removed, quarantined, rejected, outstanding,
       repairs, error, created_at, created_by, finished_at
  from ingest_batch
 where dept_id = :dept and id = :id;

-- @one find_batch_by_key
-- @in  dept int, standard text, batch_key text
-- @out struct ingest_batch: dept int, id int, standard text, source text, file_name text, file int?, format enum, sheet text?, notes text?, batch_key text, content_hash blob, state enum, rows_done int, bytes_done int, bytes_total int, accepted int, updated int, unchanged int, removed int, quarantined int, rejected int, outstanding int, repairs int?, error text?, created_at time, created_by int, finished_at time?
select dept_id, id, standard, source, file_name, file_id, format, sheet, notes, batch_key, content_hash, state,
       rows_done, bytes_done, bytes_total, accepted, updated, unchanged, removed, quarantined, rejected, outstanding,
       repairs, error, created_at, created_by, finished_at
  from ingest_batch
 where dept_id = :dept and standard = :standard and batch_key = :batch_key;

-- By its number alone, for who sees all departments.
-- @one find_batch_of_id
-- @in  id int
-- @out struct ingest_batch: dept int, id int, standard text, source text, file_name text, file int?, format enum, sheet text?, notes text?, batch_key text, content_hash blob, state enum, rows_done int, bytes_done int, bytes_total int, accepted int, updated int, unchanged int, removed int, quarantined int, rejected int, outstanding int, repairs int?, error text?, created_at time, created_by int, finished_at time?
select dept_id, id, standard, source, file_name, file_id, format, sheet, notes, batch_key, content_hash, state,
       rows_done, bytes_done, bytes_total, accepted, updated, unchanged, removed, quarantined, rejected, outstanding,
       repairs, error, created_at, created_by, finished_at
  from ingest_batch
 where id = :id;

-- @change start_batch
-- @in  dept int, id int
update ingest_batch
   set state = 2, error = null
 where dept_id = :dept and id = :id and state in (1, 2, 4);

-- rows_done is compared: two runs of one batch cannot both store a block.
-- @change advance_batch
-- @in  dept int, id int, before int, rows int, bytes int, accepted int, updated int, unchanged int, removed int, quarantined int, rejected int
update ingest_batch
   set rows_done = rows_done + :rows, bytes_done = :bytes, accepted = accepted + :accepted, updated = updated + :updated,
       unchanged = unchanged + :unchanged, removed = removed + :removed, quarantined = quarantined + :quarantined,
       rejected = rejected + :rejected, outstanding = outstanding + :rejected
 where dept_id = :dept and id = :id and state = 2 and rows_done = :before;

-- @change finish_batch
-- @in  dept int, id int, sheet text?, notes text?, now time
update ingest_batch
   set state = 3, sheet = :sheet, notes = :notes, bytes_done = bytes_total, finished_at = :now
 where dept_id = :dept and id = :id and state = 2;

-- @change fail_batch
-- @in  dept int, id int, error text, now time
update ingest_batch
   set state = 4, error = :error, finished_at = :now
 where dept_id = :dept and id = :id and state in (1, 2);

-- @many insert_reject
-- @in  dept int, batch int, row int, line int, standard text, operation text, key text?, raw text, errors text, rule text, field_title text, message text, key_in_doubt enum
insert into ingest_reject (dept_id, batch_id, row_no, line, standard, operation, source_key, raw, errors, rule,
       field_title, message, state, key_in_doubt)
values (:dept, :batch, :row, :line, :standard, :operation, :key, :raw, :errors, :rule, :field_title, :message, 1,
       :key_in_doubt);

-- Refused rows of earlier batches with the same key: repaired in the batch that this one says it repairs, elsewhere
-- superseded, since only the sender knows whether it was the same row. Where the key itself was in doubt (used twice
-- for different things) it tells nothing: such a row is closed by its place or by hand.
-- @many close_rejects_of_key
-- @in  dept int, standard text, key text, batch int, row int, repairs int?, state enum, now time, actor int
-- @out batch int
update ingest_reject
   set state = case when batch_id = :repairs then :state else 4 end, closed_batch = :batch, closed_row = :row,
       closed_at = :now, closed_by = :actor
 where dept_id = :dept and standard = :standard and source_key = :key and state = 1 and batch_id < :batch
   and key_in_doubt = 0
returning batch_id;

-- @many close_reject_of_row
-- @in  dept int, repairs int, repaired_row int, batch int, row int, state enum, now time, actor int
-- @out batch int
update ingest_reject
   set state = :state, closed_batch = :batch, closed_row = :row, closed_at = :now, closed_by = :actor
 where dept_id = :dept and batch_id = :repairs and row_no = :repaired_row and state = 1
returning batch_id;

-- @many drop_outstanding
-- @in  dept int, batch int, n int
update ingest_batch
   set outstanding = outstanding - :n
 where dept_id = :dept and id = :batch;

-- @one has_outstanding
-- @in  dept int, standard text
-- @out id int
select id
  from ingest_batch
 where dept_id = :dept and standard = :standard and outstanding > 0
 limit 1;

-- @each list_rejects
-- @in  dept int, batch int, after int, limit int
-- @out struct ingest_reject: row int, line int, operation text, key text?, raw text, errors text, rule text, field_title text, message text, state enum, closed_batch int?, closed_row int?, reason text?
select row_no, line, operation, source_key, raw, errors, rule, field_title, message, state, closed_batch, closed_row, reason
  from ingest_reject
 where dept_id = :dept and batch_id = :batch and row_no > :after
 order by row_no
 limit :limit;

-- @each list_open_rejects
-- @in  dept int, batch int, after int, limit int
-- @out struct ingest_reject: row int, line int, operation text, key text?, raw text, errors text, rule text, field_title text, message text, state enum, closed_batch int?, closed_row int?, reason text?
select row_no, line, operation, source_key, raw, errors, rule, field_title, message, state, closed_batch, closed_row, reason
  from ingest_reject
 where dept_id = :dept and state = 1 and batch_id = :batch and row_no > :after
 order by row_no
 limit :limit;

-- @one find_reject
-- @in  dept int, batch int, row int
-- @out struct ingest_reject: row int, line int, operation text, key text?, raw text, errors text, rule text, field_title text, message text, state enum, closed_batch int?, closed_row int?, reason text?
select row_no, line, operation, source_key, raw, errors, rule, field_title, message, state, closed_batch, closed_row, reason
  from ingest_reject
 where dept_id = :dept and batch_id = :batch and row_no = :row;

-- @change discard_reject
-- @in  dept int, batch int, row int, reason text, now time, actor int
update ingest_reject
   set state = 3, reason = :reason, closed_at = :now, closed_by = :actor
 where dept_id = :dept and batch_id = :batch and row_no = :row and state = 1;

-- Grouped by cause: the first error of each row that is still outstanding.
-- @each list_causes
-- @in  dept int, batch int
-- @out struct ingest_cause: rule text, field_title text, message text, n int, first_row int
select rule, min(field_title), min(message), count(*), min(row_no)
  from ingest_reject
 where dept_id = :dept and state = 1 and batch_id = :batch
 group by rule
 order by count(*) desc, rule
 limit 200;

-- What is still to be repaired, in all: walks the batches that have such rows.
-- @one sum_outstanding
-- @in  dept int
-- @out struct ingest_outstanding: rows int, batches int
select cast(coalesce(sum(outstanding), 0) as bigint), count(*)
  from ingest_batch
 where outstanding > 0 and dept_id = :dept;

-- @one sum_outstanding_of_all
-- @out struct ingest_outstanding: rows int, batches int
select cast(coalesce(sum(outstanding), 0) as bigint), count(*)
  from ingest_batch
 where outstanding > 0;
