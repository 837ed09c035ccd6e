/* What goes on in a context, for people and statistics; its cache. */
#include "library/context_priv.h"
#include "library/name_priv.h"
#include "library/words_priv.h"

#include "base/text.h"

enum signpost_dns_error signpost_dns_flush(struct signpost_dns *d, const char *name)
{
	KEEP_ERRNO;
	struct dns_name wire;
	enum err e = name ? library_name_read(name, &wire) : ERR_OK;

	if (e != ERR_OK)
		return library_context_fail(d, library_door_error(e), "%.300s: %s", name,
					    library_name_reason(e));
	if (d->resolve)
		resolve_flush(d->resolve, name ? &wire : NULL);
	return SIGNPOST_DNS_OK;
}

void signpost_dns_reprobe(struct signpost_dns *d)
{
	KEEP_ERRNO;

	if (d->resolve)
		resolve_reprobe(d->resolve);
}

void signpost_dns_get_counters(const struct signpost_dns *d, struct signpost_dns_counters *counters)
{
	KEEP_ERRNO;
	struct signpost_dns_counters out = { 0 };

	if (d->resolve) {
		struct resolve_counters c = resolve_counters(d->resolve);
		out.asked = c.asked;
		out.hits = c.hits;
		out.misses = c.misses;
		out.joined = c.joined;
		out.sent = c.sent;
		out.evictions = c.evictions;
		out.prefetches = c.prefetches;
		out.cache_octets = c.cache_octets;
		out.cache_entries = c.cache_entries;
		out.in_flight = c.in_flight;
	}
	library_door_give(counters, &out, sizeof(out));
}

/* Four texts, one after the other with their NULs; false when out of memory. */
static bool write_texts(struct buf *b, const struct dns_source *s,
			struct signpost_dns_server_state *out)
{
	size_t at[4];
	const struct str from[4] = { s->server, s->channel, s->trust_reason, s->probe_reason };

	buf_clear(b);
	for (size_t i = 0; i < 4; i++) {
		at[i] = b->n;
		text_escape(b, from[i]);
		buf_addc(b, '\0');
	}
	if (buf_err(b) != ERR_OK)
		return false;
	out->server = b->p + at[0];
	out->channel = b->p + at[1];
	out->trust_reason = b->p + at[2];
	out->probe_reason = b->p + at[3];
	return true;
}

bool signpost_dns_get_server_state(struct signpost_dns *d, size_t i,
				   struct signpost_dns_server_state *state)
{
	KEEP_ERRNO;
	struct resolve_server_state s;

	if (!d->resolve || !resolve_server_at(d->resolve, i, &s))
		return false;
	struct signpost_dns_server_state out = {
		.trusted = library_words_trusted(s.source.trust),
		.probe = library_words_probe(s.source.probe),
		.answering = s.answering,
		.rtt_us = s.rtt_us,
		.questions = s.questions,
		.answers = s.answers,
		.dropped = s.dropped,
		.timeouts = s.timeouts,
	};
	if (!write_texts(&d->state_text, &s.source, &out))
		return false;
	library_door_give(state, &out, sizeof(out));
	return true;
}
