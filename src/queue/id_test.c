#include "queue/id.h"

#include "base/test.h"

static const struct {
	queue_id id;
	struct str text;
} both[] = {
	{ 1, STR_INIT("00000000001") },
	{ 31, STR_INIT("0000000000Z") },
	{ 32, STR_INIT("00000000010") },
	{ UINT64_C(1795000000000) << 10, STR_INIT("1M7Q5CQG000") },
	{ (UINT64_C(1) << 55) - 1, STR_INIT("ZZZZZZZZZZZ") },
	{ UINT64_C(1) << 55, STR_INIT("100000000000") },
	{ UINT64_MAX, STR_INIT("FZZZZZZZZZZZZ") },
};

static const struct {
	struct str text;
	queue_id id; /* 0: refused */
} reads[] = {
	{ STR_INIT("0000000000z"), 31 },
	{ STR_INIT("0000000000i"), 1 },
	{ STR_INIT("0000000000L"), 1 },
	{ STR_INIT("oO000000001"), 1 },
	{ STR_INIT("0000000000001"), 1 },
	{ STR_INIT("00000000000"), 0 },    /* none */
	{ STR_INIT("0000000001"), 0 },     /* ten digits */
	{ STR_INIT("00000000000001"), 0 }, /* fourteen */
	{ STR_INIT("G000000000000"), 0 },  /* 2 to the 64 */
	{ STR_INIT("0000000000U"), 0 },
	{ STR_INIT("0000000000 "), 0 },
	{ STR_INIT("0000000000\0"), 0 },
	{ STR_INIT("0000000000\xe9"), 0 },
	{ STR_INIT(""), 0 },
};

/* Text sorts as the numbers do, over everything that is made until 3084. */
static void sorts(void)
{
	char a[QUEUE_ID_MAX], b[QUEUE_ID_MAX];

	for (queue_id id = 1; id < UINT64_C(1) << 54; id = id * 3 + 1)
		CHECK_INT("sorts", str_cmp(queue_id_text(id, a), queue_id_text(id * 2, b)) < 0, 1);
}

int main(void)
{
	char text[QUEUE_ID_MAX];
	queue_id id;

	for (size_t i = 0; i < COUNT_OF(both); i++) {
		CHECK_STR("text", queue_id_text(both[i].id, text), both[i].text);
		id = 0;
		CHECK_INT("read", queue_id_read(both[i].text, &id), 1);
		CHECK_INT("same", (long long)id, (long long)both[i].id);
	}
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		id = 0;
		bool ok = queue_id_read(reads[i].text, &id);
		CHECK_INT(reads[i].text.p, ok, reads[i].id != 0);
		CHECK_INT(reads[i].text.p, (long long)id, (long long)reads[i].id);
	}
	sorts();
	return TEST_EXIT();
}
