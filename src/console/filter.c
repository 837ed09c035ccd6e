#include "console/filter.h"

#include "base/time.h"
#include "base/unicode.h"

static const char *const known[] = { "message", "to",     "dnssec", "outcome",    "since",
				     "limit",   "domain", "before", "was_secure", NULL };

static enum err refuse(struct buf *why, const char *words)
{
	buf_add(why, str_of(words));
	return ERR_SYNTAX;
}

/* A time, or how long ago; as the records write it. */
static bool read_time(struct str s, int64_t now_wall_ms, int64_t *wall_ms, char to[static 32])
{
	char text[TIME_TEXT_MAX];
	int64_t span;

	if (time_read_span(s, &span) == ERR_OK)
		*wall_ms = now_wall_ms - span;
	else if (time_read(s, wall_ms) != ERR_OK)
		return false;
	return str_copy(to, 32, time_rfc3339(*wall_ms, text));
}

static bool is_outcome(struct str s)
{
	return s.n == 0 || str_eq(s, STR("delivered")) || str_eq(s, STR("deferred")) ||
	       str_eq(s, STR("bounced"));
}

enum err console_filter_read(const struct console_parameters *p, int64_t now_wall_ms,
			     struct console_filter *out, struct buf *why)
{
	struct str dnssec = console_parameter(p, "dnssec"), limit = console_parameter(p, "limit");
	struct str since = console_parameter(p, "since"), before = console_parameter(p, "before");
	struct str unknown = console_parameter_unknown(p, known);
	struct console_filter f = { .limit = CONSOLE_FILTER_USUAL };
	int64_t before_wall_ms;

	f.record.message = console_parameter(p, "message");
	f.record.to = console_parameter(p, "to");
	f.record.outcome = console_parameter(p, "outcome");
	f.record.dnssec = str_eq(dnssec, STR("1"));
	f.domain = console_parameter(p, "domain");
	f.was_secure = str_eq(console_parameter(p, "was_secure"), STR("1"));
	if (unknown.n) {
		buf_add(why, STR("no such parameter: "));
		buf_add(why, unknown);
		return ERR_SYNTAX;
	}
	if (dnssec.n && !f.record.dnssec && !str_eq(dnssec, STR("0")))
		return refuse(why, "dnssec is neither 1 nor 0");
	if (!is_outcome(f.record.outcome))
		return refuse(why, "outcome is none: write delivered, deferred or bounced");
	if (since.n && !read_time(since, now_wall_ms, &f.record.since_wall_ms, f.since))
		return refuse(why, "since is no time: write one like 2026-11-24T03:04:05Z, or 1h");
	if (before.n && !read_time(before, now_wall_ms, &before_wall_ms, f.before))
		return refuse(why, "before is no time: write one like 2026-11-24T03:04:05Z");
	if ((limit.n && !str_u32(limit, &f.limit)) || f.limit == 0 || f.limit > CONSOLE_FILTER_MAX)
		return refuse(why, "limit is not a number from 1 to 1000");
	*out = f;
	return ERR_OK;
}

bool console_filter_passes(const struct console_filter *f, const struct journal_record *r)
{
	if (f->before[0] && str_cmp(r->time, str_of(f->before)) >= 0)
		return false;
	if (f->domain.n && !unicode_same_domain(f->domain, r->domain))
		return false;
	if (f->was_secure && r->was_secure.n == 0)
		return false;
	if (f->session.n && !str_eq(f->session, r->session))
		return false;
	return journal_record_passes(r, &f->record);
}

bool console_filter_over(const struct console_filter *f, const struct journal_record *r)
{
	return f->since[0] && str_cmp(r->time, str_of(f->since)) < 0;
}
