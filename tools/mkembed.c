/*
 * mkembed NAME FILE... >NAME.c
 *
 * Builds files into the program: a table `const struct embed_file NAME[]` of name (the path's last
 * part), bytes and length, ended by a NULL name, in the order given. The bytes are followed by a NUL.
 */
#include <stdio.h>
#include <string.h>

static int
put_bytes(const char *path, int index)
{
	FILE *in = fopen(path, "rb");
	int c, n = 0;

	if (!in) {
		fprintf(stderr, "mkembed: cannot read %s\n", path);
		return 1;
	}
	printf("static const unsigned char bytes_%d[] = {", index);
	while ((c = getc(in)) != EOF)
		printf(n++ % 20 ? "%d," : "\n%d,", c);
	printf("0};\n");
	return fclose(in);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	printf("/* Made by mkembed. */\n#include \"base/embed.h\"\n");
	for (int i = 2; i < argc; i++)
		if (put_bytes(argv[i], i))
			return 1;
	printf("extern const struct embed_file %s[];\nconst struct embed_file %s[] = {\n", argv[1], argv[1]);
	for (int i = 2; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');
		printf("\t{ \"%s\", (const char *)bytes_%d, sizeof(bytes_%d) - 1 },\n",
		       slash ? slash + 1 : argv[i], i, i);
	}
	printf("\t{ 0 }\n};\n");
	return 0;
}
