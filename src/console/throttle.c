#include "console/throttle.h"

#include <string.h>

enum { IPV6_NET_OCTETS = 8 };

static struct console_throttled *find(struct console_throttle *t, struct str key)
{
	for (size_t i = 0; i < CONSOLE_THROTTLE_MAX; i++) {
		struct console_throttled *one = &t->all[i];
		if (one->key_n == key.n && memcmp(one->key, key.p, key.n) == 0)
			return one;
	}
	return NULL;
}

void console_throttle_key(char key[static CONSOLE_THROTTLE_KEY + 1], struct str kind,
			  struct str what)
{
	size_t n = 0;

	if (str_copy(key, CONSOLE_THROTTLE_KEY + 1, kind))
		n = kind.n;
	(void)str_copy(key + n, CONSOLE_THROTTLE_KEY + 1 - n, what);
}

static int64_t last(const struct console_throttled *one)
{
	size_t at = (one->next + CONSOLE_THROTTLE_WRONG - 1) % CONSOLE_THROTTLE_WRONG;

	return one->n ? one->wrong[at] : INT64_MIN;
}

/* Who is kept out stays longer than who is not, else who was tried later. */
static bool goes_before(const struct console_throttled *a, const struct console_throttled *b,
			int64_t now)
{
	bool a_out = now < a->until, b_out = now < b->until;

	return a_out != b_out ? b_out : last(a) < last(b);
}

/* A free place, else that of who goes first. */
static struct console_throttled *place(struct console_throttle *t, int64_t now)
{
	struct console_throttled *best = &t->all[0];

	for (size_t i = 0; i < CONSOLE_THROTTLE_MAX; i++) {
		if (t->all[i].key_n == 0)
			return &t->all[i];
		if (goes_before(&t->all[i], best, now))
			best = &t->all[i];
	}
	return best;
}

bool console_throttle_try(struct console_throttle *t, struct str key, int64_t now)
{
	key = str_head(key, CONSOLE_THROTTLE_KEY);
	if (key.n == 0)
		return true;
	struct console_throttled *one = find(t, key);

	if (!one) {
		one = place(t, now);
		*one = (struct console_throttled){ .key_n = key.n, .until = INT64_MIN };
		memcpy(one->key, key.p, key.n);
	}
	if (now < one->until)
		return false;
	one->wrong[one->next] = now;
	one->next = (one->next + 1) % CONSOLE_THROTTLE_WRONG;
	if (one->n < CONSOLE_THROTTLE_WRONG)
		one->n++;
	/* .next is the oldest of five now. */
	if (one->n == CONSOLE_THROTTLE_WRONG &&
	    now - one->wrong[one->next] < CONSOLE_THROTTLE_SPAN_MS)
		one->until = now + CONSOLE_THROTTLE_SPAN_MS;
	return true;
}

void console_throttle_right(struct console_throttle *t, struct str key)
{
	key = str_head(key, CONSOLE_THROTTLE_KEY);
	struct console_throttled *one = key.n ? find(t, key) : NULL;

	if (!one || one->n == 0)
		return;
	one->next = (one->next + CONSOLE_THROTTLE_WRONG - 1) % CONSOLE_THROTTLE_WRONG;
	one->n--;
	one->until = INT64_MIN;
}

struct str console_throttle_from(struct str address, char text[static IP_TEXT_MAX])
{
	struct ip ip;

	if (ip_read(address, &ip) != ERR_OK)
		return address;
	if (ip.family == 6)
		memset(&ip.octets[IPV6_NET_OCTETS], 0, sizeof(ip.octets) - IPV6_NET_OCTETS);
	return ip_text(&ip, text);
}
