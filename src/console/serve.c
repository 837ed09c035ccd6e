#include "console/serve.h"

#include "console/fence.h"
#include "console/place.h"
#include "console/site.h"
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
	unsigned landlock; /* as console_fence_close() has it */
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
	console_fence_tell(c->landlock);
	if (conf->console.path)
		buf_addf(&url, "unix:%s", conf->console.path);
	else
		console_place_url(&conf->console, &url);
	(void)printf("signpost console: ready %.*s\n", STR_ARG(buf_str(&url)));
	(void)fflush(stdout);
	return loop_run(c->loop) == ERR_OK ? 0 : EXIT_NO;
}

static int run(const char *program, const struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(console_place_clear) struct console_place_sockets at = CONSOLE_PLACE_NONE;
	CLEANUP(loop_free) struct loop *loop = NULL;
	struct console c = { 0 };
	enum err e = console_place_bind(conf, &at, &why);

	if (e == ERR_OK)
		e = console_place_become(conf, &why);
	if (e == ERR_OK && (os_confine() != ERR_OK || os_confine_core() != ERR_OK))
		e = ERR_IO;
	if (e == ERR_OK)
		e = console_fence_close(conf, program, &c.landlock, &why);
	loop = e == ERR_OK ? loop_new() : NULL;
	if (loop)
		e = console_site_new(
			loop,
			&(struct console_site_setup){ conf, program, console_place_take(&at.fd),
						      console_place_take(&at.login_fd) },
			&c.site, &why);
	else if (e == ERR_OK)
		e = ERR_NOMEM;
	if (e != ERR_OK)
		return fail(EXIT_USAGE, why.n ? buf_str(&why) : STR("signpost: out of memory"));
	c.loop = loop;
	int status = serve(&c, conf);
	console_site_free(&c.site);
	return status;
}

int console_serve(const struct conf *conf)
{
	(void)signal(SIGPIPE, SIG_IGN);
	return run(PROGRAM, conf);
}
