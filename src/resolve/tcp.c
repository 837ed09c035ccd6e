/*
 * Questions over streams, TCP and TLS: which connection of a server takes one.
 *
 * One connection a server, kept, while it takes questions; what finds it full
 * waits its turn.  Others may still be open that only wait for their last answers.
 * A server over TLS that cannot be asked as its configuration demands, because its
 * CA file cannot be read, is never asked at all.
 */
#include "resolve/stream_priv.h"

#include <stdlib.h>
#include <string.h>

static struct str nonempty(const char *z)
{
	return str_of(z ? z : "");
}

/* What a server must prove, while its configuration's strings are there. */
static enum err init_tls(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	const struct dns_server *conf = &up->info.conf;
	struct tls_peer peer = { .name = nonempty(conf->tls_name), .n_pin = conf->n_tls_pin };
	struct buf why = BUF_MAX(400);
	const char *ca_file = nonempty(conf->tls_ca_file).n > 0 ? conf->tls_ca_file : NULL;

	if (peer.n_pin > TLS_PINS_MAX)
		peer.n_pin = TLS_PINS_MAX;
	_Static_assert(sizeof(peer.pin) == sizeof(conf->tls_pin), "as many pins, and as long");
	memcpy(peer.pin, conf->tls_pin, sizeof(peer.pin));
	buf_add(&why, STR("TLS: "));
	enum err e = tls_target_new(ca_file, &peer, STR("dot"), &up->tls, &why);
	if (e == ERR_IO || e == ERR_SYNTAX) {
		up->unusable = resolve_server_text(&up->info, buf_str(&why));
		up->info.reason = up->info.reason_aa = up->unusable;
		e = ERR_OK;
	}
	buf_free(&why);
	return e;
}

static enum err open_tcp(struct resolve *r, unsigned server)
{
	(void)r;
	(void)server;
	return ERR_OK;
}

static const struct resolve_stream_owner owner;

static const struct resolve_channel *stream_of(const struct resolve_upstream *up)
{
	return up->info.channel->whole;
}

/* The server's connection, or a new one that is under way.  NULL: none can be had. */
static struct resolve_connection *get_connection(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];

	if (!up->connection)
		up->connection = resolve_stream_new(r, server, &owner);
	return up->connection;
}

/* Why it cannot be sent; empty: it is on its way. */
static struct str try_send(struct resolve_link *link, enum resolve_stream_turn turn)
{
	struct resolve *r = link->r;
	unsigned server = link->query.server;
	struct resolve_upstream *up = &r->up[server];

	/* Over TLS nothing leaves but through a target, which knows what must be proved. */
	if (stream_of(up) == &resolve_tcp_tls_channel && !up->tls)
		return up->unusable;
	struct resolve_connection *c = get_connection(r, server);
	if (!c)
		return STR("no connection over TCP");
	struct resolve_flight *f = resolve_stream_add(c, link);
	if (!f)
		return STR("out of memory");
	if (!resolve_stream_sound(c)) {
		/* The flight is taken back first: its link is told by our caller. */
		resolve_flight_free(r, f);
		resolve_stream_end(c, RESOLVE_STREAM_FAILED, STR("out of memory"));
		return STR("out of memory");
	}
	f->requeued = turn == RESOLVE_STREAM_TURN_LAST;
	up->info.tally.questions++;
	return STR("");
}

static bool send_in(struct resolve_link *link, enum resolve_stream_turn turn)
{
	unsigned server = link->query.server;
	struct resolve_upstream *up = &link->r->up[server];

	if (turn == RESOLVE_STREAM_TURN_FIRST && up->connection &&
	    !resolve_stream_room(up->connection)) {
		resolve_timer_unset(&link->timer);
		list_add(&up->stream_queue, &link->queue);
		return false;
	}
	struct str why = try_send(link, turn);
	if (why.n > 0)
		resolve_query_lost(&link->query, server, why);
	else if (turn == RESOLVE_STREAM_TURN_FIRST)
		link->told->sent(link);
	return true;
}

static bool send_one(struct resolve_link *link)
{
	return send_in(link, RESOLVE_STREAM_TURN_FIRST);
}

static void send_again(struct resolve_link *link, enum resolve_stream_turn turn)
{
	(void)send_in(link, turn);
}

/* A connection of the server's is over, and with it, where it FAILED, what waits for one. */
static void over(struct resolve_connection *c, enum resolve_stream_end how, struct str why)
{
	struct resolve_upstream *up = &c->r->up[c->server];
	struct list waiting, *at;

	if (up->connection == c)
		up->connection = NULL;
	if (how != RESOLVE_STREAM_FAILED)
		return;
	list_init(&waiting);
	while ((at = list_shift(&up->stream_queue)) != NULL)
		list_add(&waiting, at);
	while ((at = list_shift(&waiting)) != NULL) {
		struct resolve_link *link = CONTAINER_OF(at, struct resolve_link, queue);
		link->told->lost(link, c->server, why);
	}
}

static const struct resolve_stream_owner owner = { over, send_again };

static void silent(struct resolve_link *link, unsigned server)
{
	struct resolve_connection *c = link->r->up[server].connection;

	if (!c || c->heard_at > link->sent_at)
		return;
	for (struct list *at = link->flights.next; at != &link->flights; at = at->next) {
		if (CONTAINER_OF(at, struct resolve_flight, of_link)->connection == c) {
			resolve_stream_end(c, RESOLVE_STREAM_FAILED, STR("no answer in time"));
			return;
		}
	}
}

/* What waits for room, as far as there is some. */
static void send_waiting(struct resolve_upstream *up)
{
	while (!list_empty(&up->stream_queue) &&
	       (!up->connection || resolve_stream_room(up->connection))) {
		struct resolve_link *link =
			CONTAINER_OF(up->stream_queue.next, struct resolve_link, queue);
		link->told->act(link);
	}
}

static bool flush(struct resolve *r, unsigned server, int64_t *when)
{
	struct resolve_upstream *up = &r->up[server];

	(void)when;
	send_waiting(up);
	for (struct list *at = up->connections.next, *next; at != &up->connections; at = next) {
		next = at->next;
		resolve_stream_flush(CONTAINER_OF(at, struct resolve_connection, at));
	}
	return false;
}

static void clear(struct resolve *r, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	struct list *at;

	while ((at = up->connections.next) != &up->connections)
		resolve_stream_end(CONTAINER_OF(at, struct resolve_connection, at),
				   RESOLVE_STREAM_CLOSED, STR("the resolver ends"));
	tls_target_free(&up->tls);
}

const struct resolve_channel resolve_tcp_channel = {
	.kind = DNS_CHANNEL_TCP,
	.whole = &resolve_tcp_channel,
	.trusted_by = resolve_server_by_address,
	.open = open_tcp,
	.send = send_one,
	.flush = flush,
	.silent = silent,
	.late = resolve_stream_late,
	.gone = resolve_stream_gone,
	.keepalive = resolve_stream_keepalive,
	.clear = clear,
};

/* RFC 7858. */
const struct resolve_channel resolve_tcp_tls_channel = {
	.kind = DNS_CHANNEL_TLS,
	.whole = &resolve_tcp_tls_channel,
	.padded = true,
	.trusted_by = resolve_server_by_tls,
	.open = init_tls,
	.send = send_one,
	.flush = flush,
	.silent = silent,
	.late = resolve_stream_late,
	.gone = resolve_stream_gone,
	.keepalive = resolve_stream_keepalive,
	.clear = clear,
};
