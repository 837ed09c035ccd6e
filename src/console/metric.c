#include "console/metric.h"

/* Past "label=" and its quote, to the closing one.  Values with a quote in them are cut there. */
static bool find_label(struct str labels, struct str label, struct str *value)
{
	struct str one;

	while (labels.n > 0) {
		struct str rest = labels;
		if (str_starts(labels, label) &&
		    str_starts(str_skip(labels, label.n), STR("=\""))) {
			rest = str_skip(labels, label.n + 2);
			return str_cut(&rest, '"', value);
		}
		if (!str_cut(&labels, '"', &one) || !str_cut(&labels, '"', &one))
			return false;
		labels = str_skip(labels, 1); /* the comma */
	}
	return false;
}

bool console_metric_next(struct str *text, struct str metric, struct str label, struct str *value,
			 uint64_t *number)
{
	struct str line, labels;

	while (str_line(text, &line)) {
		if (!str_starts(line, metric) || !str_starts(str_skip(line, metric.n), STR("{")))
			continue;
		line = str_skip(line, metric.n + 1);
		if (str_cut(&line, '}', &labels) && find_label(labels, label, value) &&
		    str_u64(str_trim(line), number))
			return true;
	}
	return false;
}
