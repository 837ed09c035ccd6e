/*
 * What OpenMetrics text says of a counter, summed by one of its labels.  Pure.
 */
#ifndef CONSOLE_METRIC_H
#define CONSOLE_METRIC_H

#include "base/str.h"

/* The next sample of that metric, cut off *text: the label's value and the number.  False: none. */
bool console_metric_next(struct str *text, struct str metric, struct str label, struct str *value,
			 uint64_t *number);

#endif
