#include "relay/suspects.h"

#include "auth/pause.h"
#include "base/test.h"

/* From where wrong passwords come, in their order, and as how many each counts. */
static const struct {
	const char *label, *from;
	int64_t at;
	unsigned wrong;
} cases[] = {
	{ "first", "192.0.2.1", 1, 1 },
	{ "again", "192.0.2.1", 2, 2 },
	{ "another", "192.0.2.2", 3, 1 },
	{ "IPv6", "2001:db8::1", 3, 1 },
	{ "its network", "2001:db8::2:0:0:0", 4, 2 },
	{ "another network", "2001:db8:0:1::1", 4, 1 },
	{ "remembered", "192.0.2.1", AUTH_PAUSE_FORGET_MS + 1, 3 },
	{ "forgotten", "192.0.2.2", AUTH_PAUSE_FORGET_MS + 3, 1 },
};

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	CHECK_INT(text, ip_read(str_of(text), &ip), ERR_OK);
	return ip;
}

/* Known for ten minutes, by network; nobody is before. */
static const struct {
	const char *label, *from;
	int64_t at;
	bool lately;
} known[] = {
	{ "at once", "2001:db8::1", 1000, true },
	{ "its neighbour", "2001:db8::2", 1000, true },
	{ "another network", "2001:db8:0:1::1", 1000, false },
	{ "of IPv4", "192.0.2.1", 1000, false },
	{ "for ten minutes", "2001:db8::1", 600999, true },
	{ "and no longer", "2001:db8::1", 601000, false },
};

static void check_lately(void)
{
	CLEANUP(relay_suspects_free) struct relay_suspects *s = relay_suspects_new();
	const struct ip wrong = ip_of("2001:db8::1");

	CHECK_INT("not yet", relay_suspects_lately(s, &wrong, 999), false);
	(void)relay_suspects_wrong(s, &wrong, 1000);
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const struct ip ip = ip_of(known[i].from);
		CHECK_INT(known[i].label, relay_suspects_lately(s, &ip, known[i].at),
			  known[i].lately);
	}
}

/* Who was wrong longest ago makes room. */
static void check_many(void)
{
	CLEANUP(relay_suspects_free) struct relay_suspects *s = relay_suspects_new();
	struct ip ip = { .family = 4, .octets = { 10 } };
	const struct ip first = ip_of("192.0.2.1"), second = ip_of("192.0.2.2");

	(void)relay_suspects_wrong(s, &first, 1);
	(void)relay_suspects_wrong(s, &second, 1);
	(void)relay_suspects_wrong(s, &first, 1);
	for (unsigned i = 0; i < RELAY_SUSPECTS_MAX - 1; i++) {
		ip.octets[1] = (uint8_t)(i >> 8);
		ip.octets[2] = (uint8_t)i;
		CHECK_INT("new", relay_suspects_wrong(s, &ip, 2), 1);
	}
	CHECK_INT("the last but one stays", relay_suspects_wrong(s, &first, 3), 3);
	CHECK_INT("the oldest has gone", relay_suspects_wrong(s, &second, 3), 1);
}

int main(void)
{
	CLEANUP(relay_suspects_free) struct relay_suspects *s = relay_suspects_new();
	const struct ip local = { 0 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct ip ip = ip_of(cases[i].from);
		CHECK_INT(cases[i].label, relay_suspects_wrong(s, &ip, cases[i].at),
			  cases[i].wrong);
	}
	CHECK_INT("a local socket is no address", relay_suspects_wrong(s, &local, 1), 1);
	CHECK_INT("nor later", relay_suspects_wrong(s, &local, 2), 1);
	check_lately();
	check_many();
	return TEST_EXIT();
}
