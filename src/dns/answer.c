#include "dns/answer_priv.h"

#include <stdlib.h>
#include <string.h>

struct str dns_probe_text(enum dns_probe probe)
{
	switch (probe) {
	case DNS_PROBE_UNKNOWN:
		return STR("unknown");
	case DNS_PROBE_VALIDATES:
		return STR("validates");
	case DNS_PROBE_FAILS:
		return STR("fails");
	}
	return STR("");
}

struct str dns_status_text(enum dns_status status)
{
	switch (status) {
	case DNS_SECURE:
		return STR("secure");
	case DNS_INSECURE:
		return STR("insecure");
	case DNS_BOGUS:
		return STR("bogus");
	case DNS_INDETERMINATE:
		break;
	}
	return STR("indeterminate");
}

struct dns_answer *dns_answer_alloc(const struct dns_answer *like, size_t n_rr, size_t octets,
				    struct dns_answer_room *room)
{
	size_t fixed = sizeof(struct dns_answer) + n_rr * sizeof(struct dns_rr);
	struct dns_answer *a = malloc(fixed + octets);

	if (!a)
		return NULL;
	*a = *like;
	a->rr = (struct dns_rr *)(void *)(a + 1);
	a->n_rr = n_rr;
	a->octets = fixed + octets;
	*room = (struct dns_answer_room){ (char *)a + fixed, octets };
	return a;
}

struct str dns_answer_put(struct dns_answer_room *room, struct str s)
{
	struct str copy = { room->p, s.n };

	if (s.n == 0)
		return STR_NONE;
	memcpy(room->p, s.p, s.n);
	room->p += s.n;
	room->left -= s.n;
	return copy;
}

/* A struct dns_name is octets only: it may stand anywhere. */
_Static_assert(_Alignof(struct dns_name) == 1, "names need no alignment");

size_t dns_answer_name_room(void)
{
	return sizeof(struct dns_name);
}

const struct dns_name *dns_answer_put_name(struct dns_answer_room *room,
					   const struct dns_name *name)
{
	struct str s = { (const char *)name, sizeof(*name) };

	return (const struct dns_name *)dns_answer_put(room, s).p;
}

enum err dns_answer_copy(const struct dns_answer *a, struct dns_answer **out)
{
	const struct dns_source *source = &a->source;
	size_t octets = source->server.n + source->channel.n + source->trust_reason.n +
			source->probe_reason.n + a->ede_text.n + a->why.n;
	struct dns_answer_room room;

	if (a->final)
		octets += dns_answer_name_room();
	for (size_t i = 0; i < a->n_rr; i++)
		octets += a->rr[i].rdata.n;
	struct dns_answer *copy = dns_answer_alloc(a, a->n_rr, octets, &room);
	if (!copy)
		return ERR_NOMEM;
	copy->source.server = dns_answer_put(&room, source->server);
	copy->source.channel = dns_answer_put(&room, source->channel);
	copy->source.trust_reason = dns_answer_put(&room, source->trust_reason);
	copy->source.probe_reason = dns_answer_put(&room, source->probe_reason);
	copy->ede_text = dns_answer_put(&room, a->ede_text);
	copy->why = dns_answer_put(&room, a->why);
	if (a->final)
		copy->final = dns_answer_put_name(&room, a->final);
	for (size_t i = 0; i < a->n_rr; i++) {
		copy->rr[i] = a->rr[i];
		copy->rr[i].rdata = dns_answer_put(&room, a->rr[i].rdata);
	}
	*out = copy;
	return ERR_OK;
}

void dns_answer_free(struct dns_answer **a)
{
	free(*a);
	*a = NULL;
}

const struct dns_name *dns_answer_final(const struct dns_answer *a)
{
	if (a->final)
		return a->final;
	return a->n_rr > a->n_chain ? &a->rr[a->n_chain].owner : &a->name;
}
