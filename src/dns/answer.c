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
	case DNS_PROBE_UNANSWERED:
		return STR("unanswered");
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

struct dns_answer *dns_answer_alloc(const struct dns_answer *like, struct dns_answer_room *room)
{
	size_t align = _Alignof(struct dns_rr);
	size_t records = (sizeof(struct dns_answer) + room->names + align - 1) & ~(align - 1);
	size_t octets = records + room->n_rr * sizeof(struct dns_rr);
	size_t n = octets + room->octets;
	size_t least = sizeof(struct dns_answer) + room->names + sizeof(struct dns_name);

	if (n < least)
		n = least;
	struct dns_answer *a = malloc(n);
	if (!a)
		return NULL;
	*a = *like;
	a->rr = (struct dns_rr *)(void *)((char *)a + records);
	a->n_rr = room->n_rr;
	a->octets = n;
	room->name = (char *)(a + 1);
	room->p = (char *)a + octets;
	return a;
}

struct str dns_answer_put(struct dns_answer_room *room, struct str s)
{
	struct str copy = { room->p, s.n };

	if (s.n == 0)
		return STR_NONE;
	memcpy(room->p, s.p, s.n);
	room->p += s.n;
	return copy;
}

/* A struct dns_name is octets only: it may stand anywhere. */
_Static_assert(_Alignof(struct dns_name) == 1, "names need no alignment");

const struct dns_name *dns_answer_put_name(struct dns_answer_room *room,
					   const struct dns_name *name)
{
	size_t n = dns_name_octets(name);
	struct dns_name *copy = (struct dns_name *)(void *)room->name;

	memcpy(room->name, name, n);
	room->name += n;
	return copy;
}

/* The owner of record i in copy, where it is one that is there already; else NULL. */
static const struct dns_name *shared_owner(const struct dns_answer *a,
					   const struct dns_answer *copy, size_t i)
{
	const struct dns_name *owner = a->rr[i].owner;

	if (owner == a->name)
		return copy->name;
	if (owner == a->final)
		return copy->final;
	if (i > 0 && owner == a->rr[i - 1].owner)
		return copy->rr[i - 1].owner;
	return NULL;
}

static struct dns_answer_room room_of(const struct dns_answer *a)
{
	const struct dns_source *source = &a->source;
	struct dns_answer_room room = {
		.n_rr = a->n_rr,
		.octets = source->server.n + source->channel.n + source->trust_reason.n +
			  source->probe_reason.n + a->ede_text.n + a->why.n,
	};

	if (a->name)
		room.names += dns_name_octets(a->name);
	if (a->final)
		room.names += dns_name_octets(a->final);
	for (size_t i = 0; i < a->n_rr; i++) {
		room.octets += a->rr[i].rdata.n;
		if (!shared_owner(a, a, i))
			room.names += dns_name_octets(a->rr[i].owner);
	}
	return room;
}

enum err dns_answer_copy(const struct dns_answer *a, struct dns_answer **out)
{
	const struct dns_source *source = &a->source;
	struct dns_answer_room room = room_of(a);
	struct dns_answer *copy = dns_answer_alloc(a, &room);

	if (!copy)
		return ERR_NOMEM;
	if (a->name)
		copy->name = dns_answer_put_name(&room, a->name);
	if (a->final)
		copy->final = dns_answer_put_name(&room, a->final);
	copy->source.server = dns_answer_put(&room, source->server);
	copy->source.channel = dns_answer_put(&room, source->channel);
	copy->source.trust_reason = dns_answer_put(&room, source->trust_reason);
	copy->source.probe_reason = dns_answer_put(&room, source->probe_reason);
	copy->ede_text = dns_answer_put(&room, a->ede_text);
	copy->why = dns_answer_put(&room, a->why);
	for (size_t i = 0; i < a->n_rr; i++) {
		copy->rr[i] = a->rr[i];
		copy->rr[i].rdata = dns_answer_put(&room, a->rr[i].rdata);
		copy->rr[i].owner = shared_owner(a, copy, i);
		if (!copy->rr[i].owner)
			copy->rr[i].owner = dns_answer_put_name(&room, a->rr[i].owner);
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
	return a->n_rr > a->n_chain ? a->rr[a->n_chain].owner : a->name;
}
