/*
 * Answers of the DNS for people and for machines.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "base/jsonw.h"
#include "dns/answer.h"
#include "term/text.h"

/* Some lines, the first at the margin: what was asked and its status. */
void cli_answer_text(struct term_text *out, const struct dns_answer *a);

/* One line of where it came from: server, channel, trust, probe. */
void cli_answer_source(struct term_text *out, const struct dns_answer *a);

/* One object; null where a is NULL. */
void cli_answer_json(struct jsonw *j, const char *key, const struct dns_answer *a);

/* What it says in a word or two: "2 records", "NODATA", "NXDOMAIN", "SERVFAIL", "no answer". */
void cli_answer_outcome(struct buf *out, const struct dns_answer *a);

/* The same, how long that holds, and where from: "2 records, TTL 300, from the cache". */
void cli_answer_what(struct buf *out, const struct dns_answer *a);

/* Extended error i of it (RFC 8914). */
void cli_answer_error(struct buf *out, const struct dns_answer *a, size_t i);

#endif
