/*
 * One request to the daemon over the control socket (src/control/README.md), answered later.
 *
 * Each request is a conversation of its own, which begins by saying in whose role it speaks: of
 * role view the daemon takes nothing that changes anything.
 */
#ifndef CONSOLE_ASK_H
#define CONSOLE_ASK_H

#include "base/buf.h"
#include "console/gate.h"
#include "loop/loop.h"

#include <jansson.h>

struct console_ask;
struct console_asks; /* all that are under way */

/* How it ended. */
struct console_ask_end {
	enum console_ask_how {
		CONSOLE_ASK_DONE,   /* last is the last frame */
		CONSOLE_ASK_ABSENT, /* the daemon is not there, or does not answer; why says so */
		CONSOLE_ASK_NO,     /* it says why not, with an exit status */
	} how;
	int exit;
	struct str why;
	int64_t since_wall_ms; /* ABSENT: when that was first found, or when we began to ask */
	const json_t *last;    /* NULL: none came, or none was waited for */
};

struct console_ask_ops {
	/* Each but the last; gone after the call.  False: enough, it ends here. */
	bool (*frame)(void *arg, struct str json);
	void (*ended)(void *arg, const struct console_ask_end *end); /* once; then nothing more */
};

/* socket: the path, which outlives them.  NULL: out of memory. */
struct console_asks *console_asks_new(struct loop *loop, const char *socket) MUST_USE;

/* Ends all without a word to whoever asked. */
void console_asks_free(struct console_asks **a);

/*
 * Ask.  request: a JSON object as text.  ended() comes in a later turn, whatever happens.
 * ERR_NOMEM, ERR_LIMIT: too many are under way, or descriptors are short; then it never comes.
 */
enum err console_ask(struct console_asks *a, enum console_role role, struct str request,
		     const struct console_ask_ops *ops, void *arg) MUST_USE;

#endif
