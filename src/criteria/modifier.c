#include "criteria/modifier.h"

#include "base/near.h"
#include "criteria/seen.h"

#include <assert.h>

/* In the order of strength, in which two that exclude each other are named. */
static const struct criteria_modifier modifiers[] = {
	{ .text = STR_INIT(""), .word = STR_INIT("requested"), .service = CRITERIA_REQUESTED },
	{ .text = STR_INIT("SECURE"), .word = STR_INIT("required"), .service = CRITERIA_REQUIRED },
	{ .text = STR_INIT("SECURE DANE"),
	  .word = STR_INIT("required"),
	  .service = CRITERIA_REQUIRED,
	  .dane = true },
	{ .text = STR_INIT("OBSERVE"),
	  .word = STR_INIT("requested"),
	  .service = CRITERIA_REQUESTED,
	  .observe = true },
};

unsigned criteria_modifier_words(const struct criteria_modifier *m)
{
	struct str rest = m->text, word;
	unsigned n = 0;

	while (str_word(&rest, &word))
		n++;
	return n;
}

static bool stands_last(const struct criteria_modifier *m, const struct str *last)
{
	struct str rest = m->text, word;
	unsigned n = criteria_modifier_words(m);

	assert(n <= CRITERIA_MODIFIER_WORDS);
	while (n-- && str_word(&rest, &word))
		if (!str_eq(word, last[n]))
			return false;
	return true;
}

const struct criteria_modifier *criteria_modifier_of(const struct str *last)
{
	const struct criteria_modifier *longest = &modifiers[0];

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
		if (modifiers[i].text.n > longest->text.n && stands_last(&modifiers[i], last))
			longest = &modifiers[i];
	return longest;
}

/* Whether the word, in any of its forms, is that text, or near it. */
static bool is_near(const struct criteria_seen *word, struct str text, bool *same)
{
	bool near = false;

	*same = false;
	for (size_t i = 0; i < CRITERIA_SEEN_FORMS; i++) {
		if (word->form[i].n == 0)
			continue;
		near |= near_eq(word->form[i], text);
		*same |= str_eq_nocase(word->form[i], text);
	}
	return near;
}

struct criteria_modifier_meant criteria_modifier_meant(struct str word)
{
	struct criteria_modifier_meant meant = { STR_NONE, false };
	struct criteria_seen seen;

	criteria_seen_read(word, &seen);
	for (size_t i = 1; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		struct str rest = modifiers[i].text, part;
		if (is_near(&seen, rest, &meant.same)) {
			meant.text = modifiers[i].text;
			return meant;
		}
		while (str_word(&rest, &part)) {
			if (is_near(&seen, part, &meant.same)) {
				meant.text = part;
				return meant;
			}
		}
	}
	return meant;
}
