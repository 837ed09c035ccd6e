/*
 * The client of the control socket.  It blocks: a command has nothing else to do.  A daemon that
 * is silent for too long is given up: for a minute where there may be much to do (a filter over
 * all the queue, a reload), sooner where there is not.
 */
#include "cli/client.h"

#include "base/jsonw.h"
#include "cli/shell.h"
#include "cli/words.h"
#include "control/control.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 60000,
	IN_MAX = CONTROL_FRAME_MAX + 65536,
	REQUEST_ROOM = 16384,
	WORDS_ROOM = 16384
};

static void give_up(struct cli_client *c, int status)
{
	c->status = status;
	os_fd_close(&c->fd);
}

/* No call on fd waits for longer. */
static void be_patient(int fd, int64_t ms)
{
	const struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

int cli_client_connect_to(const char *path, int64_t patience_ms)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (n >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	be_patient(fd, patience_ms);
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	os_fd_close(&fd); /* errno is kept */
	return -1;
}

int cli_client_connect(const struct conf *conf)
{
	return cli_client_connect_to(conf->control_path, CLI_CLIENT_SOON_MS);
}

static int64_t patience(const struct cli_client *c, int64_t usual_ms)
{
	return c->cli->patience_ms ? c->cli->patience_ms : usual_ms;
}

static int silent(const struct cli_client *c)
{
	return cli_fail(CLI_ABSENT, CLI_WORDS_SILENT, (long long)(c->patience_ms + 999) / 1000);
}

/* A daemon that does not let us in may well be there; so is one that has no room for us. */
static int unreached(const struct cli_client *c, const char *path)
{
	if (errno == EAGAIN)
		return silent(c);
	if (errno == EACCES || errno == EPERM)
		return cli_fail(CLI_USAGE, CLI_WORDS_NO_RIGHT, path, strerror(errno));
	return cli_fail(CLI_ABSENT, CLI_WORDS_ABSENT, path, strerror(errno));
}

struct cli_client cli_client_open(struct cli *cli)
{
	struct cli_client c = { .fd = -1,
				.rests = true,
				.in = BUF_MAX(IN_MAX),
				.asked = BUF_MAX(REQUEST_ROOM + 4),
				.cli = cli,
				.conf = cli_conf(cli) };

	if (!c.conf) {
		c.status = cli_conf_exit(cli);
		return c;
	}
	c.patience_ms = patience(&c, CLI_CLIENT_SOON_MS);
	c.fd = cli_client_connect_to(c.conf->control_path, c.patience_ms);
	if (c.fd < 0)
		give_up(&c, unreached(&c, c.conf->control_path));
	return c;
}

void cli_client_close(struct cli_client *c)
{
	os_fd_close(&c->fd);
	buf_free(&c->in);
	buf_free(&c->asked);
	json_decref(c->frame);
	c->frame = NULL;
}

/* False: errno. */
static bool send_all(int fd, struct str octets)
{
	while (octets.n > 0) {
		ssize_t n = send(fd, octets.p, octets.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		octets = str_skip(octets, n > 0 ? (size_t)n : 0);
	}
	return true;
}

/*
 * The daemon ends whoever has nothing under way for who comes, as before the first request, or
 * between two parts of a list whose reader is slow: a request that it has not read, which is what
 * these errors say, is made anew.
 */
static bool connect_again(struct cli_client *c)
{
	int saved = errno;
	int fd = c->rests && (saved == EPIPE || saved == ECONNRESET)
			 ? cli_client_connect_to(c->conf->control_path, c->patience_ms)
			 : -1;

	errno = saved;
	if (fd < 0)
		return false;
	os_fd_close(&c->fd);
	c->fd = fd;
	c->rests = false;
	return true;
}

static void send_asked(struct cli_client *c)
{
	while (!send_all(c->fd, buf_str(&c->asked)))
		if (errno == EAGAIN) {
			give_up(c, silent(c));
			return;
		} else if (!connect_again(c)) {
			give_up(c, cli_fail(CLI_ABSENT, CLI_WORDS_DEAF, strerror(errno)));
			return;
		}
}

static void write_text(struct jsonw *j, const char *key, const char *text)
{
	if (text)
		jsonw_str(j, key, str_of(text));
}

static void write_filter(struct jsonw *j, const struct cli_filter *f)
{
	write_text(j, "from", f->from);
	write_text(j, "to", f->to);
	write_text(j, "state", f->state);
	write_text(j, "status", f->status);
	jsonw_int(j, "older_ms", f->older_ms);
}

static void write_ids(struct jsonw *j, const struct cli_request *request)
{
	jsonw_array(j, "ids");
	for (size_t i = 0; i < request->n_ids; i++)
		jsonw_str(j, NULL, str_of(request->ids[i]));
	jsonw_array_end(j);
}

void cli_client_ask(struct cli_client *c, const struct cli_request *request)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(REQUEST_ROOM);
	struct jsonw j = jsonw_to(&body);

	if (c->status != CLI_DONE)
		return;
	jsonw_object(&j, NULL);
	jsonw_str(&j, "command", str_of(request->command));
	write_text(&j, "id", request->id);
	write_text(&j, "after", request->after);
	if (request->all)
		jsonw_bool(&j, "all", true);
	if (request->content)
		jsonw_bool(&j, "content", true);
	if (request->filter)
		write_filter(&j, request->filter);
	if (request->ids)
		write_ids(&j, request);
	jsonw_object_end(&j);
	buf_clear(&c->asked);
	c->patience_ms = patience(c, request->soon ? CLI_CLIENT_SOON_MS : PATIENCE_MS);
	be_patient(c->fd, c->patience_ms);
	if (buf_err(&body) != ERR_OK || control_write(&c->asked, buf_str(&body)) != ERR_OK)
		give_up(c, cli_fail(CLI_USAGE, CLI_WORDS_LONG_REQUEST));
	else
		send_asked(c);
}

/* More octets of the answer. */
static void receive(struct cli_client *c)
{
	char octets[65536];
	ssize_t n;

	do {
		n = recv(c->fd, octets, sizeof(octets), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		give_up(c, silent(c));
	else if (n < 0 && connect_again(c))
		send_asked(c);
	else if (n < 0)
		give_up(c, cli_fail(CLI_ABSENT, CLI_WORDS_GONE, strerror(errno)));
	else if (n == 0)
		give_up(c, cli_fail(CLI_ABSENT, CLI_WORDS_ENDED));
	else
		buf_add(&c->in, (struct str){ octets, (size_t)n });
}

int cli_client_refused(const struct cli *cli, int status, const char *words, const char *remedy)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(WORDS_ROOM);

	buf_add(&line, str_of(words));
	if (remedy[0]) {
		buf_add(&line, STR(": "));
		cli_shell_command(&line, cli->conf_file, remedy);
	}
	return cli_fail(status, "%.*s", STR_ARG(buf_str(&line)));
}

/* What an answer ends with where it failed. */
static void told(struct cli_client *c)
{
	const char *words = cli_client_text(c->frame, "error");
	int status = (int)cli_client_number(c->frame, "exit");

	if (!json_object_get(c->frame, "error"))
		return;
	if (status == CLI_USAGE)
		give_up(c, cli_fail_lines(status, str_of(words)));
	else
		give_up(c, cli_client_refused(c->cli, status > 0 ? status : CLI_NO, words,
					      cli_client_text(c->frame, "remedy")));
}

/* The frame at the start of c->in; false: it is not all there yet. */
static bool take_frame(struct cli_client *c)
{
	struct str body = STR_NONE;
	size_t used = 0;

	if (control_read(buf_str(&c->in), CONTROL_FRAME_MAX, &body, &used) != ERR_OK ||
	    buf_err(&c->in) != ERR_OK) {
		give_up(c, cli_fail(CLI_ABSENT, CLI_WORDS_LONG_ANSWER));
		return false;
	}
	if (used == 0)
		return false;
	json_decref(c->frame);
	c->frame = json_loadb(body.p, body.n, 0, NULL);
	buf_drop(&c->in, used);
	if (!json_is_object(c->frame)) {
		give_up(c, cli_fail(CLI_ABSENT, CLI_WORDS_ANOTHER));
		return false;
	}
	return true;
}

json_t *cli_client_next(struct cli_client *c)
{
	while (c->status == CLI_DONE) {
		if (take_frame(c)) {
			c->rests = cli_client_last(c->frame);
			told(c);
			return c->status == CLI_DONE ? c->frame : NULL;
		}
		if (c->status == CLI_DONE)
			receive(c);
	}
	return NULL;
}

bool cli_client_last(const json_t *frame)
{
	return json_is_true(json_object_get(frame, "end"));
}

const char *cli_client_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t cli_client_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool cli_client_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static int add_json(const char *text, size_t n, void *arg)
{
	struct buf *out = arg;

	buf_add(out, (struct str){ text, n });
	return 0;
}

void cli_client_json(struct jsonw *j, const char *key, const json_t *value)
{
	jsonw_raw(j, key, STR(""));
	if (json_dump_callback(value, add_json, j->out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		j->out->err = ERR_NOMEM;
}
