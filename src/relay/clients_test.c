#include "relay/clients.h"

#include "base/test.h"

/* limits: connections, per_client, scarce; there are: all, strangers, of the same. */
static const struct {
	const char *label;
	struct relay_clients_limits limits;
	struct relay_clients_count count;
	enum relay_admission stranger, relays;
} cases[] = {
	{ "the first", { 1000, 100, false }, { 0, 0, 0 }, RELAY_ADMITTED, RELAY_ADMITTED },
	{ "the last of an address",
	  { 1000, 100, false },
	  { 99, 99, 99 },
	  RELAY_ADMITTED,
	  RELAY_ADMITTED },
	{ "one too many of it",
	  { 1000, 100, false },
	  { 100, 100, 100 },
	  RELAY_FULL_OF_SAME,
	  RELAY_ADMITTED },
	{ "the last stranger",
	  { 1000, 100, false },
	  { 899, 899, 0 },
	  RELAY_ADMITTED,
	  RELAY_ADMITTED },
	{ "a tenth is kept", { 1000, 100, false }, { 900, 900, 0 }, RELAY_FULL, RELAY_ADMITTED },
	{ "who may relay takes no stranger's place",
	  { 1000, 100, false },
	  { 950, 100, 0 },
	  RELAY_ADMITTED,
	  RELAY_ADMITTED },
	{ "the last of all", { 1000, 100, false }, { 999, 0, 0 }, RELAY_ADMITTED, RELAY_ADMITTED },
	{ "full", { 1000, 100, false }, { 1000, 0, 0 }, RELAY_FULL, RELAY_FULL },
	{ "more than full, after a reload",
	  { 10, 100, false },
	  { 1000, 500, 0 },
	  RELAY_FULL,
	  RELAY_FULL },
	{ "a tenth of ten is one", { 10, 100, false }, { 9, 9, 0 }, RELAY_FULL, RELAY_ADMITTED },
	{ "a tenth of nine is none",
	  { 9, 100, false },
	  { 8, 8, 0 },
	  RELAY_ADMITTED,
	  RELAY_ADMITTED },
	{ "full is said before of one address",
	  { 4, 3, false },
	  { 4, 4, 3 },
	  RELAY_FULL,
	  RELAY_FULL },
	{ "full for want of descriptors",
	  { 302, 100, true },
	  { 302, 0, 0 },
	  RELAY_MAKE_ROOM,
	  RELAY_MAKE_ROOM },
	{ "a tenth is kept of few, too",
	  { 302, 100, true },
	  { 272, 272, 0 },
	  RELAY_MAKE_ROOM,
	  RELAY_ADMITTED },
	{ "an address has its own limit",
	  { 302, 100, true },
	  { 200, 100, 100 },
	  RELAY_FULL_OF_SAME,
	  RELAY_ADMITTED },
	{ "one connection in all", { 1, 1, false }, { 0, 0, 0 }, RELAY_ADMITTED, RELAY_ADMITTED },
	{ "none before limits are set", { 0, 0, false }, { 0, 0, 0 }, RELAY_FULL, RELAY_FULL },
};

static void judge(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_INT(cases[i].label,
			  relay_clients_judge(&cases[i].limits, &cases[i].count, RELAY_STRANGER),
			  cases[i].stranger);
		CHECK_INT(cases[i].label,
			  relay_clients_judge(&cases[i].limits, &cases[i].count, RELAY_MAY_RELAY),
			  cases[i].relays);
	}
}

static struct ip at(const char *text)
{
	struct ip ip = { 0 };

	CHECK_INT(text, ip_read(str_of(text), &ip), ERR_OK);
	return ip;
}

/* The book is kept: each who enters and leaves, whoever it is. */
static void keep_book(void)
{
	struct relay_clients *c = relay_clients_new();
	struct ip one = at("192.0.2.1"), mapped = at("::ffff:192.0.2.1"), other = at("2001:db8::1");
	const struct ip local = { 0 };

	CHECK_INT("no limits yet", relay_clients_enter(c, &one, RELAY_MAY_RELAY), RELAY_FULL);
	relay_clients_limit(c, (struct relay_clients_limits){ 5, 2, false });
	CHECK_INT("first", relay_clients_enter(c, &one, RELAY_STRANGER), RELAY_ADMITTED);
	CHECK_INT("the same by another spelling", relay_clients_enter(c, &mapped, RELAY_STRANGER),
		  RELAY_ADMITTED);
	CHECK_INT("one too many", relay_clients_enter(c, &one, RELAY_STRANGER), RELAY_FULL_OF_SAME);
	CHECK_INT("another address", relay_clients_enter(c, &other, RELAY_STRANGER),
		  RELAY_ADMITTED);
	CHECK_INT("it may relay", relay_clients_enter(c, &one, RELAY_MAY_RELAY), RELAY_ADMITTED);
	CHECK_INT("a local one", relay_clients_enter(c, &local, RELAY_MAY_RELAY), RELAY_ADMITTED);
	CHECK_INT("full", relay_clients_enter(c, &local, RELAY_MAY_RELAY), RELAY_FULL);
	relay_clients_leave(c, &one, RELAY_STRANGER);
	CHECK_INT("room again", relay_clients_enter(c, &one, RELAY_STRANGER), RELAY_ADMITTED);
	relay_clients_leave(c, &local, RELAY_MAY_RELAY);
	CHECK_INT("in all, not of that address", relay_clients_enter(c, &one, RELAY_STRANGER),
		  RELAY_FULL_OF_SAME);
	relay_clients_leave(c, &one, RELAY_STRANGER);
	relay_clients_leave(c, &one, RELAY_STRANGER);
	relay_clients_leave(c, &one, RELAY_MAY_RELAY);
	relay_clients_limit(c, (struct relay_clients_limits){ 2, 1, false });
	CHECK_INT("after all have left", relay_clients_enter(c, &one, RELAY_STRANGER),
		  RELAY_ADMITTED);
	CHECK_INT("the new limit", relay_clients_enter(c, &other, RELAY_MAY_RELAY), RELAY_FULL);
	relay_clients_free(&c); /* with sessions still open: no leak */
	relay_clients_free(&c);
}

int main(void)
{
	judge();
	keep_book();
	return TEST_EXIT();
}
