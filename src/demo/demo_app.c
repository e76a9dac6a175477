/* Puts the demo city into a database through the ordinary doors. */
#include "demo/demo_app.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "catalog/catalog_app.h"

#define FILE_MAX_BYTES ((size_t)1 << 31)
#define MONTHS_A_BATCH 3
#define DAY_MS ((int64_t)86400000)

struct filling {
	const struct ingest_env *env;
	const struct demo_city *city;
	int64_t *ids; /* of the departments */
	struct zd_out rows;
	demo_progress_fn *progress;
	void *arg;
	int64_t done, total;
	struct demo_report *report;
};

static void
tell(struct filling *f, const char *doing)
{
	/* the sizes are aims: a city may turn out a little larger */
	int64_t done = f->done < f->total ? f->done : f->total;

	if (f->progress)
		f->progress(f->arg, doing, done, f->total);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* --- one batch --------------------------------------------------------------------------- */

static enum zd_rc
write_all(struct zd_cx *cx, int fd, const struct zd_out *rows)
{
	if (rows->failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "演示数据的一个批次超过2 GiB，请减少行数");
	for (size_t at = 0; at < rows->n;) {
		ssize_t n = write(fd, rows->p + at, rows->n - at);
		if (n <= 0)
			return zd_fail(cx, ZD_FAILED, NULL, "demo: cannot write a batch");
		at += (size_t)n;
	}
	return ZD_OK;
}

static enum zd_rc
open_and_run(struct zd_cx *cx, struct filling *f, const struct ingest_order *order,
	     struct ingest_batch *ret)
{
	struct db *db;
	bool repeated;

	ZD_TRY(db_pool_take(cx, f->env->pool, DB_WRITE, &db));
	enum zd_rc rc = ingest_app_open(cx, db, order, ret, &repeated);
	db_pool_give(f->env->pool, db);
	return rc == ZD_OK && !repeated ? ingest_app_run(cx, f->env, order, ret) : rc;
}

/* The collected rows as one batch of dept (-1: the city), received at that instant; stored is added up. */
static enum zd_rc
send(struct zd_cx *cx, struct filling *f, int dept, const char *standard, int64_t at,
     int64_t *stored)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(FILE_MAX_BYTES);
	struct zd_cx own = *cx;
	struct ingest_batch batch;
	int fd ZD_CLEANUP(close_fd) = -1;

	if (!f->rows.n)
		return ZD_OK;
	fd = memfd_create("batch", MFD_CLOEXEC);
	if (fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "demo: no memory for a batch");
	own.arena = arena;
	own.now = at;
	own.today = zd_day_of_time(at);
	ZD_TRY(write_all(cx, fd, &f->rows));
	struct ingest_order order = {
		.dept = dept < 0 ? 0 : f->ids[dept],
		.standard = standard_find(f->env->standards, zd_str_of(standard)),
		.source = ZD_STR("drop"),
		.file = ZD_NO_INT,
		.repairs = ZD_NO_INT,
		.fd = fd,
		.format = TABLE_NDJSON,
		.at = at,
	};
	order.file_name = zd_str_printf(arena, "%.*s.ndjson", ZD_STR_ARG(order.standard->title));
	enum zd_rc rc = open_and_run(&own, f, &order, &batch);
	cx->err = own.err;
	ZD_TRY(rc);
	f->rows.n = 0;
	f->done += batch.rows_done;
	f->report->refused += batch.rejected;
	*stored += batch.accepted + batch.updated;
	return ZD_OK;
}

/* --- departments, catalogue --------------------------------------------------------------- */

static enum zd_rc
with_writer(struct zd_cx *cx, struct filling *f,
	    enum zd_rc (*work)(struct zd_cx *, struct db *, struct filling *))
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_take(cx, f->env->pool, DB_WRITE, &db));
	return work(cx, db, f);
}

static enum zd_rc
make_departments(struct zd_cx *cx, struct db *db, struct filling *f)
{
	size_t n = f->city->n_depts;
	struct trust_dept *depts = zd_new_array(cx->arena, struct trust_dept, n + 1);
	struct zd_str *parents = zd_new_array(cx->arena, struct zd_str, n + 1);
	int64_t made;

	for (size_t i = 0; i < n; i++) {
		const struct demo_dept *d = &f->city->depts[i];
		depts[i] = (struct trust_dept){ .code = d->code,
						.name = d->name,
						.parent = ZD_NO_INT,
						.level = d->parent < 0 ? TRUST_CITY_LEVEL
								       : TRUST_COUNTY_LEVEL,
						.national_code = d->national,
						.area = d->area,
						.uscc = d->uscc,
						.from = zd_day_of(2019, 1, 1),
						.until = ZD_NO_DAY,
						.state = TRUST_DEPT_LIVE };
		if (d->parent >= 0)
			parents[i] = f->city->depts[d->parent].code;
	}
	ZD_TRY(trust_dept_import(cx, db, depts, parents, n, &made));
	if (made != (int64_t)n)
		return zd_fail(cx, ZD_CONFLICT, NULL, "演示数据只能装进空的城市");
	f->report->departments = made;
	for (size_t i = 0; i < n; i++) {
		struct trust_dept found;
		ZD_TRY(trust_dept_find_code(cx, db, depts[i].code, &found));
		f->ids[i] = found.id;
	}
	return ZD_OK;
}

static size_t
put_states(const struct demo_city *city, struct catalog_change *out)
{
	size_t n = 0;

	for (size_t i = 0; i < city->n_items; i++)
		out[n++] = (struct catalog_change){ .item = city->items[i].code,
						    .what = CATALOG_IN_USE,
						    .from = zd_day_of(2019, 1, 1),
						    .reason = ZD_STR("首次发布") };
	return n;
}

static size_t
put_ends(const struct demo_city *city, struct catalog_change *out)
{
	size_t n = 0;
	int32_t day;

	for (size_t i = 0; i < city->n_items; i++) {
		const struct demo_item *it = &city->items[i];
		if (it->cancel.p && zd_day_parse(it->cancel, &day))
			out[n++] = (struct catalog_change){ .item = it->code,
							    .what = CATALOG_CANCELLED,
							    .from = day,
							    .reason = ZD_STR("设定依据已废止") };
		else if (it->suspended)
			out[n++] =
				(struct catalog_change){ .item = it->code,
							 .what = CATALOG_SUSPENDED,
							 .from = city->size.today - 200,
							 .reason = ZD_STR("上位法修订，暂停实施") };
	}
	return n;
}

static size_t
put_claims(const struct filling *f, int dept, struct catalog_change *out)
{
	size_t n = 0;

	for (const int *k = f->city->claims[dept]; *k >= 0; k++)
		out[n++] = (struct catalog_change){ .item = f->city->items[*k].code,
						    .dept = f->ids[dept],
						    .what = CATALOG_CLAIMED,
						    .from = zd_day_of(2019, 1, 1),
						    .reason = ZD_STR("应领尽领") };
	return n;
}

/* First all are published, then claimed, and only then do some end. */
static enum zd_rc
publish_and_claim(struct zd_cx *cx, struct db *db, struct filling *f)
{
	struct catalog_change *changes =
		zd_new_array(cx->arena, struct catalog_change, f->city->n_items + 1);

	ZD_TRY(catalog_app_change_many(cx, db, changes, put_states(f->city, changes)));
	for (size_t d = 0; d < f->city->n_depts; d++)
		ZD_TRY(catalog_app_change_many(cx, db, changes, put_claims(f, (int)d, changes)));
	return catalog_app_change_many(cx, db, changes, put_ends(f->city, changes));
}

static enum zd_rc
fill_catalogue(struct zd_cx *cx, struct filling *f, int64_t at)
{
	int64_t ignored = 0;

	tell(f, "监管事项目录");
	demo_put_main_items(f->city, &f->rows);
	ZD_TRY(send(cx, f, -1, "main_item", at, &ignored));
	demo_put_sub_items(f->city, &f->rows);
	ZD_TRY(send(cx, f, -1, "sub_item", at, &f->report->items));
	ZD_TRY(with_writer(cx, f, publish_and_claim));
	demo_put_random_items(f->city, &f->rows);
	ZD_TRY(send(cx, f, -1, "random_item", at, &ignored));
	tell(f, "检查实施清单、执法人员");
	for (int d = 0; d < (int)f->city->n_depts; d++) {
		demo_put_lists(f->city, d, &f->rows);
		ZD_TRY(send(cx, f, d, "implement_list", at, &ignored));
		demo_put_officers(f->city, d, &f->rows);
		ZD_TRY(send(cx, f, d, "officer", at, &f->report->officers));
		demo_put_plans(f->city, d, &f->rows);
		ZD_TRY(send(cx, f, d, "random_plan", at, &ignored));
	}
	return ZD_OK;
}

/* --- subjects, actions -------------------------------------------------------------------- */

static enum zd_rc
fill_subjects(struct zd_cx *cx, struct filling *f, int64_t at)
{
	for (const char *const *s = demo_subject_standards; *s; s++) {
		tell(f, "监管对象");
		for (int d = 0; d < (int)f->city->n_depts; d++) {
			demo_put_subjects(f->city, d, *s, &f->rows);
			ZD_TRY(send(cx, f, d, *s, at, &f->report->subjects));
		}
	}
	return ZD_OK;
}

/* Behind the subjects, so that each is known. */
static enum zd_rc
fill_samples(struct zd_cx *cx, struct filling *f, int64_t at)
{
	int64_t ignored = 0;

	tell(f, "双随机抽查对象");
	for (int d = 0; d < (int)f->city->n_depts; d++) {
		demo_put_samples(f->city, d, &f->rows);
		ZD_TRY(send(cx, f, d, "random_sample", at, &ignored));
	}
	return ZD_OK;
}

/* When a quarter's batch arrives: seven weeks after its end, or now. */
static int64_t
arrival(const struct zd_cx *cx, const struct demo_city *city, int month)
{
	int y, m, d;

	zd_day_split(city->size.today, &y, &m, &d);
	int months = y * 12 + m - 1 - city->size.months + month + MONTHS_A_BATCH;
	int64_t at = (zd_day_of(months / 12, months % 12 + 1, 1) + 50) * DAY_MS + 2 * 3600000;
	return at < cx->now ? at : cx->now;
}

static enum zd_rc
fill_actions(struct zd_cx *cx, struct filling *f)
{
	for (int month = 0; month <= f->city->size.months; month += MONTHS_A_BATCH) {
		tell(f, "监管行为");
		int64_t at = arrival(cx, f->city, month);
		for (int d = 0; d < (int)f->city->n_depts; d++)
			for (const char *const *s = demo_action_standards; *s; s++) {
				demo_put_actions(f->city, d, *s, month, MONTHS_A_BATCH, &f->rows);
				ZD_TRY(send(cx, f, d, *s, at, &f->report->actions));
			}
	}
	return ZD_OK;
}

static enum zd_rc
analyze(struct zd_cx *cx, struct db *db, struct filling *f)
{
	(void)f;
	return db_analyze(cx, db);
}

static enum zd_rc
fill(struct zd_cx *cx, struct filling *f)
{
	tell(f, "部门");
	ZD_TRY(with_writer(cx, f, make_departments));
	ZD_TRY(fill_catalogue(cx, f, cx->now));
	ZD_TRY(fill_subjects(cx, f, cx->now));
	ZD_TRY(fill_samples(cx, f, cx->now));
	ZD_TRY(fill_actions(cx, f));
	tell(f, "整理索引统计");
	return with_writer(cx, f, analyze);
}

enum zd_rc
demo_app_fill(struct zd_cx *cx, const struct ingest_env *env, const struct demo_size *size,
	      demo_progress_fn *progress, void *arg, struct demo_report *ret)
{
	struct filling f = { .env = env,
			     .city = demo_city_new(cx->arena, size),
			     .progress = progress,
			     .arg = arg,
			     .total = size->actions + size->subjects + size->sub_items +
				      size->officers,
			     .report = ret };

	*ret = (struct demo_report){ 0 };
	f.rows.max = FILE_MAX_BYTES;
	f.ids = zd_new_array(cx->arena, int64_t, f.city->n_depts + 1);
	enum zd_rc rc = fill(cx, &f);
	zd_out_drop(&f.rows);
	return rc;
}

/* --- people ------------------------------------------------------------------------------ */

enum zd_rc
demo_app_people(struct zd_cx *cx, struct db *db, const struct trust_env *trust,
		struct demo_account ret[DEMO_ACCOUNTS])
{
	static const struct {
		const char *account, *name, *work, *dept; /* dept: its code, or NULL: the city */
		uint32_t roles;
	} people[DEMO_ACCOUNTS] = {
		{ "platform", "周平台", "平台管理员（市行政审批局）", NULL, TRUST_PLATFORM },
		{ "leader", "李市长", "市领导", NULL, TRUST_LEADER },
		{ "scjg", "王数据", "市市场监督管理局 数据员", "420200-31-01", TRUST_DATA_OFFICER },
		{ "scjg_head", "张局长", "市市场监督管理局 负责人", "420200-31-01",
		  TRUST_DEPT_HEAD },
		{ "scjg_zf", "赵执法", "市市场监督管理局 执法人员", "420200-31-01",
		  TRUST_INSPECTOR },
		{ "wjw", "吴数据", "市卫生健康委员会 数据员", "420200-23-02", TRUST_DATA_OFFICER },
		{ "yjj", "郑数据", "市应急管理局 数据员", "420200-25-03", TRUST_DATA_OFFICER },
		{ "zjj", "陈数据", "市住房和城乡建设局 数据员", "420200-17-05",
		  TRUST_DATA_OFFICER },
	};

	for (size_t i = 0; i < DEMO_ACCOUNTS; i++) {
		struct trust_dept dept = { 0 };
		struct trust_code code;
		if (people[i].dept) {
			enum zd_rc rc =
				trust_dept_find_code(cx, db, zd_str_of(people[i].dept), &dept);
			if (rc == ZD_NOT_FOUND) /* a smaller city */
				dept.id = 0;
			else
				ZD_TRY(rc);
		}
		ret[i] =
			(struct demo_account){ zd_str_of(people[i].account),
					       zd_str_of(people[i].name), zd_str_of(people[i].work),
					       crypto_random_code(cx->arena, 14) };
		if (people[i].dept && !dept.id) {
			ret[i].password = (struct zd_str){ 0 };
			continue;
		}
		struct trust_person_new person = { .account = ret[i].account,
						   .name = ret[i].name,
						   .dept = dept.id,
						   .roles = people[i].roles,
						   .level = people[i].dept ? 3 : 2,
						   .valid_until = ZD_NO_DAY,
						   .password = ret[i].password,
						   .forced = true };
		ZD_TRY(trust_person_create(cx, db, trust, &person, &code));
	}
	return ZD_OK;
}
