#include "console/logins.h"

#include "base/text.h"

#include <string.h>

/* In a time that does not tell where they differ. */
static bool same(const uint8_t *a, const uint8_t *b)
{
	unsigned differ = 0;

	for (size_t i = 0; i < CONSOLE_TOKEN_OCTETS; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static bool alive(const struct console_login *one, int64_t now)
{
	return one->role != CONSOLE_NOBODY && now < one->ends;
}

/* Which of the table has that token and is alive; CONSOLE_LOGINS_MAX: none. */
static size_t find(const struct console_login *table, struct str text, int64_t now)
{
	CLEANUP(buf_free) struct buf octets = BUF_MAX(CONSOLE_TOKEN_OCTETS);
	size_t found = CONSOLE_LOGINS_MAX;

	if (text.n != 2 * CONSOLE_TOKEN_OCTETS || text_unhex(&octets, text) != ERR_OK)
		return found;
	for (size_t i = 0; i < CONSOLE_LOGINS_MAX; i++)
		if (alive(&table[i], now) && same(table[i].token, (const uint8_t *)octets.p))
			found = i;
	return found;
}

/* A place for one more: a free one, else that which ends first. */
static struct console_login *place(struct console_login *table, int64_t now)
{
	struct console_login *best = &table[0];

	for (size_t i = 0; i < CONSOLE_LOGINS_MAX; i++) {
		if (!alive(&table[i], now))
			return &table[i];
		if (table[i].ends < best->ends)
			best = &table[i];
	}
	return best;
}

static void add(struct console_login *at, const struct console_login *one, struct buf *out)
{
	*at = *one;
	text_hex(out, (struct str){ (const char *)at->token, CONSOLE_TOKEN_OCTETS });
}

void console_logins_begin(struct console_logins *l, struct console_logins_who who,
			  const uint8_t token[static CONSOLE_TOKEN_OCTETS], int64_t now,
			  struct buf *out)
{
	struct console_login one = { .role = who.role, .ends = now + CONSOLE_LOGINS_LIFE_MS };

	(void)str_copy(one.name, sizeof(one.name), who.name);
	memcpy(one.token, token, sizeof(one.token));
	add(place(l->session, now), &one, out);
}

enum console_role console_logins_role(const struct console_logins *l, struct str cookie,
				      int64_t now)
{
	size_t i = find(l->session, cookie, now);

	return i < CONSOLE_LOGINS_MAX ? l->session[i].role : CONSOLE_NOBODY;
}

struct str console_logins_name(const struct console_logins *l, struct str cookie, int64_t now)
{
	size_t i = find(l->session, cookie, now);

	return i < CONSOLE_LOGINS_MAX ? str_of(l->session[i].name) : STR_NONE;
}

void console_logins_end(struct console_logins *l, struct str cookie, int64_t now)
{
	size_t i = find(l->session, cookie, now);

	if (i < CONSOLE_LOGINS_MAX)
		l->session[i] = (struct console_login){ 0 };
}

void console_logins_review(struct console_logins *l, bool (*stays)(void *arg, struct str name),
			   void *arg)
{
	for (size_t i = 0; i < CONSOLE_LOGINS_MAX; i++)
		if (l->session[i].name[0] && !stays(arg, str_of(l->session[i].name)))
			l->session[i] = (struct console_login){ 0 };
}

void console_logins_invite(struct console_logins *l,
			   const uint8_t token[static CONSOLE_TOKEN_OCTETS], int64_t now,
			   struct buf *out)
{
	struct console_login one = { .role = CONSOLE_ADMIN, .ends = now + CONSOLE_ONCE_LIFE_MS };

	memcpy(one.token, token, sizeof(one.token));
	add(place(l->once, now), &one, out);
}

bool console_logins_invited(const struct console_logins *l, struct str token, int64_t now)
{
	return find(l->once, token, now) < CONSOLE_LOGINS_MAX;
}

bool console_logins_accept(struct console_logins *l, struct str token, int64_t now)
{
	size_t i = find(l->once, token, now);

	if (i == CONSOLE_LOGINS_MAX)
		return false;
	l->once[i] = (struct console_login){ 0 };
	return true;
}
