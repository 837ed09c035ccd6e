#include "cli/measure.h"

#include "base/test.h"

static const struct {
	int64_t ms;
	struct str text;
} spans[] = {
	{ -1, STR_INIT("0s") },       { 999, STR_INIT("0s") },
	{ 59999, STR_INIT("59s") },   { 60000, STR_INIT("1m") },
	{ 61000, STR_INIT("1m1s") },  { 3600000, STR_INIT("1h") },
	{ 3659000, STR_INIT("1h") },  { 3660000, STR_INIT("1h1m") },
	{ 86400000, STR_INIT("1d") }, { 86400000 * 5LL + 3600000, STR_INIT("5d1h") },
	{ 86460000, STR_INIT("1d") },
};

static const struct {
	uint64_t octets;
	struct str text;
} sizes[] = {
	{ 0, STR_INIT("0") },
	{ 1023, STR_INIT("1023") },
	{ 1024, STR_INIT("1K") },
	{ 1536, STR_INIT("1.5K") },
	{ 10 * 1024 + 512, STR_INIT("10K") },
	{ 50 << 20, STR_INIT("50M") },
	{ (1 << 20) - 1, STR_INIT("1023K") },
	{ UINT64_MAX, STR_INIT("1.5E") }, /* as far as tenths of an octet can be counted */
};

int main(void)
{
	enum { ROOM = 64 };

	for (size_t i = 0; i < COUNT_OF(spans); i++) {
		CLEANUP(buf_free) struct buf b = BUF_MAX(ROOM);
		cli_measure_span(&b, spans[i].ms);
		CHECK_STR("span", buf_str(&b), spans[i].text);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		CLEANUP(buf_free) struct buf b = BUF_MAX(ROOM);
		cli_measure_size(&b, sizes[i].octets);
		CHECK_STR("size", buf_str(&b), sizes[i].text);
	}
	CLEANUP(buf_free) struct buf b = BUF_MAX(ROOM);
	cli_measure_us(&b, 12345);
	CHECK_STR("us", buf_str(&b), STR("12.3 ms"));
	return TEST_EXIT();
}
