/*
 * What a criterion that is not in the file would do to mail that waits: some of it, message by
 * message.  Pure: settings, messages and what is known of domains come in.
 *
 *	admin_foresight_new(line, settings, now, &f, &why);
 *	admin_foresight_add(f, m, head, &wants)   for each message; again with its head, if wanted
 *	admin_foresight_write(f, &document);
 *
 * Counts  messages once; what SECURE would bounce, and what is not known, by recipients.
 */
#ifndef ADMIN_FORESIGHT_H
#define ADMIN_FORESIGHT_H

#include "queue/message.h"
#include "routing/settings.h"

struct admin_foresight;

#define ADMIN_FORESIGHT_DOMAINS 512 /* so many are told by name; of others the sums alone */

/* What was last known of a domain, in A-labels and lower case. */
enum admin_known { ADMIN_KNOWN_SECURE, ADMIN_KNOWN_INSECURE, ADMIN_KNOWN_NOTHING };

struct admin_foresight_setup {
	struct str line;                   /* as in the file */
	struct routing_settings *settings; /* those in force, which it holds */
	/* ERR_IO, ERR_NOMEM: what was added is not counted. */
	enum err (*known)(void *arg, struct str domain, enum admin_known *out);
	void *arg;
	int64_t now_wall_ms; /* exemptions end */
};

/* ERR_SYNTAX, ERR_LIMIT: *why says what is wrong with the line; ERR_NOMEM. */
enum err admin_foresight_new(const struct admin_foresight_setup *setup,
			     struct admin_foresight **out, struct buf *why) MUST_USE;
void admin_foresight_free(struct admin_foresight **f);

/*
 * A message, its head in *head, or NULL.  *wants: without it, it cannot be told: come again with
 * it, be it empty.  What has failed does not wait.  ERR_IO, ERR_NOMEM.
 */
enum err admin_foresight_add(struct admin_foresight *f, const struct queue_message *m,
			     const struct str *head, bool *wants) MUST_USE;

/* Append what was found. */
void admin_foresight_write(const struct admin_foresight *f, struct buf *out);

#endif
