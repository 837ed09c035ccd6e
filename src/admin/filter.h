/*
 * Which messages of the queue somebody means: `queue list`, and what acts on all that it
 * finds.  Pure.
 */
#ifndef ADMIN_FILTER_H
#define ADMIN_FILTER_H

#include "queue/message.h"

#include <jansson.h>

#define ADMIN_FILTER_ADDRESS_MAX 512
#define ADMIN_FILTER_STATUS_MAX 16
#define ADMIN_FILTER_TEXT_MAX 1024

/* A message has to be all of this; zero-initialised, it is any. */
struct admin_filter {
	/*
	 * An address, or "@domain" for all of one; "<>" is the null sender; "" is any.  Letters
	 * of either case; a domain in either of its forms.  to is a recipient that waits, or of a
	 * message of which nobody does, one that it did not reach.
	 */
	char from[ADMIN_FILTER_ADDRESS_MAX], to[ADMIN_FILTER_ADDRESS_MAX];
	bool by_state;
	enum queue_state state;
	/* The beginning of an enhanced code, whole numbers: "4", "4.7"; of the same recipient. */
	char status[ADMIN_FILTER_STATUS_MAX];
	/* It stands in the ID or the sender, or in that recipient or what was said of it. */
	char text[ADMIN_FILTER_TEXT_MAX];
	int64_t older_ms; /* it came that long ago, or longer; 0: any */
};

/*
 * The members "from", "to", "state", "status", "text", "older_ms" of a request; one that is not
 * there is any, one that is there and says nothing is refused.  Why not; NULL: well.
 */
const char *admin_filter_read(const json_t *request, struct admin_filter *out);

bool admin_filter_matches(const struct admin_filter *f, const struct queue_message *m,
			  int64_t now_wall_ms);

#endif
