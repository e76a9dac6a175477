/* A backup from elsewhere: read to its end or refused; what nobody signed is never unlocked. */
#include "cli/archive.h"
#include "fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[32] = { 1 };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(16 << 20);
	struct zd_cx cx = { .arena = arena };
	struct archive_reader *reader ZD_CLEANUP(archive_reader_drop) = NULL;
	const struct archive_member *members;
	struct zd_str manifest;
	char path[32];
	size_t n;

	int fd = fuzz_file(data, size, path);
	if (archive_open(&cx, path, &reader) == ZD_OK) {
		(void)archive_wants_passphrase(reader);
		if (archive_verify(&cx, reader, NULL) == ZD_OK &&
		    archive_unlock(&cx, reader, key, &manifest, &members, &n) == ZD_OK)
			abort();
	}
	(void)close(fd);
	return 0;
}
