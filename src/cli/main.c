/* zhaodan: one program, the server and every command. */
#include <signal.h>
#include <sys/stat.h>

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	(void)umask(077); /* what we make is ours alone */
	(void)signal(SIGPIPE, SIG_IGN);
	return cli_main(argc, (const char *const *)argv, stdout, stderr);
}
