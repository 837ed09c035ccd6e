/*
 * OpenMetrics text as it is written (https://openmetrics.io, 1.0): appended to a buf, family by
 * family.
 *
 *	openmetrics_family(&b, &(struct openmetrics_family){ STR("queue_seconds"), ... });
 *	openmetrics_value(&b, STR("queue_seconds"), label, n, value);
 *	openmetrics_end(&b);
 *
 * A counter's family goes by the name without "_total", its samples with it.  Who writes it sees to
 * it that names are names, that a family's samples stand together, and that no two have the same
 * labels.
 */
#ifndef BASE_OPENMETRICS_H
#define BASE_OPENMETRICS_H

#include "base/buf.h"

struct openmetrics_family {
	struct str name, type; /* "counter", "gauge", "histogram", "info" */
	struct str unit;       /* that the name ends with, or empty */
	struct str help;
};

/* A label; its value may be any text. */
struct openmetrics_label {
	struct str name, value;
};

void openmetrics_family(struct buf *out, const struct openmetrics_family *f);
void openmetrics_value(struct buf *out, struct str name, const struct openmetrics_label *label,
		       size_t n, int64_t value);

/* Milliseconds, told in seconds: as values and in a histogram. */
void openmetrics_seconds(struct buf *out, struct str name, int64_t ms);

/*
 * A histogram without labels.  bound_ms: n upper bounds, rising; count: of each how many were not
 * above it and above the one before, then, the n + 1st, those above all.
 */
struct openmetrics_histogram {
	const int64_t *bound_ms;
	const uint64_t *count;
	size_t n;
	uint64_t sum_ms;
};
void openmetrics_histogram(struct buf *out, struct str name, const struct openmetrics_histogram *h);

/* The last line. */
void openmetrics_end(struct buf *out);

#endif
