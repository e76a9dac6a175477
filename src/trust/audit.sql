-- The audit log: staged, sealed, signed.

-- @change stage
-- @in  id int, at time, act text, actor text, role text, ip text, obj text, d text, ok int
insert into audit_staged (id, at, act, actor, role, ip, obj, d, ok)
values (:id, :at, :act, :actor, :role, :ip, :obj, :d, :ok);

-- @all list_staged
-- @in  limit int
-- @out struct audit_staged: id int, at time, act text, actor text, role text, ip text, obj text, d text, ok int
select id, at, act, actor, role, ip, obj, d, ok
  from audit_staged
 order by id
 limit :limit;

-- @many unstage
-- @in  id int
delete from audit_staged where id = :id;

-- @changes take_lease
-- @in  origin text, holder text, at time
update audit_lease
   set origin = :origin, holder = :holder, at = :at, passes = passes + 1
 where id = 1 and (origin = '' or origin = :origin);

-- @one find_origin
-- @out origin text
select origin from audit_lease where id = 1;

-- @one find_last
-- @out seq int, chain blob
select seq, chain
  from sealed_entry
 order by seq desc
 limit 1;

-- @many seal
-- @in  seq int, line text, leaf blob, chain blob, at time, act text, actor text, obj text, ok int
insert into sealed_entry (seq, line, leaf, chain, at, act, actor, obj, ok)
values (:seq, :line, :leaf, :chain, :at, :act, :actor, :obj, :ok);

-- @one find_entry
-- @in  seq int
-- @out struct audit_sealed: seq int, line text, leaf blob, chain blob, at time, act text, actor text, obj text, ok int
select seq, line, leaf, chain, at, act, actor, obj, ok
  from sealed_entry
 where seq = :seq;

-- @all list_entries
-- @in  from int, until int
-- @out struct audit_sealed: seq int, line text, leaf blob, chain blob, at time, act text, actor text, obj text, ok int
select seq, line, leaf, chain, at, act, actor, obj, ok
  from sealed_entry
 where seq >= :from and seq < :until
 order by seq;

-- @each list_leaves
-- @in  from int, until int
-- @out hash blob
select leaf
  from sealed_entry
 where seq >= :from and seq < :until
 order by seq;

-- @change insert_tile
-- @in  level int, idx int, hashes blob, root blob
insert into sealed_tile (level, idx, hashes, root)
values (:level, :idx, :hashes, :root);

-- @one find_tile
-- @in  level int, idx int
-- @out hashes blob, root blob
select hashes, root
  from sealed_tile
 where level = :level and idx = :idx;

-- @each list_tile_roots
-- @in  level int, from int, until int
-- @out hash blob
select root
  from sealed_tile
 where level = :level and idx >= :from and idx < :until
 order by idx;

-- @one find_checkpoint
-- @out struct audit_head: size int, at time, root blob, body text, signature blob, key_id text
select size, at, root, body, signature, key_id
  from sealed_checkpoint
 order by size desc
 limit 1;

-- @all list_checkpoints
-- @in  above int, up_to int
-- @out struct audit_head: size int, at time, root blob, body text, signature blob, key_id text
select size, at, root, body, signature, key_id
  from sealed_checkpoint
 where size > :above and size <= :up_to
 order by size;

-- @change insert_checkpoint
-- @in  size int, at time, root blob, body text, signature blob, key_id text
insert into sealed_checkpoint (size, at, root, body, signature, key_id)
values (:size, :at, :root, :body, :signature, :key_id);

-- @changes insert_key
-- @in  id text, pem text, at time
insert into sealed_key (id, pem, at)
values (:id, :pem, :at)
on conflict (id) do nothing;

-- @all list_keys
-- @out id text, pem text
select id, pem
  from sealed_key
 order by id;
