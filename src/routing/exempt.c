#include "routing/exempt.h"

#include "base/unicode.h"

#define DOMAIN_TEXT_MAX 1024

enum routing_exempt_state routing_exempt_state(const struct conf_exempt *e, int64_t now_wall_ms)
{
	if (now_wall_ms >= e->until_wall_ms)
		return ROUTING_EXEMPT_ENDED;
	return now_wall_ms >= e->until_wall_ms - ROUTING_EXEMPT_NOTICE_MS ? ROUTING_EXEMPT_ENDS
									  : ROUTING_EXEMPT_LASTS;
}

/* name: A-labels in lower case, no final dot. */
static bool covers(const struct conf_exempt *e, struct str name)
{
	struct str domain = str_of(e->domain);

	if (str_eq(name, domain))
		return true;
	return e->below && name.n > domain.n && str_ends(name, domain) &&
	       name.p[name.n - domain.n - 1] == '.';
}

/* At equal length the one for the name alone. */
static bool is_nearer(const struct conf_exempt *e, const struct conf_exempt *than)
{
	if (!than)
		return true;
	size_t n = str_of(e->domain).n, other = str_of(than->domain).n;
	return n > other || (n == other && !e->below);
}

enum err routing_exempt_find(const struct conf *conf, struct str domain, int64_t now_wall_ms,
			     const struct conf_exempt **out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(DOMAIN_TEXT_MAX);
	const struct conf_exempt *found = NULL;
	bool named = conf->n_exempt && domain.n && domain.p[0] != '[';

	if (named && unicode_to_ascii(&ascii, domain) == ERR_NOMEM)
		return ERR_NOMEM;
	struct str name = buf_str(&ascii);
	name.n -= str_ends(name, STR("."));
	for (size_t i = 0; named && i < conf->n_exempt; i++) {
		const struct conf_exempt *e = &conf->exempt[i];
		if (routing_exempt_state(e, now_wall_ms) != ROUTING_EXEMPT_ENDED &&
		    covers(e, name) && is_nearer(e, found))
			found = e;
	}
	*out = found;
	return ERR_OK;
}
