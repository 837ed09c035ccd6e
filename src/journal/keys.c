#include "journal/keys.h"

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "journal/session.h"

#include <string.h>

enum { MESSAGE = 1, ADDRESS = 2, DOMAIN = 3 };
enum { ID_MIN = 11, ID_MAX = 13, TO_MAX = 4096 };

/*
 * Whether the word may be a queue ID, as queue/id.c writes them: digits of Crockford's base 32, a
 * decimal one among them.
 */
static bool is_id(struct str word)
{
	bool digit = false;

	if (word.n < ID_MIN || word.n > ID_MAX)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (!str_has(STR("0123456789abcdefghjkmnpqrstvwxyz"), (char)str_fold(word.p[i])))
			return false;
		digit |= word.p[i] >= '0' && word.p[i] <= '9';
	}
	return digit;
}

/* Every word of a line that may be an ID. */
static void add_ids(struct journal_index_making *m, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t begin = i;
		while (i < text.n && journal_session_word(text.p[i]))
			i++;
		struct str word = { text.p + begin, i - begin };
		if (is_id(word))
			journal_index_key(m, journal_index_hash(MESSAGE, word));
		i += i < text.n;
	}
}

/* What stands behind the last "@"; empty where there is none. */
static struct str domain_of(struct str address)
{
	const char *at = address.n ? memrchr(address.p, '@', address.n) : NULL;

	return at ? str_skip(address, (size_t)(at - address.p) + 1) : STR_NONE;
}

/* Domains that unicode_same_domain() takes for one are one.  ERR_NOMEM. */
static enum err domain_key(uint64_t kind, struct str local, struct str domain, uint32_t *key)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(TO_MAX);
	enum err e = ERR_SYNTAX;

	buf_add(&b, local);
	if (!text_is_ascii(domain))
		e = unicode_to_ascii(&b, domain);
	if (e != ERR_OK && e != ERR_NOMEM) {
		buf_clear(&b);
		buf_add(&b, local);
		buf_add(&b, domain);
	}
	*key = journal_index_hash(kind, buf_str(&b));
	return e == ERR_NOMEM || buf_err(&b) == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

static enum err address_key(struct str address, uint32_t *key)
{
	struct str domain = domain_of(address);

	return domain_key(ADDRESS, str_head(address, address.n - domain.n), domain, key);
}

static void add_recipient(struct journal_index_making *m, struct str to)
{
	uint32_t address, domain;

	if (to.n == 0)
		return;
	enum err e = address_key(to, &address);
	if (e == ERR_OK)
		e = domain_key(DOMAIN, STR_NONE, domain_of(to), &domain);
	if (e != ERR_OK) {
		m->err = e;
		return;
	}
	journal_index_key(m, address);
	journal_index_key(m, domain);
}

/* Times are compared as text: one that is written otherwise may be of any time. */
static uint64_t time_of(struct str time)
{
	char text[TIME_TEXT_MAX];
	int64_t ms;

	if (time.n == 0)
		return 0;
	if (time_read(time, &ms) != ERR_OK || ms < 0 || !str_eq(time_rfc3339(ms, text), time))
		return JOURNAL_INDEX_ALWAYS;
	return (uint64_t)ms;
}

void journal_keys_session(struct journal_index_making *m, enum journal_way way, struct str block)
{
	struct str line;
	bool first = true;

	journal_index_time(m, time_of(journal_session_end(block)));
	while (str_line(&block, &line)) {
		struct str text = journal_session_text(line);
		m->dnssec |= first && str_starts(text, STR("DNSSEC service "));
		first = false;
		if (!str_starts(text, STR("<-- ")) && !str_starts(text, STR("--> ")))
			add_ids(m, text);
		add_recipient(m, journal_session_recipient(way, text));
	}
}

void journal_keys_record(struct journal_index_making *m, const struct journal_record *r)
{
	journal_index_time(m, time_of(r->time));
	m->dnssec |= !str_eq(r->service, STR("off"));
	if (is_id(r->message))
		journal_index_key(m, journal_index_hash(MESSAGE, r->message));
	add_recipient(m, r->to);
}

void journal_keys_want(struct journal_index_want *w, struct str message, struct str to)
{
	bool all = str_starts(to, STR("@")) && domain_of(to).n == to.n - 1;
	uint32_t key;

	if (is_id(message))
		w->key[w->n_key++] = journal_index_hash(MESSAGE, message);
	if (to.n == 0)
		return;
	/* Without memory all is looked at. */
	if ((all ? domain_key(DOMAIN, STR_NONE, str_skip(to, 1), &key) : address_key(to, &key)) ==
	    ERR_OK)
		w->key[w->n_key++] = key;
}
