/* Every request of SPEC section 10, and who is refused before a body is read. */
#include "console/gate.h"

#include "base/test.h"

enum flaw { FINE, NO_SIGNPOST = 1, OTHER_HOST = 2, OTHER_ORIGIN = 4, TWICE = 8, UNFRAMED = 16 };

#define N CONSOLE_NOBODY
#define V CONSOLE_VIEW
#define A CONSOLE_ADMIN

static const struct {
	const char *method, *path;
	enum console_role role;
	unsigned flaws;
	uint64_t length;
	int status;
	enum console_asked asked; /* where it passes */
} cases[] = {
	/* Pages are for all: who is not logged in is shown how. */
	{ "GET", "/", N, FINE, 0, 0, CONSOLE_PAGE },
	{ "HEAD", "/", V, FINE, 0, 0, CONSOLE_PAGE },
	{ "GET", "/queue", A, FINE, 0, 404, 0 },
	{ "GET", "/assets/app.js", N, FINE, 0, 0, CONSOLE_ASSET },
	{ "GET", "/assets/", N, FINE, 0, 404, 0 },
	{ "GET", "/assets/a/b", N, FINE, 0, 404, 0 },
	{ "GET", "/index.html", A, FINE, 0, 404, 0 },
	{ "GET", "/api/me", V, FINE, 0, 0, CONSOLE_ME },
	{ "GET", "/api/me", N, FINE, 0, 401, 0 },
	{ "GET", "/api/sessions/s1", V, FINE, 0, 0, CONSOLE_SESSION },
	{ "GET", "/login", N, FINE, 0, 0, CONSOLE_LOGIN_PAGE },
	{ "POST", "/login", N, FINE, CONSOLE_FORM_MAX, 0, CONSOLE_LOGIN },
	{ "POST", "/login", N, FINE, CONSOLE_FORM_MAX + 1, 413, 0 },
	{ "POST", "/logout", V, FINE, 0, 0, CONSOLE_LOGOUT },
	{ "POST", "/", A, FINE, 0, 405, 0 },
	{ "POST", "/assets/app.js", A, FINE, 0, 405, 0 },
	{ "PUT", "/login", N, FINE, 0, 405, 0 },
	{ "GET", "/metrics", N, FINE, 0, 0, CONSOLE_METRICS },
	{ "GET", "/", N, FINE, 1, 413, 0 },
	/* The API is for who is logged in, and tells others nothing, not what there is either. */
	{ "GET", "/api/status", N, FINE, 0, 401, 0 },
	{ "GET", "/api/nothing", N, FINE, 0, 401, 0 },
	{ "DELETE", "/api/status", N, FINE, 0, 401, 0 },
	{ "GET", "/api/nothing", A, FINE, 0, 404, 0 },
	{ "GET", "/api", A, FINE, 0, 404, 0 },
	{ "GET", "/apis", N, FINE, 0, 404, 0 },
	{ "DELETE", "/api/status", A, FINE, 0, 405, 0 },
	{ "get", "/api/status", A, FINE, 0, 405, 0 },
	{ "GET", "/api/status", V, FINE, 0, 0, CONSOLE_STATUS },
	{ "GET", "/api/servers", V, FINE, 0, 0, CONSOLE_SERVERS },
	{ "GET", "/api/doctor", V, FINE, 0, 0, CONSOLE_DOCTOR },
	{ "GET", "/api/criteria", V, FINE, 0, 0, CONSOLE_CRITERIA },
	{ "GET", "/api/queue", V, FINE, 0, 0, CONSOLE_QUEUE },
	{ "GET", "/api/queue/abc", V, FINE, 0, 0, CONSOLE_MESSAGE },
	{ "GET", "/api/queue/abc/def", V, FINE, 0, 404, 0 },
	{ "GET", "/api/sessions", V, FINE, 0, 0, CONSOLE_SESSIONS },
	{ "GET", "/api/sessions/live", V, FINE, 0, 0, CONSOLE_LIVE },
	{ "GET", "/api/route", V, FINE, 0, 0, CONSOLE_ROUTE },
	{ "GET", "/api/lookup", V, FINE, 0, 0, CONSOLE_LOOKUP },
	{ "GET", "/api/series", V, FINE, 0, 0, CONSOLE_SERIES },
	/* Role view explains and tries, and changes nothing. */
	{ "POST", "/api/explain", V, NO_SIGNPOST, CONSOLE_EXPLAIN_MAX, 0, CONSOLE_EXPLAIN },
	{ "POST", "/api/explain", V, FINE, CONSOLE_EXPLAIN_MAX + 1, 413, 0 },
	{ "POST", "/api/criteria/try", V, NO_SIGNPOST, CONSOLE_BODY_MAX, 0, CONSOLE_CRITERIA_TRY },
	{ "POST", "/api/criteria/try", V, FINE, CONSOLE_BODY_MAX + 1, 413, 0 },
	{ "PUT", "/api/criteria", V, FINE, 0, 403, 0 },
	{ "POST", "/api/queue/abc/retry", V, FINE, 0, 403, 0 },
	{ "POST", "/api/queue/abc/hold", V, FINE, 0, 403, 0 },
	{ "POST", "/api/queue/abc/release", V, FINE, 0, 403, 0 },
	{ "POST", "/api/queue/abc/remove", V, FINE, 0, 403, 0 },
	{ "POST", "/api/queue/abc/bounce", V, FINE, 0, 403, 0 },
	/* What changes something says that a page of ours asks. */
	{ "PUT", "/api/criteria", A, FINE, CONSOLE_BODY_MAX, 0, CONSOLE_CRITERIA_PUT },
	{ "PUT", "/api/criteria", A, NO_SIGNPOST, 0, 403, 0 },
	{ "PUT", "/api/criteria", A, FINE, CONSOLE_BODY_MAX + 1, 413, 0 },
	{ "POST", "/api/criteria", A, FINE, 0, 405, 0 },
	{ "POST", "/api/queue/abc/retry", A, FINE, 0, 0, CONSOLE_RETRY },
	{ "POST", "/api/queue/abc/retry", A, NO_SIGNPOST, 0, 403, 0 },
	{ "POST", "/api/queue/abc/hold", A, FINE, 0, 0, CONSOLE_HOLD },
	{ "POST", "/api/queue/abc/hold", A, NO_SIGNPOST, 0, 403, 0 },
	{ "POST", "/api/queue/abc/release", A, FINE, 0, 0, CONSOLE_RELEASE },
	{ "POST", "/api/queue/abc/release", A, NO_SIGNPOST, 0, 403, 0 },
	{ "POST", "/api/queue/abc/remove", A, FINE, 0, 0, CONSOLE_REMOVE },
	{ "POST", "/api/queue/abc/remove", A, NO_SIGNPOST, 0, 403, 0 },
	{ "POST", "/api/queue/abc/bounce", A, FINE, 0, 0, CONSOLE_BOUNCE },
	{ "POST", "/api/queue/abc/bounce", A, NO_SIGNPOST, 0, 403, 0 },
	{ "POST", "/api/queue/abc/eat", A, FINE, 0, 404, 0 },
	{ "GET", "/api/queue/abc/retry", A, FINE, 0, 405, 0 },
	{ "POST", "/api/queue//retry", A, FINE, 0, 404, 0 },
	/* Another name of ours, or a page of somebody else's: nothing, not even to look at. */
	{ "GET", "/", N, TWICE, 0, 400, 0 },
	{ "POST", "/login", N, UNFRAMED, 0, 400, 0 },
	{ "POST", "/api/explain", A, UNFRAMED, 0, 400, 0 },
	{ "GET", "/api/status", A, TWICE | OTHER_HOST, 0, 400, 0 },
	{ "GET", "/", N, OTHER_HOST, 0, 403, 0 },
	{ "GET", "/api/status", A, OTHER_HOST, 0, 403, 0 },
	{ "GET", "/api/status", N, OTHER_HOST, 0, 403, 0 },
	{ "GET", "/metrics", N, OTHER_HOST, 0, 403, 0 },
	{ "GET", "/api/status", A, OTHER_ORIGIN, 0, 403, 0 },
	{ "POST", "/login", N, OTHER_ORIGIN, 0, 403, 0 },
	{ "POST", "/api/explain", V, OTHER_ORIGIN, 0, 403, 0 },
};

static struct console_passage judge(size_t i)
{
	const struct console_gate g = {
		.method = str_of(cases[i].method),
		.path = str_of(cases[i].path),
		.role = cases[i].role,
		.framed = !(cases[i].flaws & UNFRAMED),
		.twice = cases[i].flaws & TWICE,
		.host_ours = !(cases[i].flaws & OTHER_HOST),
		.origin_ours = !(cases[i].flaws & OTHER_ORIGIN),
		.signpost = !(cases[i].flaws & NO_SIGNPOST),
		.sized = true,
		.length = cases[i].length,
	};

	return console_gate(&g);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct console_passage p = judge(i);
		CHECK_INT(cases[i].path, p.status, cases[i].status);
		CHECK_INT(cases[i].path, p.why != NULL, cases[i].status != 0);
		if (p.status == 0)
			CHECK_INT(cases[i].path, p.asked, cases[i].asked);
		if (p.status == 0 && cases[i].length)
			CHECK_INT(cases[i].path, (long long)p.body_max, (long long)cases[i].length);
	}
	struct console_gate g = { .method = STR("POST"),
				  .path = STR("/api/criteria"),
				  .role = A,
				  .framed = true,
				  .host_ours = true,
				  .origin_ours = true,
				  .signpost = true };
	CHECK_STR("allow", str_of(console_gate_allow(console_gate(&g).methods)),
		  STR("GET, HEAD, PUT"));
	g.method = STR("PUT");
	g.path = STR("/login");
	CHECK_STR("allow", str_of(console_gate_allow(console_gate(&g).methods)),
		  STR("GET, HEAD, POST"));
	g.method = STR("POST");
	g.path = STR("/api/queue/x7/hold");
	CHECK_STR("id", console_gate(&g).id, STR("x7"));
	return TEST_EXIT();
}
