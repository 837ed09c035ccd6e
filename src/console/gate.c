#include "console/gate.h"

#include "console/words.h"

enum { CHANGES = 1 };

/*
 * "*" in a path is one part of it: the ID of a message, the name of a file.  Of two rows that
 * fit, the first.
 */
static const struct row {
	struct str method, path;
	enum console_asked asked;
	enum console_role role; /* NOBODY: whoever comes */
	unsigned flags;
	uint64_t body_max;
} rows[] = {
	{ STR_INIT("GET"), STR_INIT("/"), CONSOLE_PAGE, CONSOLE_NOBODY, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/assets/*"), CONSOLE_ASSET, CONSOLE_NOBODY, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/login"), CONSOLE_LOGIN_PAGE, CONSOLE_NOBODY, 0, 0 },
	{ STR_INIT("POST"), STR_INIT("/login"), CONSOLE_LOGIN, CONSOLE_NOBODY, 0,
	  CONSOLE_FORM_MAX },
	{ STR_INIT("POST"), STR_INIT("/logout"), CONSOLE_LOGOUT, CONSOLE_NOBODY, 0,
	  CONSOLE_FORM_MAX },
	{ STR_INIT("GET"), STR_INIT("/metrics"), CONSOLE_METRICS, CONSOLE_NOBODY, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/me"), CONSOLE_ME, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/status"), CONSOLE_STATUS, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/servers"), CONSOLE_SERVERS, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/doctor"), CONSOLE_DOCTOR, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/criteria"), CONSOLE_CRITERIA, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("PUT"), STR_INIT("/api/criteria"), CONSOLE_CRITERIA_PUT, CONSOLE_ADMIN, CHANGES,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/criteria/try"), CONSOLE_CRITERIA_TRY, CONSOLE_VIEW, 0,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/explain"), CONSOLE_EXPLAIN, CONSOLE_VIEW, 0,
	  CONSOLE_EXPLAIN_MAX },
	{ STR_INIT("GET"), STR_INIT("/api/queue"), CONSOLE_QUEUE, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/queue/*"), CONSOLE_MESSAGE, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("POST"), STR_INIT("/api/queue/*/retry"), CONSOLE_RETRY, CONSOLE_ADMIN, CHANGES,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/queue/*/hold"), CONSOLE_HOLD, CONSOLE_ADMIN, CHANGES,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/queue/*/release"), CONSOLE_RELEASE, CONSOLE_ADMIN,
	  CHANGES, CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/queue/*/remove"), CONSOLE_REMOVE, CONSOLE_ADMIN, CHANGES,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("POST"), STR_INIT("/api/queue/*/bounce"), CONSOLE_BOUNCE, CONSOLE_ADMIN, CHANGES,
	  CONSOLE_BODY_MAX },
	{ STR_INIT("GET"), STR_INIT("/api/sessions"), CONSOLE_SESSIONS, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/sessions/live"), CONSOLE_LIVE, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/sessions/*"), CONSOLE_SESSION, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/route"), CONSOLE_ROUTE, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/lookup"), CONSOLE_LOOKUP, CONSOLE_VIEW, 0, 0 },
	{ STR_INIT("GET"), STR_INIT("/api/series"), CONSOLE_SERIES, CONSOLE_VIEW, 0, 0 },
};

/* Whether the path is that of the row; *id is the part where the row has a star. */
static bool fits(struct str pattern, struct str path, struct str *id)
{
	struct str part, want;
	bool more = true;

	while (more) {
		bool pattern_more = str_cut(&pattern, '/', &want);
		more = str_cut(&path, '/', &part);
		if (pattern_more != more)
			return false;
		if (!more) {
			want = pattern;
			part = path;
		}
		if (str_eq(want, STR("*")) && part.n > 0)
			*id = part;
		else if (!str_eq(want, part))
			return false;
	}
	return true;
}

static unsigned method_bit(struct str method)
{
	static const struct {
		struct str word;
		unsigned bit;
	} methods[] = { { STR_INIT("GET"), CONSOLE_GET },
			{ STR_INIT("HEAD"), CONSOLE_GET },
			{ STR_INIT("POST"), CONSOLE_POST },
			{ STR_INIT("PUT"), CONSOLE_PUT } };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_eq(method, methods[i].word))
			return methods[i].bit;
	return 0;
}

const char *console_gate_allow(unsigned methods)
{
	static const char *const words[] = {
		"",    "GET, HEAD",      "POST",      "GET, HEAD, POST",
		"PUT", "GET, HEAD, PUT", "POST, PUT", "GET, HEAD, POST, PUT",
	};

	return words[methods & (CONSOLE_GET | CONSOLE_POST | CONSOLE_PUT)];
}

/* The row of the method and path; out->methods are all that the path has. */
static const struct row *find(const struct console_gate *g, struct console_passage *out)
{
	const struct row *found = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str id = STR_NONE;
		if (!fits(rows[i].path, g->path, &id))
			continue;
		out->methods |= method_bit(rows[i].method);
		if (found || method_bit(g->method) != method_bit(rows[i].method))
			continue;
		found = &rows[i];
		out->id = id;
	}
	return found;
}

static struct console_passage refuse(struct console_passage p, int status, const char *why)
{
	p.status = status;
	p.why = why;
	return p;
}

/* What the row asks of who comes. */
static struct console_passage by_row(const struct console_gate *g, const struct row *row,
				     struct console_passage p)
{
	p.asked = row->asked;
	p.body_max = row->body_max;
	if (g->role < row->role)
		return refuse(p, 403, CONSOLE_WORDS_ROLE);
	if (row->flags & CHANGES && !g->signpost)
		return refuse(p, 403, CONSOLE_WORDS_SIGNPOST);
	if (g->sized && g->length > row->body_max)
		return refuse(p, 413, CONSOLE_WORDS_LARGE);
	return p;
}

struct console_passage console_gate(const struct console_gate *g)
{
	bool api = str_starts(g->path, STR("/api/")) || str_eq(g->path, STR("/api"));
	struct console_passage p = { 0 };

	if (!g->framed)
		return refuse(p, 400, CONSOLE_WORDS_FRAMED);
	if (g->twice)
		return refuse(p, 400, CONSOLE_WORDS_TWICE);
	if (!g->host_ours)
		return refuse(p, 403, CONSOLE_WORDS_HOST);
	if (!g->origin_ours)
		return refuse(p, 403, CONSOLE_WORDS_ORIGIN);
	if (api && g->role == CONSOLE_NOBODY)
		return refuse(p, 401, CONSOLE_WORDS_NOBODY);
	const struct row *row = find(g, &p);
	if (row)
		return by_row(g, row, p);
	return p.methods ? refuse(p, 405, CONSOLE_WORDS_METHOD)
			 : refuse(p, 404, CONSOLE_WORDS_NOT_FOUND);
}
