-- What the list of those drawn for random inspection asks: one plan's, one subject's.
create index plan_random_sample_plan on plan_random_sample (plan_id, id);
create index plan_random_sample_uscc on plan_random_sample (uscc, id);
