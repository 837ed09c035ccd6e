#include "relay/clients.h"

#include "base/test.h"

static struct ip at(const char *text)
{
	struct ip ip = { 0 };

	CHECK_INT(text, ip_read(str_of(text), &ip), ERR_OK);
	return ip;
}

int main(void)
{
	struct relay_clients *c = relay_clients_new();
	struct ip one = at("192.0.2.1"), mapped = at("::ffff:192.0.2.1"), other = at("2001:db8::1");

	CHECK_INT("first", relay_clients_enter(c, &one, 2), 1);
	CHECK_INT("the same by another spelling", relay_clients_enter(c, &mapped, 2), 1);
	CHECK_INT("one too many", relay_clients_enter(c, &one, 2), 0);
	CHECK_INT("another address", relay_clients_enter(c, &other, 2), 1);
	relay_clients_leave(c, &one);
	CHECK_INT("room again", relay_clients_enter(c, &one, 2), 1);
	relay_clients_leave(c, &one);
	relay_clients_leave(c, &one);
	CHECK_INT("none may", relay_clients_enter(c, &one, 0), 0);
	CHECK_INT("after all have left", relay_clients_enter(c, &one, 1), 1);
	relay_clients_free(&c); /* with sessions still open: no leak */
	relay_clients_free(&c);
	return TEST_EXIT();
}
