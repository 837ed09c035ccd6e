/*
 * Answers kept to their TTL, in bounded memory, the longest unused going first.
 *
 * The key holds everything that trust depends on: a question asked without AD,
 * or in another tier, has lines of its own.  What a line says, its status and
 * when it ends are fixed when it is put; nothing improves it later.  An answer
 * that denies is kept as RFC 2308 has it, a failure for seconds (RFC 9520),
 * longer while it lasts.  A failure does not take the place of an answer that lasts.
 *
 * What is asked often is asked again shortly before it ends: resolve_cache_due().
 *
 * What is dropped goes to a list that the owner empties when nobody looks at
 * the answers any more: a callback may flush the cache from which it is served.
 */
#ifndef RESOLVE_CACHE_H
#define RESOLVE_CACHE_H

#include "base/hash.h"
#include "base/list.h"
#include "base/pool.h"
#include "dns/answer.h"

/* Everything besides name and type that makes a question another one. */
#define RESOLVE_KEY_AD 1u
#define RESOLVE_KEY_DO 2u
#define RESOLVE_KEY_TRUSTED 4u /* the tier */
/* Asked of one server alone, past the cache: in flight only, never in a line of the cache. */
#define RESOLVE_KEY_AT(server) (8u | (server) << 4)
#define RESOLVE_KEY_LINE 7u /* what a line has of these */

struct resolve_key {
	const struct dns_name *name; /* letters of either case */
	uint16_t type;
	unsigned bits;
	uint64_t hash; /* of the rest: resolve_key_hash() */
};

/* An answer with what the cache, and who serves it, knows of it. */
struct resolve_entry {
	struct list at; /* by use, or in the list of the dropped */
	struct hash_node node;
	struct dns_answer *answer;
	unsigned bits;
	int server; /* that gave it; -1: none */
	bool over_tcp;
	bool proved;   /* see dns/answer.h; false: not yet, or there is nothing to prove */
	uint64_t came; /* see resolve_core_moment() */
	unsigned hits;
	int64_t until;
	int64_t due; /* found from then on, it may be asked for again; INT64_MAX: not (any more) */
	unsigned failures; /* in a row, this one counted; 0: not a failure */
};

struct resolve_cache {
	struct hash table;
	struct list used;    /* the longest unused first */
	struct list dropped; /* for resolve_cache_sweep() */
	struct pool pool;    /* of entries */
	size_t octets, max;
	size_t n;
	uint64_t evictions; /* dropped for want of room */
};

/* ERR_NOMEM. */
enum err resolve_cache_init(struct resolve_cache *c, size_t max) MUST_USE;
void resolve_cache_clear(struct resolve_cache *c);

/* Under a seed that nobody knows, and that is the same for all keys of one cache. */
uint64_t resolve_key_hash(const uint64_t seed[static 2], const struct resolve_key *key);
bool resolve_key_eq(const struct resolve_key *a, const struct resolve_key *b);

/*
 * An entry that owns answer, in no table: what was asked for key.  NULL when out of
 * memory: answer is freed.
 */
struct resolve_entry *resolve_entry_new(struct resolve_cache *c, struct dns_answer *answer,
					const struct resolve_key *key) MUST_USE;

/* The entry for key that is still good at now, or NULL.  Counts its hits. */
struct resolve_entry *resolve_cache_find(struct resolve_cache *c, const struct resolve_key *key,
					 int64_t now);

/*
 * Whether e, just found, is to be asked for again before it ends: true once, in
 * the last tenth of its life, if it had been found twice before.  Twice, because
 * one message may ask for the same name a second time: the third who asks has come
 * back.  Never for a failure, nor for what lives less than ten seconds: servers
 * that have a cache themselves answer with what is left of a life, and the rest of
 * the rest is not worth a question.
 */
bool resolve_cache_due(struct resolve_entry *e, int64_t now);

/*
 * Keep e for as long as its answer says, in place of what there was.  It goes with
 * the dropped where that is not at all, where it has no room, and where it is a
 * failure and there is an answer that lasts.  Sets until.
 */
void resolve_cache_put(struct resolve_cache *c, struct resolve_entry *e, int64_t now);

/* What came for key at that moment, where that is still what is kept, is proved. */
void resolve_cache_prove(struct resolve_cache *c, const struct resolve_key *key, uint64_t came);

/* Do not keep e: it goes with the dropped.  Sets until. */
void resolve_cache_pass(struct resolve_cache *c, struct resolve_entry *e, int64_t now);

/* Drop what there is for name, or all where name is NULL. */
void resolve_cache_flush(struct resolve_cache *c, const struct dns_name *name);

/* Free what was dropped. */
void resolve_cache_sweep(struct resolve_cache *c);

#endif
