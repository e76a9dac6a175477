/* Uploads: file, batch and job in one transaction. */
#include "ingest/ingest_upload_app.h"

#include "ingest/ingest_job.h"

static enum zd_rc
put_file_in(struct zd_cx *cx, struct db *db, struct file_store *files,
	    const struct ingest_upload *upload, const char *purpose, int64_t *ret)
{
	const struct file_order file = { .content = upload->content,
					 .name = upload->order->file_name,
					 .purpose = zd_str_of(purpose),
					 .dept = upload->order->dept };

	return file_put_in(cx, db, files, &file, ret);
}

static enum zd_rc
open_new(struct zd_cx *cx, struct db *db, struct file_store *files,
	 const struct ingest_upload *upload, const struct ingest_content *content,
	 struct ingest_batch *ret)
{
	struct ingest_order order = *upload->order;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t job;

	ZD_TRY(db_begin(cx, db, &txn));
	if (order.file == ZD_NO_INT)
		ZD_TRY(put_file_in(cx, db, files, upload, "ingest.upload", &order.file));
	ZD_TRY(ingest_open_in(cx, db, &order, content, ret));
	ZD_TRY(ingest_job_batch_in(cx, db, ret->dept, ret->id, &job));
	ZD_TRY(db_commit(cx, &txn));
	upload->order->file = order.file;
	return ZD_OK;
}

enum zd_rc
ingest_app_upload(struct zd_cx *cx, struct db *db, struct file_store *files,
		  const struct ingest_upload *upload, struct ingest_batch *ret)
{
	struct ingest_content content;
	bool repeated;

	ZD_TRY(ingest_app_measure(cx, upload->order, &content));
	enum zd_rc rc = open_new(cx, db, files, upload, &content, ret);
	if (rc != ZD_CONFLICT || !upload->order->batch_key.n)
		return rc;
	return ingest_app_open(cx, db, upload->order, ret, &repeated);
}

enum zd_rc
ingest_app_upload_check(struct zd_cx *cx, struct db *db, struct file_store *files,
			const struct ingest_upload *upload, int64_t *ret_job)
{
	struct ingest_check check = { .dept = upload->order->dept,
				      .standard = upload->order->standard->name };
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(put_file_in(cx, db, files, upload, "ingest.check", &check.file));
	ZD_TRY(ingest_job_check_in(cx, db, &check, ret_job));
	return db_commit(cx, &txn);
}
