#include "console/serve.h"

#include "console/fence.h"
#include "console/place.h"
#include "console/site.h"
#include "console/spawner.h"
#include "log/log.h"
#include "os/confine.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRAM "/proc/self/exe" /* the commands are in it, also once it was replaced */

enum { WHY_MAX = 1 << 16, EXIT_NO = 1, EXIT_USAGE = 2 };

struct console {
	struct loop *loop;
	struct console_shared *site;
	struct console_spawner spawner;
	unsigned landlock; /* as console_fence_close() has it */
	struct fence_calls_result calls;
};

static void stop(void *arg)
{
	struct console *c = arg;

	loop_stop(c->loop);
}

static void reload(void *arg)
{
	struct console *c = arg;
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);

	if (console_site_reload(c->site, &why) == ERR_OK)
		log_event(LOG_INFO, "reload", "users are read anew");
	else
		log_event(LOG_ERR, "reload", "users stay as they were: %.*s",
			  STR_ARG(buf_str(&why)));
}

static int fail(int status, struct str words)
{
	(void)fprintf(stderr, "%.*s\n", STR_ARG(words));
	return status;
}

/* Prints where it is, and serves until it is told to stop. */
static int serve(struct console *c, const struct conf *conf)
{
	CLEANUP(buf_free) struct buf url = BUF_MAX(WHY_MAX);
	CLEANUP(loop_signal_free)
	struct loop_signal *term = loop_signal_new(c->loop, SIGTERM, stop, c);
	CLEANUP(loop_signal_free)
	struct loop_signal *interrupt = loop_signal_new(c->loop, SIGINT, stop, c);
	CLEANUP(loop_signal_free)
	struct loop_signal *hup = loop_signal_new(c->loop, SIGHUP, reload, c);

	if (!term || !interrupt || !hup)
		return fail(EXIT_NO, STR("signpost: out of memory"));
	console_fence_tell(c->landlock, &c->calls);
	if (conf->console.path)
		buf_addf(&url, "unix:%s", conf->console.path);
	else
		console_place_url(&conf->console, &url);
	(void)printf("signpost console: ready %.*s\n", STR_ARG(buf_str(&url)));
	(void)fflush(stdout);
	return loop_run(c->loop) == ERR_OK && console_site_whole(c->site) ? 0 : EXIT_NO;
}

/* Rights and files are given up; who begins commands is there before it is impossible. */
static enum err confine(struct console *c, const struct conf *conf, const char *program,
			const struct console_place_sockets *at, struct buf *why)
{
	const int sockets[] = { at->fd, at->login_fd, -1 };
	enum err e = console_place_become(conf, why);

	if (e == ERR_OK && (os_confine() != ERR_OK || os_confine_core() != ERR_OK))
		e = ERR_IO;
	if (e == ERR_OK)
		e = console_fence_close(conf, program, &c->landlock, why);
	return e == ERR_OK ? console_spawner_new(program, conf->file, sockets, &c->spawner) : e;
}

/* The site, which is the last to open anything of another kind than it serves with. */
static enum err open_site(struct console *c, const struct conf *conf,
			  struct console_place_sockets *at, struct buf *why)
{
	const struct console_site_setup setup = { conf, c->spawner.fd, console_place_take(&at->fd),
						  console_place_take(&at->login_fd) };
	enum err e = console_site_new(c->loop, &setup, &c->site, why);

	return e == ERR_OK ? console_fence_calls(&c->calls, why) : e;
}

static void console_clear(struct console *c)
{
	console_site_free(&c->site);
	if (c->loop)
		loop_free(&c->loop);
	console_spawner_clear(&c->spawner);
}

static int run(const char *program, const struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(console_place_clear) struct console_place_sockets at = CONSOLE_PLACE_NONE;
	CLEANUP(console_clear) struct console c = { .spawner = CONSOLE_SPAWNER_NONE };
	enum err e = console_place_bind(conf, &at, &why);

	if (e == ERR_OK)
		e = confine(&c, conf, program, &at, &why);
	if (e == ERR_OK && !(c.loop = loop_new()))
		e = ERR_NOMEM;
	if (e == ERR_OK)
		e = open_site(&c, conf, &at, &why);
	if (e != ERR_OK)
		return fail(EXIT_USAGE, why.n ? buf_str(&why) : STR("signpost: out of memory"));
	return serve(&c, conf);
}

int console_serve(const struct conf *conf)
{
	(void)signal(SIGPIPE, SIG_IGN);
	return run(PROGRAM, conf);
}
