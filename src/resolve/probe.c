/*
 * Whether a trusted server validates.  It is asked for a name that is known to
 * be signed: the answer must be authenticated.  Where the configuration names
 * them, for one that a signed zone denies: the denial must be authenticated
 * too; and for one whose signatures are wrong: that must be SERVFAIL.  All go
 * out together, to that server alone, and past the cache; it validates if all
 * hold.
 *
 * A result holds for the answers' TTL and a minute at most; a failed one for
 * ten seconds.  That a server validates holds no longer than it is there: after
 * one that was silent has come back it is another, as far as we know.  Nobody waits for a
 * probe but who needs to know.
 *
 * What a server said before it was seen to validate proves nothing about a
 * zone: when it begins to, the cache is emptied, what is in flight is not kept,
 * and those who wait with an answer that is not secure ask again.  So mail is
 * never bounced for an answer from the time when the fault was our own resolver's.
 */
#include "resolve/core_priv.h"

#include "base/buf.h"
#include "dns/type.h"

#include <string.h>

enum { HOLD_MIN_MS = 1000, HOLD_MAX_MS = 60000, RETRY_MS = 10000 };

enum dns_probe resolve_probe_found(const struct resolve *r, unsigned server)
{
	const struct resolve_upstream *up = &r->up[server];
	bool another = up->probe == DNS_PROBE_VALIDATES && up->probed_at < up->info.back_at;

	return another ? DNS_PROBE_UNKNOWN : up->probe;
}

bool resolve_probe_fails(const struct resolve *r, unsigned server)
{
	return r->up[server].probe == DNS_PROBE_FAILS;
}

enum dns_probe resolve_probe_state(const struct resolve *r, unsigned server, int64_t now)
{
	return now < r->up[server].probed_until ? resolve_probe_found(r, server)
						: DNS_PROBE_UNKNOWN;
}

bool resolve_probe_known(struct resolve *r, unsigned server)
{
	return resolve_probe_state(r, server, r->now) != DNS_PROBE_UNKNOWN;
}

enum dns_probe resolve_probe_since(const struct resolve *r, unsigned server, uint64_t *since)
{
	const struct resolve_upstream *up = &r->up[server];
	enum dns_probe now = resolve_probe_state(r, server, r->now);

	if (dns_probe_bad(now))
		return DNS_PROBE_FAILS;
	if (up->good_began <= *since || up->probed_at < up->info.back_at)
		return DNS_PROBE_UNKNOWN;
	*since = up->good_ended;
	return DNS_PROBE_VALIDATES;
}

bool resolve_probe_outranked(const struct resolve *r, unsigned server)
{
	if (!(r->failing & 1u << server))
		return false;
	for (unsigned i = 0; i < r->n_up; i++)
		if (!(r->failing & 1u << i) && r->peers[i].trust != DNS_TRUST_NONE &&
		    r->now >= r->up[i].info.down_until)
			return true;
	return false;
}

/* The question of a part.  False: it is not asked. */
static bool key_of(const struct resolve *r, unsigned part, struct resolve_key *key)
{
	const struct resolve_conf *conf = &r->conf;
	const struct dns_name *names[] = {
		[RESOLVE_PROBE_SIGNED] = &conf->probe_name,
		[RESOLVE_PROBE_DENIAL] = &conf->probe_denial,
		[RESOLVE_PROBE_BOGUS] = &conf->probe_bogus,
	};

	*key = (struct resolve_key){
		.name = names[part],
		.type = part == RESOLVE_PROBE_BOGUS ? DNS_TYPE_A : conf->probe_type,
		.bits = RESOLVE_KEY_AD | (conf->set_do ? RESOLVE_KEY_DO : 0),
	};
	return names[part]->len > 0;
}

static resolve_link_probed done;

/* All are made before the first is sent: one may be answered at once. */
static void begin(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct resolve_key key;
	bool asked[RESOLVE_PROBE_PARTS];

	up->probe_bad = false;
	up->probe_hold = HOLD_MAX_MS;
	up->began = resolve_core_moment(r);
	for (unsigned part = 0; part < RESOLVE_PROBE_PARTS; part++) {
		asked[part] = key_of(r, part, &key);
		if (!asked[part])
			continue;
		up->probing[part] = resolve_link_probe(r, server, part, &key, done);
		up->probes++;
	}
	for (unsigned part = 0; part < RESOLVE_PROBE_PARTS; part++) {
		if (up->probing[part])
			resolve_link_act(up->probing[part]);
		else if (asked[part])
			done(r, server, part, NULL);
	}
}

void resolve_probe_wait(struct resolve *r, unsigned server, struct resolve_job *job)
{
	struct resolve_upstream *up = &r->up[server];

	job->state = RESOLVE_JOB_PROBING;
	list_add(&up->waiting, &job->at);
	if (up->probes == 0)
		begin(r, server);
}

/* Whether the server did as one that validates does. */
static bool good(unsigned part, const struct dns_answer *a)
{
	if (!a)
		return false;
	switch (part) {
	case RESOLVE_PROBE_SIGNED:
		return a->outcome == DNS_DATA && a->status == DNS_SECURE;
	case RESOLVE_PROBE_DENIAL:
		return (a->outcome == DNS_NO_NAME || a->outcome == DNS_NODATA) &&
		       a->status == DNS_SECURE;
	}
	return a->outcome == DNS_FAILED && a->rcode == DNS_SERVFAIL;
}

/* What is wrong with an answer that has an outcome: a part of good()'s conditions. */
static struct str fault(unsigned part, const struct dns_answer *a)
{
	if (part == RESOLVE_PROBE_BOGUS)
		return STR("was answered, although its signatures are wrong");
	if (part == RESOLVE_PROBE_DENIAL && a->outcome == DNS_DATA)
		return STR("is there, although it should be denied");
	if (a->status == DNS_SECURE)
		return STR("has no data there");
	if (a->aa)
		return STR("was answered by an authoritative server, not authenticated");
	return STR("was not authenticated");
}

/* "com. NS was not authenticated", and what there is to say besides. */
static void say(struct resolve *r, struct resolve_upstream *up, unsigned part,
		const struct dns_answer *a)
{
	struct buf text = BUF_MAX(RESOLVE_REASON_MAX);
	char type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];
	struct resolve_key key;

	(void)key_of(r, part, &key);
	dns_name_text(&text, key.name);
	buf_addf(&text, " %.*s", STR_ARG(dns_type_text(key.type, type)));
	if (!a)
		buf_add(&text, STR(" could not be asked for: out of memory"));
	else if (a->outcome == DNS_NO_ANSWER)
		buf_add(&text, STR(" was not answered"));
	else if (a->outcome == DNS_FAILED)
		buf_addf(&text, " was answered with %.*s",
			 STR_ARG(dns_rcode_text(a->rcode, rcode)));
	else if (part == RESOLVE_PROBE_DENIAL && a->outcome != DNS_DATA)
		buf_add(&text, STR(": its denial was not authenticated"));
	else
		buf_addf(&text, " %.*s", STR_ARG(fault(part, a)));
	/* A long name leaves no room: then what fits. */
	size_t n = text.n < sizeof(up->probe_text) ? text.n : sizeof(up->probe_text);
	if (n > 0)
		memcpy(up->probe_text, text.p, n);
	up->probe_reason = (struct str){ up->probe_text, n };
	buf_free(&text);
}

/* Those who wait for a probe that began when this did, or to whom a failed one is enough. */
static void wake(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct list all, *at;

	list_init(&all);
	while ((at = list_shift(&up->waiting)) != NULL)
		list_add(&all, at);
	while ((at = list_shift(&all)) != NULL) {
		struct resolve_job *job = CONTAINER_OF(at, struct resolve_job, at);
		if (up->probe_bad || job->since < up->began)
			resolve_core_serve(r, job, NULL, STR(""));
		else
			list_add(&up->waiting, at);
	}
	if (!list_empty(&up->waiting))
		begin(r, server);
}

/* It validates. */
static void finish_good(struct resolve *r, struct resolve_upstream *up, unsigned server)
{
	bool begins = !up->validated;

	up->probe = DNS_PROBE_VALIDATES;
	up->validated = true;
	up->probe_reason = STR("");
	up->probed_until = r->now + up->probe_hold;
	up->good_began = up->began;
	up->good_ended = resolve_core_moment(r);
	r->failing &= (uint16_t) ~(1u << server);
	if (begins) {
		r->epoch++;
		resolve_link_outdate(r, NULL);
	}
}

static void finish_bad(struct resolve *r, struct resolve_upstream *up, unsigned server)
{
	up->probe = up->probe_silent ? DNS_PROBE_UNANSWERED : DNS_PROBE_FAILS;
	up->validated = false;
	up->probed_until = r->now + RETRY_MS;
	if (r->peers[server].trust != DNS_TRUST_NONE)
		r->failing |= (uint16_t)(1u << server);
	if (r->conf.probed)
		resolve_timer_set(&r->wheel, &up->retry, up->probed_until);
}

/* All parts are answered. */
static void finish(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct resolve_probed event = { .server = up->info.name, .was = up->probe };

	up->probed_at = r->now;
	if (up->probe_bad)
		finish_bad(r, up, server);
	else
		finish_good(r, up, server);
	event.is = up->probe;
	event.reason = up->probe_reason;
	if (r->conf.probed && event.is != event.was)
		r->conf.probed(r->conf.probed_arg, &event);
	wake(r, server);
}

static void done(struct resolve *r, unsigned server, unsigned part, const struct dns_answer *a)
{
	struct resolve_upstream *up = &r->up[server];

	up->probing[part] = NULL;
	up->probes--;
	if (!good(part, a)) {
		/* The first that failed is the one that is told. */
		if (!up->probe_bad) {
			say(r, up, part, a);
			up->probe_silent = !a || a->outcome == DNS_NO_ANSWER;
		}
		up->probe_bad = true;
	} else if (part != RESOLVE_PROBE_BOGUS) {
		int64_t hold = (int64_t)a->ttl_s * 1000;
		hold = hold < HOLD_MIN_MS ? HOLD_MIN_MS : hold;
		up->probe_hold = hold < up->probe_hold ? hold : up->probe_hold;
	}
	if (up->probes == 0)
		finish(r, server);
}

static void probe_failing(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];

	if (r->failing & 1u << server && up->probes == 0 && r->now >= up->probed_until)
		begin(r, server);
}

void resolve_probe_failing(struct resolve *r)
{
	for (unsigned i = 0; i < r->n_up; i++)
		probe_failing(r, i);
}

static void retry(struct resolve_timer *t)
{
	struct resolve_upstream *up = CONTAINER_OF(t, struct resolve_upstream, retry);

	probe_failing(up->r, (unsigned)(up - up->r->up));
}

void resolve_probe_init(struct resolve *r, unsigned server)
{
	r->up[server].r = r;
	list_init(&r->up[server].waiting);
	resolve_timer_init(&r->up[server].retry, retry);
}

void resolve_probe_clear(struct resolve *r, unsigned server)
{
	resolve_timer_unset(&r->up[server].retry);
}

void resolve_probe_eager(struct resolve *r)
{
	for (unsigned i = 0; r->conf.probed && i < r->n_up; i++)
		if (r->peers[i].trust != DNS_TRUST_NONE && r->up[i].probes == 0)
			begin(r, i);
}

void resolve_probe_forget(struct resolve *r)
{
	r->failing = 0;
	for (unsigned i = 0; i < r->n_up; i++) {
		r->up[i].probe = DNS_PROBE_UNKNOWN;
		r->up[i].probed_until = 0;
		r->up[i].good_began = 0;
	}
	resolve_probe_eager(r);
}
