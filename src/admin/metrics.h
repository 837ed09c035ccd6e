/*
 * The state of the daemon as OpenMetrics text (SPEC section 11).  Facts in, octets out.
 *
 * Every series is there from the start, with 0: of what is counted by a label, each of the label's
 * values has one.  The values are ours but for the names of servers, which are as many as are
 * configured.
 */
#ifndef ADMIN_METRICS_H
#define ADMIN_METRICS_H

#include "admin/state.h"

void admin_metrics_write(struct buf *out, const struct admin_state_facts *facts);

/* The same as a document, {"openmetrics":TEXT}. */
void admin_metrics_document(struct buf *out, const struct admin_state_facts *facts);

#endif
