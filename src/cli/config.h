#ifndef ZD_CLI_CONFIG_H
#define ZD_CLI_CONFIG_H

#include "base/zd.h"

/*
 * zhaodan.conf: `key = value` lines, '#' begins a comment. A key that is not known, given twice or
 * out of its limits stops the program. `config_settings` is the one list; docs/ops and the example
 * file print it.
 */
enum config_integrity { CONFIG_INTEGRITY_WARN, CONFIG_INTEGRITY_REFUSE, CONFIG_INTEGRITY_OFF };

struct app_config {
	struct zd_str db;                /* postgresql://… or absent */
	struct zd_str city;              /* its name, for people */
	struct zd_str listen;            /* 127.0.0.1:8080 */
	struct zd_str tls_cert, tls_key; /* PEM files */
	int64_t workers;                 /* HTTP handler threads */
	int64_t connections;             /* of the database pool */
	int64_t job_workers;             /* threads that run jobs */
	int64_t quota_mb;                /* stored files of one department */
	int64_t audit_days;              /* the audit log is kept this long; at least 183 */
	enum config_integrity integrity;
};

struct config_setting {
	const char *key, *about, *standard; /* standard: the default as it would be written */
	enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_CHOICE } type;
	unsigned offset;
	int64_t min, max;
	const char *choices; /* "warn refuse off": the enum's values in order */
};
extern const struct config_setting config_settings[]; /* ends at a NULL key */

/* text: the file's; name: for messages. All settings have their default where the text is silent.
 */
enum zd_rc config_parse(struct zd_cx *cx, struct zd_str text, const char *name,
			struct app_config *ret) ZD_CHECKED;
/* The settings with their defaults as a commented file. */
void config_example(struct zd_out *out);

#endif
