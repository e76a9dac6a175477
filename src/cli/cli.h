#ifndef ZD_CLI_H
#define ZD_CLI_H

#include <stdio.h>

#include "base/zd.h"

/*
 * cli: the frame of the command line. A command is a constant: its name, what it is for, the
 * options and operands it reads and the function that runs it. From that come the parsing, `zhaodan
 * help COMMAND` and the man page. What a command did not declare does not exist: an unknown option
 * ends in exit code 2.
 *
 * Results for programs go to standard output as JSON, one object a line; words for people to
 * standard error. Exit codes are those of zd_rc_meaning, and CLI_USAGE, CLI_PARTIAL.
 */
#define CLI_USAGE 2   /* the command was called wrongly; nothing was done */
#define CLI_PARTIAL 3 /* done, but some rows were refused */

struct app;

enum cli_type { CLI_TEXT, CLI_INT, CLI_DAY, CLI_SWITCH };

/* An option --NAME VALUE, or an operand (by place). Absent: absent text, ZD_NO_INT, ZD_NO_DAY,
 * false. */
struct cli_arg {
	const char *name;  /* of the field; as an option its '_' are '-' */
	const char *value; /* how the help calls the value: "FILE" */
	const char *about; /* Chinese */
	enum cli_type type;
	unsigned offset;
	int64_t min, max; /* of a number; both 0: any */
	bool operand, required;
};

/* The place is checked against the C type of the field it names. */
#define CLI_ARG_AT(type_, field_, kind_, ctype_, ...)                                              \
	{                                                                                          \
		.name = #field_, .type = kind_,                                                    \
		.offset = offsetof(type_, field_) + _Generic(((type_ *)0)->field_, ctype_ : 0),    \
		__VA_ARGS__                                                                        \
	}
#define CLI_ARG_TEXT(type_, field_, ...)                                                           \
	CLI_ARG_AT(type_, field_, CLI_TEXT, struct zd_str, __VA_ARGS__)
#define CLI_ARG_INT(type_, field_, ...) CLI_ARG_AT(type_, field_, CLI_INT, int64_t, __VA_ARGS__)
#define CLI_ARG_DAY(type_, field_, ...) CLI_ARG_AT(type_, field_, CLI_DAY, int32_t, __VA_ARGS__)
#define CLI_ARG_SWITCH(type_, field_, ...) CLI_ARG_AT(type_, field_, CLI_SWITCH, bool, __VA_ARGS__)

/* What of the installation must be open before the command runs; decides whether --data and --db
 * exist. */
enum cli_needs {
	CLI_ALONE,        /* nothing */
	CLI_DIR,          /* the name of the data directory only: init, restore, doctor */
	CLI_APP_IF_GIVEN, /* the application, if --data or --db was given */
	CLI_APP           /* the application */
};

/* Options that every command has whose need says so. */
struct cli_globals {
	struct zd_str data, db;
	bool help;
};

struct cli_call {
	const struct cli_command *command;
	const void *args; /* the command's own struct, checked */
	const struct cli_globals *globals;
	struct app *app; /* as the command's need says; closed by the frame */
	FILE *out, *err;
	bool partial; /* set by the command: exit CLI_PARTIAL instead of 0 */
	bool usage;   /* set by a command that fails: exit CLI_USAGE, nothing was done */
};

typedef enum zd_rc cli_run(struct zd_cx *cx, struct cli_call *call);

struct cli_command {
	const char *name;   /* "import", "log export" */
	const char *about;  /* one line, Chinese */
	const char *help;   /* paragraphs, Chinese; NULL: about says it all */
	const char *prints; /* what goes to standard output, or NULL */
	enum cli_needs needs;
	const struct cli_arg *args; /* end at a NULL name; may be NULL */
	size_t args_size;
	cli_run *run;
};

/* Every command of the program: groups that each end at a NULL name, ended by NULL (commands.c). */
extern const struct cli_command *const cli_commands[];

/* The whole program: parses, opens, runs, reports; the exit code. argv[0] is skipped. */
int cli_main(int argc, const char *const *argv, FILE *out, FILE *err);

/* One JSON object on one line of standard output, at once. */
void cli_line(struct cli_call *call, const struct zd_out *json);
/* A line for people. */
void cli_say(struct cli_call *call, const char *fmt, ...) ZD_PRINTF(2, 3);

/* --- inside the frame -------------------------------------------------------------------- */

#define CLI_MAX_ARGS_SIZE 512

/* Finds the command that argv begins with and says how many words its name took; NULL: none. */
const struct cli_command *cli_find(const struct cli_command *const *commands, int argc,
				   const char *const *argv, int *ret_words);
/* The command whose name is nearest to what was typed, or NULL if none is near. */
const struct cli_command *cli_nearest(const struct cli_command *const *commands,
				      struct zd_str typed);
/* Fills the command's struct (ret_args, args_size bytes) and the globals; ZD_INVALID is a usage
 * error. */
enum zd_rc cli_parse(struct zd_cx *cx, const struct cli_command *command, int argc,
		     const char *const *argv, void *ret_args,
		     struct cli_globals *ret_globals) ZD_CHECKED;

void cli_help_all(struct zd_out *out, const struct cli_command *const *commands,
		  const char *version);
void cli_help_one(struct zd_out *out, const struct cli_command *command);
void cli_help_man(struct zd_out *out, const struct cli_command *const *commands,
		  const char *version);
/* The options that the command has besides its own; end at a NULL name. */
const struct cli_arg *cli_globals_of(const struct cli_command *command);

#endif
