/* An exported audit log that somebody hands in: judged, never believed further than it is whole. */
#include "fuzz_file.h"
#include "trust/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(64 << 20);
	struct zd_cx cx = { .arena = arena };
	struct audit_verdict verdict = { 0 };
	char path[32];

	int fd = fuzz_file(data, size, path);
	enum zd_rc rc = audit_verify(&cx, path, NULL, (struct zd_str){ 0 }, &verdict);
	if (rc == ZD_OK && verdict.ok == (verdict.first_fault.p != NULL))
		abort();
	struct zd_str witness = { (const char *)data, size < 300 ? size : 300 };
	(void)!audit_verify(&cx, path, NULL, witness, &verdict);
	(void)close(fd);
	return 0;
}
