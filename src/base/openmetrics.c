#include "base/openmetrics.h"

/* What may not stand in a help text or a label's value as it is. */
static void escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\n':
			buf_add(out, STR("\\n"));
			break;
		case '"':
		case '\\':
			buf_addc(out, '\\');
			buf_addc(out, s.p[i]);
			break;
		default:
			buf_addc(out, s.p[i]);
		}
	}
}

static void meta(struct buf *out, struct str what, struct str name, struct str text)
{
	buf_add(out, STR("# "));
	buf_add(out, what);
	buf_addc(out, ' ');
	buf_add(out, name);
	buf_addc(out, ' ');
	escaped(out, text);
	buf_addc(out, '\n');
}

void openmetrics_family(struct buf *out, const struct openmetrics_family *f)
{
	meta(out, STR("TYPE"), f->name, f->type);
	if (f->unit.n)
		meta(out, STR("UNIT"), f->name, f->unit);
	meta(out, STR("HELP"), f->name, f->help);
}

void openmetrics_value(struct buf *out, struct str name, const struct openmetrics_label *label,
		       size_t n, int64_t value)
{
	buf_add(out, name);
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, i ? ',' : '{');
		buf_add(out, label[i].name);
		buf_add(out, STR("=\""));
		escaped(out, label[i].value);
		buf_addc(out, '"');
	}
	buf_addf(out, "%s %lld\n", n ? "}" : "", (long long)value);
}

/* "0.05", "2.5", "60.0": the shortest that has a point, as bounds are to be written. */
static void seconds(struct buf *out, uint64_t ms)
{
	unsigned rest = (unsigned)(ms % 1000);

	buf_addu(out, ms / 1000);
	if (rest % 100 == 0)
		buf_addf(out, ".%u", rest / 100);
	else if (rest % 10 == 0)
		buf_addf(out, ".%02u", rest / 10);
	else
		buf_addf(out, ".%03u", rest);
}

void openmetrics_seconds(struct buf *out, struct str name, int64_t ms)
{
	buf_add(out, name);
	buf_addc(out, ' ');
	seconds(out, ms > 0 ? (uint64_t)ms : 0);
	buf_addc(out, '\n');
}

void openmetrics_histogram(struct buf *out, struct str name, const struct openmetrics_histogram *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= h->n; i++) {
		sum += h->count[i];
		buf_add(out, name);
		buf_add(out, STR("_bucket{le=\""));
		if (i < h->n)
			seconds(out, (uint64_t)h->bound_ms[i]);
		else
			buf_add(out, STR("+Inf"));
		buf_addf(out, "\"} %llu\n", (unsigned long long)sum);
	}
	buf_add(out, name);
	buf_addf(out, "_count %llu\n", (unsigned long long)sum);
	buf_add(out, name);
	buf_add(out, STR("_sum "));
	seconds(out, h->sum_ms);
	buf_addc(out, '\n');
}

void openmetrics_end(struct buf *out)
{
	buf_add(out, STR("# EOF\n"));
}
