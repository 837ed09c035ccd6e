#include "console/metric.h"

#include "base/test.h"

#define NAME "answers_total"

static const struct {
	const char *text, *value;
	long long number; /* -1: there is none */
} cases[] = {
	{ NAME "{server=\"127.0.0.1:53 udp\",status=\"secure\"} 7\n", "secure", 7 },
	{ NAME "{status=\"bogus\"} 0", "bogus", 0 },
	{ "# TYPE answers counter\n" NAME "{a=\"b\",status=\"x\",c=\"d\"} 3\n", "x", 3 },
	{ NAME "{server=\"status=\",status=\"secure\"} 7\n", "secure", 7 },
	{ NAME "{server=\"a\"} 7\n" NAME "{status=\"y\"} 8\n", "y", 8 },
	{ "other_" NAME "{status=\"x\"} 3\n", "", -1 },
	{ NAME "_more{status=\"x\"} 3\n", "", -1 },
	{ NAME " 3\n", "", -1 },
	{ NAME "{status=\"x\"} many\n", "", -1 },
	{ NAME "{status=\"x\n", "", -1 },
	{ "", "", -1 },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str text = str_of(cases[i].text), value = STR_NONE;
		uint64_t n = 0;
		bool found = console_metric_next(&text, STR(NAME), STR("status"), &value, &n);
		CHECK_INT(cases[i].text, found, cases[i].number >= 0);
		if (found) {
			CHECK_STR(cases[i].text, value, str_of(cases[i].value));
			CHECK_INT(cases[i].text, (long long)n, cases[i].number);
		}
	}
	return TEST_EXIT();
}
