#include "relay/turns.h"

#include "base/test.h"

#include <ctype.h>

#define MAX 16

/*
 * In the order of time: a letter is an address that asks, a capital one that was wrong lately;
 * a dot: the next one begins; a minus: the one that began first is done.
 */
static const struct {
	const char *label, *steps;
	struct str begun;
} cases[] = {
	{ "first come, first served", "abc.-.-.", STR_INIT("abc") },
	{ "one each, then a second", "aaabb.-.-.-.-.", STR_INIT("ababa") },
	{ "who is new is behind one of another, not all", "aaaaa.-.-b.-.", STR_INIT("aaab") },
	{ "who waits is not overtaken for ever", "aab.-.-c.-d.-.", STR_INIT("abacd") },
	{ "one under way first", "aaaab...", STR_INIT("aba") },
	{ "alone, it has all threads", "aaa...", STR_INIT("aaa") },
	{ "who was wrong is last", "AABBc.-.-.-.", STR_INIT("cABA") },
	{ "even where the other has one under way", "ccA...", STR_INIT("ccA") },
	{ "nobody", ".a..", STR_INIT("-a-") },
};

static void play(size_t i)
{
	struct relay_turn turn[MAX] = { 0 };
	struct relay_turns t;
	char begun[MAX];
	size_t n = 0, n_begun = 0;

	relay_turns_init(&t);
	for (const char *s = cases[i].steps; *s; s++) {
		if (*s == '.') {
			const struct relay_turn *one = relay_turns_next(&t);
			begun[n_begun++] = one ? (char)one->of.octets[0] : '-';
		} else if (*s == '-') {
			relay_turns_done(CONTAINER_OF(t.under_way.next, struct relay_turn, link));
		} else {
			turn[n].of = (struct ip){ .family = 4, .octets = { (uint8_t)*s } };
			turn[n].suspect = isupper((unsigned char)*s);
			relay_turns_add(&t, &turn[n++]);
		}
	}
	CHECK_STR(cases[i].label, ((struct str){ begun, n_begun }), cases[i].begun);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		play(i);
	return TEST_EXIT();
}
