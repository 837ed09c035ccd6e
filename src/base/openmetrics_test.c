#include "base/openmetrics.h"

#include "base/test.h"

static const struct {
	struct openmetrics_label label[2];
	size_t n;
	int64_t value;
	struct str text;
} values[] = {
	{ .n = 0, .value = 0, .text = STR_INIT("a_total 0\n") },
	{ .n = 0, .value = -5, .text = STR_INIT("a_total -5\n") },
	{ .label = { { STR_INIT("x"), STR_INIT("y") } },
	  .n = 1,
	  .value = INT64_MAX,
	  .text = STR_INIT("a_total{x=\"y\"} 9223372036854775807\n") },
	{ .label = { { STR_INIT("x"), STR_INIT("") },
		     { STR_INIT("z"), STR_INIT("\\ \" \n \xc3\xbc") } },
	  .n = 2,
	  .value = 1,
	  .text = STR_INIT("a_total{x=\"\",z=\"\\\\ \\\" \\n \xc3\xbc\"} 1\n") },
};

static const struct {
	int64_t ms;
	struct str text;
} times[] = {
	{ 0, STR_INIT("s 0.0\n") },          { -1, STR_INIT("s 0.0\n") },
	{ 1, STR_INIT("s 0.001\n") },        { 50, STR_INIT("s 0.05\n") },
	{ 100, STR_INIT("s 0.1\n") },        { 999, STR_INIT("s 0.999\n") },
	{ 1000, STR_INIT("s 1.0\n") },       { 86400000, STR_INIT("s 86400.0\n") },
	{ 123456, STR_INIT("s 123.456\n") },
};

int main(void)
{
	static const int64_t bounds[] = { 5, 2500 };
	static const uint64_t counts[] = { 1, 0, 2 };
	const struct openmetrics_histogram h = { bounds, counts, COUNT_OF(bounds), 7001 };
	CLEANUP(buf_free) struct buf out = BUF_MAX(4096);

	openmetrics_family(&out, &(struct openmetrics_family){ STR("a_seconds"), STR("gauge"),
							       STR("seconds"), STR("one\ntwo") });
	openmetrics_family(&out, &(struct openmetrics_family){ .name = STR("b"),
							       .type = STR("counter"),
							       .help = STR("three") });
	openmetrics_end(&out);
	CHECK_STR("families", buf_str(&out),
		  STR("# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n"
		      "# HELP a_seconds one\\ntwo\n# TYPE b counter\n# HELP b three\n# EOF\n"));
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		buf_clear(&out);
		openmetrics_value(&out, STR("a_total"), values[i].label, values[i].n,
				  values[i].value);
		CHECK_STR("value", buf_str(&out), values[i].text);
	}
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		buf_clear(&out);
		openmetrics_seconds(&out, STR("s"), times[i].ms);
		CHECK_STR("seconds", buf_str(&out), times[i].text);
	}
	buf_clear(&out);
	openmetrics_histogram(&out, STR("h"), &h);
	CHECK_STR("histogram", buf_str(&out),
		  STR("h_bucket{le=\"0.005\"} 1\nh_bucket{le=\"2.5\"} 1\nh_bucket{le=\"+Inf\"} 3\n"
		      "h_count 3\nh_sum 7.001\n"));
	return TEST_EXIT();
}
