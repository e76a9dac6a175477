-- What the pages of batches and of the quarantine read.

-- A batch by its number alone: city roles and links name no department.
create index ingest_batch_id on ingest_batch (id);
create index ingest_reject_cause on ingest_reject (dept_id, batch_id, rule, row_no) where state = 1;

-- What a batch replaced.
create index record_history_batch on record_history (dept_id, batch_id, record_id) where batch_id is not null;

-- First-day history that waits for the claims, in the order in which it is released.
create index record_counter_held on record_counter (dept_id, standard, item_code) where state = 3;
create index action_check_release on action_check (dept_id, id) where state = 3;
create index action_punish_release on action_punish (dept_id, id) where state = 3;
create index action_force_release on action_force (dept_id, id) where state = 3;
create index action_other_release on action_other (dept_id, id) where state = 3;
