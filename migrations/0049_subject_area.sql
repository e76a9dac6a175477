-- Where a subject's division is known from; codes of things as they are shown, for search; refused rows whose key was in doubt.

-- 1 its own record, 2 an action that named it, 3 digits 3-8 of its credit code, 4 not known
alter table subject add column area_from @I64 not null default 4;
update subject set area_from = case when record_id is null then 2 else 1 end where area <> '';
update subject set area = substr(code, 3, 6), area_from = 3
 where area = '' and code_type = '001' and length(code) = 18 and substr(code, 3, 6) between '110000' and '829999';

-- "product_food:SP0000000001" is shown, and searched for, as SP0000000001.
-- @sqlite
update subject set open_code = upper(substr(code, length(kind) + 2)) where code_type = '';
-- @postgres
update subject set open_code = upper(substr(code, length(kind) + 2) collate "C") where code_type = '';
-- @both

-- 1: the key was used for different things, so it does not tell which row repairs this one
alter table ingest_reject add column key_in_doubt @I64 not null default 0;
update ingest_reject set key_in_doubt = 1 where errors like '%.key_once"%';
