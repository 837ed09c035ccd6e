/*
 * Session logs, read back.
 *
 * A file is read from the front through a window.  A block ends where a line
 * of another session begins.  The last block has no such end: it counts as
 * whole once its outcome is there, or once a later file has begun.  Until then
 * nothing of it is kept: the writer may yet cut off what it could not write
 * whole, so that the window is read again at the next call.
 *
 * At midnight one thread may open the new file while another still writes to
 * the old one; therefore the old one is looked at for as long as the new one is
 * read.
 */
#include "journal/reader.h"

#include "base/text.h"
#include "base/time.h"
#include "journal/recipient.h"
#include "journal/tail.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum {
	STAMP = 24, /* characters of a line's time */
	WORDS_MAX = 65536,
};

struct journal_reader {
	int dir;
	enum journal_way way;
	const struct journal_day_kind *kind;
	struct journal_tail now, before;
	char since_date[JOURNAL_DATE + 1]; /* "": all */
	char since[STAMP + 1];
	struct buf message, to; /* escaped as they are in the log */
	bool dnssec;
};

static struct journal_reader *reader_new(const struct journal_filter *filter)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	char text[TIME_TEXT_MAX];

	if (!r)
		return NULL;
	r->dir = -1;
	journal_tail_init(&r->now);
	journal_tail_init(&r->before);
	r->message = r->to = BUF_MAX(WORDS_MAX);
	text_escape(&r->message, filter->message);
	text_escape(&r->to, filter->to);
	r->dnssec = filter->dnssec;
	r->way = filter->way;
	r->kind = filter->way == JOURNAL_IN ? &journal_day_in : &journal_day_out;
	if (filter->since_wall_ms) {
		memcpy(r->since, time_rfc3339(filter->since_wall_ms, text).p, STAMP);
		memcpy(r->since_date, r->since, JOURNAL_DATE);
	}
	if (buf_err(&r->message) != ERR_OK || buf_err(&r->to) != ERR_OK)
		journal_reader_close(&r);
	return r;
}

enum err journal_reader_open(const char *dir, const struct journal_filter *filter,
			     struct journal_reader **out)
{
	struct journal_reader *r = reader_new(filter);

	if (!r)
		return ERR_NOMEM;
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0) {
		journal_reader_close(&r);
		return ERR_IO;
	}
	*out = r;
	return ERR_OK;
}

void journal_reader_close(struct journal_reader **r)
{
	if (!*r)
		return;
	os_fd_close(&(*r)->dir);
	journal_tail_clear(&(*r)->now);
	journal_tail_clear(&(*r)->before);
	buf_free(&(*r)->message);
	buf_free(&(*r)->to);
	free(*r);
	*r = NULL;
}

/* Begin to read the file of a date, after the one that is read now. */
static enum err advance(struct journal_reader *r, const char *date)
{
	struct journal_tail next;
	enum err e = journal_tail_open(r->dir, r->kind, str_of(date), &next);

	if (e != ERR_OK || next.fd < 0)
		return e;
	journal_tail_clear(&r->before);
	r->before = r->now;
	r->now = next;
	return ERR_OK;
}

/* The session that a line is of; empty where it is no line of ours. */
static struct str session_of(struct str line)
{
	struct str rest = str_skip(line, STAMP), session;

	if (!str_starts(rest, STR(" [")))
		return STR_NONE;
	rest = str_skip(rest, 2);
	return str_cut(&rest, ']', &session) ? session : STR_NONE;
}

/* What a line says; empty where it is no line of ours. */
static struct str text_of(struct str line)
{
	struct str session = session_of(line);

	return session.n ? str_skip(line, STAMP + 2 + session.n + 2) : STR_NONE;
}

enum ending {
	BY_OUTCOME, /* the last block is whole when its outcome is there */
	BY_FILE,    /* nothing comes any more: the last block is what there is */
};

/*
 * The octets of the first block in s; 0 when more must be read to tell.  Lines
 * without an end do not count.
 */
static size_t block_in(struct str s, bool at_end, enum ending ending)
{
	struct str rest = s, line, first = STR_NONE;
	bool outcome = false;

	while (memchr(rest.n ? rest.p : "", '\n', rest.n) && str_line(&rest, &line)) {
		struct str session = session_of(line);
		if (!first.p)
			first = session.n ? session : STR("");
		else if (!str_eq(session, first))
			return (size_t)(line.p - s.p);
		outcome |= str_starts(text_of(line), STR("outcome: "));
	}
	size_t whole = s.n - rest.n;
	if (s.n >= JOURNAL_TAIL_WINDOW - JOURNAL_TAIL_CHUNK)
		return whole ? whole : s.n;
	if (at_end && ending == BY_FILE)
		return s.n;
	return at_end && outcome && rest.n == 0 ? whole : 0;
}

/* The next block of one file; empty when there is none for now. */
static enum err tail_next(struct journal_tail *t, enum ending ending, struct str *block)
{
	bool at_end = false;

	*block = STR_NONE;
	if (t->fd < 0)
		return ERR_OK;
	for (;;) {
		struct str s = str_skip(buf_str(&t->window), t->used);
		size_t n = block_in(s, at_end, ending), got;
		if (n) {
			t->used += n;
			*block = str_head(s, n);
			return ERR_OK;
		}
		if (at_end)
			break;
		enum err e = journal_tail_fill(t, &got);
		if (e != ERR_OK)
			return e;
		at_end = got == 0;
	}
	journal_tail_again(t);
	return ERR_OK;
}

static bool word_octet(char c)
{
	return str_has(STR("abcdefghijklmnopqrstuvwxyz0123456789_-"), (char)str_fold(c)) ||
	       (unsigned char)c >= 0x80;
}

/* Where the needle begins in s, any case; s.n when it is not there. */
static size_t find(struct str s, struct str needle, size_t from)
{
	for (size_t i = from; i + needle.n <= s.n; i++)
		if (str_eq_nocase((struct str){ s.p + i, needle.n }, needle))
			return i;
	return s.n;
}

/* Whether the last octet of s belongs to the word that follows. */
static bool runs_into(struct str s)
{
	return s.n && word_octet(s.p[s.n - 1]);
}

/* Whether s begins with more of the word before it; a full stop may end a sentence. */
static bool runs_on(struct str s)
{
	if (s.n > 1 && s.p[0] == '.')
		return word_octet(s.p[1]);
	return s.n && (word_octet(s.p[0]) || s.p[0] == '@');
}

static bool has_message(enum journal_way way, struct str text, struct str id)
{
	(void)way;
	if (str_starts(text, STR("<-- ")) || str_starts(text, STR("--> ")))
		return false;
	for (size_t at = find(text, id, 0); at < text.n; at = find(text, id, at + 1))
		if (!runs_into(str_head(text, at)) && !runs_on(str_skip(text, at + id.n)))
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

/*
 * The recipient that a line names; empty where it names none.  Commands come from the client,
 * us on the way out: a host's reply that looks like one names nobody.
 */
static struct str recipient_of(enum journal_way way, struct str text)
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

static bool has_recipient(enum journal_way way, struct str text, struct str to)
{
	return journal_recipient_is(recipient_of(way, text), to);
}

static bool any_line(enum journal_way way, struct str block,
		     bool (*has)(enum journal_way way, struct str text, struct str what),
		     struct str what)
{
	struct str line;

	while (str_line(&block, &line))
		if (has(way, text_of(line), what))
			return true;
	return false;
}

/* The time of the last line of ours: when the session ended. */
static struct str ended(struct str block)
{
	struct str line, time = STR_NONE;

	while (str_line(&block, &line))
		if (session_of(line).n)
			time = str_head(line, STAMP);
	return time;
}

static bool passes(const struct journal_reader *r, struct str block)
{
	struct str rest = block, first = STR_NONE;

	if (r->dnssec &&
	    (!str_line(&rest, &first) || !str_starts(text_of(first), STR("DNSSEC service "))))
		return false;
	if (r->message.n && !any_line(r->way, block, has_message, buf_str(&r->message)))
		return false;
	if (r->to.n && !any_line(r->way, block, has_recipient, buf_str(&r->to)))
		return false;
	return !r->since[0] || str_cmp(ended(block), str_of(r->since)) >= 0;
}

/* The file after the one that is read now; "" in date when there is none yet. */
static enum err successor(const struct journal_reader *r, char date[static JOURNAL_DATE + 1])
{
	if (r->now.fd < 0)
		return journal_day_find(r->dir, r->kind, str_of(r->since_date), JOURNAL_DAY_FROM,
					date);
	if (journal_tail_replaced(&r->now, r->dir, r->kind)) {
		memcpy(date, r->now.date, JOURNAL_DATE + 1);
		return ERR_OK;
	}
	return journal_day_find(r->dir, r->kind, str_of(r->now.date), JOURNAL_DAY_AFTER, date);
}

/* The next block of any file. */
static enum err next_block(struct journal_reader *r, struct str *block)
{
	char date[JOURNAL_DATE + 1];

	for (;;) {
		enum err e = tail_next(&r->before, BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = tail_next(&r->now, BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = successor(r, date);
		if (e != ERR_OK || !date[0])
			return e;
		/* What came in between, and then what is left. */
		e = tail_next(&r->now, BY_OUTCOME, block);
		if (e == ERR_OK && !block->n)
			e = tail_next(&r->now, BY_FILE, block);
		if (e != ERR_OK || block->n)
			return e;
		e = advance(r, date);
		if (e != ERR_OK)
			return e;
	}
}

enum err journal_reader_next(struct journal_reader *r, struct str *block)
{
	struct str one;
	enum err e;

	do {
		e = next_block(r, &one);
	} while (e == ERR_OK && one.n && !passes(r, one));
	if (e == ERR_OK)
		*block = one;
	return e;
}
