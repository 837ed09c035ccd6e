/*
 * The lines of session logs, as relay/sessionlog and relay/inlog write them.
 *
 * Not here: files.  See reader.c.
 */
#include "journal/session.h"

#include <string.h>

/* The session that a line is of; empty where it is no line of ours. */
static struct str session_of(struct str line)
{
	struct str rest = str_skip(line, JOURNAL_STAMP), session;

	if (!str_starts(rest, STR(" [")))
		return STR_NONE;
	rest = str_skip(rest, 2);
	return str_cut(&rest, ']', &session) ? session : STR_NONE;
}

struct str journal_session_text(struct str line)
{
	struct str session = session_of(line);

	return session.n ? str_skip(line, JOURNAL_STAMP + 2 + session.n + 2) : STR_NONE;
}

size_t journal_session_block(struct str s, bool at_end, enum journal_ending ending)
{
	struct str rest = s, line, first = STR_NONE;
	bool outcome = false;

	while (memchr(rest.n ? rest.p : "", '\n', rest.n) && str_line(&rest, &line)) {
		struct str session = session_of(line);
		if (!first.p)
			first = session.n ? session : STR("");
		else if (!str_eq(session, first))
			return (size_t)(line.p - s.p);
		outcome |= str_starts(journal_session_text(line), STR("outcome: "));
	}
	size_t whole = s.n - rest.n;
	if (s.n >= JOURNAL_TAIL_WINDOW - JOURNAL_TAIL_CHUNK)
		return whole ? whole : s.n;
	if (at_end && ending == JOURNAL_BY_FILE)
		return s.n;
	return at_end && outcome && rest.n == 0 ? whole : 0;
}

/* The line that ends before the end of s, which is behind a line's end; empty at the start. */
static struct str line_before(struct str s)
{
	const char *end = s.n > 1 ? memrchr(s.p, '\n', s.n - 1) : NULL;
	size_t at = end ? (size_t)(end - s.p) + 1 : 0;

	return str_skip(s, at);
}

size_t journal_session_last(struct str s)
{
	const char *end = s.n ? memrchr(s.p, '\n', s.n) : NULL;
	struct str whole = str_head(s, end ? (size_t)(end - s.p) + 1 : 0);
	struct str line = line_before(whole), session = session_of(line);

	while (whole.n && str_eq(session_of(line), session)) {
		whole.n -= line.n;
		line = line_before(whole);
	}
	return whole.n;
}

bool journal_session_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

/* Whether the last octet of s belongs to the word that follows. */
static bool runs_into(struct str s)
{
	return s.n && journal_session_word(s.p[s.n - 1]);
}

/* Whether s begins with more of the word before it; a full stop may end a sentence. */
static bool runs_on(struct str s)
{
	if (s.n > 1 && s.p[0] == '.')
		return journal_session_word(s.p[1]);
	return s.n && (journal_session_word(s.p[0]) || s.p[0] == '@');
}

bool journal_session_has(struct str text, const struct journal_needle *id)
{
	if (str_starts(text, STR("<-- ")) || str_starts(text, STR("--> ")))
		return false;
	for (size_t at = journal_needle_find(id, text, 0); at < text.n;
	     at = journal_needle_find(id, text, at + 1))
		if (!runs_into(str_head(text, at)) && !runs_on(str_skip(text, at + id->word.n)))
			return true;
	return false;
}

/* How much of s, a path as the log has it, stands before the bracket that ends it. */
static size_t path_size(struct str s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.n && (quoted || s.p[i] != '>'); i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '\\' && quoted) /* "\\\\" in the log: a quoted pair begins */
			i += i + 2 < s.n && s.p[i + 2] == '\\' ? 3 : 2;
	}
	return i < s.n ? i : 0;
}

struct str journal_session_recipient(enum journal_way way, struct str text)
{
	static const struct str command[JOURNAL_WAYS] = { STR_INIT("--> RCPT TO:"),
							  STR_INIT("<-- RCPT TO:") };
	const struct str before[] = { STR("recipient "), command[way] };
	struct str route;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct str to = str_trim(str_skip(text, before[i].n));
		if (!str_starts_nocase(text, before[i]) || !str_starts(to, STR("<")))
			continue;
		to = str_head(str_skip(to, 1), path_size(str_skip(to, 1)));
		if (str_starts(to, STR("@")))
			(void)str_cut(&to, ':', &route); /* RFC 5321 appendix C */
		return to;
	}
	return STR_NONE;
}

struct str journal_session_end(struct str block)
{
	struct str line, time = STR_NONE;

	while (str_line(&block, &line))
		if (session_of(line).n)
			time = str_head(line, JOURNAL_STAMP);
	return time;
}
