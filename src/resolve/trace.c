/* What conf.trace is told of each message; connections tell of their end themselves. */
#include "resolve/core_priv.h"

#include "base/buf.h"

static void tell(const struct resolve *r, unsigned server, struct resolve_event *e)
{
	e->server = r->up[server].info.name;
	r->conf.trace(r->conf.trace_arg, e);
}

static void tell_of_link(const struct resolve_link *link, unsigned server, struct resolve_event *e)
{
	struct dns_name name = { 0 }; /* whole: the link has no more than its octets */

	dns_name_copy(&name, link->query.name);
	e->name = &name;
	e->type = link->query.type;
	tell(link->r, server, e);
}

static void tell_of(const struct resolve_flight *f, struct resolve_event *e)
{
	e->channel = dns_channel_kind(f->channel->kind)->name;
	tell_of_link(f->link, f->server, e);
}

void resolve_trace_other(const struct resolve *r, unsigned server, struct resolve_event *event,
			 const struct resolve_link *link)
{
	if (link)
		tell_of_link(link, server, event);
	else
		tell(r, server, event);
}

void resolve_trace_sent(const struct resolve_flight *f, struct str octets)
{
	struct resolve_event e = { .fate = RESOLVE_SENT, .octets = octets };

	e.why = f->sent > 0 ? STR("once more") : STR("");
	tell_of(f, &e);
}

static enum resolve_fate fate_of(const struct resolve_fed *fed)
{
	bool ignored = fed->took == RESOLVE_DROPPED || fed->took == RESOLVE_DOUBTED;

	return ignored ? RESOLVE_IGNORED : RESOLVE_ACCEPTED;
}

void resolve_trace_taken(const struct resolve_flight *f, const struct resolve_fed *fed,
			 struct str octets)
{
	struct resolve_event e = { .fate = fate_of(fed), .octets = octets };
	CLEANUP(buf_free) struct buf why = BUF_MAX(512);

	buf_add(&why, fed->why);
	if (fed->took == RESOLVE_SPOILT && f->link->query.clock_off_s != 0)
		buf_addf(&why, " by %lld s", (long long)f->link->query.clock_off_s);
	if (fed->took == RESOLVE_DOUBTED)
		buf_add(&why, STR(": asked again over TCP"));
	e.why = buf_str(&why);
	tell_of(f, &e);
}

void resolve_trace_stray(const struct resolve *r, unsigned server, struct str octets,
			 struct str why)
{
	struct resolve_event e = { .fate = RESOLVE_IGNORED };

	e.channel = dns_channel_kind(r->up[server].info.channel->kind)->name;
	e.octets = octets;
	e.why = why;
	tell(r, server, &e);
}

static struct str channel_of(const struct resolve_link *link, unsigned server)
{
	return dns_channel_kind(link->r->up[server].info.channel->kind)->name;
}

void resolve_trace_handed(const struct resolve_link *link)
{
	struct resolve_event e = { .fate = RESOLVE_SENT };

	e.channel = channel_of(link, link->query.server);
	tell_of_link(link, link->query.server, &e);
}

static struct str validated_word(enum dns_validated validated)
{
	switch (validated) {
	case DNS_VALIDATED_SECURE:
		return STR("secure");
	case DNS_VALIDATED_INSECURE:
		return STR("insecure");
	case DNS_VALIDATED_BOGUS:
		return STR("bogus");
	case DNS_VALIDATED_ELSEWHERE:
		break;
	}
	return STR("");
}

void resolve_trace_validated(const struct resolve_link *link, const struct resolve_reply *reply,
			     const struct resolve_fed *fed)
{
	struct resolve_event e = { .fate = fate_of(fed), .octets = reply->octets };

	e.channel = channel_of(link, reply->server);
	e.why = e.fate == RESOLVE_IGNORED ? fed->why : validated_word(reply->validated);
	tell_of_link(link, reply->server, &e);
}
