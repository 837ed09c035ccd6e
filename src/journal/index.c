#include "journal/index.h"

#include "base/hash.h"
#include "journal/little.h"

#include <stdlib.h>

enum { VERSION = 1, HEAD = 20, FRAME = 12, KEY = 8, FLAG_DNSSEC = 1, ROOM_FIRST = 1024 };

#define FRAMES_MAX (16u << 20)
#define SEED 0x7369676e706f7374

static const struct str magic = STR_INIT("SPIX");

/* Where another version of the program hashes otherwise, this one differs. */
static uint32_t check(void)
{
	return journal_index_hash(0, magic);
}

uint32_t journal_index_hash(uint64_t kind, struct str word)
{
	const uint64_t seed[2] = { SEED, kind };

	return (uint32_t)(hash_nocase(seed, word) >> 32);
}

void journal_index_making_clear(struct journal_index_making *m)
{
	free(m->key);
	buf_free(&m->frames);
	*m = (struct journal_index_making){ .frames = BUF_MAX(FRAMES_MAX) };
}

static bool more_room(struct journal_index_making *m)
{
	size_t room = m->room ? 2 * m->room : ROOM_FIRST;
	struct journal_index_key *key = reallocarray(m->key, room, sizeof(*key));

	if (!key)
		return false;
	m->key = key;
	m->room = room;
	return true;
}

void journal_index_key(struct journal_index_making *m, uint32_t key)
{
	if (m->n > m->n_before && m->key[m->n - 1].key == key)
		return;
	if (m->n == m->room && !more_room(m)) {
		m->err = ERR_NOMEM;
		return;
	}
	m->key[m->n++] = (struct journal_index_key){ key, m->n_frame };
}

void journal_index_time(struct journal_index_making *m, uint64_t wall_ms)
{
	if (wall_ms > m->latest_ms)
		m->latest_ms = wall_ms;
}

static int by_key(const void *a, const void *b)
{
	const struct journal_index_key *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* The keys from `from` on, in order, each once. */
static void sort(struct journal_index_making *m, size_t from)
{
	size_t n = from;

	if (m->n == from)
		return;
	qsort(m->key + from, m->n - from, sizeof(*m->key), by_key);
	for (size_t i = from; i < m->n; i++)
		if (i == from || by_key(&m->key[i], &m->key[n - 1]) != 0)
			m->key[n++] = m->key[i];
	m->n = n;
}

void journal_index_frame(struct journal_index_making *m)
{
	sort(m, m->n_before);
	m->n_before = m->n;
	m->frames.max = FRAMES_MAX;
	journal_little_add64(&m->frames, m->latest_ms);
	journal_little_add32(&m->frames, m->dnssec ? FLAG_DNSSEC : 0);
	m->latest_ms = 0;
	m->dnssec = false;
	m->n_frame++;
}

enum err journal_index_write(struct journal_index_making *m, struct buf *out)
{
	enum err e = m->err != ERR_OK ? m->err : buf_err(&m->frames);

	if (e != ERR_OK)
		return e;
	sort(m, 0);
	buf_add(out, magic);
	journal_little_add32(out, VERSION);
	journal_little_add32(out, check());
	journal_little_add32(out, m->n_frame);
	journal_little_add32(out, (uint32_t)m->n);
	buf_add(out, buf_str(&m->frames));
	for (size_t i = 0; i < m->n; i++) {
		journal_little_add32(out, m->key[i].key);
		journal_little_add32(out, m->key[i].frame);
	}
	m->n = m->n_before = m->n_frame = 0;
	buf_clear(&m->frames);
	return buf_err(out);
}

static struct journal_index_key key_at(const struct journal_index *ix, size_t i)
{
	const char *p = ix->keys + i * KEY;

	return (struct journal_index_key){ journal_little_32(p), journal_little_32(p + 4) };
}

/* Whether the keys are in order, and all of frames that there are. */
static bool is_sound(const struct journal_index *ix)
{
	struct journal_index_key last = { 0 };

	for (size_t i = 0; i < ix->n_key; i++) {
		struct journal_index_key k = key_at(ix, i);
		if (k.frame >= ix->n_frame || (i > 0 && by_key(&last, &k) >= 0))
			return false;
		last = k;
	}
	return true;
}

enum err journal_index_read(struct str octets, struct journal_index *out)
{
	if (octets.n < HEAD || !str_starts(octets, magic) ||
	    journal_little_32(octets.p + 4) != VERSION ||
	    journal_little_32(octets.p + 8) != check())
		return ERR_SYNTAX;
	struct journal_index ix = { .frames = octets.p + HEAD,
				    .n_frame = journal_little_32(octets.p + 12),
				    .n_key = journal_little_32(octets.p + 16) };
	if (octets.n != HEAD + ix.n_frame * (uint64_t)FRAME + ix.n_key * (uint64_t)KEY)
		return ERR_SYNTAX;
	ix.keys = ix.frames + ix.n_frame * (size_t)FRAME;
	if (!is_sound(&ix))
		return ERR_SYNTAX;
	*out = ix;
	return ERR_OK;
}

static bool has_key(const struct journal_index *ix, struct journal_index_key key)
{
	size_t low = 0, high = ix->n_key;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct journal_index_key k = key_at(ix, middle);
		int order = by_key(&k, &key);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool journal_index_has(const struct journal_index *ix, uint32_t frame,
		       const struct journal_index_want *want)
{
	if (frame >= ix->n_frame)
		return true;
	const char *p = ix->frames + frame * (size_t)FRAME;
	if (want->since_ms && journal_little_64(p) < want->since_ms)
		return false;
	if (want->dnssec && !(journal_little_32(p + 8) & FLAG_DNSSEC))
		return false;
	for (size_t i = 0; i < want->n_key; i++)
		if (!has_key(ix, (struct journal_index_key){ want->key[i], frame }))
			return false;
	return true;
}
