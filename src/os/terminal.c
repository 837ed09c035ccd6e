/*
 * A signal that ends the process comes while nothing is shown: it is kept until the terminal
 * is as it was, and sent again.
 */
#include "os/terminal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define ENDING (sizeof(ending) / sizeof(ending[0]))

static volatile sig_atomic_t came;

static void keep(int signo)
{
	came = signo;
}

static void say(const char *words)
{
	(void)!write(STDERR_FILENO, words, strlen(words));
}

/* A line up to its end.  ERR_IO: the end of input, or a signal, came first. */
static enum err read_line(struct buf *out)
{
	char octet = '\0';

	while (!came) {
		ssize_t n = read(STDIN_FILENO, &octet, 1);
		if (n == 1 && octet == '\n')
			return ERR_OK;
		if (n == 1)
			buf_addc(out, octet);
		else if (n == 0 || errno != EINTR)
			break;
	}
	return ERR_IO;
}

enum err os_terminal_secret(const char *prompt, struct buf *out)
{
	const struct sigaction kept = { .sa_handler = keep };
	struct sigaction before[ENDING];
	struct termios usual, silent;

	if (tcgetattr(STDIN_FILENO, &usual) < 0)
		return ERR_IO;
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	came = 0;
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &kept, &before[i]);
	/* What was typed before is gone: nobody is asked before that. */
	enum err e = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) < 0 ? ERR_IO : ERR_OK;
	say(prompt);
	if (e == ERR_OK)
		e = read_line(out);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	say("\n");
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &before[i], NULL);
	if (came)
		(void)raise(came);
	return e;
}
