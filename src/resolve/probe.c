/*
 * Whether a trusted server validates: it is asked for a name that is known to
 * be signed.  If the answer is authenticated, it does.
 *
 * A result holds for the answer's TTL and a minute at most; a failed one for
 * ten seconds.  Nobody waits for a probe but who needs to know.
 *
 * What a server said before it was seen to validate proves nothing about a
 * zone: when it begins to, the cache is emptied, and those who wait with an
 * answer that is not secure ask again.  So mail is never bounced for an answer
 * from the time when the fault was our own resolver's.
 */
#include "resolve/core_priv.h"

#include "base/buf.h"
#include "dns/type.h"

#include <string.h>

enum { HOLD_MIN_MS = 1000, HOLD_MAX_MS = 60000, RETRY_MS = 10000 };

bool resolve_probe_known(struct resolve *r, unsigned server)
{
	const struct resolve_upstream *up = &r->up[server];

	return up->probe != DNS_PROBE_UNKNOWN && r->now < up->probed_until;
}

void resolve_probe_wait(struct resolve *r, unsigned server, struct resolve_job *job)
{
	struct resolve_upstream *up = &r->up[server];

	job->state = RESOLVE_JOB_PROBING;
	list_add(&up->waiting, &job->at);
	if (!up->probing)
		resolve_link_probe(r, server);
}

/* "com. NS was not authenticated", and what there is to say besides. */
static void say(struct resolve *r, struct resolve_upstream *up, const struct dns_answer *a)
{
	struct buf text = BUF_MAX(RESOLVE_REASON_MAX);
	char type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];

	dns_name_text(&text, &r->conf.probe_name);
	buf_addf(&text, " %.*s ", STR_ARG(dns_type_text(r->conf.probe_type, type)));
	if (!a)
		buf_add(&text, STR("could not be asked for: out of memory"));
	else if (a->outcome == DNS_NO_ANSWER)
		buf_add(&text, STR("was not answered"));
	else if (a->outcome == DNS_FAILED)
		buf_addf(&text, "was answered with %.*s", STR_ARG(dns_rcode_text(a->rcode, rcode)));
	else if (a->status == DNS_SECURE)
		buf_add(&text, STR("has no data there"));
	else if (a->aa)
		buf_add(&text, STR("was answered by an authoritative server, not authenticated"));
	else
		buf_add(&text, STR("was not authenticated"));
	/* A long name leaves no room: then what fits. */
	size_t n = text.n < sizeof(up->probe_text) ? text.n : sizeof(up->probe_text);
	if (n > 0)
		memcpy(up->probe_text, text.p, n);
	up->probe_reason = (struct str){ up->probe_text, n };
	buf_free(&text);
}

void resolve_probe_done(struct resolve *r, unsigned server, const struct dns_answer *a)
{
	struct resolve_upstream *up = &r->up[server];
	int64_t hold = RETRY_MS;
	struct list *at;
	bool begins = false;

	up->probing = NULL;
	if (a && a->outcome == DNS_DATA && a->status == DNS_SECURE) {
		begins = up->probe != DNS_PROBE_VALIDATES;
		up->probe = DNS_PROBE_VALIDATES;
		up->probe_reason = STR("");
		hold = (int64_t)a->ttl_s * 1000;
		hold = hold > HOLD_MAX_MS ? HOLD_MAX_MS : hold;
		hold = hold < HOLD_MIN_MS ? HOLD_MIN_MS : hold;
	} else {
		up->probe = DNS_PROBE_FAILS;
		say(r, up, a);
	}
	up->probed_until = r->now + hold;
	if (begins)
		resolve_cache_flush(&r->cache, NULL);
	while ((at = list_shift(&up->waiting)) != NULL) {
		struct resolve_job *job = CONTAINER_OF(at, struct resolve_job, at);
		if (begins && job->flags & RESOLVE_AD && job->own && job->own->status != DNS_SECURE)
			resolve_core_again(r, job);
		else
			resolve_core_probed(r, job);
	}
}
