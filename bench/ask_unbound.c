/*
 * libunbound as a client of bench/stub: on a libevent loop, forwarding to the
 * server, without validation.
 */
#include "ask.h"
#include "tool.h"

#include <event2/event.h>
#include <stdio.h>
#include <unbound-event.h>
#include <unbound.h>

static struct ask a;
static struct event_base *base;
static struct ub_ctx *context;
static uint64_t asked, answered, bad;

static void ask_next(void);

static void done(void *arg, int rcode, void *octets, int n, int secure, char *why, int limited)
{
	(void)arg;
	(void)octets;
	(void)secure;
	(void)why;
	(void)limited;
	answered++;
	bad += rcode != 0 || n < 12;
	if (answered == a.questions)
		event_base_loopbreak(base);
	ask_next();
}

static void ask_next(void)
{
	char name[ASK_NAME_TEXT];
	int id;

	if (asked == a.questions)
		return;
	ask_name_text(a.first + asked++, name);
	if (ub_resolve_event(context, name, ASK_MX, 1, NULL, done, &id) != 0)
		tool_die("ub_resolve_event");
}

static void open_context(void)
{
	static const char *const options[][2] = {
		{ "module-config:", "iterator" },
		{ "do-not-query-localhost:", "no" },
		{ "do-ip6:", "no" },
		{ "outgoing-range:", "4096" },
		{ "num-queries-per-thread:", "2048" },
		{ "outgoing-num-tcp:", "0" },
	};
	char server[32];

	base = event_base_new();
	context = base ? ub_ctx_create_event(base) : NULL;
	if (!context)
		tool_die("ub_ctx_create_event");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (ub_ctx_set_option(context, options[i][0], options[i][1]) != 0)
			tool_die(options[i][0]);
	snprintf(server, sizeof(server), "127.0.0.1@%d", ntohs(a.server.sin_port));
	if (ub_ctx_set_fwd(context, server) != 0)
		tool_die("ub_ctx_set_fwd");
}

int main(int argc, char **argv)
{
	a = ask_options(argc, argv);
	open_context();
	ask_begin();
	for (unsigned i = 0; i < a.window; i++)
		ask_next();
	(void)event_base_dispatch(base);
	ask_end(answered, bad);
	ub_ctx_delete(context);
	event_base_free(base);
	return 0;
}
