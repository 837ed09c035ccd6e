#include "dns/ede.h"

#include "base/test.h"

static const uint16_t bogus_codes[] = { 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27 };

static bool listed(int code)
{
	for (size_t i = 0; i < COUNT_OF(bogus_codes); i++)
		if (bogus_codes[i] == code)
			return true;
	return false;
}

/* Codes in the order in which they come, and which are kept; 0 ends both. */
static const struct {
	const char *label;
	uint16_t come[8], kept[DNS_EDE_MAX];
} rows[] = {
	{ "none", { 0 }, { 0 } },
	{ "as many as there is room for", { 3, 4, 22, 23 }, { 3, 4, 22, 23 } },
	{ "one more of another kind", { 3, 4, 22, 23, 15 }, { 3, 4, 22, 23 } },
	{ "the fifth is DNSSEC's", { 3, 4, 22, 23, 7 }, { 3, 4, 22, 7 } },
	{ "the sixth is DNSSEC's", { 3, 4, 22, 23, 15, 9 }, { 3, 4, 22, 9 } },
	{ "two more are DNSSEC's", { 3, 4, 22, 23, 7, 9 }, { 3, 4, 22, 7 } },
	{ "DNSSEC is named already", { 6, 4, 22, 23, 7 }, { 6, 4, 22, 23 } },
};

int main(void)
{
	for (int code = 0; code <= UINT16_MAX; code++)
		CHECK_INT("code", dns_ede_is_bogus((uint16_t)code), listed(code));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint16_t ede[DNS_EDE_MAX] = { 0 };
		size_t n = 0;
		for (size_t k = 0; rows[i].come[k] != 0; k++)
			dns_ede_add(ede, &n, rows[i].come[k]);
		for (size_t k = 0; k < DNS_EDE_MAX; k++)
			CHECK_INT(rows[i].label, ede[k], rows[i].kept[k]);
	}
	return TEST_EXIT();
}
