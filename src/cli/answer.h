/*
 * Answers of the DNS for people and for machines.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "base/jsonw.h"
#include "dns/answer.h"

/* Some lines, the first at the margin: what was asked and its status. */
void cli_answer_text(struct buf *out, const struct dns_answer *a);

/* One line of where it came from: server, channel, trust, probe. */
void cli_answer_source(struct buf *out, const struct dns_answer *a);

/* One object; null where a is NULL. */
void cli_answer_json(struct jsonw *j, const char *key, const struct dns_answer *a);

/* What it says in a word or two: "2 records", "NODATA", "NXDOMAIN", "SERVFAIL", "no answer". */
void cli_answer_outcome(struct buf *out, const struct dns_answer *a);

#endif
