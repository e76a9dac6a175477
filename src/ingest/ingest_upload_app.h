#ifndef ZD_INGEST_UPLOAD_APP_H
#define ZD_INGEST_UPLOAD_APP_H

#include "file/file.h"
#include "ingest/ingest_app.h"

/* What a person uploads: the file, what is to be done with it, and the job that does it, together or not at all. */

struct ingest_upload {
	struct ingest_order *order; /* file: set when it becomes a file of the store */
	const struct file_content
		*content; /* kept already (file_keep); not needed if order->file is set */
};
/* Opens a batch and queues its run. An upload whose batch_key was used before (a form sent twice) gives that batch.
 * ZD_CONFLICT: it was used for other content; ZD_TOO_LARGE: the department's quota is used up. */
enum zd_rc ingest_app_upload(struct zd_cx *cx, struct db *db, struct file_store *files,
			     const struct ingest_upload *upload,
			     struct ingest_batch *ret) ZD_CHECKED;
/* Queues the judging of the file; nothing of it is stored as records. */
enum zd_rc ingest_app_upload_check(struct zd_cx *cx, struct db *db, struct file_store *files,
				   const struct ingest_upload *upload, int64_t *ret_job) ZD_CHECKED;

#endif
