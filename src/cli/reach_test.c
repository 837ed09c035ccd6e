#include "cli/reach.h"

#include "base/test.h"

enum { ROOM = 1000 };

#define GREETED(tls, auth)                                                                         \
	{                                                                                          \
		true, tls, auth, STR_INIT(""), false                                               \
	}
#define REFUSED(why)                                                                               \
	{                                                                                          \
		false, false, TLS_NOT_AUTHENTICATED, STR_INIT(why), false                          \
	}

static const struct {
	const char *label;
	enum route_action action;
	const char *status;
	bool target;
	struct cli_reach_found found;
	bool has_clear;
	struct cli_reach_found clear;
	bool takes;
	const char *text;
} cases[] = {
	{ "clear", ROUTE_DELIVER, "", true, GREETED(false, TLS_NOT_AUTHENTICATED), false,
	  REFUSED(""), true, "deliver in clear" },
	{ "TLS", ROUTE_DELIVER, "", true, GREETED(true, TLS_NOT_AUTHENTICATED), false, REFUSED(""),
	  true, "deliver over TLS, not authenticated" },
	{ "name", ROUTE_DELIVER, "", true, GREETED(true, TLS_BY_NAME), false, REFUSED(""), true,
	  "deliver over TLS, authenticated by its certificate" },
	{ "login",
	  ROUTE_DELIVER,
	  "",
	  true,
	  { true, true, TLS_BY_NAME, STR_INIT(""), true },
	  false,
	  REFUSED(""),
	  true,
	  "deliver over TLS, authenticated by its certificate (the login was not tried)" },
	{ "DANE-EE", ROUTE_DELIVER, "", true, GREETED(true, TLS_BY_DANE_EE), false, REFUSED(""),
	  true, "deliver over TLS, authenticated by DANE-EE" },
	{ "DANE-TA", ROUTE_DELIVER, "", true, GREETED(true, TLS_BY_DANE_TA), false, REFUSED(""),
	  true, "deliver over TLS, authenticated by DANE-TA" },
	{ "TLS failed, may", ROUTE_DELIVER, "", true, REFUSED("no cipher"), true,
	  GREETED(false, TLS_NOT_AUTHENTICATED), true,
	  "deliver in clear, as TLS failed: no cipher" },
	{ "both failed", ROUTE_DELIVER, "", true, REFUSED("no cipher"), true, REFUSED("421 no"),
	  false, "not used: no cipher" },
	{ "TLS failed, must", ROUTE_DELIVER, "", true, REFUSED("no\ncipher"), false, REFUSED(""),
	  false, "not used: no\\x0acipher" },
	{ "no target", ROUTE_DELIVER, "", false, GREETED(true, TLS_BY_NAME), false, REFUSED(""),
	  false, "not used: it is not secure, or no address to be dialled" },
	{ "bounce", ROUTE_BOUNCE, "5.7.4", false, GREETED(true, TLS_BY_NAME), false, REFUSED(""),
	  false, "bounce 5.7.4: so it is" },
	{ "defer", ROUTE_DEFER, "4.7.5", false, REFUSED(""), false, REFUSED(""), false,
	  "defer 4.7.5: so it is" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct route_verdict v = { .action = cases[i].action, .text = BUF_MAX(ROOM) };
		struct route_target t = { .host = NULL };
		struct cli_reach got = { .text = BUF_MAX(ROOM) };
		(void)str_copy(v.status, sizeof(v.status), str_of(cases[i].status));
		buf_add(&v.text, STR("so it is"));
		cli_reach_judge(&v, cases[i].target ? &t : NULL, &cases[i].found,
				cases[i].has_clear ? &cases[i].clear : NULL, &got);
		CHECK_INT(cases[i].label, got.takes, cases[i].takes);
		CHECK_STR(cases[i].label, buf_str(&got.text), str_of(cases[i].text));
		buf_free(&got.text);
		buf_free(&v.text);
	}
	return TEST_EXIT();
}
