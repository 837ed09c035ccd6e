/*
 * `signpost sendmail` without memory, wherever it runs out: what the daemon takes is the whole
 * message, from its sender to all of its recipients; else the caller is told to try again.
 */
#include "../failing.h"
#include "base/test.h"
#include "cli/command.h"
#include "os/file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { OCTETS = 4096 };

#define MESSAGE "To: b@x.example, c@x.example\nCc: d@x.example\n\nhello\n"
#define TAKEN                                                                                      \
	"MAIL FROM:<me@y.example>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\n"           \
	"RCPT TO:<c@x.example>\r\nRCPT TO:<d@x.example>\r\nDATA\r\n"

extern const struct cli_command cli_sendmail;
static const struct cli_command *const commands[] = { &cli_sendmail, NULL };

static char directory[] = "/tmp/oom_sendmail.XXXXXX";
static char conf[OCTETS];

static void write_file(const char *name, const char *text)
{
	CLEANUP(os_fd_close) int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || os_file_write(fd, str_of(text)) != ERR_OK)
		abort();
}

static int listener(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "mail" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		abort();
	return fd;
}

/* The command, of which the n-th allocation fails; an octet to `ends` where it makes fewer. */
static void begin(long n, int ends)
{
	char called[] = "sendmail", extract[] = "-t", from[] = "-fme@y.example",
	     to[] = "a@x.example";
	char *argv[] = { called, extract, from, to, NULL };

	(void)dup2(open("message", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	countdown = n;
	int status = cli_command_main(commands, 4, argv);
	if (countdown > 0)
		(void)!write(ends, "", 1);
	_exit(status);
}

/* One conversation; what was said up to the message, if that was taken. */
static void converse(int fd, char said[static OCTETS])
{
	char octets[OCTETS];
	size_t n = 0;

	(void)!write(fd, "220 x\r\n", 7);
	for (ssize_t got; (got = read(fd, octets + n, sizeof(octets) - 1 - n)) > 0;) {
		n += (size_t)got;
		octets[n] = '\0';
		const char *mail = strstr(octets, "MAIL"), *data = strstr(octets, "DATA\r\n");
		if (data && strstr(data, "\r\n.\r\n") && !said[0]) {
			(void)memcpy(said, mail, (size_t)(data + 6 - mail));
			(void)!write(fd, "250 taken\r\n", 11);
		} else if (data && str_ends((struct str){ octets, n }, STR("DATA\r\n"))) {
			(void)!write(fd, "354 go on\r\n", 11);
		} else if (!data && octets[n - 1] == '\n') {
			(void)!write(fd, "250 x\r\n", 7);
		}
	}
}

/* Its status; said: of a message that was taken.  *all: nothing failed. */
static int run(long n, int mail, char said[static OCTETS], bool *all)
{
	int ends[2], status = 0;
	char octet;

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	pid_t pid = fork();
	if (pid == 0)
		begin(n, ends[1]);
	(void)close(ends[1]);
	struct pollfd p[] = { { .fd = ends[0] }, { .fd = mail, .events = POLLIN } };
	while (poll(p, 2, -1) > 0 && !p[0].revents) {
		CLEANUP(os_fd_close) int fd = accept(mail, NULL, NULL);
		converse(fd, said);
	}
	*all = read(ends[0], &octet, 1) == 1;
	(void)close(ends[0]);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	bool all = false;

	(void)signal(SIGPIPE, SIG_IGN); /* whoever is told may have ended */
	if (!mkdtemp(directory) || chdir(directory) < 0)
		abort();
	(void)snprintf(conf, sizeof(conf), "%s/conf", directory);
	(void)setenv("SIGNPOST_CONF", conf, 1);
	write_file("conf", "hostname = \"y.example\"\nstate-directory = \".\"\n"
			   "listen \"unix:mail\" { }\n");
	write_file("message", MESSAGE);
	int mail = listener();
	for (long n = 1; !all; n++) {
		char label[32], said[OCTETS] = "";
		int status = run(n, mail, said, &all);
		(void)snprintf(label, sizeof(label), "allocation %ld", n);
		if (said[0])
			CHECK_STR(label, str_of(said), STR(TAKEN));
		if (status != EX_OK)
			CHECK_INT(label, status, EX_TEMPFAIL);
		if (status == EX_OK)
			CHECK_INT(label, said[0] != '\0', true);
	}
	(void)unlink("conf");
	(void)unlink("message");
	(void)unlink("mail");
	(void)rmdir(directory);
	return TEST_EXIT();
}
