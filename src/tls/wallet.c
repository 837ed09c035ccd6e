/*
 * What is true: a purse, which is never empty, has the tickets of one key, oldest first; it is in
 * .table by that, and in .used, those that were used longest ago first.
 *
 * A session knows its wallet and its key, not its purse, which may be gone when a ticket comes.
 */
#include "tls/wallet.h"

#include "base/hash.h"
#include "os/random.h"
#include "tls/session_priv.h"

#include <stdlib.h>
#include <string.h>

struct purse {
	struct hash_node node;
	struct list link;
	SSL_SESSION *ticket[TLS_WALLET_TICKETS];
	size_t n;
	struct str key; /* behind it, in the same memory */
};

struct tls_wallet {
	struct hash table;
	struct list used;
	size_t keys;
	uint64_t seed[2];
};

struct tls_wallet *tls_wallet_new(void)
{
	struct tls_wallet *w = calloc(1, sizeof(*w));

	if (!w || hash_init(&w->table) != ERR_OK) {
		free(w);
		return NULL;
	}
	list_init(&w->used);
	os_random(w->seed, sizeof(w->seed));
	return w;
}

static void drop(struct tls_wallet *w, struct purse *p)
{
	hash_drop(&w->table, &p->node);
	list_drop(&p->link);
	w->keys--;
	for (size_t i = 0; i < p->n; i++)
		SSL_SESSION_free(p->ticket[i]);
	free(p);
}

static void drop_first(struct tls_wallet *w)
{
	drop(w, CONTAINER_OF(w->used.next, struct purse, link));
}

void tls_wallet_free(struct tls_wallet **wp)
{
	struct tls_wallet *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	while (!list_empty(&w->used))
		drop_first(w);
	hash_clear(&w->table);
	free(w);
}

void tls_wallet_use(struct tls_config *c)
{
	tls_session_tickets(c);
}

static struct purse *find(const struct tls_wallet *w, uint64_t hash, struct str key)
{
	for (struct hash_node *n = hash_first(&w->table, hash); n; n = hash_next(n)) {
		struct purse *p = CONTAINER_OF(n, struct purse, node);
		if (str_eq(p->key, key))
			return p;
	}
	return NULL;
}

size_t tls_wallet_count(const struct tls_wallet *w, struct str key)
{
	const struct purse *p = find(w, hash_octets(w->seed, key), key);

	return p ? p->n : 0;
}

/* An empty one, which its caller fills.  NULL: out of memory. */
static struct purse *add(struct tls_wallet *w, uint64_t hash, struct str key)
{
	struct purse *p = calloc(1, sizeof(*p) + key.n);

	if (!p)
		return NULL;
	memcpy(p + 1, key.p, key.n);
	p->key = (struct str){ (const char *)(p + 1), key.n };
	list_init(&p->link);
	if (w->keys == TLS_WALLET_KEYS)
		drop_first(w);
	hash_add(&w->table, &p->node, hash);
	w->keys++;
	return p;
}

static void drop_oldest(struct purse *p)
{
	SSL_SESSION_free(p->ticket[0]);
	p->n--;
	memmove(p->ticket, p->ticket + 1, p->n * sizeof(*p->ticket));
}

/* A ticket came.  False: it is not kept. */
static bool keep(struct tls_session *s, SSL_SESSION *ticket)
{
	struct tls_wallet *w = s->keeper;
	struct str key = buf_str(&s->key);
	uint64_t hash = hash_octets(w->seed, key);
	struct purse *p = find(w, hash, key);

	if (!p)
		p = add(w, hash, key);
	if (!p)
		return false;
	if (p->n == TLS_WALLET_TICKETS)
		drop_oldest(p);
	p->ticket[p->n++] = ticket;
	list_drop(&p->link);
	list_add(&w->used, &p->link);
	return true;
}

/* The newest ticket of that key, which is the caller's from now on; NULL: none. */
static SSL_SESSION *take(struct tls_wallet *w, struct str key)
{
	struct purse *p = find(w, hash_octets(w->seed, key), key);

	if (!p)
		return NULL;
	SSL_SESSION *ticket = p->ticket[--p->n];
	list_drop(&p->link);
	list_add(&w->used, &p->link);
	if (p->n == 0)
		drop(w, p);
	return ticket;
}

struct tls_session *tls_wallet_session(struct tls_wallet *w, const struct tls_config *c,
				       const struct tls_peer *peer, struct str key)
{
	struct tls_session *s = tls_session_prepare(c, peer);

	if (!s)
		return NULL;
	s->key = BUF_MAX(key.n + 1);
	buf_add(&s->key, key);
	if (buf_err(&s->key) == ERR_OK) {
		SSL_SESSION *ticket = take(w, key);
		s->keeper = w;
		s->keep = keep;
		if (ticket)
			tls_demand_resume(s, ticket);
		SSL_SESSION_free(ticket);
	}
	tls_session_shake(s);
	return s;
}
