-- Departments, people, sessions, keys.

-- departments --------------------------------------------------------------------------------

-- @change insert_dept
-- @in  id int, code text, name text, parent int?, level int, national_code text?, area text, uscc text?,
--      from day, until day?, state int
insert into department (id, code, name, parent_id, level, national_code, area, uscc, valid_from, valid_until, state, version)
values (:id, :code, :name, :parent, :level, :national_code, :area, :uscc, :from, :until, :state, 1);

-- @change update_dept
-- @in  id int, version int, name text, parent int?, level int, national_code text?, area text, uscc text?,
--      from day, until day?, state int
update department
   set name = :name, parent_id = :parent, level = :level, national_code = :national_code, area = :area,
       uscc = :uscc, valid_from = :from, valid_until = :until, state = :state, version = version + 1
 where id = :id and version = :version;

-- @one find_dept
-- @in  id int
-- @out struct trust_dept: id int, code text, name text, parent int?, level int, national_code text?, area text,
--      uscc text?, from day, until day?, state int, version int
select id, code, name, parent_id, level, national_code, area, uscc, valid_from, valid_until, state, version
  from department
 where id = :id;

-- @one find_dept_code
-- @in  code text
-- @out struct trust_dept: id int, code text, name text, parent int?, level int, national_code text?, area text,
--      uscc text?, from day, until day?, state int, version int
select id, code, name, parent_id, level, national_code, area, uscc, valid_from, valid_until, state, version
  from department
 where code = :code;

-- @all list_depts
-- @out struct trust_dept: id int, code text, name text, parent int?, level int, national_code text?, area text,
--      uscc text?, from day, until day?, state int, version int
select id, code, name, parent_id, level, national_code, area, uscc, valid_from, valid_until, state, version
  from department
 order by code;

-- @changes kill_dept_sessions
-- @in  dept int
delete from session
 where person_id in (select id from person where dept_id = :dept);

-- people -------------------------------------------------------------------------------------

-- @change insert_person
-- @in  id int, account text, name text, dept int?, roles int, level int, state int, valid_until day?,
--      password_hash text?, password_at time?, must_change int, at time, by int
insert into person (id, account, name, dept_id, roles, level, state, valid_until, password_hash, password_at, must_change,
	totp_on, totp_step, failures, failing_since, locked_until, last_seen_at, created_at, created_by, version)
values (:id, :account, :name, :dept, :roles, :level, :state, :valid_until, :password_hash, :password_at, :must_change,
	0, 0, 0, 0, 0, null, :at, :by, 1);

-- @one find_person
-- @in  id int
-- @out struct trust_person: id int, account text, name text, dept int?, roles int, level int, state int, valid_until day?,
--      password_hash text?, password_at time?, must_change int, totp_secret blob?, totp_on int, totp_step int,
--      failures int, locked_until time, last_seen_at time?, created_at time, version int
select id, account, name, dept_id, roles, level, state, valid_until,
       password_hash, password_at, must_change, totp_secret, totp_on, totp_step,
       failures, locked_until, last_seen_at, created_at, version
  from person
 where id = :id;

-- @one find_account
-- @in  account text
-- @out struct trust_person: id int, account text, name text, dept int?, roles int, level int, state int, valid_until day?,
--      password_hash text?, password_at time?, must_change int, totp_secret blob?, totp_on int, totp_step int,
--      failures int, locked_until time, last_seen_at time?, created_at time, version int
select id, account, name, dept_id, roles, level, state, valid_until,
       password_hash, password_at, must_change, totp_secret, totp_on, totp_step,
       failures, locked_until, last_seen_at, created_at, version
  from person
 where account = :account;

-- @change edit_person
-- @in  id int, version int, name text, dept int?, roles int, level int, valid_until day?
update person
   set name = :name, dept_id = :dept, roles = :roles, level = :level, valid_until = :valid_until, version = version + 1
 where id = :id and version = :version;

-- @change set_roles
-- @in  id int, roles int
update person
   set roles = :roles, dept_id = null, version = version + 1
 where id = :id;

-- @change set_person_state
-- @in  id int, state int, seen_at time?
update person
   set state = :state, last_seen_at = :seen_at, failures = 0, failing_since = 0, locked_until = 0, version = version + 1
 where id = :id;

-- @change set_password
-- @in  id int, hash text, at time
update person
   set password_hash = :hash, password_at = :at, must_change = 0, state = 1, failures = 0, failing_since = 0,
       locked_until = 0, version = version + 1
 where id = :id;

-- @change rehash_password
-- @in  id int, old text, hash text
update person
   set password_hash = :hash
 where id = :id and password_hash = :old;

-- @changes count_failure
-- @in  id int, now time, since time, max int, until time
update person
   set failures = case when failing_since <= :since then 1 else failures + 1 end,
       failing_since = case when failing_since <= :since then :now else failing_since end,
       locked_until = case when failing_since > :since and failures + 1 >= :max then :until else locked_until end
 where id = :id and locked_until <= :now;

-- @change count_success
-- @in  id int, now time
update person
   set failures = 0, failing_since = 0, last_seen_at = :now
 where id = :id;

-- @changes set_totp_secret
-- @in  id int, secret blob
update person
   set totp_secret = :secret, totp_step = 0
 where id = :id and totp_on = 0;

-- @changes use_totp_step
-- @in  id int, step int
update person
   set totp_step = :step
 where id = :id and totp_step < :step;

-- @change switch_totp
-- @in  id int, on int
update person
   set totp_on = :on, totp_secret = case when :on = 1 then totp_secret else null end, version = version + 1
 where id = :id;

-- @one count_people
-- @out n int
select count(*) from person;

-- Holds those who can act as security administrator until the end of the transaction, so that two cannot take the
-- role from each other at once.
-- @changes hold_security_admins
-- @in  today day
update person
   set roles = roles
 where roles = 64 and state = 1 and (valid_until is null or valid_until >= :today);

-- @one count_security_admins
-- @in  except int
-- @out n int
select count(*) from person where roles = 64 and state = 1 and id <> :except;

-- passwords and codes --------------------------------------------------------------------------

-- @change insert_past_password
-- @in  person int, at time, hash text
insert into password_history (person_id, at, hash) values (:person, :at, :hash);

-- @all list_past_passwords
-- @in  person int, limit int
-- @out hash text
select hash
  from password_history
 where person_id = :person
 order by at desc
 limit :limit;

-- @change insert_activation
-- @in  code text, person int, now time, until time
insert into activation (code, person_id, created_at, expires_at, used_at)
values (:code, :person, :now, :until, null);

-- @changes expire_activations
-- @in  person int, now time
update activation
   set used_at = :now
 where person_id = :person and used_at is null;

-- @one find_activation
-- @in  code text
-- @out person int, expires_at time, used_at time?
select person_id, expires_at, used_at
  from activation
 where code = :code;

-- @changes use_activation
-- @in  code text, now time
update activation
   set used_at = :now
 where code = :code and used_at is null and expires_at > :now;

-- @many insert_recovery
-- @in  person int, code text
insert into recovery_code (person_id, code, used_at) values (:person, :code, null);

-- @changes delete_recovery
-- @in  person int
delete from recovery_code where person_id = :person;

-- @changes use_recovery
-- @in  person int, code text, now time
update recovery_code
   set used_at = :now
 where person_id = :person and code = :code and used_at is null;

-- @one count_recovery
-- @in  person int
-- @out n int
select count(*) from recovery_code where person_id = :person and used_at is null;

-- roles that wait for a second person -----------------------------------------------------------

-- @change insert_request
-- @in  id int, person int, roles int, now time, by int
insert into role_request (id, person_id, roles, state, asked_at, asked_by)
values (:id, :person, :roles, 1, :now, :by);

-- @one find_request
-- @in  id int
-- @out struct trust_request: id int, person int, account text, name text, roles int, asked_at time, asked_by int,
--      asked_by_account text?
select r.id, r.person_id, p.account, p.name, r.roles, r.asked_at, r.asked_by, a.account
  from role_request r
  join person p on p.id = r.person_id
  left join person a on a.id = r.asked_by
 where r.id = :id and r.state = 1;

-- @all list_requests
-- @out struct trust_request: id int, person int, account text, name text, roles int, asked_at time, asked_by int,
--      asked_by_account text?
select r.id, r.person_id, p.account, p.name, r.roles, r.asked_at, r.asked_by, a.account
  from role_request r
  join person p on p.id = r.person_id
  left join person a on a.id = r.asked_by
 where r.state = 1
 order by r.id;

-- @change decide_request
-- @in  id int, state int, now time, by int
update role_request
   set state = :state, decided_at = :now, decided_by = :by
 where id = :id and state = 1;

-- sessions ---------------------------------------------------------------------------------------

-- @change insert_session
-- @in  token text, id int, person int, now time, fresh_until time, mfa int, address text, agent text
insert into session (token, id, person_id, created_at, last_seen_at, fresh_until, mfa, address, agent)
values (:token, :id, :person, :now, :now, :fresh_until, :mfa, :address, :agent);

-- @one find_session
-- @in  token text
-- @out struct trust_session: id int, person int, created_at time, last_seen_at time, fresh_until time, mfa int,
--      account text, name text, dept int?, roles int, level int, state int, valid_until day?, must_change int,
--      password_at time?, totp_on int
select s.id, s.person_id, s.created_at, s.last_seen_at, s.fresh_until, s.mfa,
       p.account, p.name, p.dept_id, p.roles, p.level, p.state, p.valid_until, p.must_change, p.password_at, p.totp_on
  from session s
  join person p on p.id = s.person_id
 where s.token = :token;

-- @changes touch_session
-- @in  token text, now time
update session
   set last_seen_at = :now
 where token = :token and last_seen_at < :now;

-- @change renew_session
-- @in  old text, token text, now time, fresh_until time, mfa int
update session
   set token = :token, last_seen_at = :now, fresh_until = :fresh_until, mfa = :mfa
 where token = :old;

-- @changes kill_session
-- @in  id int, person int
delete from session where id = :id and person_id = :person;

-- @changes kill_sessions
-- @in  person int, except int
delete from session where person_id = :person and id <> :except;

-- @changes kill_oldest_sessions
-- @in  person int, keep int
delete from session
 where person_id = :person
   and id not in (select id from session where person_id = :person order by created_at desc, id desc limit :keep);

-- @changes sweep_sessions
-- @in  idle_since time, born_before time
delete from session where last_seen_at <= :idle_since or created_at <= :born_before;

-- @all list_sessions
-- @in  person int
-- @out struct trust_my_session: id int, created_at time, last_seen_at time, address text, agent text
select id, created_at, last_seen_at, address, agent
  from session
 where person_id = :person
 order by created_at desc, id desc;

-- keys of department systems -----------------------------------------------------------------------

-- @change insert_key
-- @in  id int, public_id text, secret text, dept int, name text, level int, now time, by int, until time
insert into api_key (id, public_id, secret, dept_id, name, level, created_at, created_by, expires_at)
values (:id, :public_id, :secret, :dept, :name, :level, :now, :by, :until);

-- @one count_live_keys
-- @in  dept int, name text, now time
-- @out n int
select count(*)
  from api_key
 where dept_id = :dept and name = :name and revoked_at is null and expires_at > :now;

-- @one find_key
-- @in  public_id text
-- @out id int, secret text, dept int, name text, level int, expires_at time, revoked_at time?, last_used_at time?,
--      dept_state int
select k.id, k.secret, k.dept_id, k.name, k.level, k.expires_at, k.revoked_at, k.last_used_at, d.state
  from api_key k
  join department d on d.id = k.dept_id
 where k.public_id = :public_id;

-- @one find_key_id
-- @in  id int
-- @out public_id text, dept int, name text
select public_id, dept_id, name from api_key where id = :id;

-- @changes touch_key
-- @in  id int, now time
update api_key set last_used_at = :now where id = :id;

-- @changes revoke_key
-- @in  id int, now time
update api_key set revoked_at = :now where id = :id and revoked_at is null;

-- @all list_keys
-- @in  dept int
-- @out struct trust_key: id int, public_id text, dept int, name text, level int, created_at time, expires_at time,
--      revoked_at time?, last_used_at time?
select id, public_id, dept_id, name, level, created_at, expires_at, revoked_at, last_used_at
  from api_key
 where dept_id = :dept
 order by id desc;
